/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"
#include "base/retry.h"

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
