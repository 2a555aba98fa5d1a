/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and finding jobs. Doing them is in folder_job_step.c.
 */
#include "library/background/folder_job.h"
#include "base/clock.h"
#include "library/background/folder_job_row.h"
#include "library/background/purge.h"
#include "library/files/folder_row.h"
#include "library/library_internal.h"
#include "library/row.h"

int folder_job_row_read(struct db_stmt *stmt, struct arena *arena,
			struct folder_job *out, struct err *err)
{
	bool has_purge = !db_is_null(stmt, 11);
	*out = (struct folder_job){
		.account_id = db_int(stmt, 1),
		.kind = (enum folder_job_kind)db_int(stmt, 2),
		.state = (enum folder_job_state)db_int(stmt, 3),
		.source = arena_str(arena, db_text(stmt, 4)),
		.target = arena_str(arena, db_text(stmt, 5)),
		.with_versions = db_int(stmt, 6) != 0,
		.done = db_int(stmt, 7),
		.failed = db_int(stmt, 8),
		.created_ms = db_int(stmt, 9),
		.updated_ms = db_int(stmt, 10),
		.has_purge = has_purge,
	};
	if (out->kind < FOLDER_JOB_COPY || out->kind > FOLDER_JOB_DELETE ||
	    (unsigned)out->state > FOLDER_JOB_PARTIAL)
		return err_set(err, ERR_CORRUPT, "A job's row is damaged.");
	if (row_id(stmt, 0, &out->id, err) < 0)
		return -1;
	return has_purge ? row_id(stmt, 11, &out->purge_id, err) : 0;
}

struct folder_range folder_range(struct arena *arena, struct str folder)
{
	/* '0' is the character after '/' */
	return (struct folder_range){
		.first = arena_join(arena, folder, STR("/")),
		.end = arena_join(arena, folder, STR("0")),
	};
}

struct create_call {
	const struct folder_job_new *job;
	struct arena *arena;
	struct id id, purge_id;
	int64_t now; /* nothing that is there is younger */
};

static bool overlaps(struct str a, struct str b)
{
	return a.n && b.n &&
	       (str_eq(a, b) || path_is_below(a, b) || path_is_below(b, a));
}

static int check_free(struct db_tx *tx, const struct create_call *call,
		      struct err *err)
{
	struct str source = call->job->source, target = call->job->target;
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT source, target FROM job WHERE state = 0"
			 " AND account_id = $1",
			 DB_ARGS(DB_INT(call->job->account_id)));
	bool busy = false;
	int more = 0;
	unsigned n = 0;
	while (!busy && (more = db_step(stmt, err)) > 0) {
		n++;
		struct str a = db_text(stmt, 0), b = db_text(stmt, 1);
		busy = overlaps(a, source) || overlaps(a, target) ||
		       overlaps(b, source) || overlaps(b, target);
	}
	db_done(stmt);
	if (busy)
		return err_set(err, ERR_LOCKED,
			       "Another job is working on this folder.");
	if (n >= FOLDER_JOBS_OPEN_MAX)
		return err_set(err, ERR_LIMIT,
			       "An account can have at most %d jobs that have "
			       "not ended.",
			       FOLDER_JOBS_OPEN_MAX);
	return more < 0 ? -1 : 0;
}

static int count_below(struct db_tx *tx, const struct create_call *call,
		       const char *sql, int64_t *n, struct err *err)
{
	struct folder_range range =
		folder_range(call->arena, call->job->source);
	return db_query_int(tx, sql,
			    DB_ARGS(DB_INT(call->job->account_id),
				    DB_TEXT(range.first), DB_TEXT(range.end),
				    DB_INT(FOLDER_JOB_FILES_MAX + 1)),
			    n, err);
}

static int check_size(struct db_tx *tx, const struct create_call *call,
		      struct err *err)
{
	int64_t files = 0, folders = 0;
	if (count_below(tx, call,
			"SELECT COUNT(*) FROM (SELECT 1 FROM file"
			" WHERE account_id = $1 AND path > $2 AND path < $3"
			" LIMIT $4) AS below",
			&files, err) < 0 ||
	    count_below(tx, call,
			"SELECT COUNT(*) FROM (SELECT 1 FROM folder"
			" WHERE account_id = $1 AND path > $2 AND path < $3"
			" LIMIT $4) AS below",
			&folders, err) < 0)
		return -1;
	if (files + folders > FOLDER_JOB_FILES_MAX)
		return err_set(err, ERR_LIMIT,
			       "The folder holds more than %d files and "
			       "folders.",
			       FOLDER_JOB_FILES_MAX);
	return 0;
}

/* Where a folder comes down on one above it ("a/b/b" onto "a/b"), what it has
 * at the same place again ("a/b/b/b") would come down in it, and could not be
 * told from what is still to be done. */
static int check_nesting(struct db_tx *tx, const struct create_call *call,
			 struct err *err)
{
	const struct folder_job_new *job = call->job;
	if (!path_is_below(job->source, job->target))
		return 0;
	struct str inner = arena_join(call->arena, job->source,
				      str_skip(job->source, job->target.n));
	int exists = folder_exists_tx(tx, job->account_id, inner, err);
	if (exists > 0)
		return err_set(err, ERR_INVALID,
			       "The folder holds one that would take its "
			       "place.");
	return exists;
}

static int check_target(struct db_tx *tx, const struct create_call *call,
			struct err *err)
{
	const struct folder_job_new *job = call->job;
	if (job->kind == FOLDER_JOB_DELETE)
		return 0;
	if (!folder_path_valid(job->target))
		return err_set(err, ERR_INVALID,
			       "The folder's path would be too long, too deep "
			       "or not valid.");
	if (str_eq(job->target, job->source) ||
	    path_is_below(job->target, job->source))
		return err_set(err, ERR_INVALID,
			       "A folder cannot go into itself.");
	if (check_nesting(tx, call, err) < 0)
		return -1;
	if (job->kind != FOLDER_JOB_RENAME)
		return 0;
	int exists = folder_exists_tx(tx, job->account_id, job->target, err);
	if (exists > 0)
		return err_set(err, ERR_EXISTS,
			       "There is a folder of this name already.");
	return exists;
}

/* The clock may have been set back since something was stored. */
static int not_before_what_is_there(struct db_tx *tx, struct create_call *call,
				    struct err *err)
{
	struct folder_range range =
		folder_range(call->arena, call->job->source);
	int64_t files = 0, folders = 0;
	if (db_query_int(tx,
			 "SELECT updated_at FROM file WHERE account_id = $1"
			 " ORDER BY updated_at DESC LIMIT 1",
			 DB_ARGS(DB_INT(call->job->account_id)), &files,
			 err) < 0 ||
	    db_query_int(tx,
			 "SELECT COALESCE(MAX(updated_at), 0) FROM folder"
			 " WHERE account_id = $1 AND path >= $2"
			 " AND path < $3",
			 DB_ARGS(DB_INT(call->job->account_id),
				 DB_TEXT(call->job->source),
				 DB_TEXT(range.end)),
			 &folders, err) < 0)
		return -1;
	call->now = MAX(call->now, MAX(files, folders));
	return 0;
}

/* Those that ended first are forgotten. */
static int forget_old(struct db_tx *tx, const struct create_call *call,
		      struct err *err)
{
	return db_exec(tx,
		       "DELETE FROM job WHERE account_id = $1 AND state <> 0"
		       " AND id <= (SELECT id FROM job WHERE account_id = $1"
		       " AND state <> 0 ORDER BY id DESC LIMIT 1 OFFSET $2)",
		       DB_ARGS(DB_INT(call->job->account_id),
			       DB_INT(FOLDER_JOBS_KEPT_MAX - 1)),
		       err);
}

static int insert_job(struct db_tx *tx, const struct create_call *call,
		      struct err *err)
{
	const struct folder_job_new *job = call->job;
	const struct purge purge = {call->purge_id, job->account_id,
				    job->purge_url, call->now};
	if (job->purge_url.p && purge_insert_tx(tx, &purge, err) < 0)
		return -1;
	return db_exec(
		tx,
		"INSERT INTO job (id, account_id, kind, state, source, target,"
		" with_versions, cursor, done, failed, created_at, updated_at,"
		" purge_id) VALUES ($1, $2, $3, $4, $5, $6, $7, '', 0, 0, $8,"
		" $8, $9)",
		DB_ARGS(DB_ID(&call->id), DB_INT(job->account_id),
			DB_INT(job->kind), DB_INT(FOLDER_JOB_OPEN),
			DB_TEXT(job->source),
			DB_TEXT(job->target.p ? job->target : STR("")),
			DB_INT(job->with_versions), DB_INT(call->now),
			job->purge_url.p ? DB_ID(&call->purge_id) : DB_NULL),
		err);
}

static int create_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct create_call *call = arg;
	int exists = folder_exists_tx(tx, call->job->account_id,
				      call->job->source, err);
	if (exists == 0)
		return err_set(err, ERR_NOT_FOUND, "There is no such folder.");
	if (exists < 0 || check_target(tx, call, err) < 0 ||
	    check_free(tx, call, err) < 0 || check_size(tx, call, err) < 0 ||
	    not_before_what_is_there(tx, call, err) < 0 ||
	    forget_old(tx, call, err) < 0)
		return -1;
	return insert_job(tx, call, err);
}

int folder_job_create(struct library *library, const struct folder_job_new *job,
		      struct id *id, struct err *err)
{
	struct arena arena;
	arena_init(&arena);
	struct create_call call = {
		.job = job,
		.arena = &arena,
		.id = id_new(),
		.purge_id = id_new(),
		.now = now_ms(),
	};
	int64_t asked = call.now;
	*id = call.id;
	int result = 0;
	if (job->kind == FOLDER_JOB_COPY)
		result = folder_check_room(library, job->account_id,
					   job->source, err);
	if (result == 0)
		result = db_write(library->db, create_rows, &call, err);
	/* who begins after the answer is later, also on a fast machine */
	while (result == 0 && now_ms() == asked)
		g_usleep(250);
	arena_release(&arena);
	return result;
}

struct find_call {
	const struct view *view;
	const struct id *id;
	struct folder_job *out;
	int found;
};

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct find_call *call = arg;
	struct db_stmt *stmt = db_query(tx, SELECT_FOLDER_JOB " WHERE id = $1",
					DB_ARGS(DB_ID(call->id)));
	call->found = db_step(stmt, err);
	if (call->found <= 0)
		return call->found;
	if (folder_job_row_read(stmt, call->view->arena, call->out, err) < 0)
		return -1;
	call->found = call->out->account_id == call->view->account_id;
	return 0;
}

int folder_job_find(const struct view *view, const struct id *id,
		    struct folder_job *out, struct err *err)
{
	struct find_call call = {view, id, out, 0};
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int folder_job_sweep(struct library *library, int64_t before_ms,
		     struct err *err)
{
	return row_sweep(library->db,
			 "DELETE FROM job WHERE id IN (SELECT id FROM job"
			 " WHERE state <> 0 AND updated_at < $1 LIMIT $2)",
			 DB_INT(before_ms), err);
}
