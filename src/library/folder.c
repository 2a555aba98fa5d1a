/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folder rows. They exist so that a folder can be empty; where a folder has a
 * row, so have all its ancestors.
 */
#include "library/library_internal.h"

int folder_make(struct db_tx *tx, int64_t account_id, struct str folder,
		int64_t now, struct err *err)
{
	struct db_stmt *stmt =
		db_prepare(tx,
			   "INSERT INTO folder (account_id, path, created_at)"
			   " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_int(stmt, 1, account_id);
	db_bind_text(stmt, 2, folder);
	db_bind_int(stmt, 3, now);
	return db_run(stmt, err);
}

/* From the deepest up: the first one that was there has its ancestors. */
int folder_make_all(struct db_tx *tx, int64_t account_id, struct str folder,
		    int64_t now, struct err *err)
{
	for (; folder.n; folder = path_folder(folder)) {
		int made = folder_make(tx, account_id, folder, now, err);
		if (made < 0)
			return -1;
		if (made == 0)
			break;
	}
	return 0;
}
