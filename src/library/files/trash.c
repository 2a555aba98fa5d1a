/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting: a file's rows go at once, in one transaction that also notes the
 * blobs that lost their last row. The bytes go later (sweep.c), so that a
 * reader in the middle is not cut and a crash never leaves a row without bytes.
 */
#include "library/files/trash.h"
#include "base/clock.h"
#include "library/accounts/usage_charge.h"
#include "library/files/blob.h"
#include "library/files/event.h"
#include "library/files/file_tx.h"
#include "library/files/tags.h"
#include "library/library_internal.h"
#include "library/row.h"

/* The blobs of a file's old versions, FILE_VERSIONS_MAX at most. */
struct old_blobs {
	int64_t ids[FILE_VERSIONS_MAX];
	size_t n;
};

static int old_blobs_read(struct db_tx *tx, const struct id *file,
			  struct old_blobs *out, struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT blob_id FROM version WHERE file_id = $1"
			 " ORDER BY number LIMIT $2",
			 DB_ARGS(DB_ID(file), DB_INT(FILE_VERSIONS_MAX)));
	int more = 0;
	out->n = 0;
	while (out->n < FILE_VERSIONS_MAX && (more = db_step(stmt, err)) > 0)
		out->ids[out->n++] = db_int(stmt, 0);
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

/* Files from before the limit may have more than that. */
static int trash_versions(struct db_tx *tx, const struct id *file, int64_t now,
			  struct err *err)
{
	struct old_blobs old;
	do {
		if (old_blobs_read(tx, file, &old, err) < 0)
			return -1;
		for (size_t i = 0; i < old.n; i++)
			if (blob_drop(tx, old.ids[i], now, err) < 0)
				return -1;
		if (db_exec(tx,
			    "DELETE FROM version WHERE id IN (SELECT id FROM"
			    " version WHERE file_id = $1"
			    " ORDER BY number LIMIT $2)",
			    DB_ARGS(DB_ID(file), DB_INT(FILE_VERSIONS_MAX)),
			    err) < 0)
			return -1;
	} while (old.n == FILE_VERSIONS_MAX);
	return 0;
}

int file_all_bytes(struct db_tx *tx, const struct doomed_file *file,
		   int64_t *bytes, struct err *err)
{
	int64_t older = 0;
	*bytes = file->counted;
	if (file->older_versions == 0)
		return 0;
	if (db_query_int(tx,
			 "SELECT CAST(COALESCE(SUM(" COUNTED_BYTES(
				 "") "), 0) AS BIGINT)"
				     " FROM version WHERE file_id = $1",
			 DB_ARGS(DB_ID(&file->id)), &older, err) < 0)
		return -1;
	*bytes += older;
	return 0;
}

static int note_leaving(struct db_tx *tx, const struct doomed_file *file,
			int64_t now, struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT path, placed_at, content_at, modified_at"
			 " FROM file WHERE id = $1",
			 DB_ARGS(DB_ID(&file->id)));
	int found = db_step(stmt, err);
	const struct file gone = {
		.account_id = file->account_id,
		.path = db_text(stmt, 0),
		.placed_ms = db_int(stmt, 1),
		.content_ms = db_int(stmt, 2),
		.modified_s = db_int(stmt, 3),
	};
	if (found > 0)
		file_leaves(&gone, now);
	db_done(stmt);
	return found < 0 ? -1 : 0;
}

int trash_row(struct db_tx *tx, const struct doomed_file *file, int64_t now,
	      struct err *err)
{
	const struct id *id = &file->id;
	const struct file gone = {.id = *id, .account_id = file->account_id};
	if (note_leaving(tx, file, now, err) < 0 ||
	    tags_replace(tx, &gone, file->has_tags, err) < 0 ||
	    db_exec(tx, "DELETE FROM file WHERE id = $1", DB_ARGS(DB_ID(id)),
		    err) < 0)
		return -1;
	file_changed(tx, id);
	return event_add(
		tx, &(struct event_new){EVENT_FILE_DELETED, &gone, .now = now},
		err);
}

int trash_file(struct db_tx *tx, const struct doomed_file *file, int64_t now,
	       struct err *err)
{
	if (file->older_versions && trash_versions(tx, &file->id, now, err) < 0)
		return -1;
	if (blob_drop(tx, file->blob_id, now, err) < 0)
		return -1;
	return trash_row(tx, file, now, err);
}

int trash_file_and_usage(struct db_tx *tx, const struct doomed_file *file,
			 int64_t now, struct err *err)
{
	struct usage_charge freed = {
		.account_id = file->account_id,
		.items = 1 + file->older_versions,
	};
	if (file_all_bytes(tx, file, &freed.added, err) < 0 ||
	    usage_discharge(tx, &freed, err) < 0)
		return -1;
	return trash_file(tx, file, now, err);
}

int file_trash_tx(struct db_tx *tx, const struct file *file, int64_t now,
		  struct err *err)
{
	const struct doomed_file doomed = {
		.id = file->id,
		.account_id = file->account_id,
		.blob_id = file->blob_id,
		.older_versions = file->older_versions,
		.counted = file_counted(file),
		.has_tags = file->tags.p != NULL,
	};
	return trash_file_and_usage(tx, &doomed, now, err);
}

/* What is to be deleted; public_of: only if that dialect stored it by proof of
 * a public key, 0: whatever it is. 1, 0 absent or expired, -1. */
static int find_doomed(const struct view *view, const struct id *id,
		       enum origin public_of, struct doomed_file *out,
		       struct err *err)
{
	struct db_stmt *stmt =
		db_query(view->tx,
			 "SELECT account_id, blob_id, older_versions,"
			 " " COUNTED_BYTES(
				 "") ", expires_at, public_key, origin,"
				     " CASE WHEN tags IS NULL THEN 0 ELSE 1 END"
				     " FROM file WHERE id = $1",
			 DB_ARGS(DB_ID(id)));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	*out = (struct doomed_file){
		.id = *id,
		.account_id = db_int(stmt, 0),
		.blob_id = db_int(stmt, 1),
		.older_versions = db_int(stmt, 2),
		.counted = db_int(stmt, 3),
		.has_tags = db_int(stmt, 7) != 0,
	};
	int64_t expires = db_int(stmt, 4);
	bool theirs = public_of &&
		      !(db_int(stmt, 5) != 0 && db_int(stmt, 6) == public_of);
	db_done(stmt);
	if (out->account_id != view->account_id ||
	    (expires && expires <= view->now))
		return 0;
	if (theirs)
		return err_set(err, ERR_FORBIDDEN,
			       "A public key may delete only files that were "
			       "stored with a public key");
	return 1;
}

struct delete_call {
	struct view view;
	const struct id *id;
	enum origin public_of;
	int found;
};

static int delete_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct delete_call *call = arg;
	struct doomed_file file;
	call->view.tx = tx;
	call->found =
		find_doomed(&call->view, call->id, call->public_of, &file, err);
	if (call->found <= 0)
		return call->found;
	return trash_file_and_usage(tx, &file, call->view.now, err);
}

static int delete_if(const struct view *view, const struct id *id,
		     enum origin public_of, struct err *err)
{
	struct delete_call call = {
		.view = *view, .id = id, .public_of = public_of};
	if (row_write(view, delete_rows, &call, err) < 0)
		return -1;
	return call.found;
}

int file_delete(const struct view *view, const struct id *id, struct err *err)
{
	return delete_if(view, id, 0, err);
}

int file_delete_public(const struct view *view, const struct id *id,
		       enum origin origin, struct err *err)
{
	return delete_if(view, id, origin, err);
}

struct delete_all_call {
	struct view view;
	const struct id *ids;
	size_t n;
	bool *missing;
	bool complete;
};

static int find_all_doomed(struct db_tx *tx, void *arg, struct err *err)
{
	struct delete_all_call *call = arg;
	struct doomed_file file;
	call->view.tx = tx;
	call->complete = true;
	for (size_t i = 0; i < call->n; i++) {
		int found =
			find_doomed(&call->view, &call->ids[i], 0, &file, err);
		if (found < 0)
			return -1;
		call->missing[i] = found == 0;
		call->complete = call->complete && found;
	}
	return 0;
}

/* A write for each, so that others have turns between them: a hundred files
 * with a hundred versions are a second's work. One that goes meanwhile, or is
 * named again, is gone as it was asked for. */
static int delete_each(const struct view *view, const struct id *ids, size_t n,
		       struct err *err)
{
	struct delete_call *calls =
		arena_zalloc(view->arena, n * sizeof(*calls));
	struct db_job *jobs = arena_zalloc(view->arena, n * sizeof(*jobs));
	for (size_t i = 0; i < n; i++) {
		calls[i] = (struct delete_call){.view = *view, .id = &ids[i]};
		jobs[i] = (struct db_job){.fn = delete_rows, .arg = &calls[i]};
	}
	return row_write_all(view, jobs, n, err);
}

int file_delete_all(const struct view *view, const struct id *ids, size_t n,
		    bool *missing, struct err *err)
{
	g_assert(n > 0 && n <= FILE_BULK_MAX);
	struct delete_all_call call = {
		.view = *view,
		.ids = ids,
		.n = n,
		.missing = missing,
	};
	if (db_read(view->library->db, find_all_doomed, &call, err) < 0 ||
	    (call.complete && delete_each(view, ids, n, err) < 0))
		return -1;
	return call.complete;
}
