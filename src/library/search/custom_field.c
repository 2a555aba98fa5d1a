/* SPDX-License-Identifier: Apache-2.0 */
#include "library/search/custom_field.h"
#include "base/clock.h"
#include "library/library_internal.h"
#include "library/row.h"

#define SELECT_FIELD                                                           \
	"SELECT id, account_id, name, label, definition, created_at,"          \
	" updated_at, deleted_at FROM custom_field"

static int check_texts(const struct custom_field *field, struct err *err)
{
	if (field->name.n > CUSTOM_FIELD_TEXT_MAX ||
	    field->label.n > CUSTOM_FIELD_TEXT_MAX)
		return err_set(err, ERR_INVALID,
			       "The name and the label of a field can have at "
			       "most %d bytes.",
			       CUSTOM_FIELD_TEXT_MAX);
	if (field->definition.n > CUSTOM_FIELD_DEFINITION_MAX)
		return err_set(err, ERR_INVALID,
			       "The schema of a field is too long.");
	return 0;
}

static int read_row(struct db_stmt *stmt, struct arena *arena,
		    struct custom_field *out, struct err *err)
{
	*out = (struct custom_field){
		.account_id = db_int(stmt, 1),
		.name = arena_str(arena, db_text(stmt, 2)),
		.label = arena_str(arena, db_text(stmt, 3)),
		.definition = arena_str(arena, db_text(stmt, 4)),
		.created_ms = db_int(stmt, 5),
		.updated_ms = db_int(stmt, 6),
		.deleted_ms = db_int(stmt, 7),
	};
	return row_id(stmt, 0, &out->id, err);
}

/* What an account's fields take: every upload with custom metadata reads them
 * all. */
struct taken {
	int64_t fields, bytes;
	int64_t deleted_fields, deleted_bytes; /* of those */
	struct id oldest;                      /* of the deleted ones */
};

static int count_taken(struct db_tx *tx, int64_t account_id, struct taken *out,
		       struct err *err)
{
	struct db_stmt *stmt = db_query(tx,
					"SELECT id, definition, deleted_at"
					" FROM custom_field"
					" WHERE account_id = $1",
					DB_ARGS(DB_INT(account_id)));
	int64_t oldest = INT64_MAX;
	int more, result = 0;
	*out = (struct taken){0};
	while (result == 0 && (more = db_step(stmt, err)) > 0) {
		int64_t bytes = (int64_t)db_text(stmt, 1).n;
		out->fields++;
		out->bytes += bytes;
		if (db_is_null(stmt, 2))
			continue;
		out->deleted_fields++;
		out->deleted_bytes += bytes;
		if (db_int(stmt, 2) < oldest)
			result = row_id(stmt, 0, &out->oldest, err);
		oldest = MIN(oldest, db_int(stmt, 2));
	}
	db_done(stmt);
	return result < 0 || more < 0 ? -1 : 0;
}

/* For `fields` more, with so many bytes more. What it refuses, it refuses
 * before it has changed anything. */
static int make_room(struct db_tx *tx, int64_t account_id, int64_t fields,
		     int64_t bytes, struct err *err)
{
	struct taken t;
	if (count_taken(tx, account_id, &t, err) < 0)
		return -1;
	if (t.fields - t.deleted_fields + fields > CUSTOM_FIELDS_MAX)
		return err_set(err, ERR_LIMIT,
			       "An account can have at most %d custom metadata "
			       "fields.",
			       CUSTOM_FIELDS_MAX);
	if (t.bytes - t.deleted_bytes + bytes > CUSTOM_FIELDS_BYTES_MAX)
		return err_set(err, ERR_LIMIT,
			       "The schemas of all custom metadata fields can "
			       "have at most %u bytes.",
			       CUSTOM_FIELDS_BYTES_MAX);
	while (t.fields + fields > CUSTOM_FIELDS_MAX ||
	       t.bytes + bytes > CUSTOM_FIELDS_BYTES_MAX)
		if (db_exec(tx, "DELETE FROM custom_field WHERE id = $1",
			    DB_ARGS(DB_ID(&t.oldest)), err) < 0 ||
		    count_taken(tx, account_id, &t, err) < 0)
			return -1;
	return 0;
}

static int name_exists(struct err *err)
{
	return err_set(err, ERR_EXISTS,
		       "A custom metadata field with this name already "
		       "exists.");
}

static int check_name(struct db_tx *tx, const struct custom_field *field,
		      struct err *err)
{
	int64_t one;
	int found = db_query_int(
		tx,
		"SELECT 1 FROM custom_field"
		" WHERE account_id = $1 AND name = $2"
		" AND deleted_at IS NULL",
		DB_ARGS(DB_INT(field->account_id), DB_TEXT(field->name)), &one,
		err);
	return found > 0 ? name_exists(err) : found;
}

static int insert_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct custom_field *field = arg;
	if (check_name(tx, field, err) < 0 ||
	    make_room(tx, field->account_id, 1, (int64_t)field->definition.n,
		      err) < 0)
		return -1;
	int made = db_change(
		tx,
		"INSERT INTO custom_field (id, account_id, name, label,"
		" definition, created_at, updated_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
		DB_ARGS(DB_ID(&field->id), DB_INT(field->account_id),
			DB_TEXT(field->name), DB_TEXT(field->label),
			DB_TEXT(field->definition), DB_INT(field->created_ms)),
		err);
	return made == 0 ? name_exists(err) : MIN(made, 0);
}

int custom_field_create(const struct view *view, struct custom_field *field,
			struct err *err)
{
	if (check_texts(field, err) < 0)
		return -1;
	field->id = id_new();
	field->account_id = view->account_id;
	field->created_ms = field->updated_ms = view->now;
	field->deleted_ms = 0;
	return row_write(view, insert_row, field, err);
}

struct list_call {
	struct view view;
	bool with_deleted;
	struct custom_field_list *out;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	struct custom_field_list *out = call->out;
	struct db_stmt *stmt = db_query(tx,
					SELECT_FIELD " WHERE account_id = $1"
						     " ORDER BY id LIMIT $2",
					DB_ARGS(DB_INT(call->view.account_id),
						DB_INT(CUSTOM_FIELDS_MAX)));
	int more = 0;
	out->n = 0;
	while (out->n < CUSTOM_FIELDS_MAX && (more = db_step(stmt, err)) > 0) {
		struct custom_field *field = &out->items[out->n];
		if (read_row(stmt, call->view.arena, field, err) < 0) {
			if (!row_passed_over(err, "a custom metadata field"))
				return -1;
			continue;
		}
		if (call->with_deleted || field->deleted_ms == 0)
			out->n++;
	}
	return more < 0 ? -1 : 0;
}

int custom_field_list(const struct view *view, bool with_deleted,
		      struct custom_field_list *out, struct err *err)
{
	struct list_call call = {
		.view = *view, .with_deleted = with_deleted, .out = out};
	out->items = arena_alloc(view->arena,
				 CUSTOM_FIELDS_MAX * sizeof(*out->items));
	return view_read(view, list_rows, &call, err);
}

struct one_call {
	struct view view;
	const struct id *id;
	struct custom_field *out;
	int found;
};

static int find_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct one_call *call = arg;
	struct db_stmt *stmt = db_query(tx, SELECT_FIELD " WHERE id = $1",
					DB_ARGS(DB_ID(call->id)));
	call->found = db_step(stmt, err);
	if (call->found <= 0)
		return call->found;
	if (read_row(stmt, call->view.arena, call->out, err) < 0)
		return -1;
	call->found = call->out->account_id == call->view.account_id;
	return 0;
}

int custom_field_find(const struct view *view, const struct id *id,
		      struct custom_field *out, struct err *err)
{
	struct one_call call = {.view = *view, .id = id, .out = out};
	if (view_read(view, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

struct update_call {
	int64_t account_id;
	const struct custom_field *was, *field;
	int changed;
};

static int update_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct update_call *call = arg;
	const struct custom_field *was = call->was, *field = call->field;
	int64_t added =
		(int64_t)field->definition.n - (int64_t)was->definition.n;
	if (added > 0 && make_room(tx, call->account_id, 0, added, err) < 0)
		return -1;
	call->changed = db_change(
		tx,
		"UPDATE custom_field SET label = $3, definition = $4,"
		" updated_at = $5 WHERE id = $1 AND account_id = $2"
		" AND deleted_at IS NULL AND label = $6 AND definition = $7",
		DB_ARGS(DB_ID(&was->id), DB_INT(call->account_id),
			DB_TEXT(field->label), DB_TEXT(field->definition),
			DB_INT(field->updated_ms), DB_TEXT(was->label),
			DB_TEXT(was->definition)),
		err);
	return call->changed < 0 ? -1 : 0;
}

int custom_field_update(const struct view *view, const struct custom_field *was,
			struct custom_field *field, struct err *err)
{
	struct update_call call = {view->account_id, was, field, 0};
	field->updated_ms = view->now;
	if (check_texts(field, err) < 0 ||
	    row_write(view, update_row, &call, err) < 0)
		return -1;
	return call.changed;
}

static int delete_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct one_call *call = arg;
	call->found = db_change(
		tx,
		"UPDATE custom_field SET deleted_at = $3"
		" WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL",
		DB_ARGS(DB_ID(call->id), DB_INT(call->view.account_id),
			DB_INT(call->view.now)),
		err);
	return call->found < 0 ? -1 : 0;
}

int custom_field_delete(const struct view *view, const struct id *id,
			struct err *err)
{
	struct one_call call = {.view = *view, .id = id};
	if (row_write(view, delete_row, &call, err) < 0)
		return -1;
	return call.found;
}
