/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/accounts/key_file.h"
#include "base/digest.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 1024 /* far more than a key has */

static void warn_of_readers(int fd, const char *path)
{
	struct stat got;
	if (fstat(fd, &got) == 0 && S_ISREG(got.st_mode) &&
	    (got.st_mode & (S_IRGRP | S_IROTH)))
		fprintf(stderr,
			"stowage: %s may be read by others (mode %04o)\n", path,
			got.st_mode & 07777u);
}

/* Without the line's end; false: it is not one line of text. */
static bool take_line(char *text, size_t n)
{
	if (n && text[n - 1] == '\n')
		n--;
	if (n && text[n - 1] == '\r')
		n--;
	text[n] = '\0';
	return n > 0 && strlen(text) == n && strpbrk(text, "\r\n") == NULL;
}

int key_file_read(const char *option, const char *path, char **out,
		  struct err *err)
{
	char text[FILE_MAX + 1];
	bool is_stdin = strcmp(path, "-") == 0;
	SCOPED_FD fd = is_stdin ? dup(STDIN_FILENO)
				: open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n = fd < 0 ? -1 : fd_read(fd, text, FILE_MAX, FD_STANDS);
	if (n < 0)
		return err_set(err, ERR_INVALID, "%s \"%.150s\": %s", option,
			       path, g_strerror(errno));
	if (!is_stdin)
		warn_of_readers(fd, path);
	bool whole = n < FILE_MAX && take_line(text, (size_t)n);
	*out = whole ? g_strdup(text) : NULL;
	secret_wipe(text, sizeof(text));
	if (whole)
		return 0;
	return err_set(err, ERR_INVALID,
		       "%s \"%.150s\" is not a file with one line, the key",
		       option, path);
}
