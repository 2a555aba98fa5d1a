/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a job. First the files, in order of their paths, some of them a
 * step; then the folders, from the deepest up. The cursor says how far it is:
 * "" at the beginning, "f" and the path of the last file ("g" in jobs of older
 * versions), "d" and the path of the last folder.
 *
 * A job is about what was there when it was asked for. What has come since,
 * new files, new content and what was moved in, stays where it is: so it ends,
 * and a deletion takes nothing that was stored after it.
 *
 * A step is short, because uploads wait for the same writer, and shorter once
 * one does.
 */
#include "base/clock.h"
#include "base/log/log.h"
#include "library/accounts/usage_charge.h"
#include "library/background/folder_job_row.h"
#include "library/files/file_tx.h"
#include "library/files/folder_row.h"
#include "library/files/trash.h"
#include "library/library_internal.h"
#include "library/row.h"

#include <stdatomic.h>

#define STEP_FILES 50
#define STEP_FOLDERS 200
#define STEP_US 5000
#define STEP_AWAITED_US 1000

/* One that does not fit was not made by this program. */
struct path_text {
	char text[FILE_PATH_MAX];
	size_t n; /* 0: none */
};

struct step_call {
	const struct id *only; /* NULL: whichever has waited longest */
	struct path_text skip; /* a damaged file; the step ends with it */
	bool found;            /* there was one, and it is still open */
	struct id id;          /* its id */
	struct path_text at;   /* the file it is at */
};

/* A step on its way. */
struct step {
	struct db_tx *tx;
	struct arena *arena;
	struct step_call *call;
	struct folder_job job;
	struct str cursor;
	struct folder_range range;
	uint64_t max_storage_bytes, max_uploads;
	bool grace;       /* the account stores nothing more */
	bool passed_over; /* a damaged row, which is not open now */
	int64_t now, began_us;
};

/* A row that is damaged is nobody's job any more, and stands in no other's way.
 */
static int pass_over(struct step *step, struct str id, struct err *err)
{
	if (!row_passed_over(err, "a folder job"))
		return -1;
	if (db_exec(step->tx, "UPDATE job SET state = $2 WHERE id = $1",
		    DB_ARGS(DB_BLOB(id.p, id.n), DB_INT(FOLDER_JOB_PARTIAL)),
		    err) < 0)
		return -1;
	step->passed_over = true;
	return 0;
}

/* The account that has waited longest for a step of any of its jobs, and of
 * those the one that has: many jobs are no more than one. */
#define SELECT_NEXT                                                            \
	SELECT_FOLDER_JOB                                                      \
	" WHERE state = 0 ORDER BY (SELECT MAX(o.updated_at) FROM job o"       \
	" WHERE o.state = 0 AND o.account_id = job.account_id),"               \
	" updated_at, id LIMIT 1"

static int find_job(struct step *step, const struct id *only, struct err *err)
{
	struct db_stmt *stmt = only ? db_query(step->tx,
					       SELECT_FOLDER_JOB
					       " WHERE id = $1 AND state = 0",
					       DB_ARGS(DB_ID(only)))
				    : db_prepare(step->tx, SELECT_NEXT);
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	found = folder_job_row_read(stmt, step->arena, &step->job, err);
	step->cursor = arena_str(step->arena, db_text(stmt, FOLDER_JOB_CURSOR));
	struct str id = arena_str(step->arena, db_blob(stmt, 0));
	db_done(stmt);
	if (found < 0)
		return only ? -1 : pass_over(step, id, err);
	step->range = folder_range(step->arena, step->job.source);
	return 1;
}

static int read_limits(struct step *step, struct err *err)
{
	struct db_stmt *stmt = db_query(
		step->tx,
		"SELECT COALESCE(max_storage_bytes, 0),"
		" COALESCE(max_uploads, 0), grace FROM account WHERE id = $1",
		DB_ARGS(DB_INT(step->job.account_id)));
	int found = db_step(stmt, err);
	if (found > 0) {
		step->max_storage_bytes = (uint64_t)db_int(stmt, 0);
		step->max_uploads = (uint64_t)db_int(stmt, 1);
		step->grace = db_int(stmt, 2) != 0;
	}
	db_done(stmt);
	return found < 0 ? -1 : 0;
}

/* "f" or "d" and a path. */
static void set_cursor(struct step *step, const char *phase, struct str path)
{
	step->cursor = arena_join(step->arena, str_of(phase), path);
}

/* A file or folder that is next. */
struct entry {
	struct str path;
	bool later; /* it has come since the job was asked for */
};

/* Some rows of path and time into an array; -1 or how many. */
static int read_entries(struct step *step, struct db_stmt *stmt,
			struct entry *out, int max, struct err *err)
{
	int n = 0, more = 0;
	while (n < max && (more = db_step(stmt, err)) > 0)
		out[n++] = (struct entry){
			.path = arena_str(step->arena, db_text(stmt, 0)),
			.later = db_int(stmt, 1) > step->job.created_ms,
		};
	db_done(stmt);
	return more < 0 ? -1 : n;
}

static int next_files(struct step *step, struct entry *out, struct err *err)
{
	struct str after =
		step->cursor.n ? str_skip(step->cursor, 1) : step->range.first;
	/* A copy of newer content harms nobody; without it one would miss. */
	struct db_stmt *stmt = db_query(
		step->tx,
		step->job.kind == FOLDER_JOB_COPY
			? "SELECT path, created_at FROM file"
			  " WHERE account_id = $1 AND path > $2"
			  " AND path < $3 ORDER BY path LIMIT $4"
			: "SELECT path, COALESCE(placed_at, content_at)"
			  " FROM file WHERE account_id = $1 AND path > $2"
			  " AND path < $3 ORDER BY path LIMIT $4",
		DB_ARGS(DB_INT(step->job.account_id), DB_TEXT(after),
			DB_TEXT(step->range.end), DB_INT(STEP_FILES)));
	return read_entries(step, stmt, out, STEP_FILES, err);
}

/* Where something below the source ends up. */
static struct str moved(const struct step *step, struct str path)
{
	return arena_join(step->arena, step->job.target,
			  str_skip(path, step->job.source.n));
}

static int delete_file(struct step *step, struct str path, struct err *err)
{
	struct file file;
	const struct view view = {.account_id = step->job.account_id,
				  .now = step->now,
				  .arena = step->arena,
				  .tx = step->tx};
	int found = file_at_path_tx(&view, path, &file, err);
	if (found > 0 && file_trash_tx(step->tx, &file, step->now, err) < 0)
		return -1;
	return found;
}

/* What has expired is there for nobody, but in the way of the folder's end. */
static int delete_expired(struct step *step, struct str path, struct err *err)
{
	return step->job.kind != FOLDER_JOB_COPY &&
			       delete_file(step, path, err) < 0
		       ? -1
		       : 0;
}

static int do_file(struct step *step, struct str path, struct err *err)
{
	const struct folder_job *job = &step->job;
	if (job->kind == FOLDER_JOB_DELETE)
		return delete_file(step, path, err);
	const struct file_relocation how = {
		.account_id = job->account_id,
		.source = path,
		.target = moved(step, path),
		.copy = job->kind == FOLDER_JOB_COPY,
		.with_versions = job->with_versions,
		.max_storage_bytes = step->max_storage_bytes,
		.max_uploads = step->max_uploads,
	};
	if (how.copy && step->grace)
		return err_set(err, ERR_QUOTA,
			       "The account is in its grace "
			       "period.");
	int done = relocate_tx(step->tx, &how, step->now, err);
	return done == 0 ? delete_expired(step, path, err) : done;
}

static struct str path_of(const struct path_text *path)
{
	return path->n ? (struct str){path->text, path->n} : STR_NONE;
}

static void note_path(struct path_text *out, struct str path)
{
	out->n = MIN(path.n, sizeof(out->text));
	memcpy(out->text, path.p, out->n);
}

/* One that never will: it is passed over, and the job ends as partial. */
static bool is_refusal(const struct err *err)
{
	return err->code == ERR_LIMIT || err->code == ERR_QUOTA ||
	       err->code == ERR_INVALID || err->code == ERR_EXISTS;
}

static bool is_over(const struct step *step)
{
	int64_t most = db_is_awaited(step->tx) ? STEP_AWAITED_US : STEP_US;
	return g_get_monotonic_time() - step->began_us >= most;
}

/* 1: all are later ones, and there is time for the next. */
static int do_files(struct step *step, const struct entry *files, int n,
		    struct err *err)
{
	bool end = false, idle = true;
	for (int i = 0; i < n && !end; i++) {
		struct str path = files[i].path;
		set_cursor(step, "f", path);
		if (files[i].later)
			continue;
		bool skip = str_eq(path, path_of(&step->call->skip));
		note_path(&step->call->at, path);
		int result = skip ? -1 : do_file(step, path, err);
		if (result < 0 && !skip && !is_refusal(err))
			return -1;
		step->job.done += result > 0;
		step->job.failed += result < 0;
		idle = false;
		end = skip || is_over(step);
	}
	return idle && !is_over(step);
}

/* Folders */

static int next_folders(struct step *step, struct entry *out, struct err *err)
{
	struct db_stmt *stmt = db_query(
		step->tx,
		"SELECT path, updated_at FROM folder WHERE account_id = $1"
		" AND path < $2 AND (path > $3 OR path = $4)"
		" AND path >= $4 ORDER BY path DESC LIMIT $5",
		DB_ARGS(DB_INT(step->job.account_id),
			DB_TEXT(str_skip(step->cursor, 1)),
			DB_TEXT(step->range.first), DB_TEXT(step->job.source),
			DB_INT(STEP_FOLDERS)));
	return read_entries(step, stmt, out, STEP_FOLDERS, err);
}

/* Unless something is in it, which failed or came meanwhile. */
static int remove_folder(struct step *step, struct str path, struct err *err)
{
	struct folder_range range = folder_range(step->arena, path);
	int gone = db_change(
		step->tx,
		"DELETE FROM folder WHERE account_id = $1 AND path = $2"
		" AND NOT EXISTS (SELECT 1 FROM file f"
		" WHERE f.account_id = $1 AND f.path > $3 AND f.path < $4)"
		" AND NOT EXISTS (SELECT 1 FROM folder d"
		" WHERE d.account_id = $1 AND d.path > $3 AND d.path < $4)",
		DB_ARGS(DB_INT(step->job.account_id), DB_TEXT(path),
			DB_TEXT(range.first), DB_TEXT(range.end)),
		err);
	return gone > 0 ? usage_count_folders(step->tx, step->job.account_id,
					      -1, err)
			: gone;
}

/* 1 done, 0 it would be too deep or too long there, as were its files, or one
 * too many. */
static int do_folder(struct step *step, struct str path, struct err *err)
{
	enum folder_job_kind kind = step->job.kind;
	const struct folder target = {.account_id = step->job.account_id,
				      .path = moved(step, path),
				      .created_ms = step->now};
	if (kind != FOLDER_JOB_DELETE && !folder_path_valid(target.path))
		return 0;
	if (kind != FOLDER_JOB_DELETE &&
	    folder_check_quota(step->tx, step->job.account_id, target.path,
			       err) < 0)
		return is_refusal(err) ? 0 : -1;
	if (kind != FOLDER_JOB_DELETE &&
	    folder_make_all(step->tx, &target, err) < 0)
		return -1;
	if (kind != FOLDER_JOB_COPY && remove_folder(step, path, err) < 0)
		return -1;
	return 1;
}

static int do_folders(struct step *step, const struct entry *folders, int n,
		      struct err *err)
{
	bool end = false;
	for (int i = 0; i < n && !end; i++) {
		int result = 1;
		if (!folders[i].later)
			result = do_folder(step, folders[i].path, err);
		if (result < 0)
			return -1;
		step->job.failed += result == 0;
		set_cursor(step, "d", folders[i].path);
		end = is_over(step);
	}
	return 0;
}

static int advance_folders(struct step *step, struct err *err)
{
	struct entry folders[STEP_FOLDERS];
	int n = next_folders(step, folders, err);
	if (n == 0)
		step->job.state =
			step->job.failed ? FOLDER_JOB_PARTIAL : FOLDER_JOB_DONE;
	return n < 0 ? -1 : do_folders(step, folders, n, err);
}

static int advance(struct step *step, struct err *err)
{
	struct entry files[STEP_FILES];
	int n, more;
	if (str_starts(step->cursor, STR("d")))
		return advance_folders(step, err);
	do {
		n = next_files(step, files, err);
		more = n > 0 ? do_files(step, files, n, err) : 0;
	} while (more > 0);
	if (n == 0)
		set_cursor(step, "d", step->range.end);
	return n < 0 || more < 0 ? -1 : 0;
}

static int save(struct step *step, struct err *err)
{
	return db_exec(
		step->tx,
		"UPDATE job SET state = $2, cursor = $3, done = $4,"
		" failed = $5, updated_at = $6 WHERE id = $1",
		DB_ARGS(DB_ID(&step->job.id), DB_INT(step->job.state),
			DB_TEXT(step->cursor), DB_INT(step->job.done),
			DB_INT(step->job.failed),
			DB_INT(MAX(step->now, step->job.updated_ms + 1))),
		err);
}

static int step_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct step_call *call = arg;
	struct arena arena;
	arena_init(&arena);
	struct step step = {
		.tx = tx,
		.arena = &arena,
		.call = call,
		.now = now_ms(),
		.began_us = g_get_monotonic_time(),
	};
	int result = find_job(&step, call->only, err);
	call->found = result > 0 || step.passed_over;
	call->id = step.job.id;
	call->at.n = 0;
	if (result > 0)
		result = read_limits(&step, err) < 0 ||
					 advance(&step, err) < 0 ||
					 save(&step, err) < 0
				 ? -1
				 : 0;
	arena_release(&arena);
	return result;
}

/* Others have their turn before a job that failed is tried again, those of the
 * same millisecond and of a clock that went back too. */
static int postpone_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct step_call *call = arg;
	return db_exec(tx,
		       "UPDATE job SET updated_at ="
		       " (SELECT max(updated_at) + 1 FROM job WHERE state = 0)"
		       " WHERE id = $1",
		       DB_ARGS(DB_ID(&call->id)), err);
}

/* What a damaged file has made fail is undone as a whole; the second time it
 * is passed over. */
static int write_step(struct library *library, struct step_call *call,
		      struct err *err)
{
	struct err again;
	int result = db_write(library->db, step_rows, call, err);
	if (result < 0 && err->code == ERR_CORRUPT && call->at.n) {
		call->skip = call->at;
		result = db_write(library->db, step_rows, call, err);
	}
	if (result < 0 && call->found &&
	    db_write(library->db, postpone_row, call, &again) < 0)
		log_error("jobs: %s", again.text);
	return result;
}

/* The job of a request that waits and the runner's would get into each other's
 * steps otherwise. Held across db_write(), so it comes before the locks of the
 * database, and nothing within a transaction may take it. */
static GMutex one_at_a_time;

static int run_step(struct library *library, const struct id *only,
		    struct err *err)
{
	struct step_call call = {.only = only};
	g_mutex_lock(&one_at_a_time);
	int result = write_step(library, &call, err);
	g_mutex_unlock(&one_at_a_time);
	return result < 0 ? -1 : call.found;
}

int folder_job_step(struct library *library, struct err *err)
{
	return run_step(library, NULL, err);
}

int folder_job_finish(struct library *library, const struct id *id,
		      struct err *err)
{
	int more;
	while ((more = run_step(library, id, err)) > 0) {
		int64_t until = atomic_load(&library->jobs_until_us);
		if (until && g_get_monotonic_time() >= until)
			return err_set(err, ERR_BUSY,
				       "The server is stopping; the work goes "
				       "on when it runs again.");
	}
	return more;
}

void folder_job_finish_within(struct library *library, unsigned ms)
{
	atomic_store(&library->jobs_until_us,
		     g_get_monotonic_time() + (int64_t)ms * 1000);
}
