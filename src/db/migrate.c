/* SPDX-License-Identifier: Apache-2.0 */
#include "db/migrate.h"

#include <glib.h>

#include "db/db.h"

/* Within a transaction: the last step the database has had, 0 before all. */
static int last_step(struct connection *connection, int64_t *out,
		     struct err *err)
{
	struct db_tx tx = {.connection = connection};
	int64_t exists = 0;
	*out = 0;
	if (db_query_int(&tx,
			 "SELECT count(*) FROM sqlite_schema"
			 " WHERE type = 'table' AND name = 'schema_step'",
			 DB_ARGS(), &exists, err) < 0)
		return -1;
	if (!exists)
		return 0;
	return db_query_int(&tx, "SELECT max(number) FROM schema_step",
			    DB_ARGS(), out, err) < 0
		       ? -1
		       : 0;
}

/* By itself, so that a database that is up to date is opened without writing
 * to it. */
static int read_last_step(struct connection *connection, int64_t *out,
			  struct err *err)
{
	if (connection_begin_read(connection, err) < 0)
		return -1;
	int result = last_step(connection, out, err);
	connection_rollback(connection);
	return result;
}

static int64_t newest(const struct schema_step *steps, size_t n)
{
	return n ? steps[n - 1].number : 0;
}

static int refuse_newer(int64_t last, int64_t known, struct err *err)
{
	if (last <= known)
		return 0;
	return err_set(err, ERR_INVALID,
		       "The database was made by a newer version of this "
		       "program: it has schema step %lld, known here are %lld.",
		       (long long)last, (long long)known);
}

static int remember(struct connection *connection,
		    const struct schema_step *step, struct err *err)
{
	struct db_tx tx = {.connection = connection};
	return db_exec(&tx,
		       "INSERT INTO schema_step (number, name, applied_at)"
		       " VALUES ($1, $2, $3)",
		       DB_ARGS(DB_INT(step->number),
			       DB_TEXT(str_of(step->name)),
			       DB_INT(g_get_real_time() / 1000)),
		       err);
}

static int run_step(struct connection *connection,
		    const struct schema_step *step, int64_t known,
		    struct err *err)
{
	int64_t last;
	if (last_step(connection, &last, err) < 0 ||
	    refuse_newer(last, known, err) < 0)
		return -1;
	/* another process was quicker */
	if (last >= step->number)
		return 0;
	if (connection_run_script(connection,
				  "CREATE TABLE IF NOT EXISTS schema_step ("
				  " number BIGINT PRIMARY KEY,"
				  " name TEXT NOT NULL,"
				  " applied_at BIGINT NOT NULL)",
				  err) < 0 ||
	    connection_run_script(connection, step->sql, err) < 0)
		return -1;
	return remember(connection, step, err);
}

static int apply(struct connection *connection, const struct schema_step *step,
		 int64_t known, struct err *err)
{
	struct err why = {0};
	if (connection_begin_write(connection, err) < 0)
		return -1;
	if (run_step(connection, step, known, &why) < 0) {
		connection_rollback(connection);
		return err_set(err, why.code, "Schema step %s: %s", step->name,
			       why.text);
	}
	connection_end_statements(connection);
	return connection_commit(connection, err);
}

int migrate(struct connection *connection, const struct schema_step *steps,
	    size_t n, struct err *err)
{
	int64_t known = newest(steps, n);
	int64_t last;
	if (read_last_step(connection, &last, err) < 0 ||
	    refuse_newer(last, known, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (steps[i].number <= last)
			continue;
		if (apply(connection, &steps[i], known, err) < 0)
			return -1;
	}
	return 0;
}

int migrate_check(struct connection *connection,
		  const struct schema_step *steps, size_t n, struct err *err)
{
	int64_t known = newest(steps, n);
	int64_t last;
	if (read_last_step(connection, &last, err) < 0 ||
	    refuse_newer(last, known, err) < 0)
		return -1;
	if (last < known)
		return err_set(err, ERR_UNSUPPORTED,
			       "The database has schema step %lld and this "
			       "program needs %lld: open it for writing once.",
			       (long long)last, (long long)known);
	return 0;
}
