/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing the rows of accounts and keys. Private to src/library.
 */
#ifndef LIBRARY_ACCOUNTS_ACCOUNT_ROW_H
#define LIBRARY_ACCOUNTS_ACCOUNT_ROW_H

#include "db/db.h"
#include "library/accounts/account.h"

/* KEY_TEXT_MIN..KEY_TEXT_MAX visible ASCII characters without a colon, which
 * would end the user name of Basic. */
bool key_text_valid(const char *text);

struct key_text {
	char text[KEY_TEXT_MAX + 1];
};
/* The preset, or a generated one when that is NULL. */
void key_text_init(struct key_text *out, enum key_kind kind,
		   const char *preset);

/* 0, or -1: nobody has it, or had it; ERR_EXISTS. */
int key_text_check_new(struct db_tx *tx, const char *text,
		       struct err *err) MUST_CHECK;
/* The name, and the keys that are given. ERR_INVALID. */
int account_preset_check(const struct account_preset *preset,
			 struct err *err) MUST_CHECK;
/* The row of an account and that of its usage. Fills account->id. */
int account_insert(struct db_tx *tx, struct account *account, int64_t now,
		   struct err *err) MUST_CHECK;
/* Values of the plan and then the limits, in the order of the table, for as
 * long as the account is there. */
#define ACCOUNT_LIMIT_COLUMNS (1 + ACCOUNT_LIMIT_COUNT)
void account_limit_values(const struct account *account,
			  struct db_value out[ACCOUNT_LIMIT_COLUMNS]);
/* The same columns' names. */
extern const char *const account_limit_names[ACCOUNT_LIMIT_COLUMNS];

/* Fills key->id. */
int key_insert(struct db_tx *tx, struct api_key *key, int64_t account_id,
	       struct err *err) MUST_CHECK;
/* key_restrict() of what the check has let through: 1, 0, -1. */
int key_restrict_tx(struct db_tx *tx, int64_t id,
		    const struct key_restrictions *restrictions,
		    struct err *err) MUST_CHECK;
/* After the commit. A failure is logged only: the change is on disk, and the
 * server asks again twice a second. */
void keyring_refresh_now(struct library *library);

#endif
