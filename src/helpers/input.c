/* SPDX-License-Identifier: Apache-2.0 */
#include "helpers/input.h"
#include "base/fd.h"

#include <errno.h>
#include <glib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* The bytes as a file that nobody can change any more. */
static int seal(struct str bytes, struct err *err)
{
	int fd = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return err_set_errno(err, errno, "no memory file");
	if (fd_write(fd, bytes.p, bytes.n) == 0 &&
	    fcntl(fd, F_ADD_SEALS, HELPER_SEALS) == 0)
		return fd;
	err_set_errno(err, errno, "the memory file cannot be written");
	close(fd);
	return -1;
}

/* What we can write to is opened anew, so that the helper cannot. */
static int open_for_reading(int fd, struct err *err)
{
	char path[sizeof("/proc/self/fd/") + 10];
	int flags = fcntl(fd, F_GETFL), copy;
	if (flags >= 0 && (flags & O_ACCMODE) == O_RDONLY) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	} else {
		g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		copy = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (copy < 0)
		return err_set_errno(err, errno, "a file cannot be passed on");
	return copy;
}

int input_open(const struct pool_input *input, struct err *err)
{
	return input->fd >= 0 ? open_for_reading(input->fd, err)
			      : seal(input->bytes, err);
}

bool output_is_sound(int fd, uint64_t max, uint64_t *size)
{
	struct stat info;
	int seals = fcntl(fd, F_GET_SEALS);
	if (seals < 0 || (seals & HELPER_SEALS) != HELPER_SEALS ||
	    fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
		return false;
	*size = (uint64_t)info.st_size;
	return *size <= max;
}
