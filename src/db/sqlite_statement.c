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

/* False: it has others than $1..$64. */
static bool number_parameters(struct db_stmt *stmt)
{
	int n = sqlite3_bind_parameter_count(stmt->handle);
	for (int slot = 1; slot <= n; slot++) {
		const char *name =
			sqlite3_bind_parameter_name(stmt->handle, slot);
		uint64_t number = 0;
		if (name == NULL || name[0] != '$' ||
		    !str_to_u64(str_of(name + 1), PARAMS_MAX, &number) ||
		    number == 0)
			return false;
		stmt->slots[number] = (uint8_t)slot;
		stmt->params = MAX(stmt->params, (int)number);
	}
	return true;
}

static struct db_stmt *prepare(struct connection *connection, const char *sql,
			       unsigned flags, struct err *err)
{
	sqlite3_stmt *handle;
	int code = sqlite3_prepare_v3(connection->handle, sql, -1, flags,
				      &handle, NULL);
	if (code != SQLITE_OK) {
		sqlite_error(connection, code, err);
		return NULL;
	}
	struct db_stmt *stmt = g_new0(struct db_stmt, 1);
	stmt->handle = handle;
	stmt->connection = connection;
	return stmt;
}

static struct db_stmt *prepare_numbered(struct connection *connection,
					const char *sql, struct err *err)
{
	struct db_stmt *stmt =
		prepare(connection, sql, SQLITE_PREPARE_PERSISTENT, err);
	if (stmt == NULL || number_parameters(stmt))
		return stmt;
	sqlite_statement_free(stmt);
	err_set(err, ERR_INTERNAL,
		"Database: parameters are $1 to $%d, in \"%s\".", PARAMS_MAX,
		sql);
	return NULL;
}

struct db_stmt *sqlite_statement(struct connection *connection, const char *sql,
				 struct err *err)
{
	struct db_stmt *stmt = g_hash_table_lookup(connection->statements, sql);
	if (stmt)
		return stmt;
	stmt = prepare_numbered(connection, sql, err);
	/* only looked up by its address */
	if (stmt)
		g_hash_table_insert(connection->statements,
				    (void *)(uintptr_t)sql, stmt);
	return stmt;
}

void sqlite_statement_free(void *arg)
{
	struct db_stmt *stmt = arg;
	sqlite3_finalize(stmt->handle);
	g_free(stmt->failed);
	g_free(stmt);
}

/* It lasts as long as the transaction and says why. */
static struct db_stmt *broken(struct connection *connection,
			      const struct err *why)
{
	struct db_stmt *stmt = g_new0(struct db_stmt, 1);
	stmt->connection = connection;
	stmt->failed = g_memdup2(why, sizeof(*why));
	return stmt;
}

static struct db_stmt *take(struct connection *connection, struct db_stmt *stmt,
			    bool once)
{
	stmt->taken = true;
	stmt->once = once;
	if (stmt->used) {
		g_clear_pointer(&stmt->failed, g_free);
		sqlite3_clear_bindings(stmt->handle);
		return stmt;
	}
	stmt->used = true;
	stmt->next_used = connection->used;
	connection->used = stmt;
	return stmt;
}

struct db_stmt *(db_prepare)(struct db_tx *tx, const char *sql)
{
	struct connection *connection = tx->connection;
	struct err why;
	struct db_stmt *stmt = sqlite_statement(connection, sql, &why);
	bool once = stmt == NULL || stmt->taken;
	if (stmt && stmt->taken)
		stmt = prepare_numbered(connection, sql, &why);
	if (stmt == NULL)
		stmt = broken(connection, &why);
	return take(connection, stmt, once);
}

struct db_stmt *db_prepare_text(struct db_tx *tx, const char *sql)
{
	struct connection *connection = tx->connection;
	struct err why;
	struct db_stmt *stmt = prepare(connection, sql, 0, &why);
	if (stmt == NULL)
		stmt = broken(connection, &why);
	stmt->in_order = true;
	stmt->params = sqlite3_bind_parameter_count(stmt->handle);
	return take(connection, stmt, true);
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
		g_clear_pointer(&stmt->failed, g_free);
		stmt->used = false;
	}
	connection->used = NULL;
}

/* Binding */

static void fail_later(struct db_stmt *stmt, const struct err *why)
{
	if (stmt->failed == NULL)
		stmt->failed = g_memdup2(why, sizeof(*why));
}

/* 0: nothing to bind to. */
static int slot_of(struct db_stmt *stmt, int index)
{
	struct err why;
	int slot = 0;
	if (stmt->handle && index > 0 && index <= stmt->params)
		slot = stmt->in_order ? index : stmt->slots[index];
	if (slot == 0 && stmt->failed == NULL) {
		err_set(&why, ERR_INTERNAL, "Database: no $%d in \"%s\".",
			index, sqlite3_sql(stmt->handle));
		fail_later(stmt, &why);
	}
	return slot;
}

static void bound(struct db_stmt *stmt, int code)
{
	struct err why;
	if (code == SQLITE_OK || stmt->failed)
		return;
	sqlite_error(stmt->connection, code, &why);
	fail_later(stmt, &why);
}

void db_bind_int(struct db_stmt *stmt, int index, int64_t value)
{
	int slot = slot_of(stmt, index);
	if (slot)
		bound(stmt, sqlite3_bind_int64(stmt->handle, slot, value));
}

void db_bind_text(struct db_stmt *stmt, int index, struct str value)
{
	int slot = slot_of(stmt, index);
	if (slot)
		bound(stmt, sqlite3_bind_text64(stmt->handle, slot,
						value.p ? value.p : "", value.n,
						SQLITE_STATIC, SQLITE_UTF8));
}

void db_bind_blob(struct db_stmt *stmt, int index, const void *p, size_t n)
{
	int slot = slot_of(stmt, index);
	if (slot)
		bound(stmt, sqlite3_bind_blob64(stmt->handle, slot, p ? p : "",
						n, SQLITE_STATIC));
}

void db_bind_null(struct db_stmt *stmt, int index)
{
	int slot = slot_of(stmt, index);
	if (slot)
		bound(stmt, sqlite3_bind_null(stmt->handle, slot));
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
	int slot = slot_of(stmt, index);
	if (slot)
		bound(stmt, sqlite3_bind_double(stmt->handle, slot, value));
}

void db_bind(struct db_stmt *stmt, struct db_args args)
{
	if (stmt->failed == NULL && args.n != (size_t)stmt->params) {
		struct err why;
		err_set(&why, ERR_INTERNAL,
			"Database: %zu values for the %d parameters of "
			"\"%s\".",
			args.n, stmt->params, sqlite3_sql(stmt->handle));
		fail_later(stmt, &why);
	}
	for (size_t i = 0; i < args.n && stmt->failed == NULL; i++) {
		const struct db_value *value = &args.values[i];
		int index = (int)i + 1;
		switch (value->kind) {
		case DB_KIND_NULL:
			db_bind_null(stmt, index);
			break;
		case DB_KIND_INT:
			db_bind_int(stmt, index, value->integer);
			break;
		case DB_KIND_DOUBLE:
			db_bind_double(stmt, index, value->number);
			break;
		case DB_KIND_TEXT:
			db_bind_text(stmt, index, value->bytes);
			break;
		case DB_KIND_BLOB:
			db_bind_blob(stmt, index, value->bytes.p,
				     value->bytes.n);
			break;
		}
	}
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
	if (stmt->failed) {
		db_done(stmt);
		return err_set(err, stmt->failed->code, "%s",
			       stmt->failed->text);
	}
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

/* In one call */

struct db_stmt *db_query(struct db_tx *tx, const char *sql, struct db_args args)
{
	struct db_stmt *stmt = (db_prepare)(tx, sql);
	db_bind(stmt, args);
	return stmt;
}

int db_query_int(struct db_tx *tx, const char *sql, struct db_args args,
		 int64_t *out, struct err *err)
{
	struct db_stmt *stmt = db_query(tx, sql, args);
	int found = db_step(stmt, err);
	if (found > 0)
		*out = db_int(stmt, 0);
	db_done(stmt);
	return found;
}

int db_change(struct db_tx *tx, const char *sql, struct db_args args,
	      struct err *err)
{
	return db_run(db_query(tx, sql, args), err);
}

int db_exec(struct db_tx *tx, const char *sql, struct db_args args,
	    struct err *err)
{
	return db_change(tx, sql, args, err) < 0 ? -1 : 0;
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
