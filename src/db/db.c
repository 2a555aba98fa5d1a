/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the parts together: a driver, one writer, some readers.
 */
#include "db/db.h"

#include <glib.h>
#include <stdatomic.h>

#include "db/migrate.h"
#include "db/readers.h"
#include "db/writer.h"

#define READERS_MAX 64

struct db {
	struct writer *writer; /* NULL: read only */
	struct readers *readers;
	atomic_bool settled;
	_Atomic int64_t patient_until; /* monotonic, microseconds */
};

static int bring_up_to_date(struct connection *connection,
			    const struct db_options *options, struct err *err)
{
	return options->keep_schema ? migrate_new(connection, schema_steps,
						  schema_steps_count, err)
				    : migrate(connection, schema_steps,
					      schema_steps_count, err);
}

static struct db_place place_of(const struct db *db,
				const struct db_options *options)
{
	return (struct db_place){
		.driver = options->driver,
		.path = options->path,
		.patient_until = &db->patient_until,
	};
}

static int open_parts(struct db *db, const struct db_options *options,
		      struct err *err)
{
	struct db_place place = place_of(db, options);
	struct connection *writing;
	if (connection_open(&writing, &place, CONNECTION_WRITER, err) < 0)
		return -1;
	if (bring_up_to_date(writing, options, err) < 0 ||
	    readers_open(&db->readers, &place, options->readers,
			 CONNECTION_READER, err) < 0 ||
	    writer_start(&db->writer, writing, err) < 0) {
		readers_close(db->readers);
		db->readers = NULL;
		connection_close(writing);
		return -1;
	}
	return 0;
}

static int open_read_only(struct db *db, const struct db_options *options,
			  struct err *err)
{
	struct db_place place = place_of(db, options);
	if (readers_open(&db->readers, &place, options->readers,
			 CONNECTION_READ_ONLY, err) < 0)
		return -1;
	struct connection *connection = readers_take(db->readers);
	int result = migrate_check(connection, schema_steps, schema_steps_count,
				   err);
	readers_give(db->readers, connection);
	return result;
}

int db_open(struct db **out, const struct db_options *options, struct err *err)
{
	g_assert(options->readers > 0 && options->readers <= READERS_MAX);
	struct db *db = g_new0(struct db, 1);
	atomic_init(&db->patient_until, INT64_MAX);
	if ((options->read_only ? open_read_only : open_parts)(db, options,
							       err) < 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

void db_close(struct db *db)
{
	if (db == NULL)
		return;
	struct connection *writing = writer_stop(db->writer);
	readers_close(db->readers);
	connection_close(writing);
	g_free(db);
}

void db_finish_within(struct db *db, unsigned ms)
{
	atomic_store(&db->patient_until,
		     g_get_monotonic_time() + (int64_t)ms * 1000);
}

int db_read(struct db *db, db_fn *fn, void *arg, struct err *err)
{
	return readers_run(db->readers, NULL, fn, arg, err);
}

int db_read_within(struct db *db, const struct db_limit *limit, db_fn *fn,
		   void *arg, struct err *err)
{
	return readers_run(db->readers, limit, fn, arg, err);
}

int db_submit(struct db *db, struct db_job *job, struct err *err)
{
	g_assert(db->writer);
	return writer_submit(db->writer, job, err);
}

int db_write_for(struct db *db, const struct db_turn *turn, struct err *err)
{
	if (db->writer == NULL)
		return err_set(err, ERR_UNSUPPORTED,
			       "The database is open for reading only.");
	return writer_run(db->writer, turn, err);
}

int db_write(struct db *db, db_fn *fn, void *arg, struct err *err)
{
	return db_write_for(db, &(struct db_turn){fn, arg, 0}, err);
}

int db_settle(struct db *db, struct err *err)
{
	if (atomic_load(&db->settled))
		return 0;
	struct connection *connection = readers_take(db->readers);
	int result = connection->driver->settle(connection, err);
	readers_give(db->readers, connection);
	if (result == 0)
		atomic_store(&db->settled, true);
	return result;
}

struct check {
	db_finding_fn *finding;
	void *user;
};

static int run_check(struct db_tx *tx, void *arg, struct err *err)
{
	const struct check *check = arg;
	return tx->connection->driver->check(tx->connection, check->finding,
					     check->user, err);
}

int db_check(struct db *db, db_finding_fn *finding, void *user, struct err *err)
{
	struct check check = {finding, user};
	return db_read(db, run_check, &check, err);
}

int db_repair(struct db *db, struct err *err)
{
	struct connection *connection = readers_take(db->readers);
	int result = connection->driver->repair(connection, err);
	readers_give(db->readers, connection);
	return result;
}

void db_on_commit(struct db *db, db_commit_fn *fn, void *user)
{
	if (db->writer)
		writer_on_commit(db->writer, fn, user);
}

void db_on_told(struct db *db, db_told_fn *fn, void *user)
{
	if (db->writer)
		writer_on_told(db->writer, fn, user);
}

const _Atomic int64_t *db_spare(const struct db *db)
{
	return db->writer ? writer_spare(db->writer) : NULL;
}

int db_schema(void)
{
	return schema_steps[schema_steps_count - 1].number;
}
