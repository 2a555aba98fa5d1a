/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lock of the data directory: one process has it, and it ends with it.
 */
#include "base/fd.h"
#include "library/library_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int library_lock(const char *dir, int *fd, struct err *err)
{
	g_autofree char *path = g_build_filename(dir, "lock", NULL);
	*fd = fd_open_file(AT_FDCWD, path, O_RDWR | O_CREAT);
	if (*fd < 0)
		return err_set_errno(err, errno, "cannot open %s", path);
	if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
		return 0;
	int why = errno;
	close(*fd);
	*fd = -1;
	if (why == EWOULDBLOCK)
		return err_set(err, ERR_BUSY,
			       "another process uses the data directory %s",
			       dir);
	return err_set_errno(err, why, "cannot lock %s", path);
}
