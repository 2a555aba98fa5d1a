/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox from its far end: what is due, what came of it, what is given up.
 * How events get in is in event.c.
 */
#include "library/background/outbox.h"
#include "base/clock.h"
#include "library/library_internal.h"
#include "library/row.h"

#define ERROR_MAX 300 /* characters that are kept */

#define SELECT_EVENT                                                           \
	"SELECT e.id, e.webhook_id, e.account_id, e.kind, b.snapshot,"         \
	" e.created_at, e.state, e.attempts, e.next_at, e.last_error"          \
	" FROM event e LEFT JOIN event_body b ON b.id = e.body_id"

struct select_call {
	const struct outbox_due *due; /* NULL: by query */
	const struct outbox_query *query;
	size_t limit;
	const struct view *view;
	struct outbox_list *out;
	struct str *damaged; /* ids, as they are */
	size_t n_damaged;
};

static int read_entry(struct db_stmt *stmt, struct arena *arena,
		      struct outbox_entry *out, struct err *err)
{
	*out = (struct outbox_entry){
		.event.account_id = db_int(stmt, 2),
		.event.kind = (enum event_kind)db_int(stmt, 3),
		.event.created_ms = db_int(stmt, 5),
		.state = (enum event_state)db_int(stmt, 6),
		.attempts = db_int(stmt, 7),
		.next_ms = db_int(stmt, 8),
		.last_error = arena_str(arena, db_text(stmt, 9)),
	};
	if (!event_kind_known(out->event.kind) || out->attempts < 0)
		return err_set(err, ERR_CORRUPT, "An event row is damaged.");
	if (row_id(stmt, 0, &out->event.id, err) < 0 ||
	    row_id(stmt, 1, &out->webhook_id, err) < 0)
		return -1;
	return event_snapshot_read(db_text(stmt, 4), arena, &out->event, err);
}

static struct db_stmt *select_entries(struct db_tx *tx,
				      const struct select_call *call)
{
	const struct outbox_due *due = call->due;
	struct db_value limit = DB_INT((int64_t)call->limit);
	if (due)
		return db_query(tx,
				SELECT_EVENT
				" WHERE e.webhook_id = $1"
				" AND e.state = 0 AND e.next_at <= $2"
				" ORDER BY e.next_at, e.id LIMIT $3",
				DB_ARGS(DB_ID(due->webhook),
					DB_INT(call->view->now), limit));
	return db_query(tx,
			SELECT_EVENT " WHERE e.state = $1"
				     " ORDER BY e.id DESC LIMIT $2",
			DB_ARGS(DB_INT(call->query->state), limit));
}

static int select_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct select_call *call = arg;
	struct outbox_list *out = call->out;
	struct db_stmt *stmt = select_entries(tx, call);
	int more = 0;
	out->n = call->n_damaged = 0;
	while (out->n + call->n_damaged < call->limit &&
	       (more = db_step(stmt, err)) > 0) {
		struct arena *arena = call->view->arena;
		if (read_entry(stmt, arena, &out->items[out->n], err) == 0)
			out->n++;
		else if (row_passed_over(err, "an event"))
			call->damaged[call->n_damaged++] =
				arena_str(arena, db_blob(stmt, 0));
		else
			return -1;
	}
	return more < 0 ? -1 : 0;
}

static int run_select(struct select_call *call, struct err *err)
{
	g_assert(call->limit > 0 && call->limit <= OUTBOX_LIST_MAX);
	call->out->items = arena_alloc(call->view->arena,
				       call->limit * sizeof(*call->out->items));
	call->damaged = arena_alloc(call->view->arena,
				    call->limit * sizeof(*call->damaged));
	return db_read(call->view->library->db, select_rows, call, err);
}

/* They can be told to nobody, and would come first again and again. */
static int bury_rows(struct db_tx *tx, void *arg, struct err *err)
{
	const struct select_call *call = arg;
	for (size_t i = 0; i < call->n_damaged; i++)
		if (db_exec(tx,
			    "UPDATE event SET state = $2, last_error = $3"
			    " WHERE id = $1",
			    DB_ARGS(DB_BLOB(call->damaged[i].p,
					    call->damaged[i].n),
				    DB_INT(EVENT_DEAD),
				    DB_TEXT(STR("the row is damaged"))),
			    err) < 0)
			return -1;
	return 0;
}

int outbox_due(const struct view *view, const struct outbox_due *due,
	       struct outbox_list *out, struct err *err)
{
	struct select_call call = {
		.due = due, .limit = due->limit, .view = view, .out = out};
	if (run_select(&call, err) < 0)
		return -1;
	if (call.n_damaged == 0)
		return 0;
	return db_write(view->library->db, bury_rows, &call, err);
}

int outbox_list(const struct view *view, const struct outbox_query *query,
		struct outbox_list *out, struct err *err)
{
	struct select_call call = {.query = query,
				   .limit = query->limit,
				   .view = view,
				   .out = out};
	return run_select(&call, err);
}

struct note_call {
	const struct id *id;
	const struct outbox_outcome *outcome;
	struct str error;
};

static int note_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct note_call *call = arg;
	return db_exec(tx,
		       "UPDATE event SET state = $2, next_at = $3,"
		       " last_error = $4, attempts = attempts + 1"
		       " WHERE id = $1",
		       DB_ARGS(DB_ID(call->id), DB_INT(call->outcome->state),
			       DB_INT(call->outcome->next_ms),
			       DB_OPT(call->error)),
		       err);
}

int outbox_note(struct library *library, const struct id *id,
		const struct outbox_outcome *outcome, struct err *err)
{
	struct str error = outcome->error;
	g_autofree char *text = NULL;
	if (error.p) {
		g_autofree char *valid =
			g_utf8_make_valid(error.p, (gssize)error.n);
		text = g_utf8_substring(
			valid, 0, MIN(g_utf8_strlen(valid, -1), ERROR_MAX));
	}
	struct note_call call = {id, outcome, str_of(text)};
	return db_write(library->db, note_row, &call, err);
}

struct replay_call {
	const struct id *id; /* NULL: all dead ones */
	int changed;
};

#define AGAIN "UPDATE event SET state = 0, attempts = 0, next_at = $1"

static int replay_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct replay_call *call = arg;
	struct db_value now = DB_INT(now_ms());
	call->changed =
		call->id ? db_change(tx, AGAIN " WHERE id = $2 AND state <> 0",
				     DB_ARGS(now, DB_ID(call->id)), err)
			 : db_change(tx, AGAIN " WHERE state = 2", DB_ARGS(now),
				     err);
	return call->changed < 0 ? -1 : 0;
}

int outbox_replay(struct library *library, const struct id *id, struct err *err)
{
	struct replay_call call = {.id = id};
	int result = db_write(library->db, replay_rows, &call, err);
	return result < 0 ? -1 : call.changed;
}

int outbox_replay_dead(struct library *library, uint64_t *n, struct err *err)
{
	struct replay_call call = {.id = NULL};
	int result = db_write(library->db, replay_rows, &call, err);
	*n = result < 0 ? 0 : (uint64_t)call.changed;
	return result;
}

#define SWEEP_BATCH 100

struct sweep_batch {
	enum event_state state;
	int64_t before_ms;
	unsigned n;
	struct {
		struct id id, body;
	} events[SWEEP_BATCH];
};

static int sweep_select(struct db_tx *tx, struct sweep_batch *batch,
			struct err *err)
{
	struct db_stmt *stmt =
		db_query(tx,
			 "SELECT id, body_id FROM event WHERE state <> 0"
			 " AND state = $1 AND created_at < $2 LIMIT $3",
			 DB_ARGS(DB_INT(batch->state), DB_INT(batch->before_ms),
				 DB_INT(SWEEP_BATCH)));
	int more = 0;
	batch->n = 0;
	while (batch->n < SWEEP_BATCH && (more = db_step(stmt, err)) > 0) {
		if (row_id(stmt, 0, &batch->events[batch->n].id, err) < 0 ||
		    row_id(stmt, 1, &batch->events[batch->n].body, err) < 0)
			return -1;
		batch->n++;
	}
	db_done(stmt);
	return more < 0 ? -1 : 0;
}

static int sweep_batch(struct db_tx *tx, void *arg, struct err *err)
{
	struct sweep_batch *batch = arg;
	if (sweep_select(tx, batch, err) < 0)
		return -1;
	for (unsigned i = 0; i < batch->n; i++)
		if (db_exec(tx, "DELETE FROM event WHERE id = $1",
			    DB_ARGS(DB_ID(&batch->events[i].id)), err) < 0 ||
		    event_forget_body(tx, &batch->events[i].body, err) < 0)
			return -1;
	return 0;
}

static int sweep_state(struct library *library, enum event_state state,
		       int64_t before_ms, struct err *err)
{
	struct sweep_batch batch = {.state = state, .before_ms = before_ms};
	do {
		if (db_write(library->db, sweep_batch, &batch, err) < 0)
			return -1;
	} while (batch.n == SWEEP_BATCH);
	return 0;
}

int outbox_sweep(struct library *library, int64_t now, struct err *err)
{
	if (sweep_state(library, EVENT_DELIVERED, now - OUTBOX_DELIVERED_MS,
			err) < 0)
		return -1;
	return sweep_state(library, EVENT_DEAD, now - OUTBOX_DEAD_MS, err);
}
