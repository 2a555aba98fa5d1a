/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows point to a blob. Nearly always one does, and nothing is noted;
 * copies and their originals share one, and blob_share counts the others.
 */
#include "library/files/blob.h"

static int run(struct db_tx *tx, const char *sql, int64_t blob_id,
	       struct err *err)
{
	return db_change(tx, sql, DB_ARGS(DB_INT(blob_id)), err);
}

int blob_share(struct db_tx *tx, int64_t blob_id, struct err *err)
{
	int result = run(tx,
			 "INSERT INTO blob_share (blob_id, extra)"
			 " VALUES ($1, 1) ON CONFLICT (blob_id)"
			 " DO UPDATE SET extra = blob_share.extra + 1",
			 blob_id, err);
	return result < 0 ? -1 : 0;
}

static int to_trash(struct db_tx *tx, int64_t blob_id, int64_t now,
		    struct err *err)
{
	return db_exec(
		tx, "INSERT INTO trash (blob_id, trashed_at) VALUES ($1, $2)",
		DB_ARGS(DB_INT(blob_id), DB_INT(now)), err);
}

int blob_drop(struct db_tx *tx, int64_t blob_id, int64_t now, struct err *err)
{
	int shared = run(tx,
			 "UPDATE blob_share SET extra = extra - 1"
			 " WHERE blob_id = $1",
			 blob_id, err);
	if (shared < 0)
		return -1;
	if (shared == 0)
		return to_trash(tx, blob_id, now, err);
	return run(tx,
		   "DELETE FROM blob_share WHERE blob_id = $1 AND extra = 0",
		   blob_id, err) < 0
		       ? -1
		       : 0;
}
