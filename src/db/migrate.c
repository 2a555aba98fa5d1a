/* SPDX-License-Identifier: Apache-2.0 */
#include "db/migrate.h"

#include <glib.h>
#include <inttypes.h>

#include "base/log/log.h"

/* Within a transaction: the last step the database has had, 0 before all. */
static int last_step(struct connection *connection, int64_t *out,
		     struct err *err)
{
	struct db_tx tx = {.connection = connection};
	*out = 0;
	int found =
		connection->driver->has_table(connection, "schema_step", err);
	if (found > 0)
		found = db_query_int(&tx, "SELECT max(number) FROM schema_step",
				     DB_ARGS(), out, err);
	return found < 0 ? -1 : 0;
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

/* All rows of one number. */
static int run_rows(struct connection *connection,
		    const struct schema_step *step,
		    const struct schema_step *end, struct err *err)
{
	const struct db_driver *driver = connection->driver;
	int number = step->number;
	for (; step < end && step->number == number; step++) {
		if (step->driver && g_strcmp0(step->driver, driver->name) != 0)
			continue;
		if (driver->script(connection, step->sql, err) < 0)
			return -1;
	}
	return 0;
}

static int run_step(struct connection *connection,
		    const struct schema_step *step,
		    const struct schema_step *end, struct err *err)
{
	int64_t last;
	if (last_step(connection, &last, err) < 0 ||
	    refuse_newer(last, end[-1].number, err) < 0)
		return -1;
	/* another process was quicker */
	if (last >= step->number)
		return 0;
	if (connection->driver->script(connection,
				       "CREATE TABLE IF NOT EXISTS schema_step"
				       " (number BIGINT PRIMARY KEY,"
				       " name TEXT NOT NULL,"
				       " applied_at BIGINT NOT NULL);",
				       err) < 0 ||
	    run_rows(connection, step, end, err) < 0)
		return -1;
	return remember(connection, step, err);
}

static int announce(struct connection *connection, int64_t last, int64_t known,
		    struct err *err)
{
	g_autofree char *copy = NULL;
	struct err why = {0};
	if (connection->driver->keep_copy(connection, last, &copy, &why) < 0)
		return err_set(err, why.code,
			       "No copy of the database could be kept before "
			       "its schema changes: %s",
			       why.text);
	log_info("database: schema %" PRId64 " -> %" PRId64 "; as it was: %s",
		 last, known, copy ? copy : "(no copy)");
	return 0;
}

/* All of them or none: a database is never seen between two schemas, neither
 * after a failure nor by another process that opens it just now. */
static int run_missing(struct connection *connection,
		       const struct schema_step *steps, size_t n, int64_t last,
		       struct err *err)
{
	struct err why = {0};
	if (connection_begin_write(connection, err) < 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (steps[i].number <= last)
			continue;
		if (run_step(connection, &steps[i], steps + n, &why) < 0) {
			connection_rollback(connection);
			return err_set(err, why.code, "Schema step %s: %s",
				       steps[i].name, why.text);
		}
		last = steps[i].number;
	}
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
	if (last > 0 && last < known &&
	    announce(connection, last, known, err) < 0)
		return -1;
	return last == known ? 0 : run_missing(connection, steps, n, last, err);
}

static int refuse_older(int64_t last, int64_t known, struct err *err)
{
	if (last >= known)
		return 0;
	return err_set(err, ERR_UNSUPPORTED,
		       "The database is of an older version: it has schema "
		       "step %" PRId64 ", this program needs %" PRId64
		       ". A start of the server brings it up to date.",
		       last, known);
}

int migrate_new(struct connection *connection, const struct schema_step *steps,
		size_t n, struct err *err)
{
	int64_t last;
	if (read_last_step(connection, &last, err) < 0)
		return -1;
	return last == 0 ? run_missing(connection, steps, n, 0, err)
			 : migrate_check(connection, steps, n, err);
}

int migrate_check(struct connection *connection,
		  const struct schema_step *steps, size_t n, struct err *err)
{
	int64_t known = newest(steps, n);
	int64_t last;
	if (read_last_step(connection, &last, err) < 0 ||
	    refuse_newer(last, known, err) < 0)
		return -1;
	return refuse_older(last, known, err);
}
