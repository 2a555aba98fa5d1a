/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account's own names for transformations of images, which its URLs call
 * them by. What the texts mean is their dialect's business. They are read with
 * the accounts and stay in memory as long as the keyring does: to look one up
 * touches no disk.
 */
#ifndef LIBRARY_ACCOUNTS_TRANSFORMATION_H
#define LIBRARY_ACCOUNTS_TRANSFORMATION_H

#include "library/accounts/account.h"

#define TRANSFORMATION_NAME_MAX 64    /* bytes */
#define TRANSFORMATION_VALUE_MAX 4096 /* bytes */
#define TRANSFORMATIONS_MAX 500       /* of an account */

struct transformation {
	int64_t account_id;
	struct str name, value;
	int64_t changed_ms;
};

/* Of an account in a keyring, and for as long as that is there; any thread.
 * NULL: it has none of that name. */
const struct transformation *transformation_find(const struct account *account,
						 struct str name);

/* Gives wanted->name its value, in place of what it had. ERR_NOT_FOUND: there
 * is no account of that name; ERR_INVALID: a name that is not 1 to
 * TRANSFORMATION_NAME_MAX of [A-Za-z0-9_$-], a value that is empty, too long,
 * or not UTF-8 without control characters; ERR_LIMIT: TRANSFORMATIONS_MAX.
 * Worker threads. */
int transformation_set(struct library *library, struct str account,
		       const struct transformation *wanted,
		       struct err *err) MUST_CHECK;
/* 1 removed, 0 no such name, -1: ERR_NOT_FOUND (no such account), or another.
 * Worker threads. */
int transformation_remove(struct library *library, struct str account,
			  struct str name, struct err *err) MUST_CHECK;

#endif
