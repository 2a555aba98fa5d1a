/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Staged blobs on the local disk: DIR/blobs/uploads/<id> with the bytes, full
 * of holes while parts are missing, and beside it <id>.log with the records.
 * The bytes are made first and go last, so that whatever is left of one is
 * listed.
 */
#include "store/local/local.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log/log.h"

/* Parts are short, and each ends with a sync. */
#define FLUSH_WINDOW (2u << 20)

#define LOG_NAME_LEN (LOCAL_NAME_LEN + sizeof(".log"))

struct local_staged {
	struct store_staged base;
	struct local_file files[2]; /* by enum store_staged_file */
};

static struct local *local_of(const struct store_staged *staged)
{
	return (struct local *)staged->backend;
}

static int fd_of(const struct store_staged *staged, enum store_staged_file file)
{
	return ((const struct local_staged *)staged)->files[file].fd;
}

static const struct local_file *bytes_of(const struct store_staged *staged)
{
	return &((const struct local_staged *)staged)
			->files[STORE_STAGED_BYTES];
}

static void log_name(enum store_place place, int64_t id,
		     char out[LOG_NAME_LEN + 1])
{
	char name[LOCAL_NAME_LEN + 1];
	local_name(place, id, name);
	snprintf(out, LOG_NAME_LEN + 1, "%s.log", name);
}

/* -1 with errno, and perhaps one of both open. */
static int open_both(struct local *local, int64_t id, int flags, int fds[2])
{
	char bytes[LOCAL_NAME_LEN + 1], log[LOG_NAME_LEN + 1];
	local_name(STORE_STAGED, id, bytes);
	log_name(STORE_STAGED, id, log);
	fds[STORE_STAGED_BYTES] = fd_open_file(local->blobs_fd, bytes, flags);
	if (fds[STORE_STAGED_BYTES] < 0)
		return -1;
	fds[STORE_STAGED_LOG] = fd_open_file(local->blobs_fd, log, flags);
	return fds[STORE_STAGED_LOG] < 0 ? -1 : 0;
}

static int sync_folder(const struct local *local)
{
	SCOPED_FD dir = openat(local->blobs_fd, local_folder(STORE_STAGED),
			       O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dir < 0 ? -1 : fsync(dir);
}

static void remove_bytes(const struct local *local, int64_t id)
{
	char name[LOCAL_NAME_LEN + 1];
	local_name(STORE_STAGED, id, name);
	unlinkat(local->blobs_fd, name, 0);
}

static void close_both(int fds[2])
{
	fd_scope_end(&fds[STORE_STAGED_BYTES]);
	fd_scope_end(&fds[STORE_STAGED_LOG]);
}

/* A name that is there already is another's and stays. -1 with errno. */
static int try_create(struct local *local, int64_t id, int fds[2])
{
	const int flags = O_RDWR | O_CREAT | O_EXCL;
	int failed = open_both(local, id, flags, fds);
	if (failed && fds[STORE_STAGED_BYTES] < 0 && errno == ENOENT &&
	    local_make_place(local, STORE_STAGED) == 0)
		failed = open_both(local, id, flags, fds);
	if (!failed && sync_folder(local) == 0)
		return 0;
	int reason = errno;
	if (fds[STORE_STAGED_LOG] >= 0)
		local_stage_remove_log(local, STORE_STAGED, id);
	if (fds[STORE_STAGED_BYTES] >= 0)
		remove_bytes(local, id);
	close_both(fds);
	errno = reason;
	return -1;
}

/* Only one of both is there. */
static bool is_half(const struct local *local, int64_t id)
{
	char bytes[LOCAL_NAME_LEN + 1], log[LOG_NAME_LEN + 1];
	local_name(STORE_STAGED, id, bytes);
	log_name(STORE_STAGED, id, log);
	return local_is_there(local, bytes) != local_is_there(local, log);
}

/* Half of one is what a crash in here leaves: nothing has been noted, and
 * nobody can open it. */
static int create(struct local *local, int64_t id, int fds[2])
{
	if (try_create(local, id, fds) == 0)
		return 0;
	if (errno != EEXIST || !is_half(local, id))
		return -1;
	local_stage_remove_log(local, STORE_STAGED, id);
	remove_bytes(local, id);
	return try_create(local, id, fds);
}

int local_stage_open(struct store_backend *backend, int64_t id,
		     enum store_stage_use use, struct store_staged **out,
		     struct err *err)
{
	bool is_new = use == STORE_STAGE_NEW;
	int flags = use == STORE_STAGE_READ ? O_RDONLY : O_RDWR;
	struct local *local = (struct local *)backend;
	struct local_staged *staged = g_new(struct local_staged, 1);
	int fds[2] = {-1, -1};
	int failed = is_new ? create(local, id, fds)
			    : open_both(local, id, flags, fds);
	staged->base = (struct store_staged){backend, id};
	for (int i = 0; i < 2; i++)
		staged->files[i] = (struct local_file){fds[i], LOCAL_NOT_YET,
						       FLUSH_WINDOW};
	*out = &staged->base;
	if (!failed)
		return 0;
	if (!is_new && errno == ENOENT)
		err_set(err, ERR_NOT_FOUND, "There is no such upload");
	else if (is_new && errno == EEXIST)
		err_set(err, ERR_EXISTS, "There is such an upload already");
	else
		local_fail(local, id, "open in uploads", "stored", err);
	local_stage_close(&staged->base);
	return -1;
}

ssize_t local_stage_write(struct store_staged *base,
			  enum store_staged_file file,
			  const struct store_piece *piece, struct err *err)
{
	struct local_staged *staged = (struct local_staged *)base;
	ssize_t done =
		local_write_some(local_of(base), &staged->files[file], piece);
	return done > 0 ? done
			: local_fail(local_of(base), base->id, "write",
				     "stored", err);
}

int local_stage_fd(const struct store_staged *staged,
		   enum store_staged_file file)
{
	return fd_of(staged, file);
}

int local_stage_sync(struct store_staged *staged, enum store_staged_file file,
		     struct err *err)
{
	if (fdatasync(fd_of(staged, file)) == 0)
		return 0;
	return local_fail(local_of(staged), staged->id, "sync", "stored", err);
}

void local_stage_reserve(struct store_staged *staged, uint64_t offset,
			 uint64_t size)
{
	local_reserve(bytes_of(staged), offset, size);
}

/* A file system that has no holes keeps them, until the end is cut off. */
void local_stage_forget(struct store_staged *staged, uint64_t offset,
			uint64_t size)
{
	(void)!fallocate(fd_of(staged, STORE_STAGED_BYTES),
			 FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			 (off_t)offset, (off_t)size);
}

int local_stage_upload(struct store_staged *staged, uint64_t size,
		       struct store_upload **out, struct err *err)
{
	struct local *local = local_of(staged);
	char name[LOCAL_NAME_LEN + 1];
	struct stat st;
	local_name(STORE_BLOBS, staged->id, name);
	int absent = fstatat(local->blobs_fd, name, &st, AT_SYMLINK_NOFOLLOW);
	if (absent && errno != ENOENT)
		return local_fail(local, staged->id, "stat", "stored", err);
	if (local_cut(bytes_of(staged), size))
		return local_fail(local, staged->id, "cut", "stored", err);
	int fd = fcntl(fd_of(staged, STORE_STAGED_BYTES), F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return local_fail(local, staged->id, "dup", "stored", err);
	struct local_upload *upload = g_new0(struct local_upload, 1);
	upload->base =
		(struct store_upload){staged->backend, staged->id, !absent};
	upload->file =
		(struct local_file){fd, LOCAL_NOT_YET, LOCAL_FLUSH_WINDOW};
	upload->from_stage = true;
	*out = &upload->base;
	return 0;
}

void local_stage_close(struct store_staged *staged)
{
	struct local_staged *local = (struct local_staged *)staged;
	for (int i = 0; i < 2; i++)
		local_close_file(&local->files[i]);
	g_free(staged);
}

int local_stage_remove_log(struct local *local, enum store_place place,
			   int64_t id)
{
	char name[LOG_NAME_LEN + 1];
	log_name(place, id, name);
	return local_unlink(local, name);
}

int local_stage_move_log(struct local *local, int64_t id, enum store_place to)
{
	char old[LOG_NAME_LEN + 1], new[LOG_NAME_LEN + 1];
	log_name(STORE_STAGED, id, old);
	log_name(to, id, new);
	int failed = renameat(local->blobs_fd, old, local->blobs_fd, new);
	return failed && errno != ENOENT ? -1 : 0;
}
