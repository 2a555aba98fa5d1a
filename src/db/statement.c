/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Statements as db.h promises them: found again by their text, what went wrong
 * kept until the step, ended with their transaction.
 */
#include "db/connection.h"

/* Preparing */

/* It lasts as long as the transaction and says why. */
static struct db_stmt *broken(const struct err *why)
{
	struct db_stmt *stmt = g_new0(struct db_stmt, 1);
	stmt->broken = true;
	stmt->failed = g_memdup2(why, sizeof(*why));
	return stmt;
}

static void statement_free(struct db_stmt *stmt)
{
	g_free(stmt->failed);
	if (stmt->broken)
		g_free(stmt);
	else
		stmt->connection->driver->finalize(stmt);
}

static struct db_stmt *take(struct connection *connection, struct db_stmt *stmt)
{
	stmt->taken = true;
	if (stmt->used) {
		g_clear_pointer(&stmt->failed, g_free);
		connection->driver->clear(stmt);
		return stmt;
	}
	stmt->connection = connection;
	stmt->used = true;
	stmt->next_used = connection->used;
	connection->used = stmt;
	return stmt;
}

static struct db_stmt *prepare(struct connection *connection, const char *sql,
			       bool in_order)
{
	struct err why = {0};
	struct db_stmt *stmt =
		connection->driver->prepare(connection, sql, in_order, &why);
	return stmt ? stmt : broken(&why);
}

struct db_stmt *db_prepare(struct db_tx *tx, const char *sql)
{
	struct connection *connection = tx->connection;
	struct db_stmt *kept = g_hash_table_lookup(connection->statements, sql);
	if (kept && !kept->taken)
		return take(connection, kept);
	struct db_stmt *stmt = prepare(connection, sql, false);
	stmt->sql = sql;
	stmt->once = kept || stmt->broken;
	/* only looked up by its address */
	if (!stmt->once)
		g_hash_table_insert(connection->statements,
				    (void *)(uintptr_t)sql, stmt);
	return take(connection, stmt);
}

struct db_stmt *db_prepare_text(struct db_tx *tx, const char *sql)
{
	struct db_stmt *stmt = prepare(tx->connection, sql, true);
	stmt->once = true;
	return take(tx->connection, stmt);
}

void db_done(struct db_stmt *stmt)
{
	if (!stmt->broken)
		stmt->connection->driver->reset(stmt);
	stmt->on_row = false;
	stmt->taken = false;
}

void connection_end_statements(struct connection *connection)
{
	struct db_stmt *next;
	for (struct db_stmt *stmt = connection->used; stmt; stmt = next) {
		next = stmt->next_used;
		if (stmt->once) {
			statement_free(stmt);
			continue;
		}
		db_done(stmt);
		connection->driver->clear(stmt);
		g_clear_pointer(&stmt->failed, g_free);
		stmt->used = false;
	}
	connection->used = NULL;
}

static void forget(gpointer key, gpointer stmt, gpointer user)
{
	(void)key;
	(void)user;
	statement_free(stmt);
}

void connection_forget_statements(struct connection *connection)
{
	connection_end_statements(connection);
	g_hash_table_foreach(connection->statements, forget, NULL);
	g_hash_table_unref(connection->statements);
	connection->statements = NULL;
}

/* Binding */

static const char *text_of(const struct db_stmt *stmt)
{
	return stmt->sql ? stmt->sql : "a text made at run time";
}

void db_bind(struct db_stmt *stmt, struct db_args args)
{
	const struct db_driver *driver = stmt->connection->driver;
	struct err why;
	if (stmt->failed)
		return;
	bool fits = args.n == (size_t)stmt->params;
	if (!fits)
		err_set(&why, ERR_INTERNAL,
			"Database: %zu values for %d parameters in %s.", args.n,
			stmt->params, text_of(stmt));
	for (size_t i = 0; fits && i < args.n; i++)
		fits = driver->bind(stmt, (int)i + 1, &args.values[i], &why) ==
		       0;
	if (!fits)
		stmt->failed = g_memdup2(&why, sizeof(why));
}

/* Running */

int db_step(struct db_stmt *stmt, struct err *err)
{
	struct connection *connection = stmt->connection;
	int got = -1;
	stmt->on_row = false;
	if (stmt->failed)
		err_set(err, stmt->failed->code, "%s", stmt->failed->text);
	else if (connection->driver->is_lost(connection))
		/* it would be a transaction of its own */
		err_set(err, ERR_INTERNAL,
			"Database: an earlier statement ended the "
			"transaction.");
	else if (db_limit_passed(connection->limit))
		err_set(err, ERR_BUSY, "The read took too long.");
	else
		got = connection->driver->step(stmt, err);
	if (got > 0)
		stmt->on_row = true;
	else
		db_done(stmt);
	return got;
}

int db_run(struct db_stmt *stmt, struct err *err)
{
	int got;
	do {
		got = db_step(stmt, err);
	} while (got > 0);
	if (got < 0)
		return -1;
	return stmt->connection->driver->changes(stmt);
}

/* Reading */

static void read_column(struct db_stmt *stmt, int column, enum db_kind kind,
			struct db_value *out)
{
	*out = DB_NULL;
	if (stmt->on_row)
		stmt->connection->driver->column(stmt, column, kind, out);
}

int64_t db_int(struct db_stmt *stmt, int column)
{
	struct db_value value;
	read_column(stmt, column, DB_KIND_INT, &value);
	return value.integer;
}

double db_double(struct db_stmt *stmt, int column)
{
	struct db_value value;
	read_column(stmt, column, DB_KIND_DOUBLE, &value);
	return value.number;
}

bool db_is_null(struct db_stmt *stmt, int column)
{
	return !stmt->on_row || stmt->connection->driver->is_null(stmt, column);
}

/* There, also when it is empty. */
static struct str read_bytes(struct db_stmt *stmt, int column,
			     enum db_kind kind)
{
	struct db_value value;
	read_column(stmt, column, kind, &value);
	if (value.kind == DB_KIND_NULL)
		return STR_NONE;
	return value.bytes.n ? value.bytes : STR("");
}

struct str db_text(struct db_stmt *stmt, int column)
{
	return read_bytes(stmt, column, DB_KIND_TEXT);
}

struct str db_blob(struct db_stmt *stmt, int column)
{
	return read_bytes(stmt, column, DB_KIND_BLOB);
}

/* In one call */

struct db_stmt *db_query(struct db_tx *tx, const char *sql, struct db_args args)
{
	struct db_stmt *stmt = db_prepare(tx, sql);
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
