/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the rows of accounts and keys. Private to src/library.
 */
#ifndef LIBRARY_ACCOUNTS_KEY_ROWS_H
#define LIBRARY_ACCOUNTS_KEY_ROWS_H

#include "db/db.h"
#include "library/accounts/account.h"

/* First of all in a transaction that changes accounts, keys or
 * transformations. */
int key_revision_bump(struct db_tx *tx, struct err *err) MUST_CHECK;
/* The number that each change of accounts, keys or transformations counts up.
 */
int key_revision_tx(struct db_tx *tx, int64_t *revision,
		    struct err *err) MUST_CHECK;

/* All accounts by id with their transformations, and keys by age, as read in
 * one transaction. */
struct key_rows {
	int64_t revision; /* 0: not read because it is still the known one */
	struct account *accounts;
	size_t n_accounts;
	struct api_key *keys;
	size_t n_keys;
};
/* With the keys that are valid; their texts are wiped when the arena is
 * released. */
int key_rows_load(struct db_tx *tx, struct arena *arena, struct key_rows *out,
		  struct err *err) MUST_CHECK;
/* The same with the revoked ones, too. */
int key_rows_load_all(struct db_tx *tx, struct arena *arena,
		      struct key_rows *out, struct err *err) MUST_CHECK;
/* A part of key_rows_load(): gives the accounts, which are there, their named
 * transformations; damaged ones are left out. */
int transformation_rows_load(struct db_tx *tx, struct arena *arena,
			     struct key_rows *rows, struct err *err) MUST_CHECK;
struct transformation;
/* Name and value; ERR_INVALID. */
int transformation_check(const struct transformation *wanted,
			 struct err *err) MUST_CHECK;
/* NULL when there is none of that id. */
struct account *key_rows_account(const struct key_rows *rows, int64_t id);
/* 1 *id is its id, 0 there is none of the name, -1. */
int account_id_tx(struct db_tx *tx, struct str name, int64_t *id,
		  struct err *err) MUST_CHECK;

#endif
