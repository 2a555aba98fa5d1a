/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder jobs: copying, moving, renaming and deleting a folder with all that is
 * in it. A job is a row; its work is done in steps, each a short transaction
 * that also notes how far it came, so that uploads get their turn in between
 * and a job goes on where it was after a restart.
 *
 * A job is about what was there when it was made. Files that are stored,
 * changed or moved into the folder later stay there, and with them their
 * folders.
 *
 * What is done to each file is file_relocate()'s: a file that is there already
 * at the destination gets a new version. What cannot be done (version limit,
 * quota, path too long, a damaged row) is counted and left where it is; the job
 * then ends as FOLDER_JOB_PARTIAL.
 */
#ifndef LIBRARY_BACKGROUND_FOLDER_JOB_H
#define LIBRARY_BACKGROUND_FOLDER_JOB_H

#include "library/view.h"

#define FOLDER_JOBS_OPEN_MAX 100    /* of an account */
#define FOLDER_JOBS_KEPT_MAX 1000   /* that have ended: the oldest go first */
#define FOLDER_JOB_FILES_MAX 100000 /* files and folders in a job's folder */

enum folder_job_kind {
	FOLDER_JOB_COPY = 1,
	FOLDER_JOB_MOVE = 2,
	FOLDER_JOB_RENAME = 3,
	FOLDER_JOB_DELETE = 4,
};

/* Stored in the database. */
enum folder_job_state {
	FOLDER_JOB_OPEN = 0,
	FOLDER_JOB_DONE = 1,
	FOLDER_JOB_PARTIAL = 2,
};

struct folder_job {
	struct id id;
	int64_t account_id;
	enum folder_job_kind kind;
	enum folder_job_state state;
	struct str source; /* folder */
	struct str target; /* what the folder becomes: "dest/name"; "" for
			      FOLDER_JOB_DELETE */
	bool with_versions;
	int64_t done, failed; /* files; failed: folders too */
	int64_t created_ms, updated_ms;
	struct id purge_id; /* with has_purge */
	bool has_purge;
};

/*
 * Queues a job; *id is its. Blocks. In one transaction checks that the source
 * exists (ERR_NOT_FOUND), holds at most FOLDER_JOB_FILES_MAX, that
 * at most FOLDER_JOBS_OPEN_MAX are open, that a copy makes no more than
 * FOLDERS_MAX folders (ERR_LIMIT), that
 * renaming meets no folder of that name (ERR_EXISTS), that the target's path is
 * valid, not in the source, and no folder that holds one that would come down
 * on the source itself (ERR_INVALID), and that no open job of the account works
 * on a folder above, below or equal to source or target (ERR_LOCKED).
 */
struct folder_job_new {
	int64_t account_id;
	enum folder_job_kind kind;
	struct str source, target;
	bool with_versions;
	struct str purge_url; /* notes a purge too, purge.h; STR_NONE: none */
};
int folder_job_create(struct library *library, const struct folder_job_new *job,
		      struct id *id, struct err *err) MUST_CHECK;

/* 1 found, 0 no such job of the account, -1. Blocks. */
int folder_job_find(const struct view *view, const struct id *id,
		    struct folder_job *out, struct err *err) MUST_CHECK;

/* Does one step of the job that has waited longest, of the account that has. 1
 * there is more to do, 0 nothing is open, -1 (the job stays open and is tried
 * again). Blocks; one step at a time is done in the whole process. */
int folder_job_step(struct library *library, struct err *err) MUST_CHECK;
/* Does steps of one job until it has ended: for those who wait for it.
 * ERR_BUSY: folder_job_finish_within(), the job is still open. */
int folder_job_finish(struct library *library, const struct id *id,
		      struct err *err) MUST_CHECK;
/* folder_job_finish() gives up after that long, in all threads: a server stops.
 */
void folder_job_finish_within(struct library *library, unsigned ms);

/* Jobs that ended before this go (sweeper). */
int folder_job_sweep(struct library *library, int64_t before_ms,
		     struct err *err) MUST_CHECK;

#endif
