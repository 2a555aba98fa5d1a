/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "base/retry.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define STEP (128u * 1024) /* as much as Linux reads ahead at least */

void fd_scope_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int fd_open_file(int at, const char *name, int flags)
{
	struct stat st;
	int fd = openat(at, name, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
			0600);
	if (fd < 0)
		return -1;
	int failed = fstat(fd, &st);
	if (!failed && S_ISREG(st.st_mode))
		return fd;
	int reason = failed ? errno : ENXIO;
	close(fd);
	errno = reason;
	return -1;
}

bool fd_is_no_file(int reason)
{
	return reason == ENXIO || reason == EISDIR || reason == ELOOP ||
	       reason == ENOTDIR;
}

int fd_remove(int at, const char *name)
{
	if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
		return 0;
	return errno == EISDIR ? unlinkat(at, name, AT_REMOVEDIR) : -1;
}

ssize_t fd_read(int fd, void *out, size_t n, off_t at)
{
	char *to = out;
	size_t have = 0;
	while (have < n) {
		ssize_t got =
			at == FD_STANDS
				? RETRY_EINTR(read(fd, to + have, n - have))
				: RETRY_EINTR(pread(fd, to + have, n - have,
						    at + (off_t)have));
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		have += (size_t)got;
	}
	return (ssize_t)have;
}

int fd_write(int fd, const void *from, size_t n)
{
	for (const char *p = from; n;) {
		ssize_t done = RETRY_EINTR(write(fd, p, n));
		if (done <= 0) {
			errno = done ? errno : EIO;
			return -1;
		}
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

ssize_t fd_read_cached(int fd, void *out, size_t n, off_t at)
{
	const struct iovec to = {.iov_base = out, .iov_len = n};
	ssize_t got = RETRY_EINTR(preadv2(fd, &to, 1, at, RWF_NOWAIT));
	if (got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP))
		return 0;
	return got;
}

/* The last byte of the step that begins `done` bytes into n. */
static off_t step_end(size_t done, size_t n, off_t at)
{
	return at + (off_t)(n - done > STEP ? done + STEP : n) - 1;
}

ssize_t fd_find_cached(int fd, size_t n, off_t at)
{
	size_t done = 0;
	char byte;
	ssize_t got = n ? fd_read_cached(fd, &byte, 1, at) : 0;
	while (got == 1 && done < n) {
		got = fd_read_cached(fd, &byte, 1, step_end(done, n, at));
		if (got == 1)
			done += n - done > STEP ? STEP : n - done;
	}
	return got < 0 ? -1 : (ssize_t)done;
}

int fd_await_cached(int fd, size_t n, off_t at)
{
	char byte;
	/* all at once, and no harm done where it is not heard */
	(void)posix_fadvise(fd, at, (off_t)n, POSIX_FADV_WILLNEED);
	for (size_t done = 0; done < n; done += STEP) {
		errno = 0;
		if (fd_read(fd, &byte, 1, at + (off_t)done) != 1 ||
		    fd_read(fd, &byte, 1, step_end(done, n, at)) != 1)
			return -1;
	}
	return 0;
}

DIR *fd_open_folder(int dir, const char *name)
{
	int fd = openat(dir, name,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && folder == NULL)
		close(fd);
	return folder;
}
