/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows point to a blob. Nearly always one does, and nothing is noted;
 * copies and their originals share one, and blob_share counts the others.
 */
#include "library/files/blob.h"

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
