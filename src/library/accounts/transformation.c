/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changing the named transformations of an account. As with keys, each change
 * bumps the revision row first, and running servers read again.
 */
#include "library/accounts/transformation.h"
#include "base/clock.h"
#include "library/accounts/account_row.h"
#include "library/accounts/key_rows.h"
#include "library/library_internal.h"

struct change_call {
	struct str account;
	struct transformation wanted;
	int removed;
};

/* Its id goes to *id; what is kept of its names is old from now on. */
static int begin_change(struct db_tx *tx, const struct change_call *call,
			int64_t *id, struct err *err)
{
	if (key_revision_bump(tx, err) < 0)
		return -1;
	int found = account_id_tx(tx, call->account, id, err);
	if (found == 0)
		return err_set(
			err, ERR_NOT_FOUND, "There is no account \"%.*s\".",
			STR_ARG(str_cut(call->account, ACCOUNT_NAME_MAX)));
	if (found < 0)
		return -1;
	return db_exec(tx,
		       "UPDATE account SET transformations ="
		       " transformations + 1 WHERE id = $1",
		       DB_ARGS(DB_INT(*id)), err);
}

static int check_room(struct db_tx *tx, int64_t account_id, struct str name,
		      struct err *err)
{
	int64_t others = 0;
	if (db_query_int(tx,
			 "SELECT COUNT(*) FROM transformation"
			 " WHERE account_id = $1 AND name <> $2",
			 DB_ARGS(DB_INT(account_id), DB_TEXT(name)), &others,
			 err) < 0)
		return -1;
	if (others >= TRANSFORMATIONS_MAX)
		return err_set(err, ERR_LIMIT,
			       "An account has at most %d named "
			       "transformations.",
			       TRANSFORMATIONS_MAX);
	return 0;
}

static int set_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct change_call *call = arg;
	const struct transformation *wanted = &call->wanted;
	int64_t id = 0;
	if (begin_change(tx, call, &id, err) < 0 ||
	    check_room(tx, id, wanted->name, err) < 0)
		return -1;
	return db_exec(tx,
		       "INSERT INTO transformation (account_id, name, value,"
		       " changed_at) VALUES ($1, $2, $3, $4)"
		       " ON CONFLICT (account_id, name) DO UPDATE"
		       " SET value = $3, changed_at = $4",
		       DB_ARGS(DB_INT(id), DB_TEXT(wanted->name),
			       DB_TEXT(wanted->value),
			       DB_INT(wanted->changed_ms)),
		       err);
}

int transformation_set(struct library *library, struct str account,
		       const struct transformation *wanted, struct err *err)
{
	struct change_call call = {.account = account, .wanted = *wanted};
	if (transformation_check(wanted, err) < 0)
		return -1;
	call.wanted.changed_ms = now_ms();
	if (db_write(library->db, set_row, &call, err) < 0)
		return -1;
	keyring_refresh_now(library);
	return 0;
}

static int remove_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct change_call *call = arg;
	int64_t id = 0;
	if (begin_change(tx, call, &id, err) < 0)
		return -1;
	call->removed =
		db_change(tx,
			  "DELETE FROM transformation WHERE account_id = $1 "
			  "AND name = $2",
			  DB_ARGS(DB_INT(id), DB_TEXT(call->wanted.name)), err);
	return MIN(call->removed, 0);
}

int transformation_remove(struct library *library, struct str account,
			  struct str name, struct err *err)
{
	struct change_call call = {.account = account, .wanted.name = name};
	if (db_write(library->db, remove_row, &call, err) < 0)
		return -1;
	keyring_refresh_now(library);
	return call.removed > 0;
}
