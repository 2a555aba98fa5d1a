/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements of the SQLite driver: prepared once a connection, bound, stepped,
 * read (db.h says how).
 *
 * SQLite numbers $1, $2, ... by where they first appear, PostgreSQL by their
 * digits. The digits count here: each statement has a table of SQLite's
 * numbers.
 */
#include "db/sqlite.h"

/* Preparing */

static void number_parameters(struct db_stmt *stmt)
{
	int n = sqlite3_bind_parameter_count(stmt->handle);
	for (int slot = 1; slot <= n; slot++) {
		const char *name =
			sqlite3_bind_parameter_name(stmt->handle, slot);
		uint64_t number = 0;
		bool valid = name && name[0] == '$' &&
			     str_to_u64(str_of(name + 1), PARAMS_MAX, &number);
		g_assert(valid && number > 0);
		stmt->slots[number] = (uint8_t)slot;
	}
}

struct db_stmt *sqlite_statement(struct connection *connection, const char *sql,
				 struct err *err)
{
	struct db_stmt *stmt = g_hash_table_lookup(connection->statements, sql);
	if (stmt)
		return stmt;
	sqlite3_stmt *handle;
	int code = sqlite3_prepare_v3(connection->handle, sql, -1,
				      SQLITE_PREPARE_PERSISTENT, &handle, NULL);
	if (code != SQLITE_OK) {
		sqlite_error(connection, code, err);
		return NULL;
	}
	stmt = g_new0(struct db_stmt, 1);
	stmt->handle = handle;
	stmt->connection = connection;
	number_parameters(stmt);
	/* only looked up by its address */
	g_hash_table_insert(connection->statements, (void *)(uintptr_t)sql,
			    stmt);
	return stmt;
}

void sqlite_statement_free(void *stmt)
{
	sqlite3_finalize(((struct db_stmt *)stmt)->handle);
	g_free(stmt);
}

struct db_stmt *db_prepare(struct db_tx *tx, const char *sql, struct err *err)
{
	struct connection *connection = tx->connection;
	struct db_stmt *stmt = sqlite_statement(connection, sql, err);
	if (stmt == NULL)
		return NULL;
	g_assert(!stmt->taken);
	stmt->taken = true;
	stmt->bind_error = SQLITE_OK;
	if (stmt->used) {
		sqlite3_clear_bindings(stmt->handle);
		return stmt;
	}
	stmt->used = true;
	stmt->next_used = connection->used;
	connection->used = stmt;
	return stmt;
}

struct db_stmt *db_prepare_text(struct db_tx *tx, const char *sql,
				struct err *err)
{
	struct connection *connection = tx->connection;
	sqlite3_stmt *handle;
	int code =
		sqlite3_prepare_v2(connection->handle, sql, -1, &handle, NULL);
	if (code != SQLITE_OK) {
		sqlite_error(connection, code, err);
		return NULL;
	}
	struct db_stmt *stmt = g_new0(struct db_stmt, 1);
	stmt->handle = handle;
	stmt->connection = connection;
	stmt->once = stmt->taken = stmt->used = true;
	stmt->next_used = connection->used;
	connection->used = stmt;
	return stmt;
}

void db_done(struct db_stmt *stmt)
{
	sqlite3_reset(stmt->handle);
	stmt->taken = false;
}

void connection_end_statements(struct connection *connection)
{
	struct db_stmt *next;
	for (struct db_stmt *stmt = connection->used; stmt; stmt = next) {
		next = stmt->next_used;
		if (stmt->once) {
			sqlite_statement_free(stmt);
			continue;
		}
		db_done(stmt);
		sqlite3_clear_bindings(stmt->handle);
		stmt->used = false;
	}
	connection->used = NULL;
}

/* Binding */

static int slot_of(const struct db_stmt *stmt, int index)
{
	if (stmt->once)
		return index;
	g_assert(index > 0 && index <= PARAMS_MAX && stmt->slots[index]);
	return stmt->slots[index];
}

static void bound(struct db_stmt *stmt, int code)
{
	if (stmt->bind_error == SQLITE_OK)
		stmt->bind_error = code;
}

void db_bind_int(struct db_stmt *stmt, int index, int64_t value)
{
	bound(stmt,
	      sqlite3_bind_int64(stmt->handle, slot_of(stmt, index), value));
}

void db_bind_text(struct db_stmt *stmt, int index, struct str value)
{
	bound(stmt, sqlite3_bind_text64(stmt->handle, slot_of(stmt, index),
					value.p ? value.p : "", value.n,
					SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_blob(struct db_stmt *stmt, int index, const void *p, size_t n)
{
	bound(stmt, sqlite3_bind_blob64(stmt->handle, slot_of(stmt, index),
					p ? p : "", n, SQLITE_STATIC));
}

void db_bind_null(struct db_stmt *stmt, int index)
{
	bound(stmt, sqlite3_bind_null(stmt->handle, slot_of(stmt, index)));
}

void db_bind_opt(struct db_stmt *stmt, int index, struct str value)
{
	if (value.p)
		db_bind_text(stmt, index, value);
	else
		db_bind_null(stmt, index);
}

void db_bind_double(struct db_stmt *stmt, int index, double value)
{
	bound(stmt,
	      sqlite3_bind_double(stmt->handle, slot_of(stmt, index), value));
}

/* Running */

static int fail(struct db_stmt *stmt, int code, struct err *err)
{
	sqlite_error(stmt->connection, code, err);
	db_done(stmt);
	return -1;
}

int db_step(struct db_stmt *stmt, struct err *err)
{
	/* it would be a transaction of its own */
	if (connection_lost(stmt->connection)) {
		db_done(stmt);
		return err_set(err, ERR_INTERNAL,
			       "Database: an earlier statement ended the "
			       "transaction.");
	}
	if (stmt->bind_error)
		return fail(stmt, stmt->bind_error, err);
	int code = sqlite3_step(stmt->handle);
	if (code == SQLITE_ROW)
		return 1;
	if (code != SQLITE_DONE)
		return fail(stmt, code, err);
	db_done(stmt);
	return 0;
}

int db_run(struct db_stmt *stmt, struct err *err)
{
	int got;
	do {
		got = db_step(stmt, err);
	} while (got > 0);
	if (got < 0)
		return -1;
	return (int)sqlite3_changes64(stmt->connection->handle);
}

/* Reading */

int64_t db_int(struct db_stmt *stmt, int column)
{
	return sqlite3_column_int64(stmt->handle, column);
}

double db_double(struct db_stmt *stmt, int column)
{
	return sqlite3_column_double(stmt->handle, column);
}

bool db_is_null(struct db_stmt *stmt, int column)
{
	return sqlite3_column_type(stmt->handle, column) == SQLITE_NULL;
}

/* SQLite gives NULL for empty bytes too. */
static struct str present(const void *p, int n)
{
	return p && n > 0 ? (struct str){p, (size_t)n} : STR("");
}

struct str db_text(struct db_stmt *stmt, int column)
{
	if (db_is_null(stmt, column))
		return STR_NONE;
	const unsigned char *p = sqlite3_column_text(stmt->handle, column);
	return present(p, sqlite3_column_bytes(stmt->handle, column));
}

struct str db_blob(struct db_stmt *stmt, int column)
{
	if (db_is_null(stmt, column))
		return STR_NONE;
	const void *p = sqlite3_column_blob(stmt->handle, column);
	return present(p, sqlite3_column_bytes(stmt->handle, column));
}
