/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a driver offers to the rest of src/db: one connection, its transactions
 * and how they ended. Statements are db.h's. Nothing above src/db includes
 * this.
 *
 * One thread uses a connection at a time; whoever hands it on synchronizes.
 */
#ifndef DB_CONNECTION_H
#define DB_CONNECTION_H

#include "base/err.h"
#include "base/str.h"

enum connection_kind {
	CONNECTION_WRITER,    /* makes the file; the only one that checkpoints*/
	CONNECTION_READER,    /* beside a writer that was opened before it */
	CONNECTION_READ_ONLY, /* alone; never writes to the file */
};

struct connection;
struct notes;

struct db_tx {
	struct connection *connection;
	struct notes *notes; /* NULL while reading */
};

int connection_open(struct connection **out, const char *path,
		    enum connection_kind kind, struct err *err) MUST_CHECK;
/* NULL is fine. */
void connection_close(struct connection *connection);

/* A snapshot, taken by the first statement that reads. */
int connection_begin_read(struct connection *connection,
			  struct err *err) MUST_CHECK;
/* Waits for writers of other processes; ERR_BUSY when they take too long. */
int connection_begin_write(struct connection *connection,
			   struct err *err) MUST_CHECK;
/* When it fails, the transaction has been rolled back; with ERR_UNCERTAIN it
 * may all the same be there once the database is opened again, as long as no
 * later one was committed. */
int connection_commit(struct connection *connection,
		      struct err *err) MUST_CHECK;
void connection_rollback(struct connection *connection);

/* Ends all statements of the db_fn that has just run. */
void connection_end_statements(struct connection *connection);
/* Rows changed since the connection was opened. */
int64_t connection_changes(struct connection *connection);
/* The database itself rolled back the transaction that was begun. */
bool connection_lost(struct connection *connection);

/* Several statements without parameters, in the shared subset of SQL. */
int connection_run_script(struct connection *connection, const char *sql,
			  struct err *err) MUST_CHECK;

/* Moves what commits have logged into the database file when it is time, or
 * all of it at the end. Best effort; between transactions. */
void connection_checkpoint(struct connection *connection);
void connection_checkpoint_all(struct connection *connection);
/* The work of db_settle(), between transactions. */
int connection_settle(struct connection *connection,
		      struct err *err) MUST_CHECK;

#endif
