/* SPDX-License-Identifier: Apache-2.0 */
#include "library/search/custom_field.h"
#include "base/clock.h"
#include "library/library_internal.h"
#include "library/row.h"

#define SELECT_FIELD                                                           \
	"SELECT id, account_id, name, label, definition, created_at,"          \
	" updated_at, deleted_at FROM custom_field"

static int check_texts(struct str name, struct str label, struct str definition,
		       struct err *err)
{
	if (name.n > CUSTOM_FIELD_TEXT_MAX || label.n > CUSTOM_FIELD_TEXT_MAX)
		return err_set(err, ERR_INVALID,
			       "The name and the label of a field can have at "
			       "most %d bytes.",
			       CUSTOM_FIELD_TEXT_MAX);
	if (definition.n > CUSTOM_FIELD_DEFINITION_MAX)
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

static int count_fields(struct db_tx *tx, int64_t account_id, int64_t *n,
			struct err *err)
{
	return db_query_int(tx,
			    "SELECT COUNT(*) FROM custom_field"
			    " WHERE account_id = $1",
			    DB_ARGS(DB_INT(account_id)), n, err);
}

static int insert_row(struct db_tx *tx, void *arg, struct err *err)
{
	const struct custom_field *field = arg;
	int64_t n = 0;
	if (count_fields(tx, field->account_id, &n, err) < 0)
		return -1;
	if (n >= CUSTOM_FIELDS_MAX)
		return err_set(err, ERR_LIMIT,
			       "An account can have at most %d custom "
			       "metadata fields, deleted ones included.",
			       CUSTOM_FIELDS_MAX);
	int made = db_change(
		tx,
		"INSERT INTO custom_field (id, account_id, name, label,"
		" definition, created_at, updated_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT DO NOTHING",
		DB_ARGS(DB_ID(&field->id), DB_INT(field->account_id),
			DB_TEXT(field->name), DB_TEXT(field->label),
			DB_TEXT(field->definition), DB_INT(field->created_ms)),
		err);
	if (made == 0)
		return err_set(err, ERR_EXISTS,
			       "A custom metadata field with this name already "
			       "exists.");
	return made < 0 ? -1 : 0;
}

int custom_field_create(struct library *library, struct custom_field *field,
			struct err *err)
{
	if (check_texts(field->name, field->label, field->definition, err) < 0)
		return -1;
	field->id = id_new();
	field->created_ms = field->updated_ms = now_ms();
	field->deleted_ms = 0;
	return db_write(library->db, insert_row, field, err);
}

struct list_call {
	int64_t account_id;
	bool with_deleted;
	struct arena *arena;
	struct custom_field *fields;
	size_t n;
};

static int list_rows(struct db_tx *tx, void *arg, struct err *err)
{
	struct list_call *call = arg;
	struct db_stmt *stmt = db_query(
		tx,
		SELECT_FIELD " WHERE account_id = $1"
			     " ORDER BY id LIMIT $2",
		DB_ARGS(DB_INT(call->account_id), DB_INT(CUSTOM_FIELDS_MAX)));
	int more = 0;
	while (call->n < CUSTOM_FIELDS_MAX && (more = db_step(stmt, err)) > 0) {
		struct custom_field *field = &call->fields[call->n];
		if (read_row(stmt, call->arena, field, err) < 0)
			return -1;
		if (call->with_deleted || field->deleted_ms == 0)
			call->n++;
	}
	return more < 0 ? -1 : 0;
}

int custom_field_list(struct library *library, int64_t account_id,
		      bool with_deleted, struct arena *arena,
		      struct custom_field **out, size_t *n, struct err *err)
{
	struct list_call call = {
		.account_id = account_id,
		.with_deleted = with_deleted,
		.arena = arena,
		.fields = arena_alloc(arena,
				      CUSTOM_FIELDS_MAX * sizeof(*call.fields)),
	};
	if (db_read(library->db, list_rows, &call, err) < 0)
		return -1;
	*out = call.fields;
	*n = call.n;
	return 0;
}

struct one_call {
	int64_t account_id, now;
	const struct id *id;
	struct arena *arena;
	struct custom_field *out;
	struct str label, definition;
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
	if (read_row(stmt, call->arena, call->out, err) < 0)
		return -1;
	call->found = call->out->account_id == call->account_id;
	return 0;
}

int custom_field_find(struct library *library, int64_t account_id,
		      const struct id *id, struct arena *arena,
		      struct custom_field *out, struct err *err)
{
	struct one_call call = {
		.account_id = account_id, .id = id, .arena = arena, .out = out};
	if (db_read(library->db, find_row, &call, err) < 0)
		return -1;
	return call.found;
}

static int update_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct one_call *call = arg;
	call->found = db_change(
		tx,
		"UPDATE custom_field SET label = COALESCE($3, label),"
		" definition = COALESCE($4, definition), updated_at = $5"
		" WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL",
		DB_ARGS(DB_ID(call->id), DB_INT(call->account_id),
			DB_OPT(call->label), DB_OPT(call->definition),
			DB_INT(call->now)),
		err);
	return call->found < 0 ? -1 : 0;
}

int custom_field_update(struct library *library, int64_t account_id,
			const struct id *id, struct str label,
			struct str definition, struct err *err)
{
	struct one_call call = {.account_id = account_id,
				.now = now_ms(),
				.id = id,
				.label = label,
				.definition = definition};
	if (check_texts(STR_NONE, label, definition, err) < 0 ||
	    db_write(library->db, update_row, &call, err) < 0)
		return -1;
	return call.found;
}

static int delete_row(struct db_tx *tx, void *arg, struct err *err)
{
	struct one_call *call = arg;
	call->found = db_change(
		tx,
		"UPDATE custom_field SET deleted_at = $3"
		" WHERE id = $1 AND account_id = $2 AND deleted_at IS NULL",
		DB_ARGS(DB_ID(call->id), DB_INT(call->account_id),
			DB_INT(call->now)),
		err);
	return call->found < 0 ? -1 : 0;
}

int custom_field_delete(struct library *library, int64_t account_id,
			const struct id *id, struct err *err)
{
	struct one_call call = {
		.account_id = account_id, .now = now_ms(), .id = id};
	if (db_write(library->db, delete_row, &call, err) < 0)
		return -1;
	return call.found;
}
