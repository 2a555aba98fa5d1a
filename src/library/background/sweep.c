/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sweep: expired files and versions lose their rows, trashed blobs
 * their bytes. In small batches, because uploads wait for the same writer.
 *
 * Bytes go before rows: a crash in between leaves a trash row whose bytes are
 * gone, and removing those again succeeds. They go only when what has put them
 * into the trash is on the disk for certain.
 */
#include "base/clock.h"
#include "base/log/log.h"
#include "library/files/blob.h"
#include "library/files/file_tx.h"
#include "library/files/trash.h"
#include "library/library_internal.h"
#include "library/row.h"

#define BATCH 100

struct expiry_batch {
	int64_t now;
	int64_t rows; /* of files and their old versions: BATCH ends it */
	unsigned n;
	struct doomed_file files[BATCH];
};

static int expiry_select(struct db_tx *tx, struct expiry_batch *batch,
			 struct err *err)
{
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT id, account_id, blob_id, older_versions,"
		" " COUNTED_BYTES(
			"") ", CASE WHEN tags IS NULL THEN 0 ELSE 1 END"
			    " FROM file"
			    " WHERE expires_at IS NOT NULL AND expires_at <= $1"
			    " ORDER BY expires_at LIMIT $2",
		DB_ARGS(DB_INT(batch->now), DB_INT(BATCH)));
	int more = 0;
	while (batch->rows < BATCH && (more = db_step(stmt, err)) > 0) {
		struct doomed_file *file = &batch->files[batch->n];
		if (row_id(stmt, 0, &file->id, err) < 0) {
			if (!row_passed_over(err, "an expired file"))
				return -1;
			continue;
		}
		batch->n++;
		file->account_id = db_int(stmt, 1);
		file->blob_id = db_int(stmt, 2);
		file->older_versions = db_int(stmt, 3);
		batch->rows += 1 + MAX(file->older_versions, 0);
		file->counted = db_int(stmt, 4);
		file->has_tags = db_int(stmt, 5) != 0;
	}
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

static int expiry_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct expiry_batch *batch = arg;
	batch->n = 0;
	batch->rows = 0;
	if (expiry_select(tx, batch, err) < 0)
		return -1;
	for (unsigned i = 0; i < batch->n; i++)
		if (trash_file_and_usage(tx, &batch->files[i], batch->now,
					 err) < 0)
			return -1;
	return 0;
}

static int sweep_expired(struct library *library, int64_t now,
			 uint64_t *removed, struct err *err)
{
	struct expiry_batch batch = {.now = now};
	do {
		if (db_write(library->db, expiry_rows, &batch, err) < 0)
			return -1;
		*removed += batch.n;
	} while (batch.rows >= BATCH);
	return 0;
}

/* Old versions that expire before their file does. */
struct old_batch {
	int64_t now;
	unsigned n;
	struct file *versions;
};

static int old_select(struct db_tx *tx, struct old_batch *batch,
		      struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT v.id, v.file_id, f.account_id, v.blob_id,"
			 " v.size, v.described FROM version v JOIN file f"
			 " ON f.id = v.file_id WHERE v.expires_at IS NOT NULL"
			 " AND v.expires_at <= $1"
			 " ORDER BY v.expires_at LIMIT $2",
			 DB_ARGS(DB_INT(batch->now), DB_INT(BATCH)));
	int more = 0;
	while (batch->n < BATCH && (more = db_step(stmt, err)) > 0) {
		struct file *version = &batch->versions[batch->n];
		if (row_id(stmt, 0, &version->version_id, err) < 0 ||
		    row_id(stmt, 1, &version->id, err) < 0) {
			if (!row_passed_over(err, "an expired version"))
				return -1;
			continue;
		}
		batch->n++;
		version->account_id = db_int(stmt, 2);
		version->blob_id = db_int(stmt, 3);
		version->size = (uint64_t)db_int(stmt, 4);
		version->described = db_int(stmt, 5);
	}
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

static int old_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct old_batch *batch = arg;
	batch->n = 0;
	if (old_select(tx, batch, err) < 0)
		return -1;
	for (unsigned i = 0; i < batch->n; i++)
		if (version_trash_tx(tx, &batch->versions[i], batch->now, err) <
		    0)
			return -1;
	return 0;
}

static int sweep_old(struct library *library, int64_t now, uint64_t *removed,
		     struct err *err)
{
	struct file versions[BATCH] = {0};
	struct old_batch batch = {.now = now, .versions = versions};
	do {
		if (db_write(library->db, old_rows, &batch, err) < 0)
			return -1;
		*removed += batch.n;
	} while (batch.n == BATCH);
	return 0;
}

struct trash_batch {
	int64_t after; /* blob ids up to here have been seen */
	int64_t until; /* trashed at or before */
	unsigned n;
	struct {
		struct blob_location location;
		bool is_inline, gone;
	} blobs[BATCH];
	struct arena arena; /* of the batch */
};

static int trash_select(struct db_tx *tx, void *arg, struct err *err)
{
	struct trash_batch *batch = arg;
	batch->n = 0;
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT t.blob_id,"
			 " CASE WHEN b.inline_bytes IS NULL THEN 0 ELSE 1 END,"
			 " " SELECT_LOCATION
			 " FROM trash t LEFT JOIN blob b ON b.id = t.blob_id"
			 " WHERE t.blob_id > $1 AND t.trashed_at <= $2"
			 " ORDER BY t.blob_id LIMIT $3",
			 DB_ARGS(DB_INT(batch->after), DB_INT(batch->until),
				 DB_INT(BATCH)));
	int more = 0;
	while (batch->n < BATCH && (more = db_step(stmt, err)) > 0) {
		struct blob_location *location =
			&batch->blobs[batch->n].location;
		location->name.id = db_int(stmt, 0);
		blob_location_read(stmt, 2, &batch->arena, location);
		batch->blobs[batch->n].is_inline = db_int(stmt, 1);
		batch->blobs[batch->n].gone = false;
		batch->n++;
	}
	return more < 0 ? -1 : 0;
}

static int trash_delete(struct db_tx *tx, void *arg, struct err *err)
{
	const struct trash_batch *batch = arg;
	for (unsigned i = 0; i < batch->n; i++) {
		int64_t id = batch->blobs[i].location.name.id;
		if (!batch->blobs[i].gone)
			continue;
		if (blob_delete(tx, id, err) < 0 ||
		    db_exec(tx, "DELETE FROM trash WHERE blob_id = $1",
			    DB_ARGS(DB_INT(id)), err) < 0)
			return -1;
	}
	return 0;
}

/* A blob that cannot be removed must not keep the others: it is logged, stays
 * in the trash and is tried again by the next sweep. */
static uint64_t remove_bytes(struct library *library, struct trash_batch *batch)
{
	uint64_t gone = 0;
	for (unsigned i = 0; i < batch->n; i++) {
		const struct blob_location *location =
			&batch->blobs[i].location;
		struct err why;
		if (!batch->blobs[i].is_inline &&
		    blob_remove(library, location, &why) < 0) {
			log_error("cannot remove trashed blob %lld: %s",
				  (long long)location->name.id, why.text);
			continue;
		}
		batch->blobs[i].gone = true;
		gone++;
		if (library->on_gone)
			library->on_gone(library->on_gone_user, location->store,
					 location->name.id);
	}
	return gone;
}

static int sweep_batch(struct library *library, struct trash_batch *batch,
		       uint64_t *removed, uint64_t *kept, struct err *err)
{
	if (db_read(library->db, trash_select, batch, err) < 0)
		return -1;
	if (batch->n == 0)
		return 0;
	if (db_settle(library->db, err) < 0)
		return -1;
	uint64_t gone = remove_bytes(library, batch);
	if (gone && db_write(library->db, trash_delete, batch, err) < 0)
		return -1;
	*removed += gone;
	*kept += batch->n - gone;
	batch->after = batch->blobs[batch->n - 1].location.name.id;
	return 0;
}

static int sweep_trash(struct library *library, int64_t until,
		       uint64_t *removed, uint64_t *kept, struct err *err)
{
	struct trash_batch batch = {.after = INT64_MIN, .until = until};
	int result;
	arena_init(&batch.arena);
	do {
		result = sweep_batch(library, &batch, removed, kept, err);
		arena_release(&batch.arena);
	} while (result == 0 && batch.n == BATCH);
	return result;
}

int library_sweep(struct library *library, int64_t grace_ms, uint64_t *removed,
		  struct err *err)
{
	int64_t now = now_ms();
	uint64_t kept = 0;
	*removed = 0;
	for (size_t i = 0; i < library->stores.n; i++)
		store_tidy(library->stores.list[i]);
	if (sweep_expired(library, now, removed, err) < 0 ||
	    sweep_old(library, now, removed, err) < 0 ||
	    sweep_trash(library, now - grace_ms, removed, &kept, err) < 0)
		return -1;
	if (kept)
		return err_set(err, ERR_INTERNAL,
			       "%llu trashed blobs could not be removed.",
			       (unsigned long long)kept);
	return 0;
}
