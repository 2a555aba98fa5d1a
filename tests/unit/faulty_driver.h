/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite driver, but one call fails: the Nth of those that can fail. Its
 * objects are SQLite's own, so that it can be given to whoever takes a driver.
 */
#ifndef UNIT_FAULTY_DRIVER_H
#define UNIT_FAULTY_DRIVER_H

#include "db/driver.h"
#include "db/sqlite/db_sqlite.h"
#include "unit.h"

#include <stdatomic.h>

enum fault_kind {
	FAULT_REFUSED, /* the call fails, the transaction goes on */
	FAULT_LOST,    /* the database rolls back, too */
};

/* Which call fails, counted down to 1; 0: none. */
static atomic_int fault_after;
static enum fault_kind fault_kind;
/* Calls that could have failed. */
static atomic_int fault_calls;

static inline bool fault_is_due(struct connection *connection, struct err *err)
{
	atomic_fetch_add(&fault_calls, 1);
	if (atomic_load(&fault_after) == 0 ||
	    atomic_fetch_sub(&fault_after, 1) != 1)
		return false;
	err_set(err, ERR_NO_SPACE, "planned fault");
	if (connection && fault_kind == FAULT_LOST)
		db_driver_sqlite.rollback(connection);
	return true;
}

static inline int faulty_begin_read(struct connection *connection,
				    struct err *err)
{
	if (fault_is_due(NULL, err))
		return -1;
	return db_driver_sqlite.begin_read(connection, err);
}

static inline int faulty_begin_write(struct connection *connection,
				     struct err *err)
{
	if (fault_is_due(NULL, err))
		return -1;
	return db_driver_sqlite.begin_write(connection, err);
}

static inline int faulty_commit(struct connection *connection, struct err *err)
{
	if (!fault_is_due(NULL, err))
		return db_driver_sqlite.commit(connection, err);
	db_driver_sqlite.rollback(connection);
	return -1;
}

static inline struct db_stmt *faulty_prepare(struct connection *connection,
					     const char *sql, bool in_order,
					     struct err *err)
{
	if (fault_is_due(connection, err))
		return NULL;
	return db_driver_sqlite.prepare(connection, sql, in_order, err);
}

static inline int faulty_bind(struct db_stmt *stmt, int index,
			      const struct db_value *value, struct err *err)
{
	if (fault_is_due(NULL, err))
		return -1;
	return db_driver_sqlite.bind(stmt, index, value, err);
}

static inline int faulty_step(struct db_stmt *stmt, struct err *err)
{
	if (fault_is_due(stmt->connection, err))
		return -1;
	return db_driver_sqlite.step(stmt, err);
}

static inline const struct db_driver *faulty_driver(void)
{
	static struct db_driver faulty;
	faulty = db_driver_sqlite;
	faulty.begin_read = faulty_begin_read;
	faulty.begin_write = faulty_begin_write;
	faulty.commit = faulty_commit;
	faulty.prepare = faulty_prepare;
	faulty.bind = faulty_bind;
	faulty.step = faulty_step;
	return &faulty;
}

#endif
