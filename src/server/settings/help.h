/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a row of --help looks, for settings and for the options of commands.
 */
#ifndef SERVER_SETTINGS_HELP_H
#define SERVER_SETTINGS_HELP_H

#include <glib.h>

#define HELP_WIDTH 80

/* "  left", and from a fixed column on the text, wrapped at blanks. */
void help_put_row(GString *out, const char *left, const char *text);

#endif
