/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The stores that rows point to, by number, and where in them a blob is: a row
 * of `blob` says it (store, store_key). Private to src/library.
 *
 * Store 0 is the data directory's own, into which new files go. There is no
 * other yet.
 */
#ifndef LIBRARY_STORES_H
#define LIBRARY_STORES_H

#include "db/db.h"
#include "library/library.h"
#include "store/store.h"

#define STORES_MAX 64

struct stores {
	struct store *list[STORES_MAX]; /* the own one first */
	size_t n;
};

/* Takes a store with a number that no other has. Before anybody looks. */
void stores_add(struct stores *stores, struct store *store);
/* Closes them all. */
void stores_close(struct stores *stores);

struct blob_location {
	int64_t store;
	struct store_name name;
};

#define SELECT_LOCATION "b.store, b.store_key"
/* Those two columns, from `column` on; of a row that is not there it is the own
 * store. The key is in the arena. */
void blob_location_read(struct db_stmt *stmt, int column, struct arena *arena,
			struct blob_location *out);

bool stores_know(const struct library *library, int64_t number);

/* store_blob_open(), and of up to check_max bytes store_blob_open_checked();
 * store_audit_begin(), store_blob_remove() from STORE_BLOBS,
 * store_blob_verify(). ERR_CORRUPT also when there is no such store. */
int blob_open(struct library *library, const struct store_blob *blob,
	      uint64_t check_max, struct err *err) MUST_CHECK;
int blob_audit(struct library *library, const struct store_blob *blob,
	       struct store_audit **out, struct err *err) MUST_CHECK;
int blob_remove(struct library *library, const struct blob_location *location,
		struct err *err) MUST_CHECK;
int blob_verify(struct library *library, const struct store_blob *blob,
		struct err *err) MUST_CHECK;

#endif
