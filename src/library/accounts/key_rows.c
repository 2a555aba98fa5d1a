/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the rows of accounts and keys, all of them at once, and an account's
 * id by its name.
 */
#include "library/accounts/key_rows.h"
#include "base/digest.h"
#include "library/row.h"

#include <glib.h>

int key_revision_tx(struct db_tx *tx, int64_t *revision, struct err *err)
{
	int found = db_query_int(
		tx, "SELECT number FROM revision WHERE name = 'keys'",
		DB_NO_ARGS, revision, err);
	if (found == 0)
		return err_set(err, ERR_CORRUPT,
			       "The database has no revision of its keys.");
	return found < 0 ? -1 : 0;
}

int key_revision_bump(struct db_tx *tx, struct err *err)
{
	return db_exec(
		tx,
		"UPDATE revision SET number = number + 1 WHERE name = 'keys'",
		DB_NO_ARGS, err);
}

static void wipe_text(void *arg)
{
	char *text = arg;
	secret_wipe(text, strlen(text));
}

struct account *key_rows_account(const struct key_rows *rows, int64_t id)
{
	size_t low = 0, high = rows->n_accounts;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (rows->accounts[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	bool found = low < rows->n_accounts && rows->accounts[low].id == id;
	return found ? &rows->accounts[low] : NULL;
}

/* In front of those of the table. */
enum {
	COL_ID,
	COL_NAME,
	COL_PLAN,
	COL_TRANSFORMATIONS,
	COL_LIMITS
};

#define LIMIT_COLUMN(kind, member, whose, option, json, help) ", " #member

static uint64_t limit_of(struct db_stmt *stmt, int column)
{
	return (uint64_t)MAX(db_int(stmt, column), 0);
}

#define READ_BYTES(column) limit_of(stmt, column)
#define READ_COUNT(column) limit_of(stmt, column)
#define READ_SWITCH(column) (db_int(stmt, column) != 0)
#define READ(kind, member, whose, option, json, help)                          \
	.member = READ_##kind(COL_LIMITS + ACCOUNT_LIMIT_##member),

static int load_accounts(struct db_tx *tx, struct arena *arena,
			 struct key_rows *out, struct err *err)
{
	g_autoptr(GArray) rows =
		g_array_new(FALSE, FALSE, sizeof(struct account));
	struct db_stmt *stmt = db_prepare(
		tx, "SELECT id, name, plan, transformations" ACCOUNT_LIMITS(
			    LIMIT_COLUMN) " FROM account ORDER BY id");
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct account account = {
			.id = db_int(stmt, COL_ID),
			.name = arena_cstr(arena, db_text(stmt, COL_NAME)),
			.secret_key = "",
			.public_key = "",
			.plan = arena_cstr(arena, db_text(stmt, COL_PLAN)),
			.limits = {ACCOUNT_LIMITS(READ)},
			.transformations_revision =
				db_int(stmt, COL_TRANSFORMATIONS),
		};
		g_array_append_val(rows, account);
	}
	out->accounts = row_array_take(rows, arena, &out->n_accounts);
	return more;
}

static bool is_restricted(const struct api_key *key)
{
	return key->origins || key->apis || key->domains;
}

static void load_key(struct db_stmt *stmt, struct arena *arena,
		     const struct key_rows *rows, GArray *out)
{
	struct account *account = key_rows_account(rows, db_int(stmt, 1));
	if (account == NULL) /* its key opens nothing */
		return;
	char *text = arena_cstr(arena, db_text(stmt, 3));
	arena_defer(arena, wipe_text, text);
	struct api_key key = {
		.id = db_int(stmt, 0),
		.account = account,
		.kind = (enum key_kind)db_int(stmt, 2),
		.text = text,
		.label = arena_cstr(arena, db_text(stmt, 4)),
		.created_ms = db_int(stmt, 5),
		.revoked_ms = db_int(stmt, 6),
		.last_used_ms = db_int(stmt, 7),
		.origins = row_list_parse(arena, db_text(stmt, 8)),
		.apis = row_list_parse(arena, db_text(stmt, 9)),
		.domains = row_list_parse(arena, db_text(stmt, 10)),
	};
	if (key.revoked_ms == 0 && key.kind == KEY_SECRET)
		account->secret_key = text;
	if (key.revoked_ms == 0 && key.kind == KEY_PUBLIC &&
	    (!is_restricted(&key) || *account->public_key == '\0'))
		account->public_key = text;
	g_array_append_val(out, key);
}

#define SELECT_KEYS                                                            \
	"SELECT id, account_id, kind, key_text, label, created_at,"            \
	" revoked_at, last_used_at, origins, apis, domains FROM api_key"

/* select: of keys. */
static int load(struct db_tx *tx, const char *select, struct arena *arena,
		struct key_rows *out, struct err *err)
{
	if (load_accounts(tx, arena, out, err) < 0 ||
	    transformation_rows_load(tx, arena, out, err) < 0)
		return -1;
	g_autoptr(GArray) keys =
		g_array_new(FALSE, FALSE, sizeof(struct api_key));
	struct db_stmt *stmt = db_prepare(tx, select);
	int more;
	while ((more = db_step(stmt, err)) > 0)
		load_key(stmt, arena, out, keys);
	out->keys = row_array_take(keys, arena, &out->n_keys);
	return more;
}

int key_rows_load(struct db_tx *tx, struct arena *arena, struct key_rows *out,
		  struct err *err)
{
	return load(tx,
		    SELECT_KEYS " WHERE revoked_at IS NULL"
				" ORDER BY created_at, id",
		    arena, out, err);
}

int key_rows_load_all(struct db_tx *tx, struct arena *arena,
		      struct key_rows *out, struct err *err)
{
	return load(tx, SELECT_KEYS " ORDER BY created_at, id", arena, out,
		    err);
}

int account_id_tx(struct db_tx *tx, struct str name, int64_t *id,
		  struct err *err)
{
	return db_query_int(tx, "SELECT id FROM account WHERE name = $1",
			    DB_ARGS(DB_TEXT(name)), id, err);
}
