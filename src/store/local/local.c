/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local disk: one file a blob, DIR/blobs/<day>/<id>, day and name taken
 * from the id. A blob is an unnamed file until it is synced and linked; on a
 * file system without O_TMPFILE it is a file in DIR/blobs/staging until then.
 *
 * A blob that is pending has a second name, DIR/blobs/staging/<id>. It is no
 * other sync: whoever syncs the day's directory makes durable what was done to
 * the file system before. On one that does not promise that, power loss may
 * leave a blob that only fsck finds.
 */
#include "store/local/local.h"
#include "store/local/local_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log/log.h"
#include "store/key.h"

#define DAY_LEN 8

struct visit {
	store_each_fn *fn;
	void *user;
};

static int fail_dir(const struct local *local, const char *name,
		    const char *step, struct err *err)
{
	int reason = errno;
	log_error("store: %s/%s: %s: %s", local->path, name, step,
		  g_strerror(reason));
	return err_set_errno(err, reason, "The store could not be read");
}

static struct local *local_of(struct store_backend *backend)
{
	return (struct local *)backend;
}

static struct local_upload *upload_of(struct store_upload *upload)
{
	return (struct local_upload *)upload;
}

static int open_new(struct local *local, int64_t id)
{
	char name[LOCAL_NAME_LEN + 1];
	if (!local->named)
		return openat(local->blobs_fd, ".",
			      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	local_name(STORE_PENDING, id, name);
	return openat(local->blobs_fd, name,
		      O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
}

static int local_begin(struct store_backend *backend, int64_t id,
		       struct store_upload **out, struct err *err)
{
	struct local *local = local_of(backend);
	int fd = open_new(local, id);
	if (fd < 0 && errno == ENOENT &&
	    local_make_place(local, STORE_PENDING) == 0)
		fd = open_new(local, id);
	if (fd < 0)
		return local_fail(local, id, "create", "stored", err);
	struct local_upload *upload = g_new0(struct local_upload, 1);
	upload->base = (struct store_upload){backend, id, false};
	upload->file =
		(struct local_file){fd, LOCAL_NOT_YET, LOCAL_FLUSH_WINDOW};
	upload->staged = local->named;
	*out = &upload->base;
	return 0;
}

static ssize_t local_write(struct store_upload *base,
			   const struct store_piece *piece, struct err *err)
{
	struct local_upload *upload = upload_of(base);
	struct local *local = local_of(base->backend);
	ssize_t done = local_write_some(local, &upload->file, piece);
	return done > 0 ? done
			: local_fail(local, base->id, "write", "stored", err);
}

static void local_upload_reserve(struct store_upload *upload, uint64_t offset,
				 uint64_t size)
{
	local_reserve(&upload_of(upload)->file, offset, size);
}

static int local_upload_cut(struct store_upload *upload, uint64_t size,
			    struct err *err)
{
	if (local_cut(&upload_of(upload)->file, size) == 0)
		return 0;
	return local_fail(local_of(upload->backend), upload->id, "cut",
			  "stored", err);
}

static int local_fd(const struct store_upload *upload)
{
	return ((const struct local_upload *)upload)->file.fd;
}

/* A new slot, or the one of the oldest day. */
static struct local_day *free_slot(struct local *local)
{
	struct local_day *slot = local->days;
	for (int i = 1; i < LOCAL_KEPT_DAYS; i++)
		if (local->days[i].number < slot->number)
			slot = &local->days[i];
	if (slot->number)
		close(slot->fd);
	*slot = (struct local_day){0};
	return slot;
}

/* Syncs the parent also when the directory is there: whoever made it may not
 * have come so far. -1 with errno. */
static int make_day(struct local *local, int number)
{
	char name[DAY_LEN + 1];
	snprintf(name, sizeof(name), "%08u", (unsigned)number % 100000000u);
	if (mkdirat(local->blobs_fd, name, 0700) && errno != EEXIST)
		return -1;
	if (fsync(local->blobs_fd))
		return -1;
	return openat(local->blobs_fd, name,
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The kept descriptor of a day's directory; -1 with errno. Under the lock. */
static int keep_day(struct local *local, int number)
{
	for (int i = 0; i < LOCAL_KEPT_DAYS; i++)
		if (local->days[i].number == number)
			return local->days[i].fd;
	int fd = make_day(local, number);
	if (fd >= 0)
		*free_slot(local) = (struct local_day){number, fd};
	return fd;
}

/* A copy for the caller to close; -1 with errno. */
static int open_day(struct local *local, int number)
{
	g_mutex_lock(&local->lock);
	int fd = keep_day(local, number);
	if (fd >= 0)
		fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	g_mutex_unlock(&local->lock);
	return fd;
}

/* By descriptor alone only where the kernel permits it, else by way of /proc.
 */
static int link_unnamed(int fd, int blobs_fd, const char *name)
{
	char path[32];
	if (linkat(fd, "", blobs_fd, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EPERM)
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, path, blobs_fd, name, AT_SYMLINK_FOLLOW);
}

/* A file system without hard links can only rename: what it keeps is not known
 * to be pending. */
static int link_staged(int blobs_fd, const char *staged, const char *key)
{
	if (linkat(blobs_fd, staged, blobs_fd, key, 0) == 0)
		return 0;
	if (errno != EPERM && errno != EOPNOTSUPP)
		return -1;
	return renameat(blobs_fd, staged, blobs_fd, key);
}

/* Its name in uploads stays, for as long as the blob may be taken back. It may
 * still be pending from when it was. */
static int publish_staged(struct local *local, int64_t id)
{
	char from[LOCAL_NAME_LEN + 1], pending[LOCAL_NAME_LEN + 1];
	char key[LOCAL_NAME_LEN + 1];
	int dir = local->blobs_fd;
	local_name(STORE_STAGED, id, from);
	local_name(STORE_PENDING, id, pending);
	local_name(STORE_BLOBS, id, key);
	int failed = linkat(dir, from, dir, pending, 0);
	if (failed && errno == ENOENT &&
	    local_make_place(local, STORE_PENDING) == 0)
		failed = linkat(dir, from, dir, pending, 0);
	if (failed && errno != EEXIST && errno != EPERM && errno != EOPNOTSUPP)
		return -1;
	return link_staged(dir, from, key);
}

/* Gives the file its names, the one that says it is pending first. -1 with
 * errno. */
static int publish(struct local *local, struct local_upload *upload)
{
	char key[LOCAL_NAME_LEN + 1], staged[LOCAL_NAME_LEN + 1];
	local_name(STORE_BLOBS, upload->base.id, key);
	local_name(STORE_PENDING, upload->base.id, staged);
	if (upload->base.published)
		return 0;
	if (upload->from_stage)
		return publish_staged(local, upload->base.id);
	if (upload->staged) {
		upload->staged = false;
		return link_staged(local->blobs_fd, staged, key);
	}
	int failed = link_unnamed(upload->file.fd, local->blobs_fd, staged);
	if (failed && errno == ENOENT &&
	    local_make_place(local, STORE_PENDING) == 0)
		failed = link_unnamed(upload->file.fd, local->blobs_fd, staged);
	return failed ? -1
		      : link_unnamed(upload->file.fd, local->blobs_fd, key);
}

/* Bytes before names, so that what has a name is whole; then the names. */
static int local_commit(struct store_upload *base, struct err *err)
{
	struct local *local = local_of(base->backend);
	struct local_upload *upload = upload_of(base);
	if (fdatasync(upload->file.fd))
		return local_fail(local, base->id, "sync", "stored", err);
	SCOPED_FD day_fd = open_day(local, store_day(base->id));
	if (day_fd < 0)
		return local_fail(local, base->id, "make the day's directory",
				  "stored", err);
	if (publish(local, upload))
		return local_fail(local, base->id, "link", "stored", err);
	if (fsync(day_fd))
		return local_fail(local, base->id, "sync the day's directory",
				  "stored", err);
	return 0;
}

static void local_end(struct store_upload *base)
{
	char staged[LOCAL_NAME_LEN + 1];
	struct local *local = local_of(base->backend);
	struct local_upload *upload = upload_of(base);
	local_name(STORE_PENDING, base->id, staged);
	if (upload->staged && unlinkat(local->blobs_fd, staged, 0))
		local_fail(local, base->id, "remove from staging", "removed",
			   NULL);
	local_close_file(&upload->file);
	g_free(upload);
}

/* Names on the disk follow from ids. */
static int refuse_key(const struct local *local, const struct store_name *name,
		      struct err *err)
{
	if (name->key.p == NULL)
		return 0;
	log_error("store: %s: blob %016" PRIx64 " is called '%.*s'",
		  local->path, (uint64_t)name->id, STR_ARG(name->key));
	return err_set(err, ERR_CORRUPT,
		       "The stored content has a name that its store cannot "
		       "have");
}

static int local_blob_open(struct store_backend *backend,
			   const struct store_name *name, struct err *err)
{
	struct local *local = local_of(backend);
	int64_t id = name->id;
	char key[STORE_KEY_LEN + 1];
	if (refuse_key(local, name, err))
		return -1;
	store_key(id, key);
	int fd = fd_open_file(local->blobs_fd, key, O_RDONLY);
	if (fd >= 0)
		return fd;
	if (errno != ENOENT)
		return local_fail(local, id, "open", "read", err);
	log_error("store: %s/%s is missing", local->path, key);
	return err_set(err, ERR_NOT_FOUND, "The stored content is missing");
}

static int local_remove(struct store_backend *backend, enum store_place place,
			const struct store_name *blob, struct err *err)
{
	struct local *local = local_of(backend);
	int64_t id = blob->id;
	char name[LOCAL_NAME_LEN + 1];
	if (refuse_key(local, blob, err))
		return -1;
	local_name(place, id, name);
	if ((place == STORE_STAGED || place == STORE_ASIDE) &&
	    local_stage_remove_log(local, place, id))
		return local_fail(local, id, "remove the log", "removed", err);
	if (local_unlink(local, name))
		return local_fail(local, id, "remove", "removed", err);
	return 0;
}

/* The directory of a place, made if need be; -1 with errno. */
static int open_place(struct local *local, enum store_place place, int64_t id)
{
	if (place == STORE_BLOBS)
		return open_day(local, store_day(id));
	if (local_make_place(local, place))
		return -1;
	return openat(local->blobs_fd, local_folder(place),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int local_move(struct store_backend *backend, int64_t id,
		      enum store_place from, enum store_place to,
		      struct err *err)
{
	struct local *local = local_of(backend);
	char old[LOCAL_NAME_LEN + 1], new[LOCAL_NAME_LEN + 1];
	local_name(from, id, old);
	local_name(to, id, new);
	SCOPED_FD dir = open_place(local, to, id);
	if (dir < 0)
		return local_fail(local, id, "make a directory", "moved", err);
	/* first, as what is left of one is found by its bytes */
	if (from == STORE_STAGED && local_is_there(local, old) &&
	    local_stage_move_log(local, id, to))
		return local_fail(local, id, "rename the log", "moved", err);
	if (renameat(local->blobs_fd, old, local->blobs_fd, new))
		return errno == ENOENT
			       ? 0
			       : local_fail(local, id, "rename", "moved", err);
	return fsync(dir) ? local_fail(local, id, "sync", "moved", err) : 1;
}

/* 1 and the next name, 0 at the end, -1 with errno. */
static int next_name(DIR *dir, const char **name)
{
	errno = 0;
	const struct dirent *entry = readdir(dir);
	if (entry)
		*name = entry->d_name;
	return entry ? 1 : errno ? -1 : 0;
}

/* Only a name that leads back to where it stands is a blob's. */
static bool blob_id(enum store_place place, const char *folder,
		    const char *name, int64_t *id)
{
	char wanted[LOCAL_NAME_LEN + 1];
	size_t n = strlen(folder);
	*id = (int64_t)g_ascii_strtoull(name, NULL, 16);
	if (*id <= 0)
		return false;
	local_name(place, *id, wanted);
	return strncmp(wanted, folder, n) == 0 && wanted[n] == '/' &&
	       strcmp(wanted + n + 1, name) == 0;
}

/* 0 to go on, 1 when fn stopped it, -1 on an error. */
static int walk_folder(const struct local *local, enum store_place place,
		       const char *folder, const struct visit *visit,
		       struct err *err)
{
	const char *name;
	int64_t id;
	struct stat st;
	int more, status = 0;
	DIR *dir = fd_open_folder(local->blobs_fd, folder);
	if (dir == NULL && errno == ENOENT)
		return 0;
	if (dir == NULL)
		return fail_dir(local, folder, "open", err);
	while (status == 0 && (more = next_name(dir, &name)) != 0) {
		if (more < 0)
			status = fail_dir(local, folder, "read", err);
		else if (!blob_id(place, folder, name, &id))
			continue;
		else if (fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW))
			status = errno == ENOENT
					 ? 0
					 : fail_dir(local, folder, "stat", err);
		else
			status =
				visit->fn(visit->user, id, (uint64_t)st.st_size)
					? 1
					: 0;
	}
	closedir(dir);
	return status;
}

static int walk_days(const struct local *local, const struct visit *visit,
		     struct err *err)
{
	const char *name;
	uint64_t day;
	int more, status = 0;
	DIR *dir = fd_open_folder(local->blobs_fd, ".");
	if (dir == NULL)
		return fail_dir(local, ".", "open", err);
	while (status == 0 && (more = next_name(dir, &name)) != 0) {
		if (more < 0)
			status = fail_dir(local, ".", "read", err);
		else if (strlen(name) == DAY_LEN &&
			 str_to_u64(str_of(name), UINT64_MAX, &day))
			status = walk_folder(local, STORE_BLOBS, name, visit,
					     err);
	}
	closedir(dir);
	return status;
}

static int local_each(struct store_backend *backend, enum store_place place,
		      store_each_fn *fn, void *user, struct err *err)
{
	struct local *local = local_of(backend);
	const struct visit visit = {fn, user};
	int status = place == STORE_BLOBS
			     ? walk_days(local, &visit, err)
			     : walk_folder(local, place, local_folder(place),
					   &visit, err);
	return status < 0 ? -1 : 0;
}

/* An upload that is never given its name. */
static int local_check(struct store_backend *backend, struct err *err)
{
	static const char sent[] = "stowage";
	const struct store_piece piece = {sent, sizeof(sent), 0, false};
	char found[sizeof(sent)];
	struct store_upload *upload;
	int64_t id = (now_ms() - STORE_EPOCH_MS) << STORE_MS_SHIFT;
	if (local_begin(backend, id, &upload, err))
		return -1;
	int fd = local_fd(upload);
	int status = 0;
	if (local_write(upload, &piece, err) < 0)
		status = -1;
	else if (fdatasync(fd) || pread(fd, found, sizeof(found), 0) < 0)
		status = local_fail(local_of(backend), id, "check", "stored",
				    err);
	else if (memcmp(sent, found, sizeof(sent)) != 0)
		status = err_set(err, ERR_INTERNAL,
				 "The store reads other than it wrote");
	local_end(upload);
	return status;
}

static void local_close(struct store_backend *backend)
{
	struct local *local = local_of(backend);
	for (int i = 0; i < LOCAL_KEPT_DAYS; i++)
		if (local->days[i].number)
			close(local->days[i].fd);
	fd_scope_end(&local->blobs_fd);
	g_mutex_clear(&local->lock);
	g_free(local->path);
	g_free(local);
}

static const struct store_backend_ops local_ops = {
	.close = local_close,
	.begin = local_begin,
	.write = local_write,
	.reserve = local_upload_reserve,
	.cut = local_upload_cut,
	.fd = local_fd,
	.commit = local_commit,
	.end = local_end,
	.open = local_blob_open,
	.remove = local_remove,
	.move = local_move,
	.each = local_each,
	.stage_open = local_stage_open,
	.stage_write = local_stage_write,
	.stage_fd = local_stage_fd,
	.stage_sync = local_stage_sync,
	.stage_reserve = local_stage_reserve,
	.stage_forget = local_stage_forget,
	.stage_upload = local_stage_upload,
	.stage_close = local_stage_close,
	.check = local_check,
};

/* Whatever else is wrong shows when something is stored; a tool may well read
 * a file system that cannot be written. */
static bool has_tmpfile(const struct local *local)
{
	SCOPED_FD fd = openat(local->blobs_fd, ".",
			      O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR);
}

static int make_blobs_dir(struct local *local, struct err *err)
{
	bool made = mkdir(local->path, 0700) == 0;
	if (!made && errno != EEXIST)
		return fail_dir(local, ".", "make", err);
	local->blobs_fd = open(local->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (local->blobs_fd < 0)
		return fail_dir(local, ".", "open", err);
	if (!made)
		return 0;
	SCOPED_FD parent = openat(local->blobs_fd, "..",
				  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (parent < 0 || fsync(parent))
		return fail_dir(local, "..", "sync", err);
	return 0;
}

static int prepare(struct local *local,
		   const struct local_backend_options *options, struct err *err)
{
	if (make_blobs_dir(local, err))
		return -1;
	local->named = options->named || !has_tmpfile(local);
	return 0;
}

int local_backend_open(struct store_backend **out,
		       const struct local_backend_options *options,
		       struct err *err)
{
	struct local *local = g_new0(struct local, 1);
	local->base.ops = &local_ops;
	local->blobs_fd = -1;
	local->path = g_build_filename(options->dir, "blobs", NULL);
	g_mutex_init(&local->lock);
	if (prepare(local, options, err)) {
		local_close(&local->base);
		return -1;
	}
	*out = &local->base;
	return 0;
}

int store_open_local(struct store **out, const struct store_options *options,
		     struct err *err)
{
	struct local_backend_options local = {
		.dir = options->dir,
	};
	struct store_backend *backend;
	if (local_backend_open(&backend, &local, err))
		return -1;
	return store_open_backend(out, options, backend, err);
}
