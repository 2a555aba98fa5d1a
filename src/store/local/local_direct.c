/* SPDX-License-Identifier: Apache-2.0 */
/* Writes past the page cache, where a file system and the machine have them. */
#include "store/local/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/retry.h"
#include "store/block.h"

/* The same file, whatever has its name by now; -1: not past the page cache. */
static int open_direct(int fd)
{
	char path[32];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_DIRECT | O_CLOEXEC);
}

static int direct_fd(struct local *local, struct local_file *file)
{
	g_mutex_lock(&local->lock);
	if (file->direct_fd == LOCAL_NOT_YET)
		file->direct_fd = open_direct(file->fd);
	int fd = file->direct_fd;
	g_mutex_unlock(&local->lock);
	return fd;
}

/* Whole pages of it; 0: that is not to be had here, or they are fewer than one.
 * -1 with errno. */
static ssize_t write_direct(struct local *local, struct local_file *file,
			    const struct store_piece *piece)
{
	size_t n = piece->n - piece->n % BLOCK_ALIGN;
	int fd = piece->is_direct && n ? direct_fd(local, file) : -1;
	if (fd < 0)
		return 0;
	ssize_t done =
		RETRY_EINTR(pwrite(fd, piece->p, n, (off_t)piece->offset));
	return done < 0 && errno == EINVAL ? 0 : done;
}

/* Only a hint; the sync at the end tells of every error. */
static void flush_window(const struct local_file *file,
			 const struct store_piece *piece, size_t n)
{
	uint64_t window = file->flush_window;
	uint64_t to = piece->offset + n, end = to - to % window;
	if (piece->offset < end)
		sync_file_range(file->fd, (off_t)(end - window), (off_t)window,
				SYNC_FILE_RANGE_WRITE);
}

ssize_t local_write_some(struct local *local, struct local_file *file,
			 const struct store_piece *piece)
{
	ssize_t done = write_direct(local, file, piece);
	if (done)
		return done;
	done = RETRY_EINTR(
		pwrite(file->fd, piece->p, piece->n, (off_t)piece->offset));
	if (done > 0)
		flush_window(file, piece, (size_t)done);
	if (done == 0)
		errno = EIO;
	return done > 0 ? done : -1;
}

void local_reserve(const struct local_file *file, uint64_t offset,
		   uint64_t size)
{
	(void)!fallocate(file->fd, 0, (off_t)offset, (off_t)size);
}

int local_cut(const struct local_file *file, uint64_t size)
{
	struct stat st;
	if (fstat(file->fd, &st))
		return -1;
	return (uint64_t)st.st_size > size ? ftruncate(file->fd, (off_t)size)
					   : 0;
}

void local_close_file(struct local_file *file)
{
	fd_scope_end(&file->fd);
	fd_scope_end(&file->direct_fd);
}
