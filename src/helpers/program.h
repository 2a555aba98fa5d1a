/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the programs of helpers are: beside our own.
 */
#ifndef HELPERS_PROGRAM_H
#define HELPERS_PROGRAM_H

/* Its path, to be freed by g_free(); NULL: it is not there. */
char *program_beside(const char *name);

#endif
