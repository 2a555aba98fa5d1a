/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many rows point to a blob. Private to src/library.
 */
#ifndef LIBRARY_FILES_BLOB_H
#define LIBRARY_FILES_BLOB_H

#include "db/db.h"
#include "library/library.h"
#include "store/store.h"

/* How many of a new one the row notes: none if it came in one piece. */
unsigned blob_extents(const struct store_blob *blob);
/* The row of a new one, and what it needs besides. */
int blob_insert(struct db_tx *tx, const struct store_blob *blob,
		struct err *err) MUST_CHECK;
/* Of one whose bytes are gone. */
int blob_delete(struct db_tx *tx, int64_t blob_id, struct err *err) MUST_CHECK;
/* Of a blob whose row has so many, 0 for most: fills in blob->extents, in the
 * arena; the rest of it is there. ERR_CORRUPT. Reads the database. */
int blob_find_extents(struct library *library, struct arena *arena, unsigned n,
		      struct store_blob *blob, struct err *err) MUST_CHECK;

/* One more row points to the blob. */
int blob_share(struct db_tx *tx, int64_t blob_id, struct err *err) MUST_CHECK;
/* A row that pointed to it is gone; with the last one it goes to the trash. */
int blob_drop(struct db_tx *tx, int64_t blob_id, int64_t now,
	      struct err *err) MUST_CHECK;

#endif
