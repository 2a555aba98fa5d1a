/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading and writing rows of any kind needs again and again.
 */
#include "library/row.h"
#include "base/log/log.h"
#include "json/json.h"
#include "library/library_internal.h"

#include <semaphore.h>

int row_id(struct db_stmt *stmt, int column, struct id *out, struct err *err)
{
	struct str bytes = db_blob(stmt, column);
	if (bytes.n != ID_BYTES)
		return err_set(err, ERR_CORRUPT, "A row has a malformed id.");
	memcpy(out->b, bytes.p, ID_BYTES);
	return 0;
}

bool row_passed_over(struct err *err, const char *what)
{
	if (err->code != ERR_CORRUPT)
		return false;
	log_error("%s is passed over: %s", what, err->text);
	*err = (struct err){.code = ERR_NONE};
	return true;
}

void *row_array_take(GArray *array, struct arena *arena, size_t *n)
{
	size_t bytes = (size_t)array->len * g_array_get_element_size(array);
	void *copy = arena_alloc(arena, bytes);
	if (bytes)
		memcpy(copy, array->data, bytes);
	*n = array->len;
	return copy;
}

#define SWEEP_BATCH 500

struct sweep_call {
	const char *sql;
	struct db_value which;
	int removed;
};

static int sweep_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct sweep_call *call = arg;
	call->removed = db_change(
		tx, call->sql, DB_ARGS(call->which, DB_INT(SWEEP_BATCH)), err);
	return call->removed < 0 ? -1 : 0;
}

int row_sweep(struct db *db, const char *sql, struct db_value which,
	      struct err *err)
{
	struct sweep_call call = {.sql = sql, .which = which};
	do {
		if (db_write(db, sweep_rows, &call, err) < 0)
			return -1;
	} while (call.removed == SWEEP_BATCH);
	return 0;
}

char *row_list_text(const char *const *list)
{
	if (list == NULL)
		return NULL;
	json_t *array = json_array();
	for (; *list; list++)
		json_array_append_new(array, json_string(*list));
	char *text = json_dumps(array, JSON_COMPACT);
	json_decref(array);
	return text;
}

/* A damaged column must not turn into "no restriction": it allows nothing. */
const char *const *row_list_parse(struct arena *arena, struct str text)
{
	if (text.p == NULL)
		return NULL;
	json_t *array = json_parse(text, 0);
	size_t n = json_array_size(array);
	const char **list = arena_zalloc(arena, (n + 1) * sizeof(*list));
	size_t kept = 0;
	for (size_t i = 0; i < n; i++) {
		const char *one = json_string_value(json_array_get(array, i));
		if (one)
			list[kept++] = arena_cstr(arena, str_of(one));
	}
	json_decref(array);
	return list;
}

int row_write(const struct view *view, db_fn *fn, void *arg, struct err *err)
{
	const struct db_turn turn = {fn, arg, view->account_id};
	return db_write_for(view->library->db, &turn, err);
}

static void one_done(struct db_job *job)
{
	sem_post(job->user);
}

int row_write_all(const struct view *view, struct db_job *jobs, size_t n,
		  struct err *err)
{
	sem_t done;
	size_t queued = 0;
	int result = 0;
	sem_init(&done, 0, 0);
	for (; result == 0 && queued < n; queued += result == 0) {
		jobs[queued].whose = view->account_id;
		jobs[queued].done = one_done;
		jobs[queued].user = &done;
		result = db_submit(view->library->db, &jobs[queued], err);
	}
	for (size_t i = 0; i < queued; i++)
		while (sem_wait(&done) != 0)
			;
	sem_destroy(&done);
	for (size_t i = 0; result == 0 && i < queued; i++)
		if (jobs[i].result < 0) {
			*err = jobs[i].err;
			result = -1;
		}
	return result;
}
