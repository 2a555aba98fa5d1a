/* SPDX-License-Identifier: Apache-2.0 */
/* What local.c, local_stage.c, local_direct.c and local_dir.c share; nobody
 * else includes it. */
#ifndef STORE_LOCAL_LOCAL_H
#define STORE_LOCAL_LOCAL_H

#include "store/store_backend.h"

#include <glib.h>

/* Telling the kernel to start writing so often keeps the sync at the end short
 * without waiting here. */
#define LOCAL_FLUSH_WINDOW (8 << 20)

/* Uploads that began before midnight end beside those that began after. */
#define LOCAL_KEPT_DAYS 2

/* A day's directory that is known to be durable in its parent. */
struct local_day {
	int number; /* as store_day(); 0: unused */
	int fd;
};

struct local {
	struct store_backend base;
	char *path; /* for the log */
	int blobs_fd;
	bool named;  /* the file system has no O_TMPFILE */
	GMutex lock; /* of days, and of what is opened late */
	struct local_day days[LOCAL_KEPT_DAYS];
};

/* A file that is written. */
struct local_file {
	int fd;
	/* The same once more, past the page cache: LOCAL_NOT_YET, or -1 where
	 * that is not to be had; under the lock of the local disk. */
	int direct_fd;
	/* Bytes of the page cache after which a disk is told to begin. */
	uint64_t flush_window;
};
#define LOCAL_NOT_YET (-2)

struct local_upload {
	struct store_upload base;
	struct local_file file;
	bool staged;     /* has a name in staging that goes with the upload */
	bool from_stage; /* has a name in uploads that stays */
};

/* of the name of a blob in any place, below blobs_fd */
#define LOCAL_NAME_LEN (sizeof("quarantine/") + 16)
void local_name(enum store_place place, int64_t id,
		char out[LOCAL_NAME_LEN + 1]);
/* The directory of a place; not of STORE_BLOBS, which has many. */
const char *local_folder(enum store_place place);
/* Makes that directory, and syncs its parent. -1 with errno. */
int local_make_place(const struct local *local, enum store_place place);
bool local_is_there(const struct local *local, const char *name);
/* What has that name, of whatever kind; absent succeeds. A folder that somebody
 * has put there, and something into it, goes to quarantine as it is, and from
 * there with all that is in it. -1 with errno. */
int local_unlink(const struct local *local, const char *name);

/* Some of the piece, at least a byte: past the page cache if it is direct and
 * that can be. -1 with errno. Any thread, several at different places. */
ssize_t local_write_some(struct local *local, struct local_file *file,
			 const struct store_piece *piece);
/* Direct writes into what is reserved, and before the end, do not wait for each
 * other. Where it cannot be had they do. */
void local_reserve(const struct local_file *file, uint64_t offset,
		   uint64_t size);
/* What was reserved, or written and given up, may lie past the end. -1 with
 * errno. */
int local_cut(const struct local_file *file, uint64_t size);
/* Whatever of it is open. */
void local_close_file(struct local_file *file);

/* The step and the path go to the log, a plain sentence to the client: "The
 * content could not be DONE". Reads errno; -1. */
int local_fail(const struct local *local, int64_t id, const char *step,
	       const char *done, struct err *err);

/* store_backend_ops of staged blobs. */
int local_stage_open(struct store_backend *backend, int64_t id,
		     enum store_stage_use use, struct store_staged **out,
		     struct err *err);
ssize_t local_stage_write(struct store_staged *staged,
			  enum store_staged_file file,
			  const struct store_piece *piece, struct err *err);
int local_stage_fd(const struct store_staged *staged,
		   enum store_staged_file file);
int local_stage_sync(struct store_staged *staged, enum store_staged_file file,
		     struct err *err);
void local_stage_reserve(struct store_staged *staged, uint64_t offset,
			 uint64_t size);
void local_stage_forget(struct store_staged *staged, uint64_t offset,
			uint64_t size);
int local_stage_upload(struct store_staged *staged, uint64_t size,
		       struct store_upload **out, struct err *err);
void local_stage_close(struct store_staged *staged);
/* The rest of what is removed, or moved from there, with STORE_STAGED; what was
 * moved may have it in STORE_ASIDE. -1 with errno; absent succeeds. */
int local_stage_remove_log(struct local *local, enum store_place place,
			   int64_t id);
int local_stage_move_log(struct local *local, int64_t id, enum store_place to);

#endif
