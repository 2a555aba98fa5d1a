/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of uploads, for those who change them in transactions. Private to
 * src/library.
 */
#ifndef LIBRARY_UPLOADS_UPLOAD_ROW_H
#define LIBRARY_UPLOADS_UPLOAD_ROW_H

#include "db/db.h"
#include "library/uploads/upload.h"

#define UPLOAD_TOUCH_MS (60 * 1000) /* how exact touched_at is */

#define SELECT_UPLOAD                                                          \
	"SELECT id, token, account_id, origin, key_id, state, size, layout,"   \
	" created_at, touched_at, staged, reserved, file_id, told FROM "       \
	"upload "
/* The row that stmt stands on, whatever its state. ERR_CORRUPT. */
int upload_row_read(struct db_stmt *stmt, struct arena *arena,
		    struct upload *out, struct err *err) MUST_CHECK;

/* That bytes may come, and that so many count as stored. */
struct upload_reserve {
	int64_t id, now;
	uint64_t bytes;
};
/* ERR_QUOTA, or as upload_done_tx(). */
int upload_reserve_tx(struct db_tx *tx, const struct upload_reserve *wanted,
		      struct err *err) MUST_CHECK;
/* That none have come after all: they count no more. As upload_done_tx(). */
int upload_release_tx(struct db_tx *tx, int64_t id, struct err *err) MUST_CHECK;
/* That it is removed: its bytes count no more. As upload_done_tx(). */
int upload_mark_tx(struct db_tx *tx, int64_t id, struct err *err) MUST_CHECK;
/* That nothing is staged of it. */
int upload_unstage_tx(struct db_tx *tx, int64_t id, struct err *err) MUST_CHECK;
/* That it has become a file: what was reserved is no longer. -1: ERR_NOT_FOUND
 * (there is none, or it has been removed), ERR_EXISTS (it was done before). */
struct upload_done {
	int64_t id, account_id, now;
	struct id file_id;
};
int upload_done_tx(struct db_tx *tx, const struct upload_done *done,
		   struct err *err) MUST_CHECK;

#endif
