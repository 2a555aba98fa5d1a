/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How events get into the outbox (outbox.c is its far end): a snapshot of the
 * file, and a row for each webhook that is to be told. What is there of an
 * account is bounded: the oldest make room for new ones.
 */
#include "library/files/event.h"
#include "db/db.h"
#include "json/json.h"
#include "library/files/file_columns.h"
#include "library/row.h"

#include <glib.h>
#include <stdlib.h>

bool event_kind_known(enum event_kind kind)
{
	return kind >= EVENT_FILE_CREATED && kind <= EVENT_OVERWRITTEN;
}

static void set_id(json_t *object, const char *key, const struct id *id)
{
	char hex[ID_HEX_LEN + 1];
	id_to_hex(id, hex);
	json_object_set_new(object, key, json_string(hex));
}

static bool get_id(const json_t *object, const char *key, struct id *id)
{
	return id_from_hex(
		str_of(json_string_value(json_object_get(object, key))), id);
}

#define SET_ID(key, value) set_id(object, key, &value)
#define SET_TEXT(key, value)                                                   \
	if (value.p)                                                           \
	json_object_set_new(object, key, json_stringn(value.p, value.n))
#define SET_OPT(key, value) SET_TEXT(key, value)
#define SET_INT(key, value)                                                    \
	json_object_set_new(object, key, json_integer((json_int_t)value))
#define SET_NONZERO(key, value) SET_INT(key, value)
#define SET_NOT(key, value) SET_INT(key, value)
#define SET_ALPHA(key, value) SET_INT(key, value)
#define SET_BLOB(key, value)
#define SET(column, old, kind, field, key) SET_##kind(key, file->field);

#define MADE_BY "made_by"

/* free() it. */
static char *snapshot(const struct event_new *event)
{
	const struct file *file = event->file;
	json_t *object = json_object();
	FILE_COLUMNS(SET)
	SET_INT("old", file->is_old);
	SET_OPT(MADE_BY, event->made_by);
	char *text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

static struct str text_member(struct arena *arena, const json_t *object,
			      const char *key)
{
	return arena_str(arena, json_text(json_object_get(object, key)));
}

#define GET_ID(key, value) good = get_id(object, key, &value) && good
#define GET_TEXT(key, value) value = text_member(arena, object, key)
#define GET_OPT(key, value) GET_TEXT(key, value)
#define GET_INT(key, value)                                                    \
	value = (__typeof__(value))json_integer_value(                         \
		json_object_get(object, key))
#define GET_NONZERO(key, value) GET_INT(key, value)
#define GET_NOT(key, value) GET_INT(key, value)
#define GET_ALPHA(key, value) GET_INT(key, value)
#define GET_BLOB(key, value)
#define GET(column, old, kind, field, key) GET_##kind(key, out->field);

int event_snapshot_read(struct str text, struct arena *arena,
			struct event *event, struct err *err)
{
	struct file *out = &event->file;
	json_t *object = json_parse(text, 0);
	bool good = true;
	*out = (struct file){0};
	FILE_COLUMNS(GET)
	GET_INT("old", out->is_old);
	GET_OPT(MADE_BY, event->made_by);
	json_decref(object);
	return good ? 0
		    : err_set(err, ERR_CORRUPT,
			      "The snapshot of an event is damaged.");
}

struct wanting {
	struct id ids[WEBHOOKS_MAX];
	size_t n;
};

static int find_wanting(struct db_tx *tx, const struct event_new *event,
			struct wanting *out, struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT id FROM webhook WHERE account_id = $1"
			 " AND (kinds & $2) <> 0",
			 DB_ARGS(DB_INT(event->file->account_id),
				 DB_INT(EVENT_BIT(event->kind))));
	int more = 0;
	out->n = 0;
	while (out->n < WEBHOOKS_MAX && (more = db_step(stmt, err)) > 0) {
		struct str id = db_blob(stmt, 0);
		if (id.n == ID_BYTES)
			memcpy(out->ids[out->n++].b, id.p, ID_BYTES);
	}
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

/* Rows and indexes of an event; and of each webhook that is to be told. */
#define BODY_BYTES 512
#define TELLING_BYTES 512

/* Where the account's next event begins. */
static int find_end(struct db_tx *tx, int64_t account_id, int64_t *end,
		    struct err *err)
{
	*end = 0;
	return db_query_int(tx,
			    "SELECT begins + bytes FROM event_body"
			    " WHERE account_id = $1"
			    " ORDER BY begins DESC LIMIT 1",
			    DB_ARGS(DB_INT(account_id)), end, err);
}

/* With what its webhooks have not been told of it, which is counted. */
static int drop_event(struct db_tx *tx, const struct id *body, struct err *err)
{
	const struct db_value id = DB_ID(body);
	if (db_exec(tx,
		    "UPDATE webhook SET dropped = dropped + 1"
		    " WHERE id IN (SELECT webhook_id FROM event"
		    " WHERE body_id = $1 AND state = 0)",
		    DB_ARGS(id), err) < 0 ||
	    db_exec(tx, "DELETE FROM event WHERE body_id = $1", DB_ARGS(id),
		    err) < 0)
		return -1;
	return event_forget_body(tx, body, err);
}

/* Until those that are left begin there or later. */
static int drop_oldest(struct db_tx *tx, int64_t account_id, int64_t from,
		       struct err *err)
{
	int found;
	do {
		struct id body;
		struct db_stmt *stmt = db_query(
			tx,
			"SELECT id FROM event_body WHERE account_id = $1"
			" AND begins < $2 ORDER BY begins LIMIT 1",
			DB_ARGS(DB_INT(account_id), DB_INT(from)));
		found = db_step(stmt, err);
		if (found > 0 && row_id(stmt, 0, &body, err) < 0)
			found = -1;
		db_done(stmt);
		if (found > 0 && drop_event(tx, &body, err) < 0)
			found = -1;
	} while (found > 0);
	return found;
}

int event_forget_body(struct db_tx *tx, const struct id *body, struct err *err)
{
	return db_exec(tx,
		       "DELETE FROM event_body WHERE id = $1 AND NOT EXISTS"
		       " (SELECT 1 FROM event WHERE body_id = $1)",
		       DB_ARGS(DB_ID(body)), err);
}

static int insert_body(struct db_tx *tx, const struct id *body,
		       int64_t account_id, struct str text, int64_t bytes,
		       struct err *err)
{
	int64_t end;
	if (find_end(tx, account_id, &end, err) < 0 ||
	    drop_oldest(tx, account_id, end + bytes - EVENTS_BYTES_MAX, err) <
		    0)
		return -1;
	return db_exec(tx,
		       "INSERT INTO event_body (id, account_id, begins, bytes,"
		       " snapshot) VALUES ($1, $2, $3, $4, $5)",
		       DB_ARGS(DB_ID(body), DB_INT(account_id), DB_INT(end),
			       DB_INT(bytes), DB_TEXT(text)),
		       err);
}

/* What is told to each. */
struct telling {
	const struct event_new *event;
	struct id body;
};

static int insert_event(struct db_tx *tx, const struct id *webhook,
			const struct telling *telling, struct err *err)
{
	const struct event_new *event = telling->event;
	const struct file *file = event->file;
	struct id id = id_new();
	return db_exec(
		tx,
		"INSERT INTO event (id, webhook_id, account_id, kind, file_id,"
		" body_id, created_at, state, attempts, next_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $7)",
		DB_ARGS(DB_ID(&id), DB_ID(webhook), DB_INT(file->account_id),
			DB_INT(event->kind), DB_ID(&file->id),
			DB_ID(&telling->body), DB_INT(event->now),
			DB_INT(EVENT_WAITING)),
		err);
}

int event_add(struct db_tx *tx, const struct event_new *event, struct err *err)
{
	struct wanting wanting;
	if (find_wanting(tx, event, &wanting, err) < 0)
		return -1;
	if (wanting.n == 0)
		return 0;
	char *text = snapshot(event);
	if (text == NULL)
		return err_set(err, ERR_INTERNAL,
			       "A file cannot be written down for a webhook.");
	const struct telling telling = {event, id_new()};
	struct str body = str_of(text);
	int64_t bytes =
		(int64_t)(body.n + BODY_BYTES + wanting.n * TELLING_BYTES);
	int result = insert_body(tx, &telling.body, event->file->account_id,
				 body, bytes, err);
	for (size_t i = 0; result == 0 && i < wanting.n; i++)
		result = insert_event(tx, &wanting.ids[i], &telling, err);
	free(text);
	return result;
}
