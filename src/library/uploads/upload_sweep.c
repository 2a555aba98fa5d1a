/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What ends by itself: uploads that nobody goes on with, the bytes of those
 * that were removed or have become a file, and rows that have been kept long
 * enough. In small batches, since uploads wait for the same writer.
 *
 * An upload is first marked, which nobody can take back, then its bytes go,
 * then its row: a crash in between leaves what the next sweep ends.
 */
#include "base/clock.h"
#include "base/log/log.h"
#include "library/library_internal.h"
#include "library/uploads/registry.h"
#include "library/uploads/upload_row.h"
#include "store/stage.h"

#define BATCH 100
#define IDLE_MS INT64_C(3600000)       /* of one without a byte */
#define DONE_KEPT_MS INT64_C(21600000) /* for those who ask again */

struct sweep {
	struct library *library;
	enum upload_state state; /* of the rows that are looked for */
	bool staged;
	int64_t until; /* touched at or before */
	int64_t after; /* ids up to here have been seen */
	unsigned n;
	struct upload rows[BATCH];
	bool ends[BATCH]; /* what was to be done of it is */
};

static int select_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct sweep *sweep = arg;
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT id, token, account_id, reserved FROM upload"
		" WHERE state = $1 AND staged = $2 AND touched_at <= $3"
		" AND id > $4 ORDER BY id LIMIT $5",
		DB_ARGS(DB_INT(sweep->state), DB_INT(sweep->staged),
			DB_INT(sweep->until), DB_INT(sweep->after),
			DB_INT(BATCH)));
	int more = 0;
	sweep->n = 0;
	while (sweep->n < BATCH && (more = db_step(stmt, err)) > 0) {
		struct upload *row = &sweep->rows[sweep->n];
		struct str token = db_text(stmt, 1);
		*row = (struct upload){.id = db_int(stmt, 0)};
		memcpy(row->token, token.p, MIN(token.n, UPLOAD_TOKEN_LEN));
		sweep->ends[sweep->n++] = false;
	}
	return more < 0 ? -1 : 0;
}

static int change_rows(struct db_tx *tx, struct sweep *sweep,
		       int (*change)(struct db_tx *tx, int64_t id,
				     struct err *err),
		       struct err *err)
{
	for (unsigned i = 0; i < sweep->n; i++)
		if (sweep->ends[i] && change(tx, sweep->rows[i].id, err) < 0)
			return -1;
	return 0;
}

/* One that went on, or ended, since the rows were looked for is let be. */
static int mark(struct db_tx *tx, void *arg, struct err *err)
{
	struct sweep *sweep = arg;
	for (unsigned i = 0; i < sweep->n; i++) {
		int64_t one;
		int found = db_query_int(
			tx,
			"SELECT 1 FROM upload WHERE id = $1 AND state = $2"
			" AND staged = $3 AND touched_at <= $4",
			DB_ARGS(DB_INT(sweep->rows[i].id), DB_INT(sweep->state),
				DB_INT(sweep->staged), DB_INT(sweep->until)),
			&one, err);
		if (found < 0)
			return -1;
		sweep->ends[i] = sweep->ends[i] && found;
	}
	return change_rows(tx, sweep, upload_mark_tx, err);
}

static int delete_one(struct db_tx *tx, int64_t id, struct err *err)
{
	return db_exec(tx, "DELETE FROM upload WHERE id = $1 AND state > 0",
		       DB_ARGS(DB_INT(id)), err);
}

static int delete_all(struct db_tx *tx, void *arg, struct err *err)
{
	return change_rows(tx, arg, delete_one, err);
}

static int unstage(struct db_tx *tx, void *arg, struct err *err)
{
	return change_rows(tx, arg, upload_unstage_tx, err);
}

/* Which rows a step of the sweep can end, bytes and all; then their change. */
struct step {
	enum upload_state state;
	bool staged;
	void (*work)(struct sweep *sweep);
	db_fn *change;
};

static void look_who_is_used(struct sweep *sweep)
{
	for (unsigned i = 0; i < sweep->n; i++)
		sweep->ends[i] = !registry_is_used(
			sweep->library, str_of(sweep->rows[i].token));
}

/* What somebody is still at stays until the next sweep. */
static void remove_bytes(struct sweep *sweep)
{
	struct store *store = library_store(sweep->library);
	for (unsigned i = 0; i < sweep->n; i++) {
		const struct upload *row = &sweep->rows[i];
		struct err why;
		registry_forget(sweep->library, str_of(row->token));
		sweep->ends[i] = store_stage_remove(store, row->id, &why) == 0;
		if (!sweep->ends[i] && why.code != ERR_LOCKED)
			log_error("cannot remove what came of upload %lld: %s",
				  (long long)row->id, why.text);
	}
}

static void end_all(struct sweep *sweep)
{
	for (unsigned i = 0; i < sweep->n; i++)
		sweep->ends[i] = true;
}

static int run_step(struct library *library, const struct step *step,
		    int64_t until, uint64_t *removed, struct err *err)
{
	g_autofree struct sweep *sweep = g_new0(struct sweep, 1);
	sweep->library = library;
	sweep->state = step->state;
	sweep->staged = step->staged;
	sweep->until = until;
	sweep->after = INT64_MIN;
	do {
		if (db_read(library->db, select_rows, sweep, err) < 0)
			return -1;
		if (sweep->n == 0)
			return 0;
		if (db_settle(library->db, err) < 0)
			return -1;
		step->work(sweep);
		if (db_write(library->db, step->change, sweep, err) < 0)
			return -1;
		for (unsigned i = 0; i < sweep->n; i++)
			*removed += sweep->ends[i] && step->change == mark;
		sweep->after = sweep->rows[sweep->n - 1].id;
	} while (sweep->n == BATCH);
	return 0;
}

int upload_sweep(struct library *library, int64_t expiry_ms, uint64_t *removed,
		 struct err *err)
{
	static const struct step steps[] = {
		{UPLOAD_OPEN, true, look_who_is_used, mark},
		{UPLOAD_OPEN, false, end_all, mark},
		{UPLOAD_REMOVED, true, remove_bytes, delete_all},
		{UPLOAD_REMOVED, false, remove_bytes, delete_all},
		{UPLOAD_DONE, true, remove_bytes, unstage},
		{UPLOAD_DONE, false, end_all, delete_all},
	};
	int64_t now = now_ms();
	const int64_t until[G_N_ELEMENTS(steps)] = {
		now - expiry_ms, now - MIN(expiry_ms, IDLE_MS),
		INT64_MAX,       INT64_MAX,
		INT64_MAX,       now - DONE_KEPT_MS,
	};
	*removed = 0;
	registry_close_idle(library, IDLE_MS / 6);
	for (size_t i = 0; i < G_N_ELEMENTS(steps); i++)
		if (run_step(library, &steps[i], until[i], removed, err) < 0)
			return -1;
	return 0;
}
