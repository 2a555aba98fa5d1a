/* SPDX-License-Identifier: Apache-2.0 */
#include "library/background/webhook.h"
#include "base/clock.h"
#include "http/syntax/url.h"
#include "library/files/event.h"
#include "library/library_internal.h"
#include "library/row.h"

#include <stdlib.h>

#define SECRET_PREFIX "whsec_"
#define SECRET_LEN 32 /* random characters behind the prefix */

bool webhook_url_valid(struct str text)
{
	struct http_url ignored;
	return text.n <= WEBHOOK_URL_MAX && http_url_read(text, &ignored);
}

static bool is_secret(struct str secret)
{
	for (size_t i = 0; i < secret.n; i++)
		if (!g_ascii_isgraph(secret.p[i]))
			return false;
	return secret.n >= WEBHOOK_SECRET_MIN && secret.n <= WEBHOOK_SECRET_MAX;
}

/* One is made where there is none. */
static int complete_secret(struct arena *arena, struct str *secret,
			   struct err *err)
{
	if (secret->p == NULL) {
		char random[SECRET_LEN + 1];
		random_token(random, SECRET_LEN);
		*secret = arena_join(arena, STR(SECRET_PREFIX), str_of(random));
	}
	if (is_secret(*secret))
		return 0;
	return err_set(err, ERR_INVALID,
		       "A webhook's secret has %d to %d visible ASCII "
		       "characters.",
		       WEBHOOK_SECRET_MIN, WEBHOOK_SECRET_MAX);
}

static int count_of(struct db_tx *tx, int64_t account_id, int64_t *n,
		    struct err *err)
{
	return db_query_int(
		tx, "SELECT COUNT(*) FROM webhook WHERE account_id = $1",
		DB_ARGS(DB_INT(account_id)), n, err);
}

static int insert_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct webhook *webhook = arg;
	int64_t n = 0;
	if (count_of(tx, webhook->account_id, &n, err) < 0)
		return -1;
	if (n >= WEBHOOKS_MAX)
		return err_set(err, ERR_LIMIT,
			       "An account can have at most %d webhooks.",
			       WEBHOOKS_MAX);
	return db_exec(
		tx,
		"INSERT INTO webhook"
		" (id, account_id, url, secret, events, created_at,"
		" dialect, kinds)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		DB_ARGS(DB_ID(&webhook->id), DB_INT(webhook->account_id),
			DB_TEXT(webhook->url), DB_TEXT(webhook->secret),
			DB_OPT(webhook->events), DB_INT(webhook->created_ms),
			DB_TEXT(webhook->dialect), DB_INT(webhook->kinds)),
		err);
}

int webhook_create(const struct view *view, struct webhook *webhook,
		   struct err *err)
{
	if (!webhook_url_valid(webhook->url))
		return err_set(err, ERR_INVALID,
			       "A webhook's URL is http(s)://HOST[:PORT][/PATH]"
			       " of at most %d bytes, without user name, "
			       "password and fragment.",
			       WEBHOOK_URL_MAX);
	if (complete_secret(view->arena, &webhook->secret, err) < 0)
		return -1;
	webhook->id = id_new();
	webhook->created_ms = now_ms();
	return db_write(view->library->db, insert_row, webhook, err);
}

struct secret_call {
	const struct id *id;
	struct str secret;
	int changed;
};

static int set_secret(struct db_tx *tx, void *arg, struct err *err)
{
	struct secret_call *call = arg;
	call->changed =
		db_change(tx, "UPDATE webhook SET secret = $2 WHERE id = $1",
			  DB_ARGS(DB_ID(call->id), DB_TEXT(call->secret)), err);
	return call->changed < 0 ? -1 : 0;
}

int webhook_set_secret(const struct view *view, const struct id *id,
		       struct str *secret, struct err *err)
{
	if (complete_secret(view->arena, secret, err) < 0)
		return -1;
	struct secret_call call = {.id = id, .secret = *secret};
	if (db_write(view->library->db, set_secret, &call, err) < 0)
		return -1;
	return call.changed;
}

struct list_call {
	struct arena *arena;
	GArray *rows; /* of struct webhook */
	size_t damaged;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	struct db_stmt *stmt = db_prepare(
		tx, "SELECT id, account_id, url, secret, events,"
		    " created_at, dialect, dropped, kinds FROM webhook"
		    " ORDER BY id");
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		struct webhook row = {
			.account_id = db_int(stmt, 1),
			.url = arena_str(call->arena, db_text(stmt, 2)),
			.secret = arena_str(call->arena, db_text(stmt, 3)),
			.events = arena_str(call->arena, db_text(stmt, 4)),
			.created_ms = db_int(stmt, 5),
			.dialect = arena_str(call->arena, db_text(stmt, 6)),
			.dropped = db_int(stmt, 7),
			.kinds = (unsigned)db_int(stmt, 8),
		};
		if (row_id(stmt, 0, &row.id, err) < 0)
			call->damaged++;
		else
			g_array_append_val(call->rows, row);
	}
	return more;
}

int webhook_list(const struct view *view, struct webhook_list *out,
		 struct err *err)
{
	struct list_call call = {
		.arena = view->arena,
		.rows = g_array_new(FALSE, FALSE, sizeof(struct webhook)),
	};
	int result = db_read(view->library->db, list_rows, &call, err);
	out->damaged = call.damaged;
	out->items = row_array_take(call.rows, view->arena, &out->n);
	g_array_unref(call.rows);
	return result;
}

struct delete_call {
	const struct id *id;
	int removed;
};

static int delete_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct delete_call *call = arg;
	struct db_value id = DB_ID(call->id);
	if (db_exec(tx, "DELETE FROM event WHERE webhook_id = $1", DB_ARGS(id),
		    err) < 0)
		return -1;
	if (db_exec(tx,
		    "DELETE FROM event_body WHERE account_id ="
		    " (SELECT account_id FROM webhook WHERE id = $1)"
		    " AND NOT EXISTS (SELECT 1 FROM event e"
		    " WHERE e.body_id = event_body.id)",
		    DB_ARGS(id), err) < 0)
		return -1;
	call->removed = db_change(tx, "DELETE FROM webhook WHERE id = $1",
				  DB_ARGS(id), err);
	return call->removed < 0 ? -1 : 0;
}

int webhook_delete(struct library *library, const struct id *id,
		   struct err *err)
{
	struct delete_call call = {.id = id};
	if (db_write(library->db, delete_rows, &call, err) < 0)
		return -1;
	return call.removed;
}

struct counts_call {
	const struct id *id;
	int64_t *counts;
};

static int count_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct counts_call *call = arg;
	memset(call->counts, 0, WEBHOOK_STATES * sizeof(*call->counts));
	struct db_stmt *stmt = db_query(tx,
					"SELECT state, COUNT(*) FROM event"
					" WHERE webhook_id = $1 GROUP BY state",
					DB_ARGS(DB_ID(call->id)));
	int more;
	while ((more = db_step(stmt, err)) > 0) {
		int64_t state = db_int(stmt, 0);
		if (state >= 0 && state < WEBHOOK_STATES)
			call->counts[state] = db_int(stmt, 1);
	}
	return more;
}

int webhook_counts(struct library *library, const struct id *id,
		   int64_t counts[WEBHOOK_STATES], struct err *err)
{
	struct counts_call call = {.id = id, .counts = counts};
	return db_read(library->db, count_rows, &call, err);
}
