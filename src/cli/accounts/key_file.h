/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that are brought along, in files: what stands on the command line is
 * seen by everybody on the machine. Main thread only.
 */
#ifndef CLI_ACCOUNTS_KEY_FILE_H
#define CLI_ACCOUNTS_KEY_FILE_H

#include "base/err.h"

/* The one line of the file ("-": of stdin); secret_free() it. A file that
 * others may read gets a warning on stderr. What a key may look like is the
 * library's to say. ERR_INVALID names the option and the file. */
int key_file_read(const char *option, const char *path, char **out,
		  struct err *err) MUST_CHECK;

#endif
