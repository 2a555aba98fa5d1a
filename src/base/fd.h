/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Descriptors that close themselves at the end of their scope, files that are
 * opened without waiting, reading what one has, writing to one, and looking
 * into folders.
 */
#ifndef BASE_FD_H
#define BASE_FD_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SCOPED_FD __attribute__((cleanup(fd_scope_end))) int
/* Closes *fd unless it is negative, which it is from then on: once more does
 * nothing. */
void fd_scope_end(int *fd);

/* A file by its name below a folder (or AT_FDCWD), and nothing else that stands
 * there: a pipe, which would be waited for, a device, a socket, a folder, a
 * link. One that is made (O_CREAT) has mode 0600; it is closed at an exec. -1
 * with errno. */
int fd_open_file(int at, const char *name, int flags);
/* Whether such an errno says that something is there, and is no file. */
bool fd_is_no_file(int reason);
/* Removes what has that name, of whatever kind; a folder only when it is empty
 * (else ENOTEMPTY). Absent succeeds. 0, or -1 with errno. */
int fd_remove(int at, const char *name);

/* Some of what one has; whoever has such a run does not own the descriptor. */
struct fd_run {
	int fd;
	uint64_t from, size; /* bytes */
};

/* n bytes from there on, fewer only at the end: how many there were, -1 with
 * errno. FD_STANDS: from where the descriptor stands, for pipes. */
#define FD_STANDS ((off_t)-1)
ssize_t fd_read(int fd, void *out, size_t n, off_t at);
/* All n bytes to where the descriptor stands. 0, or -1 with errno. */
int fd_write(int fd, const void *from, size_t n);
/* As many of n bytes of a file as are there without waiting for a disk; 0 also
 * when it cannot be known. -1 with errno. */
ssize_t fd_read_cached(int fd, void *out, size_t n, off_t at);
/* The same without the bytes, for whoever has them sent by the kernel. It looks
 * here and there and not at each page. */
ssize_t fd_find_cached(int fd, size_t n, off_t at);
/* Waits until they are. 0, or -1 with errno, 0 if the file ends before. */
int fd_await_cached(int fd, size_t n, off_t at);

/* A folder below another, and no link to one; for closedir(). NULL with errno.
 */
DIR *fd_open_folder(int dir, const char *name);

#endif
