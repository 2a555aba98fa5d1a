/* SPDX-License-Identifier: Apache-2.0 */
#include "library/background/purge.h"
#include "base/clock.h"
#include "library/files/file_tx.h"
#include "library/library_internal.h"
#include "library/row.h"

int purge_insert_tx(struct db_tx *tx, const struct purge *purge,
		    struct err *err)
{
	struct str url =
		str_sub(purge->url, 0, MIN(purge->url.n, PURGE_URL_MAX));
	if (db_exec(tx,
		    "DELETE FROM purge_request WHERE account_id = $1"
		    " AND id <= (SELECT id FROM purge_request"
		    " WHERE account_id = $1 ORDER BY id DESC"
		    " LIMIT 1 OFFSET $2)",
		    DB_ARGS(DB_INT(purge->account_id), DB_INT(PURGES_MAX - 1)),
		    err) < 0)
		return -1;
	return db_exec(tx,
		       "INSERT INTO purge_request"
		       " (id, account_id, url, created_at)"
		       " VALUES ($1, $2, $3, $4)",
		       DB_ARGS(DB_ID(&purge->id), DB_INT(purge->account_id),
			       DB_TEXT(url), DB_INT(purge->created_ms)),
		       err);
}

static int create_row(struct db_tx *tx, void *arg, struct err *err)
{
	return purge_insert_tx(tx, arg, err);
}

int purge_create(const struct view *view, struct str url, struct id *id,
		 struct err *err)
{
	struct purge purge = {id_new(), view->account_id, url, view->now};
	*id = purge.id;
	return row_write(view, create_row, &purge, err);
}

struct relocate_call {
	const struct file_relocation *how;
	struct purge purge;
	int found;
};

static int relocate_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct relocate_call *call = arg;
	call->found = relocate_tx(tx, call->how, call->purge.created_ms, err);
	if (call->found <= 0)
		return call->found;
	return purge_insert_tx(tx, &call->purge, err);
}

int purge_relocate(const struct view *view, const struct file_relocation *how,
		   struct str url, struct id *id, struct err *err)
{
	struct relocate_call call = {
		.how = how,
		.purge = {id_new(), view->account_id, url, view->now},
	};
	*id = call.purge.id;
	if (row_write(view, relocate_rows, &call, err) < 0)
		return -1;
	return call.found;
}

struct find_call {
	const struct id *id;
	int64_t account_id;
	int found;
};

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct find_call *call = arg;
	int64_t one;
	call->found = db_query_int(
		tx,
		"SELECT 1 FROM purge_request WHERE id = $1 AND account_id = $2",
		DB_ARGS(DB_ID(call->id), DB_INT(call->account_id)), &one, err);
	return call->found < 0 ? -1 : 0;
}

int purge_find(const struct view *view, const struct id *id, struct err *err)
{
	struct find_call call = {id, view->account_id, 0};
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

/* An id begins with its time. */
int purge_sweep(struct library *library, int64_t before_ms, struct err *err)
{
	struct id first = {{0}};
	uint32_t seconds = (uint32_t)(before_ms / 1000);
	for (int i = 0; i < 4; i++)
		first.b[i] = (uint8_t)(seconds >> (24 - 8 * i));
	return row_sweep(library->db,
			 "DELETE FROM purge_request WHERE id IN"
			 " (SELECT id FROM purge_request WHERE id < $1"
			 " ORDER BY id LIMIT $2)",
			 DB_ID(&first), err);
}
