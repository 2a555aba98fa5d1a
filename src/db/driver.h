/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a driver of a database implements, and what it may use. Callers of the
 * database include db.h instead.
 *
 * The front (connection.c, statement.c, writer.c, readers.c, migrate.c) keeps
 * the invariants: transactions that are functions, group commit, statements
 * found by their text, errors kept until the step, the schema. A driver moves
 * statements and values, and words what its database refuses.
 *
 * One thread uses a connection and its statements at a time; whoever hands it
 * on synchronizes. Functions return 0, or -1 with *err filled, unless said
 * otherwise; err may be NULL.
 */
#ifndef DB_DRIVER_H
#define DB_DRIVER_H

#include "db/db.h"

#include <glib.h>

enum connection_kind {
	CONNECTION_WRITER,    /* makes the database; one a struct db */
	CONNECTION_READER,    /* beside a writer that was opened before it */
	CONNECTION_READ_ONLY, /* alone; never writes */
};

/* A driver's own structs begin with these; all in them is the front's, but for
 * `params`. */
struct connection {
	const struct db_driver *driver;
	const _Atomic int64_t *patient_until; /* connection_hurries() */
	GHashTable *statements;               /* by the address of their text */
	struct db_stmt *used;                 /* by the db_fn that runs now */
	const struct db_limit *limit; /* of the read that runs; NULL: none */
};

struct db_stmt {
	struct connection *connection;
	struct db_stmt *next_used;
	const char *sql;    /* NULL: made at run time */
	struct err *failed; /* the first one; told by each step. NULL: none */
	int params;         /* the highest number; prepare() sets it */
	bool broken;        /* there is no statement of the driver */
	bool once;          /* freed at the end of its transaction */
	bool used;          /* is in connection->used */
	bool taken;         /* by db_prepare(), and not ended yet */
	bool on_row;        /* columns can be read */
};

/* db_finish_within() is over: to wait for other processes, or to read for long,
 * is ERR_BUSY. Asked again and again while that is done. False while the
 * connection is being opened. */
bool connection_hurries(const struct connection *connection);

struct db_driver {
	const char *name;

	/* The location is db_options.path. Fills in nothing of the base. */
	int (*open)(struct connection **out, const char *location,
		    enum connection_kind kind, struct err *err);
	/* Frees. There are no statements any more; the writer goes last. */
	void (*close)(struct connection *connection);

	/* A snapshot, taken by the first statement that reads. A statement that
	 * runs when db_limit_passed(->limit) ends soon, with any error. */
	int (*begin_read)(struct connection *connection, struct err *err);
	/* Waits for writers of other processes; ERR_BUSY when they take too
	 * long. */
	int (*begin_write)(struct connection *connection, struct err *err);
	/* Durable on return. When it fails, the transaction has been rolled
	 * back; with ERR_UNCERTAIN it may all the same be there once the
	 * database is opened again, as long as no later one was committed. */
	int (*commit)(struct connection *connection, struct err *err);
	/* Also when it is lost. */
	void (*rollback)(struct connection *connection);
	/* The database has rolled back the transaction that was begun, or
	 * will not go on with it. */
	bool (*is_lost)(struct connection *connection);
	/* A point within a transaction to go back to. */
	int64_t (*mark)(struct connection *connection);
	/* Undoes what came after the mark. False: cannot, and has not; the
	 * whole transaction must be rolled back. */
	bool (*undo)(struct connection *connection, int64_t mark);

	/* NULL on error. Sets ->params; what is beyond the base is zeroed or
	 * set. in_order: parameters are numbered as they first appear, and
	 * there may be many; otherwise there are at most DB_PARAMS_MAX. */
	struct db_stmt *(*prepare)(struct connection *connection,
				   const char *sql, bool in_order,
				   struct err *err);
	/* Frees. */
	void (*finalize)(struct db_stmt *stmt);
	/* index from 1 to params; -1 also when the text has no such number.
	 * Bytes stay where they are until the reset. */
	int (*bind)(struct db_stmt *stmt, int index,
		    const struct db_value *value, struct err *err);
	/* 1 a row, 0 no (more) row, -1; after 0 and -1 comes a reset. */
	int (*step)(struct db_stmt *stmt, struct err *err);
	/* Rows that the statement changed that has just been run. */
	int (*changes)(struct db_stmt *stmt);
	/* To be stepped from the beginning; bindings stay. */
	void (*reset)(struct db_stmt *stmt);
	/* Everything is NULL. */
	void (*clear)(struct db_stmt *stmt);
	bool (*is_null)(struct db_stmt *stmt, int column);
	/* A column of the row, converted to `kind`, into *out, which is zeroed.
	 * NULL as a number may be left at 0, as bytes it must be told. Bytes
	 * live until the next step or reset. */
	void (*column)(struct db_stmt *stmt, int column, enum db_kind kind,
		       struct db_value *out);

	/* Within a transaction: statements without parameters, each ended by a
	 * semicolon, in the shared subset of SQL. */
	int (*script)(struct connection *connection, const char *sql,
		      struct err *err);
	/* Within a write: bytes that the database has on the disk and does not
	 * use, as they are after the commit; 0 also when it cannot tell. */
	int64_t (*spare)(struct connection *connection);
	/* 1, 0, -1. */
	int (*has_table)(struct connection *connection, const char *name,
			 struct err *err);

	/* The work of db_settle(), between transactions. */
	int (*settle)(struct connection *connection, struct err *err);
	/* Before the schema goes beyond `step`, between transactions: keeps a
	 * durable copy of everything, and says where; *name is the caller's to
	 * free, NULL when that is left to the operator. */
	int (*keep_copy)(struct connection *connection, int64_t step,
			 char **name, struct err *err);
	/* Within a read: the work of db_check(). */
	int (*check)(struct connection *connection, db_finding_fn *finding,
		     void *user, struct err *err);
	/* The work of db_repair(), between transactions. */
	int (*repair)(struct connection *connection, struct err *err);
};

#define DB_PARAMS_MAX 64

#endif
