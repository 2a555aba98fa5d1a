/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of the SQLite driver.
 *
 * SQLite numbers $1, $2, ... by where they first appear, PostgreSQL by their
 * digits. The digits count here: each statement has a table of SQLite's
 * numbers, unless it is said to have them in order.
 */
#include "db/sqlite/sqlite.h"

struct sqlite_stmt {
	struct db_stmt base;
	sqlite3_stmt *handle;
	bool in_order;
	uint8_t slots[DB_PARAMS_MAX + 1]; /* SQLite's number of $1, $2, ... */
};

static struct sqlite_stmt *stmt_of(struct db_stmt *stmt)
{
	return (struct sqlite_stmt *)stmt;
}

static int number_parameters(struct sqlite_stmt *stmt, const char *sql,
			     struct err *err)
{
	int n = sqlite3_bind_parameter_count(stmt->handle);
	for (int slot = 1; slot <= n; slot++) {
		const char *name =
			sqlite3_bind_parameter_name(stmt->handle, slot);
		uint64_t number = 0;
		if (name == NULL || name[0] != '$' ||
		    !str_to_u64(str_of(name + 1), DB_PARAMS_MAX, &number) ||
		    number == 0)
			return err_set(err, ERR_INTERNAL,
				       "Database: parameters are $1 to $%d, in "
				       "%s.",
				       DB_PARAMS_MAX, sql);
		stmt->slots[number] = (uint8_t)slot;
		stmt->base.params = MAX(stmt->base.params, (int)number);
	}
	return 0;
}

struct db_stmt *sqlite_prepare(struct connection *connection, const char *sql,
			       bool in_order, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	sqlite3_stmt *handle;
	int code = sqlite3_prepare_v3(sqlite->handle, sql, -1,
				      in_order ? 0 : SQLITE_PREPARE_PERSISTENT,
				      &handle, NULL);
	if (code != SQLITE_OK) {
		sqlite_error(sqlite, code, err);
		return NULL;
	}
	struct sqlite_stmt *stmt = g_new0(struct sqlite_stmt, 1);
	stmt->handle = handle;
	stmt->in_order = in_order;
	if (in_order) {
		stmt->base.params = sqlite3_bind_parameter_count(handle);
	} else if (number_parameters(stmt, sql, err) < 0) {
		sqlite_finalize(&stmt->base);
		return NULL;
	}
	return &stmt->base;
}

void sqlite_finalize(struct db_stmt *stmt)
{
	sqlite3_finalize(stmt_of(stmt)->handle);
	g_free(stmt);
}

void sqlite_reset(struct db_stmt *stmt)
{
	sqlite3_reset(stmt_of(stmt)->handle);
}

void sqlite_clear(struct db_stmt *stmt)
{
	sqlite3_clear_bindings(stmt_of(stmt)->handle);
}

/* SQLite takes bytes at NULL for NULL. */
static int bind_value(sqlite3_stmt *handle, int slot,
		      const struct db_value *value)
{
	const char *p = value->bytes.p ? value->bytes.p : "";
	switch (value->kind) {
	case DB_KIND_INT:
		return sqlite3_bind_int64(handle, slot, value->integer);
	case DB_KIND_DOUBLE:
		return sqlite3_bind_double(handle, slot, value->number);
	case DB_KIND_TEXT:
		return sqlite3_bind_text64(handle, slot, p, value->bytes.n,
					   SQLITE_STATIC, SQLITE_UTF8);
	case DB_KIND_BLOB:
		return sqlite3_bind_blob64(handle, slot, p, value->bytes.n,
					   SQLITE_STATIC);
	case DB_KIND_NULL:
		break;
	}
	return sqlite3_bind_null(handle, slot);
}

int sqlite_bind(struct db_stmt *base, int index, const struct db_value *value,
		struct err *err)
{
	struct sqlite_stmt *stmt = stmt_of(base);
	int slot = stmt->in_order ? index : stmt->slots[index];
	if (slot == 0)
		return err_set(err, ERR_INTERNAL, "Database: no $%d in %s.",
			       index, sqlite3_sql(stmt->handle));
	int code = bind_value(stmt->handle, slot, value);
	if (code == SQLITE_OK)
		return 0;
	return sqlite_error(sqlite_of(base->connection), code, err);
}

int sqlite_step(struct db_stmt *stmt, struct err *err)
{
	int code = sqlite3_step(stmt_of(stmt)->handle);
	if (code == SQLITE_ROW)
		return 1;
	if (code == SQLITE_DONE)
		return 0;
	return sqlite_error(sqlite_of(stmt->connection), code, err);
}

int sqlite_changes(struct db_stmt *stmt)
{
	return (int)sqlite3_changes64(sqlite_of(stmt->connection)->handle);
}

bool sqlite_is_null(struct db_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt_of(stmt)->handle, column) ==
	       SQLITE_NULL;
}

/* SQLite reads NULL as 0; it has no address for NULL and for no bytes. */
void sqlite_column(struct db_stmt *stmt, int column, enum db_kind kind,
		   struct db_value *out)
{
	sqlite3_stmt *handle = stmt_of(stmt)->handle;
	out->kind = kind;
	switch (kind) {
	case DB_KIND_INT:
		out->integer = sqlite3_column_int64(handle, column);
		return;
	case DB_KIND_DOUBLE:
		out->number = sqlite3_column_double(handle, column);
		return;
	case DB_KIND_TEXT:
		out->bytes.p =
			(const char *)sqlite3_column_text(handle, column);
		break;
	default:
		out->bytes.p = sqlite3_column_blob(handle, column);
	}
	if (out->bytes.p)
		out->bytes.n = (size_t)sqlite3_column_bytes(handle, column);
	else if (sqlite3_column_type(handle, column) == SQLITE_NULL)
		out->kind = DB_KIND_NULL;
}
