/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders inside a transaction, and the paths that folders have. Private to
 * src/library.
 */
#ifndef LIBRARY_FILES_FOLDER_ROW_H
#define LIBRARY_FILES_FOLDER_ROW_H

#include "db/db.h"
#include "library/files/folder.h"

/* Everything up to the last slash; "" in the root. */
struct str path_folder(struct str path);

/* Makes one folder row, of a folder's account, path and created_ms: 1 made, 0
 * was there. */
int folder_make(struct db_tx *tx, const struct folder *folder,
		struct err *err) MUST_CHECK;
/* The same with all its ancestors; "" needs none. */
int folder_make_all(struct db_tx *tx, const struct folder *folder,
		    struct err *err) MUST_CHECK;

/* ERR_LIMIT when a folder, or a copy of those below the source, would be more
 * than FOLDERS_MAX. Reads; no transaction. */
int folder_check_room(struct library *library, int64_t account_id,
		      struct str source, struct err *err) MUST_CHECK;
/* Before a folder and its ancestors may be made: ERR_QUOTA when there is none
 * and the account has no room for more. */
int folder_check_quota(struct db_tx *tx, int64_t account_id, struct str path,
		       struct err *err) MUST_CHECK;

/* path_valid(), and files can be in it. */
bool folder_path_valid(struct str folder);
/* 1 there is such a folder (the root always is), 0, -1. */
int folder_exists_tx(struct db_tx *tx, int64_t account_id, struct str path,
		     struct err *err) MUST_CHECK;

#endif
