/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Deleting: rows go at once, in one transaction that also notes the blobs that
 * lost their last row. The bytes go later (sweep.c), so that a reader in the
 * middle is not cut and a crash never leaves a row without bytes.
 */
#include "base/encode.h"
#include "library/library_internal.h"

int trash_add(struct db_tx *tx, int64_t blob_id, int64_t now, struct err *err)
{
	struct db_stmt *stmt = db_prepare(
		tx, "INSERT INTO trash (blob_id, trashed_at) VALUES ($1, $2)",
		err);
	if (stmt == NULL)
		return -1;
	db_bind_int(stmt, 1, blob_id);
	db_bind_int(stmt, 2, now);
	return db_run(stmt, err) < 0 ? -1 : 0;
}

void file_changed(struct db_tx *tx, const struct id *id)
{
	db_tx_notify(tx, id->b, sizeof(id->b));
}

static int run_by_id(struct db_tx *tx, const char *sql, const struct id *id,
		     struct err *err)
{
	struct db_stmt *stmt = db_prepare(tx, sql, err);
	if (stmt == NULL)
		return -1;
	db_bind_blob(stmt, 1, id->b, sizeof(id->b));
	return db_run(stmt, err) < 0 ? -1 : 0;
}

static int trash_versions(struct db_tx *tx, const struct id *file, int64_t now,
			  struct err *err)
{
	struct db_stmt *stmt =
		db_prepare(tx,
			   "INSERT INTO trash (blob_id, trashed_at)"
			   " SELECT blob_id, CAST($2 AS BIGINT) FROM version"
			   " WHERE file_id = $1",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_blob(stmt, 1, file->b, sizeof(file->b));
	db_bind_int(stmt, 2, now);
	if (db_run(stmt, err) < 0)
		return -1;
	return run_by_id(tx, "DELETE FROM version WHERE file_id = $1", file,
			 err);
}

int file_all_bytes(struct db_tx *tx, const struct doomed_file *file,
		   int64_t *bytes, struct err *err)
{
	int64_t older = 0;
	*bytes = file->size;
	if (file->version_number == 1)
		return 0;
	struct db_stmt *stmt =
		db_prepare(tx,
			   "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT)"
			   " FROM version WHERE file_id = $1",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_blob(stmt, 1, file->id.b, sizeof(file->id.b));
	if (row_first_int(stmt, &older, err) < 0)
		return -1;
	*bytes += older;
	return 0;
}

int trash_file(struct db_tx *tx, const struct doomed_file *file, int64_t now,
	       struct err *err)
{
	const struct id *id = &file->id;
	if (file->version_number > 1 && trash_versions(tx, id, now, err) < 0)
		return -1;
	if (trash_add(tx, file->blob_id, now, err) < 0 ||
	    run_by_id(tx, "DELETE FROM file WHERE id = $1", id, err) < 0)
		return -1;
	file_changed(tx, id);
	return 0;
}

int trash_file_and_usage(struct db_tx *tx, const struct doomed_file *file,
			 int64_t now, struct err *err)
{
	int64_t bytes;
	if (file_all_bytes(tx, file, &bytes, err) < 0 ||
	    usage_discharge(tx, file->account_id, bytes, err) < 0)
		return -1;
	return trash_file(tx, file, now, err);
}

struct delete_call {
	int64_t account_id;
	const struct id *id;
	int64_t now;
	enum origin public_of; /* 0: whatever it is */
	bool found;
};

static int delete_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct delete_call *call = arg;
	call->found = false;
	struct db_stmt *stmt =
		db_prepare(tx,
			   "SELECT account_id, blob_id, version_number,"
			   " size, expires_at, public_key, origin"
			   " FROM file WHERE id = $1",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_blob(stmt, 1, call->id->b, sizeof(call->id->b));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	struct doomed_file file = {
		.id = *call->id,
		.account_id = db_int(stmt, 0),
		.blob_id = db_int(stmt, 1),
		.version_number = db_int(stmt, 2),
		.size = db_int(stmt, 3),
	};
	int64_t expires = db_int(stmt, 4);
	bool theirs = call->public_of && !(db_int(stmt, 5) != 0 &&
					   db_int(stmt, 6) == call->public_of);
	db_done(stmt);
	if (file.account_id != call->account_id ||
	    (expires && expires <= call->now))
		return 0;
	if (theirs)
		return err_set(err, ERR_FORBIDDEN,
			       "A public key may delete only files that were "
			       "stored with a public key");
	call->found = true;
	return trash_file_and_usage(tx, &file, call->now, err);
}

static int delete_if(struct library *library, int64_t account_id,
		     const struct id *id, enum origin public_of,
		     struct err *err)
{
	struct delete_call call = {.account_id = account_id,
				   .id = id,
				   .now = now_ms(),
				   .public_of = public_of};
	if (db_write(library->db, delete_rows, &call, err) < 0)
		return -1;
	return call.found;
}

int file_delete(struct library *library, int64_t account_id,
		const struct id *id, struct err *err)
{
	return delete_if(library, account_id, id, 0, err);
}

int file_delete_public(struct library *library, int64_t account_id,
		       const struct id *id, enum origin origin, struct err *err)
{
	return delete_if(library, account_id, id, origin, err);
}
