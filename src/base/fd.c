/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "base/retry.h"

#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

void fd_scope_end(int *fd)
{
	if (*fd >= 0)
		close(*fd);
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

ssize_t fd_read_cached(int fd, void *out, size_t n, off_t at)
{
	const struct iovec to = {.iov_base = out, .iov_len = n};
	ssize_t got = RETRY_EINTR(preadv2(fd, &to, 1, at, RWF_NOWAIT));
	if (got < 0 && (errno == EAGAIN || errno == EOPNOTSUPP))
		return 0;
	return got;
}
