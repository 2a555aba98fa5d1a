/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a blob itself; and which rows point to it. Nearly always one
 * does, and nothing is noted; copies and their originals share one, and
 * blob_share counts the others.
 */
#include "library/files/blob.h"
#include "library/library_internal.h"
#include "store/stage.h"

/* In the table blob_extent: eight bytes of size, big-endian, and the checksum.
 * Each begins where the one before it ends. */
#define EXTENT_BYTES (8 + CHECKSUM_BYTES)

static int insert_extents(struct db_tx *tx, const struct store_blob *blob,
			  struct err *err)
{
	size_t n = blob->extents.n;
	g_autofree uint8_t *list = g_malloc(n * EXTENT_BYTES);
	for (size_t i = 0; i < n; i++) {
		const struct store_extent *extent = &blob->extents.list[i];
		uint64_t size = GUINT64_TO_BE(extent->size);
		memcpy(list + i * EXTENT_BYTES, &size, 8);
		memcpy(list + i * EXTENT_BYTES + 8, extent->checksum,
		       CHECKSUM_BYTES);
	}
	return db_exec(
		tx, "INSERT INTO blob_extent (blob_id, list) VALUES ($1, $2)",
		DB_ARGS(DB_INT(blob->id), DB_BLOB(list, n * EXTENT_BYTES)),
		err);
}

/* One extent says no more than the blob does. */
unsigned blob_extents(const struct store_blob *blob)
{
	return blob->extents.n > 1 ? (unsigned)blob->extents.n : 0;
}

int blob_insert(struct db_tx *tx, const struct store_blob *blob,
		struct err *err)
{
	struct str bytes = blob->inline_bytes;
	unsigned extents = blob_extents(blob);
	if (extents && insert_extents(tx, blob, err) < 0)
		return -1;
	return db_exec(tx,
		       "INSERT INTO blob (id, size, checksum, inline_bytes,"
		       " store, extents) VALUES ($1, $2, $3, $4, $5, $6)",
		       DB_ARGS(DB_INT(blob->id), DB_INT((int64_t)blob->size),
			       DB_BLOB(blob->checksum, CHECKSUM_BYTES),
			       bytes.p ? DB_BLOB(bytes.p, bytes.n) : DB_NULL,
			       DB_INT(blob->store), DB_INT(extents)),
		       err);
}

int blob_delete(struct db_tx *tx, int64_t blob_id, struct err *err)
{
	if (db_exec(tx,
		    "DELETE FROM blob_extent WHERE blob_id ="
		    " (SELECT id FROM blob WHERE id = $1 AND extents > 0)",
		    DB_ARGS(DB_INT(blob_id)), err) < 0 ||
	    db_exec(tx, "DELETE FROM blob_hash WHERE blob_id = $1",
		    DB_ARGS(DB_INT(blob_id)), err) < 0)
		return -1;
	return db_exec(tx, "DELETE FROM blob WHERE id = $1",
		       DB_ARGS(DB_INT(blob_id)), err);
}

struct extents_call {
	const struct store_blob *blob;
	struct store_extent *list;
	unsigned n;
};

/* Whether they are what the blob's row says of them. */
static bool fit(const struct extents_call *call)
{
	const struct store_extents extents = {call->list, call->n};
	const struct store_extent *last = &call->list[call->n - 1];
	uint8_t sum[CHECKSUM_BYTES];
	store_extents_checksum(extents, sum);
	return last->offset + last->size == call->blob->size &&
	       memcmp(sum, call->blob->checksum, sizeof(sum)) == 0;
}

static int read_extents(struct db_tx *tx, void *arg, struct err *err)
{
	struct extents_call *call = arg;
	uint64_t offset = 0;
	struct db_stmt *stmt =
		db_query(tx, "SELECT list FROM blob_extent WHERE blob_id = $1",
			 DB_ARGS(DB_INT(call->blob->id)));
	int found = db_step(stmt, err);
	if (found < 0)
		return -1;
	struct str list = found ? db_blob(stmt, 0) : STR_NONE;
	for (unsigned i = 0; i < call->n; i++) {
		struct store_extent *extent = &call->list[i];
		if (list.n != (size_t)call->n * EXTENT_BYTES)
			break;
		memcpy(&extent->size, list.p + i * EXTENT_BYTES, 8);
		extent->size = GUINT64_FROM_BE(extent->size);
		extent->offset = offset;
		offset += extent->size;
		memcpy(extent->checksum, list.p + i * EXTENT_BYTES + 8,
		       CHECKSUM_BYTES);
	}
	db_done(stmt);
	if (!fit(call))
		return err_set(err, ERR_CORRUPT,
			       "The checksums of the content's parts are "
			       "damaged");
	return 0;
}

int blob_find_extents(struct library *library, struct arena *arena, unsigned n,
		      struct store_blob *blob, struct err *err)
{
	struct extents_call call = {blob, NULL, n};
	if (n == 0)
		return 0;
	if (n > STORE_EXTENTS_MAX)
		return err_set(err, ERR_CORRUPT,
			       "The content has too many parts");
	call.list = arena_zalloc(arena, n * sizeof(*call.list));
	if (db_read(library->db, read_extents, &call, err) < 0)
		return -1;
	blob->extents = (struct store_extents){call.list, n};
	return 0;
}

int blob_share(struct db_tx *tx, int64_t blob_id, struct err *err)
{
	return db_exec(tx,
		       "INSERT INTO blob_share (blob_id, extra)"
		       " VALUES ($1, 1) ON CONFLICT (blob_id)"
		       " DO UPDATE SET extra = blob_share.extra + 1",
		       DB_ARGS(DB_INT(blob_id)), err);
}

int blob_drop(struct db_tx *tx, int64_t blob_id, int64_t now, struct err *err)
{
	int shared = db_change(tx,
			       "UPDATE blob_share SET extra = extra - 1"
			       " WHERE blob_id = $1",
			       DB_ARGS(DB_INT(blob_id)), err);
	if (shared < 0)
		return -1;
	if (shared == 0)
		return db_exec(tx,
			       "INSERT INTO trash (blob_id, trashed_at)"
			       " VALUES ($1, $2)",
			       DB_ARGS(DB_INT(blob_id), DB_INT(now)), err);
	return db_exec(tx,
		       "DELETE FROM blob_share WHERE blob_id = $1"
		       " AND extra = 0",
		       DB_ARGS(DB_INT(blob_id)), err);
}
