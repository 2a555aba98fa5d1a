/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of uploads. What is reserved for one counts in its account's usage,
 * and is changed in the same transaction.
 */
#include "library/uploads/upload.h"
#include "library/accounts/usage_charge.h"
#include "library/library_internal.h"
#include "library/row.h"
#include "library/uploads/registry.h"
#include "library/uploads/upload_row.h"
#include "store/stage.h"

#include <stdlib.h>

int upload_not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "There is no such upload");
}

static struct db_value opt_size(uint64_t size)
{
	return size == UPLOAD_SIZE_UNKNOWN ? DB_NULL : DB_INT((int64_t)size);
}

int upload_row_read(struct db_stmt *stmt, struct arena *arena,
		    struct upload *out, struct err *err)
{
	struct str token = db_text(stmt, 1);
	*out = (struct upload){
		.id = db_int(stmt, 0),
		.account_id = db_int(stmt, 2),
		.origin = (enum origin)db_int(stmt, 3),
		.key_id = db_int(stmt, 4),
		.done = db_int(stmt, 5) == UPLOAD_DONE,
		.size = db_is_null(stmt, 6) ? UPLOAD_SIZE_UNKNOWN
					    : (uint64_t)db_int(stmt, 6),
		.layout = (uint64_t)db_int(stmt, 7),
		.created_ms = db_int(stmt, 8),
		.touched_ms = db_int(stmt, 9),
		.staged = db_int(stmt, 10) != 0,
		.reserved = (uint64_t)db_int(stmt, 11),
		.told = arena_str(arena, db_text(stmt, 13)),
	};
	if (token.n != UPLOAD_TOKEN_LEN)
		return err_set(err, ERR_CORRUPT,
			       "The row of an upload is damaged.");
	memcpy(out->token, token.p, token.n);
	return out->done ? row_id(stmt, 12, &out->file_id, err) : 0;
}

/* Beginning. */

/* One that has bytes is not given up for another. */
static int make_room(struct db_tx *tx, int64_t account_id, struct err *err)
{
	int64_t open = 0;
	if (db_query_int(tx,
			 "SELECT COUNT(*) FROM (SELECT 1 AS one FROM upload"
			 " WHERE account_id = $1 AND state = 0 LIMIT $2) o",
			 DB_ARGS(DB_INT(account_id), DB_INT(UPLOADS_MAX)),
			 &open, err) < 0)
		return -1;
	if (open < UPLOADS_MAX)
		return 0;
	int gone = db_change(tx,
			     "DELETE FROM upload WHERE id = (SELECT MIN(id)"
			     " FROM upload WHERE account_id = $1"
			     " AND state = 0 AND staged = 0)",
			     DB_ARGS(DB_INT(account_id)), err);
	if (gone == 0)
		return err_set(err, ERR_LIMIT,
			       "The account has %d uploads that are not "
			       "complete, the most that it may have.",
			       UPLOADS_MAX);
	return MIN(gone, 0);
}

/* Only so that nobody sends in vain: it is asked again when it counts. */
static int check_quota(struct db_tx *tx, const struct upload *upload,
		       struct err *err)
{
	int64_t one;
	if (upload->size == UPLOAD_SIZE_UNKNOWN)
		return 0;
	int full = db_query_int(
		tx,
		"SELECT 1 FROM usage u JOIN account a ON a.id = u.account_id"
		" WHERE u.account_id = $1 AND a.max_storage_bytes IS NOT NULL"
		" AND u.storage_bytes + $2 > a.max_storage_bytes",
		DB_ARGS(DB_INT(upload->account_id),
			DB_INT((int64_t)upload->size)),
		&one, err);
	if (full > 0)
		return err_set(err, ERR_QUOTA, "Storage limit exceeded");
	return full;
}

static int insert_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct upload *upload = arg;
	if (check_quota(tx, upload, err) < 0 ||
	    make_room(tx, upload->account_id, err) < 0)
		return -1;
	return db_exec(
		tx,
		"INSERT INTO upload (id, token, account_id, origin, key_id,"
		" state, size, layout, told, created_at, touched_at, staged,"
		" reserved) VALUES ($1, $2, $3, $4, $5, 0, $6, 0, $7, $8, $8,"
		" 0, 0)",
		DB_ARGS(DB_INT(upload->id), DB_TEXT(str_of(upload->token)),
			DB_INT(upload->account_id), DB_INT(upload->origin),
			upload->key_id ? DB_INT(upload->key_id) : DB_NULL,
			opt_size(upload->size), DB_TEXT(upload->told),
			DB_INT(upload->created_ms)),
		err);
}

int upload_begin(const struct view *view, const struct upload_new *wanted,
		 struct upload *out, struct err *err)
{
	if (wanted->told.n > UPLOAD_TOLD_MAX)
		return err_set(err, ERR_TOO_LARGE,
			       "What is said of the file must have at most %u "
			       "bytes.",
			       UPLOAD_TOLD_MAX);
	if (wanted->size != UPLOAD_SIZE_UNKNOWN &&
	    wanted->size > STORE_STAGE_SIZE_MAX)
		return err_set(err, ERR_TOO_LARGE,
			       "The file is larger than an upload in parts can "
			       "be");
	*out = (struct upload){
		.id = store_stage_new_id(library_store(view->library)),
		.account_id = view->account_id,
		.origin = wanted->origin,
		.key_id = wanted->key_id,
		.size = wanted->size,
		.told = wanted->told.p ? wanted->told : STR(""),
		.created_ms = view->now,
		.touched_ms = view->now,
	};
	random_token(out->token, UPLOAD_TOKEN_LEN);
	return row_write(view, insert_row, out, err);
}

/* Finding. */

struct find_call {
	const struct view *view;
	struct str token; /* STR_NONE: by id */
	int64_t id;
	struct upload *out;
	int found;
};

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct find_call *call = arg;
	const struct view *view = call->view;
	struct db_value removed = DB_INT(UPLOAD_REMOVED);
	struct db_stmt *stmt =
		call->token.p ? db_query(tx,
					 SELECT_UPLOAD
					 " WHERE token = $1 AND state < $2",
					 DB_ARGS(DB_TEXT(call->token), removed))
			      : db_query(tx,
					 SELECT_UPLOAD
					 " WHERE id = $1 AND state < $2",
					 DB_ARGS(DB_INT(call->id), removed));
	call->found = db_step(stmt, err);
	if (call->found <= 0)
		return call->found;
	if (upload_row_read(stmt, view->arena, call->out, err) < 0)
		return -1;
	if (view->account_id && call->out->account_id != view->account_id)
		call->found = 0;
	db_done(stmt);
	return 0;
}

int upload_find(const struct view *view, struct str token, struct upload *out,
		struct err *err)
{
	struct find_call call = {.view = view, .token = token, .out = out};
	if (token.n != UPLOAD_TOKEN_LEN || !str_is_utf8(token))
		return 0;
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

int upload_find_id(const struct view *view, int64_t id, struct upload *out,
		   struct err *err)
{
	struct find_call call = {.view = view, .id = id, .out = out};
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

struct list_call {
	const struct view *view;
	int64_t after;
	struct upload_list *out;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	const struct view *view = call->view;
	int more;
	struct db_stmt *stmt =
		db_query(tx,
			 SELECT_UPLOAD " WHERE state = 0 AND id > $1"
				       " AND ($2 = 0 OR account_id = $2)"
				       " ORDER BY id LIMIT $3",
			 DB_ARGS(DB_INT(call->after), DB_INT(view->account_id),
				 DB_INT(UPLOAD_LIST_MAX)));
	call->out->n = 0;
	call->out->more = false;
	for (unsigned i = 0; (more = db_step(stmt, err)) > 0; i++) {
		struct upload *row = &call->out->items[call->out->n];
		call->out->last = db_int(stmt, 0);
		call->out->more = i == UPLOAD_LIST_MAX - 1;
		if (upload_row_read(stmt, view->arena, row, err) == 0)
			call->out->n++;
		else if (!row_passed_over(err, "an upload"))
			return -1;
	}
	return more;
}

int upload_list(const struct view *view, int64_t after, struct upload_list *out,
		struct err *err)
{
	struct list_call call = {view, after, out};
	out->items = arena_zalloc(view->arena,
				  UPLOAD_LIST_MAX * sizeof(*out->items));
	return view_read(view, list_rows, &call, err);
}

/* Changing. */

struct layout_call {
	int64_t id;
	int64_t wanted, layout;
};

static int set_layout_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct layout_call *call = arg;
	if (db_exec(tx,
		    "UPDATE upload SET layout = $2 WHERE id = $1"
		    " AND layout = 0",
		    DB_ARGS(DB_INT(call->id), DB_INT(call->wanted)), err) < 0)
		return -1;
	int found = db_query_int(tx, "SELECT layout FROM upload WHERE id = $1",
				 DB_ARGS(DB_INT(call->id)), &call->layout, err);
	return found ? MIN(found, 0) : upload_not_found(err);
}

int upload_set_layout(const struct view *view, struct upload *upload,
		      uint64_t layout, struct err *err)
{
	struct layout_call call = {upload->id, (int64_t)layout, 0};
	if (row_write(view, set_layout_row, &call, err) < 0)
		return -1;
	upload->layout = (uint64_t)call.layout;
	registry_set_layout(view->library, str_of(upload->token),
			    upload->layout);
	return 0;
}

/* What a row reserves, and whose it is. Returns as upload_done_tx(). */
struct reserved {
	int64_t account_id, bytes;
	uint64_t max_storage_bytes;
};

static int find_open(struct db_tx *tx, int64_t id, struct reserved *out,
		     struct err *err)
{
	struct db_stmt *stmt = db_query(
		tx,
		"SELECT u.state, u.account_id, u.reserved,"
		" COALESCE(a.max_storage_bytes, 0) FROM upload u"
		" LEFT JOIN account a ON a.id = u.account_id WHERE u.id = $1",
		DB_ARGS(DB_INT(id)));
	int found = db_step(stmt, err);
	if (found < 0)
		return -1;
	int64_t state = found ? db_int(stmt, 0) : UPLOAD_REMOVED;
	*out = (struct reserved){db_int(stmt, 1), db_int(stmt, 2),
				 (uint64_t)db_int(stmt, 3)};
	db_done(stmt);
	if (state == UPLOAD_DONE)
		return err_set(err, ERR_EXISTS, "The upload is complete");
	return state == UPLOAD_OPEN ? 0 : upload_not_found(err);
}

int upload_reserve_tx(struct db_tx *tx, const struct upload_reserve *wanted,
		      struct err *err)
{
	struct reserved has;
	if (find_open(tx, wanted->id, &has, err) < 0)
		return -1;
	int64_t bytes = MAX((int64_t)wanted->bytes, has.bytes);
	const struct usage_charge charge = {
		.account_id = has.account_id,
		.added = bytes - has.bytes,
		.max_storage_bytes = has.max_storage_bytes,
	};
	if (charge.added && usage_charge_bytes(tx, &charge, err) < 0)
		return -1;
	return db_exec(
		tx,
		"UPDATE upload SET staged = 1, reserved = $2,"
		" touched_at = $3 WHERE id = $1",
		DB_ARGS(DB_INT(wanted->id), DB_INT(bytes), DB_INT(wanted->now)),
		err);
}

/* Its bytes count no longer. */
static int end(struct db_tx *tx, int64_t id, const struct reserved *has,
	       struct err *err)
{
	const struct usage_charge freed = {.account_id = has->account_id,
					   .added = has->bytes};
	if (has->bytes && usage_discharge(tx, &freed, err) < 0)
		return -1;
	return db_exec(tx, "UPDATE upload SET reserved = 0 WHERE id = $1",
		       DB_ARGS(DB_INT(id)), err);
}

int upload_release_tx(struct db_tx *tx, int64_t id, struct err *err)
{
	struct reserved has;
	if (find_open(tx, id, &has, err) < 0 || end(tx, id, &has, err) < 0)
		return -1;
	return upload_unstage_tx(tx, id, err);
}

int upload_done_tx(struct db_tx *tx, const struct upload_done *done,
		   struct err *err)
{
	struct reserved has;
	if (find_open(tx, done->id, &has, err) < 0)
		return -1;
	if (has.account_id != done->account_id)
		return upload_not_found(err);
	if (end(tx, done->id, &has, err) < 0)
		return -1;
	return db_exec(tx,
		       "UPDATE upload SET state = 1, file_id = $2,"
		       " touched_at = $3 WHERE id = $1",
		       DB_ARGS(DB_INT(done->id), DB_ID(&done->file_id),
			       DB_INT(done->now)),
		       err);
}

/* Removing: not to be written to any more; then the bytes; then the row. */

int upload_mark_tx(struct db_tx *tx, int64_t id, struct err *err)
{
	struct reserved has;
	if (find_open(tx, id, &has, err) < 0 || end(tx, id, &has, err) < 0)
		return -1;
	return db_exec(tx, "UPDATE upload SET state = 2 WHERE id = $1",
		       DB_ARGS(DB_INT(id)), err);
}

int upload_unstage_tx(struct db_tx *tx, int64_t id, struct err *err)
{
	return db_exec(tx, "UPDATE upload SET staged = 0 WHERE id = $1",
		       DB_ARGS(DB_INT(id)), err);
}

static int mark_removed(struct db_tx *tx, void *arg, struct err *err)
{
	return upload_mark_tx(tx, ((const struct upload *)arg)->id, err);
}

static int delete_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct upload *upload = arg;
	return db_exec(tx, "DELETE FROM upload WHERE id = $1 AND state = 2",
		       DB_ARGS(DB_INT(upload->id)), err);
}

int upload_remove(const struct view *view, struct str token, struct err *err)
{
	struct err why;
	struct upload upload;
	int found = upload_find(view, token, &upload, err);
	if (found <= 0 || upload.done)
		return MIN(found, 0);
	if (row_write(view, mark_removed, &upload, &why) < 0) {
		bool is_gone =
			why.code == ERR_NOT_FOUND || why.code == ERR_EXISTS;
		return is_gone ? 0 : err_set(err, why.code, "%s", why.text);
	}
	registry_forget(view->library, token);
	/* what is left of it is the sweep's */
	if (store_stage_remove(library_store(view->library), upload.id, &why) <
		    0 ||
	    row_write(view, delete_row, &upload, &why) < 0)
		return why.code == ERR_LOCKED
			       ? 1
			       : err_set(err, why.code, "%s", why.text);
	return 1;
}
