/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many rows point to a blob. Private to src/library.
 */
#ifndef LIBRARY_BLOB_H
#define LIBRARY_BLOB_H

#include "base/err.h"
#include "db/db.h"

/* One more row points to the blob. */
int blob_share(struct db_tx *tx, int64_t blob_id, struct err *err) MUST_CHECK;
/* A row that pointed to it is gone; with the last one it goes to the trash. */
int blob_drop(struct db_tx *tx, int64_t blob_id, int64_t now,
	      struct err *err) MUST_CHECK;

#endif
