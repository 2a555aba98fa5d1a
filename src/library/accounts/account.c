/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Account names, and the account that the first start makes.
 */
#include "library/accounts/account.h"
#include "base/clock.h"
#include "library/accounts/account_row.h"
#include "library/accounts/key_rows.h"
#include "library/accounts/usage_charge.h"
#include "library/library_internal.h"

#define HANDLE_LIKE 20 /* characters of a Filestack handle */

static const char *const reserved_names[] = {
	"api",      "v1",        "v2",        "live",        "test",
	"imagekit", "filestack", "stashfyle", "jigsawstack", "healthz",
	"readyz",   "metrics",   "multipart", "process",     "prefetch",
	"store",    "file",      "console",   "admin",       "auth",
	"folder",   "metadata",  "security",
};

bool account_name_valid(struct str name)
{
	if (name.n == 0 || name.n > ACCOUNT_NAME_MAX || name.n == HANDLE_LIKE)
		return false;
	for (size_t i = 0; i < name.n; i++)
		if (!g_ascii_isalnum(name.p[i]) && name.p[i] != '_' &&
		    name.p[i] != '-')
			return false;
	for (size_t i = 0; i < G_N_ELEMENTS(reserved_names); i++)
		if (str_eq_nocase(name, str_of(reserved_names[i])))
			return false;
	return true;
}

static int name_refused(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "The account name must be 1 to %d of A-Z a-z 0-9 _ -, "
		       "not %d long, and not a word that is used in paths.",
		       ACCOUNT_NAME_MAX, HANDLE_LIKE);
}

#define LIMIT_NAME(kind, member, whose, option, json, help) #member,

const char *const account_limit_names[ACCOUNT_LIMIT_COLUMNS] = {
	"plan", ACCOUNT_LIMITS(LIMIT_NAME)};

#define VALUE_BYTES(limit) (limit ? DB_INT((int64_t)limit) : DB_NULL)
#define VALUE_COUNT(limit) VALUE_BYTES(limit)
#define VALUE_SWITCH(limit) DB_INT(limit)
#define VALUE(kind, member, whose, option, json, help)                         \
	*++out = VALUE_##kind(account->limits.member);

void account_limit_values(const struct account *account,
			  struct db_value out[ACCOUNT_LIMIT_COLUMNS])
{
	*out = *account->plan ? DB_TEXT(str_of(account->plan)) : DB_NULL;
	ACCOUNT_LIMITS(VALUE)
}

#define OTHER_COLUMNS 3 /* id, name, created_at */

/* Made once and for all: a statement is found again by where its text is. */
static const char *insert_text(void)
{
	static char *text;
	if (!g_once_init_enter(&text))
		return text;
	g_autoptr(GString) names = g_string_new(NULL);
	g_autoptr(GString) values = g_string_new(NULL);
	for (unsigned i = 0; i < ACCOUNT_LIMIT_COLUMNS; i++) {
		g_string_append_printf(names, ", %s", account_limit_names[i]);
		g_string_append_printf(values, ", $%u", OTHER_COLUMNS + 1 + i);
	}
	g_once_init_leave(
		&text,
		g_strdup_printf("INSERT INTO account (id, name, created_at%s)"
				" VALUES ($1, $2, $3%s)",
				names->str, values->str));
	return text;
}

int account_insert(struct db_tx *tx, struct account *account, int64_t now,
		   struct err *err)
{
	if (db_query_int(tx, "SELECT COALESCE(MAX(id), 0) + 1 FROM account",
			 DB_NO_ARGS, &account->id, err) < 0)
		return -1;
	struct db_value values[OTHER_COLUMNS + ACCOUNT_LIMIT_COLUMNS] = {
		DB_INT(account->id), DB_TEXT(str_of(account->name)),
		DB_INT(now)};
	account_limit_values(account, values + OTHER_COLUMNS);
	if (db_exec(tx, insert_text(),
		    (struct db_args){values, G_N_ELEMENTS(values)}, err) < 0)
		return -1;
	return usage_insert(tx, account->id, err);
}

const char *key_kind_name(enum key_kind kind)
{
	return kind == KEY_SECRET ? "secret" : "public";
}

/* One kind of key of account_ensure(). */
struct ensure_key {
	enum key_kind kind;
	bool preset;
	struct key_text key;
};

struct ensure_call {
	const char *name;
	int64_t now;
	bool only_look;
	bool is_missing; /* something is, or was */
	struct ensure_key keys[2];
};

/* 1 it is there and ours, 0 nobody has it. */
static int preset_check(struct db_tx *tx, int64_t account_id,
			const struct ensure_key *want, struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT account_id, kind, revoked_at FROM api_key"
			 " WHERE key_text = $1",
			 DB_ARGS(DB_TEXT(str_of(want->key.text))));
	int found = db_step(stmt, err);
	if (found <= 0)
		return found;
	int64_t owner = db_int(stmt, 0);
	int64_t kind = db_int(stmt, 1);
	bool revoked = !db_is_null(stmt, 2);
	db_done(stmt);
	if (owner != account_id)
		return err_set(err, ERR_INVALID,
			       "The preset %s key belongs to another account.",
			       key_kind_name(want->kind));
	if (kind != (int64_t)want->kind)
		return err_set(err, ERR_INVALID,
			       "The preset %s key is a %s key of the account.",
			       key_kind_name(want->kind),
			       key_kind_name((enum key_kind)kind));
	if (revoked)
		return err_set(err, ERR_INVALID,
			       "The preset %s key has been revoked.",
			       key_kind_name(want->kind));
	return 1;
}

/* 1 the account has a valid key of the kind, 0 it has none. */
static int has_key(struct db_tx *tx, int64_t account_id, enum key_kind kind,
		   struct err *err)
{
	int64_t n = 0;
	return db_query_int(tx,
			    "SELECT COUNT(*) FROM api_key WHERE account_id = $1"
			    " AND kind = $2 AND revoked_at IS NULL",
			    DB_ARGS(DB_INT(account_id), DB_INT(kind)), &n,
			    err) < 0
		       ? -1
		       : n > 0;
}

static int ensure_one_key(struct db_tx *tx, struct ensure_call *call,
			  int64_t account_id, const struct ensure_key *want,
			  struct err *err)
{
	int there = want->preset ? preset_check(tx, account_id, want, err)
				 : has_key(tx, account_id, want->kind, err);
	if (there)
		return there < 0 ? -1 : 0;
	call->is_missing = true;
	if (call->only_look)
		return 0;
	struct api_key key = {
		.kind = want->kind,
		.text = want->key.text,
		.label = want->preset ? "preset" : "generated",
		.created_ms = call->now,
	};
	return key_insert(tx, &key, account_id, err);
}

/* 1 *id is its id, 0 there are accounts but not this one. */
static int ensure_account(struct db_tx *tx, struct ensure_call *call,
			  int64_t *id, struct err *err)
{
	int64_t accounts = 0;
	int found = account_id_tx(tx, str_of(call->name), id, err);
	if (found)
		return found;
	if (db_query_int(tx, "SELECT COUNT(*) FROM account", DB_NO_ARGS,
			 &accounts, err) < 0)
		return -1;
	if (accounts)
		return 0;
	call->is_missing = true;
	if (call->only_look)
		return 1;
	struct account account = {.name = call->name, .plan = ""};
	if (account_insert(tx, &account, call->now, err) < 0)
		return -1;
	*id = account.id;
	return 1;
}

static int ensure_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct ensure_call *call = arg;
	int64_t id = 0;
	if (!call->only_look && key_revision_bump(tx, err) < 0)
		return -1;
	int found = ensure_account(tx, call, &id, err);
	if (found < 0)
		return -1;
	if (!found && (call->keys[0].preset || call->keys[1].preset))
		return err_set(err, ERR_INVALID,
			       "There are accounts, but none is called \"%s\": "
			       "the preset keys would belong to nobody.",
			       call->name);
	for (size_t i = 0; found && i < G_N_ELEMENTS(call->keys); i++)
		if (ensure_one_key(tx, call, id, &call->keys[i], err) < 0)
			return -1;
	return 0;
}

int account_preset_check(const struct account_preset *preset, struct err *err)
{
	const char *secret = preset->secret_key, *public = preset->public_key;
	if (!account_name_valid(str_of(preset->name)))
		return name_refused(err);
	if ((secret && !key_text_valid(secret)) ||
	    (public && !key_text_valid(public)))
		return err_set(err, ERR_INVALID,
			       "The %s key must be %d to %d visible ASCII "
			       "characters without a colon.",
			       secret && !key_text_valid(secret) ? "secret"
								 : "public",
			       KEY_TEXT_MIN, KEY_TEXT_MAX);
	if (secret && public && strcmp(secret, public) == 0)
		return err_set(err, ERR_INVALID,
			       "The secret and the public key are the same.");
	return 0;
}

int account_ensure(struct library *library, const struct account_preset *preset,
		   struct err *err)
{
	const char *secret = preset->secret_key, *public = preset->public_key;
	if (account_preset_check(preset, err) < 0)
		return -1;
	struct ensure_call call = {
		.name = preset->name,
		.now = now_ms(),
		.only_look = true,
		.keys = {{.kind = KEY_SECRET, .preset = secret != NULL},
			 {.kind = KEY_PUBLIC, .preset = public != NULL}},
	};
	key_text_init(&call.keys[0].key, KEY_SECRET, secret);
	key_text_init(&call.keys[1].key, KEY_PUBLIC, public);
	/* nothing to write must need no room on the disk */
	int result = db_read(library->db, ensure_rows, &call, err);
	call.only_look = false;
	if (result == 0 && call.is_missing)
		result = db_write(library->db, ensure_rows, &call, err);
	secret_wipe(call.keys, sizeof(call.keys));
	if (result == 0)
		keyring_refresh_now(library);
	return result;
}
