/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of keys. Every change bumps the revision row first: running servers
 * see it and read again, and where a database runs transactions side by side,
 * it makes those that change keys take turns.
 */
#include "base/clock.h"
#include "library/accounts/account_row.h"
#include "library/accounts/key_rows.h"
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

int key_insert(struct db_tx *tx, struct api_key *key, int64_t account_id,
	       struct err *err)
{
	if (db_query_int(tx, "SELECT COALESCE(MAX(id), 0) + 1 FROM api_key",
			 DB_NO_ARGS, &key->id, err) < 0)
		return -1;
	return db_exec(
		tx,
		"INSERT INTO api_key (id, account_id, kind, key_text, label,"
		" created_at) VALUES ($1, $2, $3, $4, $5, $6)",
		DB_ARGS(DB_INT(key->id), DB_INT(account_id), DB_INT(key->kind),
			DB_TEXT(str_of(key->text)), DB_TEXT(str_of(key->label)),
			DB_INT(key->created_ms)),
		err);
}

int key_text_check_new(struct db_tx *tx, const char *text, struct err *err)
{
	int64_t one;
	int found =
		db_query_int(tx, "SELECT 1 FROM api_key WHERE key_text = $1",
			     DB_ARGS(DB_TEXT(str_of(text))), &one, err);
	if (found > 0)
		return err_set(err, ERR_EXISTS,
			       "This key is or was in use already.");
	return found;
}

struct create_call {
	const struct view *view;
	const struct key_new *wanted;
	struct api_key *key;
};

/* Refused before anything is changed. */
static int create_check(struct db_tx *tx, const struct create_call *call,
			int64_t *account_id, struct err *err)
{
	struct str account = call->wanted->account;
	int found = account_id_tx(tx, account, account_id, err);
	if (found < 0)
		return -1;
	if (!found)
		return err_set(err, ERR_NOT_FOUND,
			       "There is no account \"%.*s\".",
			       STR_ARG(account));
	return key_text_check_new(tx, call->key->text, err);
}

static int create_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct create_call *call = arg;
	const struct key_restrictions *restrictions =
		call->wanted->restrictions;
	struct key_rows rows;
	int64_t account_id = 0;
	if (create_check(tx, call, &account_id, err) < 0 ||
	    key_revision_bump(tx, err) < 0 ||
	    key_insert(tx, call->key, account_id, err) < 0 ||
	    (restrictions &&
	     key_restrict_tx(tx, call->key->id, restrictions, err) < 0) ||
	    key_rows_load(tx, call->view->arena, &rows, err) < 0)
		return -1;
	call->key->account = key_rows_account(&rows, account_id);
	return 0;
}

int key_create(const struct view *view, const struct key_new *key,
	       struct api_key *out, struct err *err)
{
	if (key->text && !key_text_valid(key->text))
		return err_set(err, ERR_INVALID,
			       "A key must be %d to %d visible ASCII "
			       "characters without a colon.",
			       KEY_TEXT_MIN, KEY_TEXT_MAX);
	if (key->label.n > KEY_LABEL_MAX || !str_is_utf8(key->label) ||
	    str_has_control(key->label))
		return err_set(err, ERR_INVALID,
			       "A label must be at most %d bytes of UTF-8 "
			       "without control characters.",
			       KEY_LABEL_MAX);
	if (key->restrictions &&
	    key_restrictions_check(key->restrictions, err) < 0)
		return -1;
	struct key_text text;
	key_text_init(&text, key->kind, key->text);
	*out = (struct api_key){
		.kind = key->kind,
		.text = arena_cstr(view->arena, str_of(text.text)),
		.label = arena_cstr(view->arena, key->label),
		.created_ms = view->now,
	};
	secret_wipe(&text, sizeof(text));
	struct create_call call = {view, key, out};
	if (db_write(view->library->db, create_rows, &call, err) < 0)
		return -1;
	keyring_refresh_now(view->library);
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
	call->revoked =
		db_change(tx,
			  "UPDATE api_key SET revoked_at = $2"
			  " WHERE id = $1 AND revoked_at IS NULL",
			  DB_ARGS(DB_INT(call->id), DB_INT(call->now)), err);
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

struct list_call {
	struct arena *arena;
	struct key_rows rows;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	return key_rows_load_all(tx, call->arena, &call->rows, err);
}

int key_list(const struct view *view, struct api_keys *out, struct err *err)
{
	struct list_call call = {.arena = view->arena};
	if (view_read(view, list_rows, &call, err) < 0)
		return -1;
	*out = (struct api_keys){call.rows.keys, call.rows.n_keys};
	return 0;
}
