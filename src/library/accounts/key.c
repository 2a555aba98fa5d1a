/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of keys. Every change bumps the revision row first: running servers
 * see it and read again, and where a database runs transactions side by side,
 * it makes those that change keys take turns.
 */
#include "base/clock.h"
#include "base/log.h"
#include "library/library_internal.h"

#define GENERATED_LEN 32 /* random characters behind the prefix */

/* Visible ASCII; a colon would end the user name of Basic. */
bool key_text_valid(const char *text)
{
	size_t n = strlen(text);
	if (n < KEY_TEXT_MIN || n > KEY_TEXT_MAX)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!g_ascii_isgraph(text[i]) || text[i] == ':')
			return false;
	return true;
}

void key_text_init(struct key_text *out, enum key_kind kind, const char *preset)
{
	if (preset) {
		g_strlcpy(out->text, preset, sizeof(out->text));
		return;
	}
	size_t n = g_strlcpy(out->text,
			     kind == KEY_SECRET ? "sk_live_" : "pk_live_",
			     sizeof(out->text));
	random_token(out->text + n, GENERATED_LEN);
}

int row_first_int(struct db_stmt *stmt, int64_t *out, struct err *err)
{
	int found = db_step(stmt, err);
	if (found > 0)
		*out = db_int(stmt, 0);
	if (found >= 0)
		db_done(stmt);
	return found;
}

int row_select_int(struct db_tx *tx, const char *sql, int64_t *out,
		   struct err *err)
{
	struct db_stmt *stmt = db_prepare(tx, sql, err);
	return stmt && row_first_int(stmt, out, err) >= 0 ? 0 : -1;
}

int key_revision_bump(struct db_tx *tx, struct err *err)
{
	struct db_stmt *stmt = db_prepare(
		tx,
		"UPDATE revision SET number = number + 1 WHERE name = 'keys'",
		err);
	return stmt && db_run(stmt, err) >= 0 ? 0 : -1;
}

void keyring_refresh_now(struct library *library)
{
	struct err err;
	if (keyring_refresh(library, &err) < 0)
		log_warn("cannot read the keys again: %s", err.text);
}

int key_insert(struct db_tx *tx, struct api_key *key, int64_t account_id,
	       struct err *err)
{
	if (row_select_int(tx, "SELECT COALESCE(MAX(id), 0) + 1 FROM api_key",
			   &key->id, err) < 0)
		return -1;
	struct db_stmt *stmt = db_prepare(
		tx,
		"INSERT INTO api_key (id, account_id, kind, key_text, label,"
		" created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		err);
	if (stmt == NULL)
		return -1;
	db_bind_int(stmt, 1, key->id);
	db_bind_int(stmt, 2, account_id);
	db_bind_int(stmt, 3, key->kind);
	db_bind_text(stmt, 4, str_of(key->text));
	db_bind_text(stmt, 5, str_of(key->label));
	db_bind_int(stmt, 6, key->created_ms);
	return db_run(stmt, err) < 0 ? -1 : 0;
}

struct create_call {
	struct str account;
	struct api_key *key;
	struct arena *arena;
};

/* Refused before anything is changed. */
static int create_check(struct db_tx *tx, const struct create_call *call,
			int64_t *account_id, struct err *err)
{
	int64_t one;
	struct db_stmt *stmt =
		db_prepare(tx, "SELECT id FROM account WHERE name = $1", err);
	if (stmt == NULL)
		return -1;
	db_bind_text(stmt, 1, call->account);
	int found = row_first_int(stmt, account_id, err);
	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND,
			       "There is no account \"%.*s\".",
			       STR_ARG(call->account));
	stmt = db_prepare(tx, "SELECT 1 FROM api_key WHERE key_text = $1", err);
	if (stmt == NULL)
		return -1;
	db_bind_text(stmt, 1, str_of(call->key->text));
	found = row_first_int(stmt, &one, err);
	if (found > 0)
		return err_set(err, ERR_EXISTS,
			       "This key is or was in use already.");
	return found;
}

static int create_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct create_call *call = arg;
	struct key_rows rows;
	int64_t account_id = 0;
	if (create_check(tx, call, &account_id, err) < 0 ||
	    key_revision_bump(tx, err) < 0 ||
	    key_insert(tx, call->key, account_id, err) < 0 ||
	    key_rows_load(tx, false, call->arena, &rows, err) < 0)
		return -1;
	call->key->account = key_rows_account(&rows, account_id);
	return 0;
}

int key_create(struct library *library, struct str account, enum key_kind kind,
	       const char *key, struct str label, struct arena *arena,
	       struct api_key *out, struct err *err)
{
	if (key && !key_text_valid(key))
		return err_set(err, ERR_INVALID,
			       "A key must be %d to %d visible ASCII "
			       "characters without a colon.",
			       KEY_TEXT_MIN, KEY_TEXT_MAX);
	if (label.n > KEY_LABEL_MAX || !str_is_utf8(label) ||
	    str_has_control(label))
		return err_set(err, ERR_INVALID,
			       "A label must be at most %d bytes of UTF-8 "
			       "without control characters.",
			       KEY_LABEL_MAX);
	struct key_text text;
	key_text_init(&text, kind, key);
	*out = (struct api_key){
		.kind = kind,
		.text = arena_cstr(arena, str_of(text.text)),
		.label = arena_cstr(arena, label),
		.created_ms = now_ms(),
	};
	secret_wipe(&text, sizeof(text));
	struct create_call call = {account, out, arena};
	if (db_write(library->db, create_rows, &call, err) < 0)
		return -1;
	keyring_refresh_now(library);
	return 0;
}

struct revoke_call {
	int64_t id, now;
	int revoked;
};

static int revoke_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct revoke_call *call = arg;
	if (key_revision_bump(tx, err) < 0)
		return -1;
	struct db_stmt *stmt =
		db_prepare(tx,
			   "UPDATE api_key SET revoked_at = $2"
			   " WHERE id = $1 AND revoked_at IS NULL",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_int(stmt, 1, call->id);
	db_bind_int(stmt, 2, call->now);
	call->revoked = db_run(stmt, err);
	return call->revoked < 0 ? -1 : 0;
}

int key_revoke(struct library *library, int64_t id, struct err *err)
{
	struct revoke_call call = {.id = id, .now = now_ms()};
	if (db_write(library->db, revoke_rows, &call, err) < 0)
		return -1;
	keyring_refresh_now(library);
	return call.revoked > 0;
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

/* The array's elements move to the arena. */
static void *take_array(GArray *array, struct arena *arena, size_t *n)
{
	size_t bytes = (size_t)array->len * g_array_get_element_size(array);
	void *copy = arena_alloc(arena, bytes);
	if (bytes)
		memcpy(copy, array->data, bytes);
	*n = array->len;
	return copy;
}

static uint64_t limit_of(struct db_stmt *stmt, int column)
{
	return (uint64_t)MAX(db_int(stmt, column), 0);
}

static int load_accounts(struct db_tx *tx, struct arena *arena,
			 struct key_rows *out, struct err *err)
{
	g_autoptr(GArray) rows =
		g_array_new(FALSE, FALSE, sizeof(struct account));
	struct db_stmt *stmt =
		db_prepare(tx,
			   "SELECT id, name, plan, max_file_bytes,"
			   " max_storage_bytes, max_uploads, rate_per_minute,"
			   " rate_per_second, grace, restrict_unsigned,"
			   " restrict_unnamed FROM account ORDER BY id",
			   err);
	if (stmt == NULL)
		return -1;
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct account account = {
			.id = db_int(stmt, 0),
			.name = arena_cstr(arena, db_text(stmt, 1)),
			.secret_key = "",
			.public_key = "",
			.plan = arena_cstr(arena, db_text(stmt, 2)),
			.limits =
				{
					.max_file_bytes = limit_of(stmt, 3),
					.max_storage_bytes = limit_of(stmt, 4),
					.max_uploads = limit_of(stmt, 5),
					.rate_per_minute = limit_of(stmt, 6),
					.rate_per_second = limit_of(stmt, 7),
					.grace = db_int(stmt, 8) != 0,
					.restrict_unsigned =
						db_int(stmt, 9) != 0,
					.restrict_unnamed =
						db_int(stmt, 10) != 0,
				},
		};
		g_array_append_val(rows, account);
	}
	out->accounts = take_array(rows, arena, &out->n_accounts);
	return more;
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
		.origins = key_list_parse(arena, db_text(stmt, 8)),
		.apis = key_list_parse(arena, db_text(stmt, 9)),
		.domains = key_list_parse(arena, db_text(stmt, 10)),
	};
	if (key.revoked_ms == 0 && key.kind == KEY_SECRET)
		account->secret_key = text;
	if (key.revoked_ms == 0 && key.kind == KEY_PUBLIC)
		account->public_key = text;
	g_array_append_val(out, key);
}

#define SELECT_KEYS                                                            \
	"SELECT id, account_id, kind, key_text, label, created_at,"            \
	" revoked_at, last_used_at, origins, apis, domains FROM api_key"

int key_rows_load(struct db_tx *tx, bool with_revoked, struct arena *arena,
		  struct key_rows *out, struct err *err)
{
	if (load_accounts(tx, arena, out, err) < 0)
		return -1;
	g_autoptr(GArray) keys =
		g_array_new(FALSE, FALSE, sizeof(struct api_key));
	struct db_stmt *stmt = db_prepare(
		tx,
		with_revoked ? SELECT_KEYS " ORDER BY created_at, id"
			     : SELECT_KEYS " WHERE revoked_at IS NULL"
					   " ORDER BY created_at, id",
		err);
	if (stmt == NULL)
		return -1;
	int more;
	while ((more = db_step(stmt, err)) > 0)
		load_key(stmt, arena, out, keys);
	out->keys = take_array(keys, arena, &out->n_keys);
	return more;
}

struct list_call {
	struct arena *arena;
	struct key_rows rows;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	return key_rows_load(tx, true, call->arena, &call->rows, err);
}

int key_list(struct library *library, struct arena *arena, struct api_key **out,
	     size_t *n, struct err *err)
{
	struct list_call call = {.arena = arena};
	if (db_read(library->db, list_rows, &call, err) < 0)
		return -1;
	*out = call.rows.keys;
	*n = call.rows.n_keys;
	return 0;
}
