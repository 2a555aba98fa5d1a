/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the SQLite driver: what sqlite.c and sqlite_statement.c share.
 */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <glib.h>
#include <sqlite3.h>

#include "db/connection.h"
#include "db/db.h"

#define PARAMS_MAX 64

struct connection {
	sqlite3 *handle;
	GHashTable *statements; /* by the address of their text */
	struct db_stmt *used;   /* by the db_fn that runs now */
	int log_pages;          /* in the write-ahead log after a commit */
	int checkpoint_at;      /* log_pages */
};

struct db_stmt {
	sqlite3_stmt *handle; /* NULL: could not be prepared */
	struct connection *connection;
	struct db_stmt *next_used;
	struct err *failed; /* the first one; told by each step. NULL: none */
	bool once;          /* freed at the end of its transaction */
	bool used;          /* is in connection->used */
	bool taken;         /* by db_prepare(), and not ended yet */
	bool in_order;      /* $1, $2, ... are SQLite's own numbers */
	int params;         /* the highest of them */
	uint8_t slots[PARAMS_MAX + 1]; /* else: SQLite's number of $1, ... */
};

/* The prepared statement of a text, kept for the next time. NULL on error. */
struct db_stmt *sqlite_statement(struct connection *connection, const char *sql,
				 struct err *err) MUST_CHECK;
void sqlite_statement_free(void *stmt);

/* Words the failure `code` of the last call; returns -1. */
int sqlite_error(struct connection *connection, int code, struct err *err);

#endif
