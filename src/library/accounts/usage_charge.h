/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The usage row of an account, changed in the transaction that changes what the
 * account stores. Private to src/library.
 */
#ifndef LIBRARY_ACCOUNTS_USAGE_CHARGE_H
#define LIBRARY_ACCOUNTS_USAGE_CHARGE_H

#include "db/db.h"

/* year * 100 + month, UTC */
int64_t usage_period(int64_t ms);

struct usage_charge {
	int64_t account_id, now;
	int64_t added; /* bytes, less what is freed */
	int64_t items; /* files and versions, the same */
	uint64_t max_storage_bytes, max_uploads; /* 0: none */
};
/* Counts one upload, or one file that is copied, before anything else of it has
 * changed: ERR_QUOTA leaves the transaction as it was. */
int usage_charge(struct db_tx *tx, const struct usage_charge *charge,
		 struct err *err) MUST_CHECK;
/* Counts bytes only: what is described here is no upload. Neither the
 * time nor the limit of uploads matters. */
int usage_charge_bytes(struct db_tx *tx, const struct usage_charge *charge,
		       struct err *err) MUST_CHECK;
/* Takes back bytes (added) and items. */
int usage_discharge(struct db_tx *tx, const struct usage_charge *freed,
		    struct err *err) MUST_CHECK;
/* An account with a limit of storage has room for so many files, versions and
 * folders: what is in them may be nothing. */
#define ITEMS_FREE 10000
#define ITEM_BYTES 1024 /* of the limit, for each more */
/* Before a folder may be made: ERR_QUOTA. */
int usage_check_room(struct db_tx *tx, int64_t account_id,
		     struct err *err) MUST_CHECK;
/* So many folders more, or less. */
int usage_count_folders(struct db_tx *tx, int64_t account_id, int64_t n,
			struct err *err) MUST_CHECK;
/* The row of a new account. */
int usage_insert(struct db_tx *tx, int64_t account_id,
		 struct err *err) MUST_CHECK;

#endif
