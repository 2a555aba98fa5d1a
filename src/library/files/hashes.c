/* SPDX-License-Identifier: Apache-2.0 */
#include "library/files/hashes.h"
#include "library/library_internal.h"
#include "library/row.h"

#define PACKED_MAX ((size_t)DIGEST_COUNT * DIGEST_BYTES_MAX)

struct hashes_call {
	int64_t blob_id;
	struct hashes *hashes;
	struct str packed;
	int found;
};

/* The row has them one behind the other. */
static size_t pack(const struct hashes *hashes, char out[PACKED_MAX])
{
	size_t n = 0;
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++) {
		size_t bytes = digest_bytes((enum digest_kind)kind);
		memcpy(out + n, hashes->of[kind], bytes);
		n += bytes;
	}
	return n;
}

/* False: it is no such row. */
static bool unpack(struct str packed, struct hashes *out)
{
	*out = (struct hashes){0};
	for (unsigned kind = 0; kind < DIGEST_COUNT; kind++) {
		size_t bytes = digest_bytes((enum digest_kind)kind);
		if (packed.n < bytes)
			return false;
		memcpy(out->of[kind], packed.p, bytes);
		packed = str_skip(packed, bytes);
	}
	return packed.n == 0;
}

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct hashes_call *call = arg;
	struct db_stmt *stmt =
		db_query(tx, "SELECT hashes FROM blob_hash WHERE blob_id = $1",
			 DB_ARGS(DB_INT(call->blob_id)));
	call->found = db_step(stmt, err);
	/* what cannot be read is made again */
	if (call->found > 0 && !unpack(db_blob(stmt, 0), call->hashes))
		call->found = 0;
	db_done(stmt);
	return call->found < 0 ? -1 : 0;
}

int hashes_find(const struct view *view, int64_t blob_id, struct hashes *out,
		struct err *err)
{
	struct hashes_call call = {.blob_id = blob_id, .hashes = out};
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

static int keep_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct hashes_call *call = arg;
	int64_t there = 0;
	int found = db_query_int(tx, "SELECT 1 FROM blob WHERE id = $1",
				 DB_ARGS(DB_INT(call->blob_id)), &there, err);
	if (found <= 0)
		return found;
	return db_exec(tx,
		       "INSERT INTO blob_hash (blob_id, hashes)"
		       " VALUES ($1, $2) ON CONFLICT (blob_id)"
		       " DO UPDATE SET hashes = $2",
		       DB_ARGS(DB_INT(call->blob_id),
			       DB_BLOB(call->packed.p, call->packed.n)),
		       err);
}

int hashes_keep(const struct view *view, int64_t blob_id,
		const struct hashes *hashes, struct err *err)
{
	char packed[PACKED_MAX];
	struct hashes_call call = {
		.blob_id = blob_id,
		.packed = {packed, pack(hashes, packed)},
	};
	return row_write(view, keep_row, &call, err);
}
