/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox from its far end: what is due, what came of it, what is given up.
 * How events get in is in event.c.
 */
#include "base/clock.h"
#include "library/files/event.h"
#include "library/library_internal.h"

#define ERROR_MAX 300 /* bytes that are kept */
#define SWEEP_BATCH 500

#define SELECT_EVENT                                                           \
	"SELECT id, webhook_id, account_id, kind, snapshot, created_at,"       \
	" state, attempts, next_at, last_error FROM event"

static const char select_due[] =
	SELECT_EVENT " WHERE webhook_id = $1 AND state = 0 AND next_at <= $2"
		     " ORDER BY next_at, id LIMIT $3";
static const char select_of_webhook[] =
	SELECT_EVENT " WHERE webhook_id = $1 AND state = $2"
		     " ORDER BY id DESC LIMIT $3";
static const char select_of_all[] =
	SELECT_EVENT " WHERE state = $2 ORDER BY id DESC LIMIT $3";

struct select_call {
	const char *sql;
	const struct id *webhook; /* $1 */
	int64_t second;           /* $2 */
	size_t limit;             /* $3 */
	struct arena *arena;
	struct event *events;
	size_t n;
};

static int read_event(struct db_stmt *stmt, struct arena *arena,
		      struct event *out, struct err *err)
{
	struct str id = db_blob(stmt, 0), webhook = db_blob(stmt, 1);
	*out = (struct event){
		.account_id = db_int(stmt, 2),
		.kind = (enum event_kind)db_int(stmt, 3),
		.created_ms = db_int(stmt, 5),
		.state = (enum event_state)db_int(stmt, 6),
		.attempts = db_int(stmt, 7),
		.next_ms = db_int(stmt, 8),
		.last_error = arena_str(arena, db_text(stmt, 9)),
	};
	if (id.n != ID_BYTES || webhook.n != ID_BYTES ||
	    event_name(out->kind) == NULL)
		return err_set(err, ERR_CORRUPT, "An event row is damaged.");
	memcpy(out->id.b, id.p, ID_BYTES);
	memcpy(out->webhook_id.b, webhook.p, ID_BYTES);
	return event_snapshot_read(db_text(stmt, 4), arena, &out->file, err);
}

static int select_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct select_call *call = arg;
	struct db_stmt *stmt = db_prepare(tx, call->sql, err);
	if (stmt == NULL)
		return -1;
	if (call->webhook)
		db_bind_blob(stmt, 1, call->webhook->b, ID_BYTES);
	db_bind_int(stmt, 2, call->second);
	db_bind_int(stmt, 3, (int64_t)call->limit);
	int more = 0;
	while (call->n < call->limit && (more = db_step(stmt, err)) > 0)
		if (read_event(stmt, call->arena, &call->events[call->n++],
			       err) < 0)
			return -1;
	return more < 0 ? -1 : 0;
}

static int select_events(struct library *library, struct select_call *call,
			 struct event **out, size_t *n, struct err *err)
{
	g_assert(call->limit > 0 && call->limit <= EVENT_LIST_MAX);
	call->events =
		arena_alloc(call->arena, call->limit * sizeof(*call->events));
	if (db_read(library->db, select_rows, call, err) < 0)
		return -1;
	*out = call->events;
	*n = call->n;
	return 0;
}

int event_due(struct library *library, const struct id *webhook, int64_t now,
	      size_t limit, struct arena *arena, struct event **out, size_t *n,
	      struct err *err)
{
	struct select_call call = {
		.sql = select_due,
		.webhook = webhook,
		.second = now,
		.limit = limit,
		.arena = arena,
	};
	return select_events(library, &call, out, n, err);
}

int event_list(struct library *library, const struct id *webhook,
	       enum event_state state, size_t limit, struct arena *arena,
	       struct event **out, size_t *n, struct err *err)
{
	struct select_call call = {
		.sql = webhook ? select_of_webhook : select_of_all,
		.webhook = webhook,
		.second = state,
		.limit = limit,
		.arena = arena,
	};
	return select_events(library, &call, out, n, err);
}

struct note_call {
	const struct id *id;
	enum event_state state;
	int64_t next_ms;
	struct str error;
};

static int note_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct note_call *call = arg;
	struct db_stmt *stmt =
		db_prepare(tx,
			   "UPDATE event SET state = $2, next_at = $3,"
			   " last_error = $4, attempts = attempts + 1"
			   " WHERE id = $1",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_blob(stmt, 1, call->id->b, ID_BYTES);
	db_bind_int(stmt, 2, call->state);
	db_bind_int(stmt, 3, call->next_ms);
	db_bind_opt(stmt, 4, call->error);
	return db_run(stmt, err) < 0 ? -1 : 0;
}

int event_note(struct library *library, const struct id *id,
	       enum event_state state, int64_t next_ms, struct str error,
	       struct err *err)
{
	g_autofree char *text = NULL;
	if (error.p) {
		g_autofree char *valid =
			g_utf8_make_valid(error.p, (gssize)error.n);
		text = g_utf8_substring(
			valid, 0, MIN(g_utf8_strlen(valid, -1), ERROR_MAX));
	}
	struct note_call call = {
		.id = id,
		.state = state,
		.next_ms = next_ms,
		.error = text ? str_of(text) : STR_NONE,
	};
	return db_write(library->db, note_row, &call, err);
}

struct replay_call {
	const char *sql;
	const struct id *id; /* $1 */
	int64_t now;         /* $2 */
	int changed;
};

static int replay_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct replay_call *call = arg;
	struct db_stmt *stmt = db_prepare(tx, call->sql, err);
	if (stmt == NULL)
		return -1;
	if (call->id)
		db_bind_blob(stmt, 1, call->id->b, ID_BYTES);
	db_bind_int(stmt, 2, call->now);
	call->changed = db_run(stmt, err);
	return call->changed < 0 ? -1 : 0;
}

#define AGAIN "UPDATE event SET state = 0, attempts = 0, next_at = $2"

int event_replay(struct library *library, const struct id *id, struct err *err)
{
	struct replay_call call = {
		.sql = AGAIN " WHERE id = $1 AND state <> 0",
		.id = id,
		.now = now_ms(),
	};
	if (db_write(library->db, replay_rows, &call, err) < 0)
		return -1;
	return call.changed;
}

int event_replay_dead(struct library *library, const struct id *webhook,
		      uint64_t *n, struct err *err)
{
	struct replay_call call = {
		.sql = webhook ? AGAIN " WHERE webhook_id = $1 AND state = 2"
			       : AGAIN " WHERE state = 2",
		.id = webhook,
		.now = now_ms(),
	};
	if (db_write(library->db, replay_rows, &call, err) < 0)
		return -1;
	*n = (uint64_t)call.changed;
	return 0;
}

struct sweep_call {
	int64_t before;
	int removed;
};

static int sweep_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct sweep_call *call = arg;
	struct db_stmt *stmt =
		db_prepare(tx,
			   "DELETE FROM event WHERE id IN (SELECT id FROM event"
			   " WHERE state <> 0 AND created_at < $1 LIMIT $2)",
			   err);
	if (stmt == NULL)
		return -1;
	db_bind_int(stmt, 1, call->before);
	db_bind_int(stmt, 2, SWEEP_BATCH);
	call->removed = db_run(stmt, err);
	return call->removed < 0 ? -1 : 0;
}

int event_sweep(struct library *library, int64_t before_ms, struct err *err)
{
	struct sweep_call call = {.before = before_ms};
	do {
		if (db_write(library->db, sweep_rows, &call, err) < 0)
			return -1;
	} while (call.removed == SWEEP_BATCH);
	return 0;
}
