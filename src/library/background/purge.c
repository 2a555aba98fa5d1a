/* SPDX-License-Identifier: Apache-2.0 */
#include "library/background/purge.h"
#include "base/clock.h"
#include "library/library_internal.h"
#include "library/row.h"

struct purge_call {
	int64_t account_id, at;
	struct str url;
	struct id id;
	bool found;
};

int purge_insert_tx(struct db_tx *tx, const struct id *id, int64_t account_id,
		    struct str url, int64_t now, struct err *err)
{
	return db_exec(
		tx,
		"INSERT INTO purge_request"
		" (id, account_id, url, created_at)"
		" VALUES ($1, $2, $3, $4)",
		DB_ARGS(DB_ID(id), DB_INT(account_id),
			DB_TEXT(str_sub(url, 0, MIN(url.n, PURGE_URL_MAX))),
			DB_INT(now)),
		err);
}

static int create_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct purge_call *call = arg;
	return purge_insert_tx(tx, &call->id, call->account_id, call->url,
			       call->at, err);
}

int purge_create(struct library *library, int64_t account_id, struct str url,
		 struct id *id, struct err *err)
{
	struct purge_call call = {
		.account_id = account_id,
		.at = now_ms(),
		.url = url,
		.id = id_new(),
	};
	*id = call.id;
	return db_write(library->db, create_row, &call, err);
}

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct purge_call *call = arg;
	int64_t account_id = 0;
	int found = db_query_int(
		tx, "SELECT account_id FROM purge_request WHERE id = $1",
		DB_ARGS(DB_ID(&call->id)), &account_id, err);
	call->found = found > 0 && account_id == call->account_id;
	return found < 0 ? -1 : 0;
}

int purge_find(struct library *library, int64_t account_id, const struct id *id,
	       struct err *err)
{
	struct purge_call call = {.account_id = account_id, .id = *id};
	if (db_read(library->db, find_row, &call, err) < 0)
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
