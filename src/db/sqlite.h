/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the SQLite driver: what its files share.
 */
#ifndef DB_SQLITE_H
#define DB_SQLITE_H

#include <sqlite3.h>

#include "db/driver.h"

/* What the driver itself runs, again and again. */
enum sqlite_verb {
	SQLITE_VERB_BEGIN,
	SQLITE_VERB_BEGIN_IMMEDIATE,
	SQLITE_VERB_COMMIT,
	SQLITE_VERB_ROLLBACK,
	SQLITE_VERBS
};

struct sqlite {
	struct connection base;
	enum connection_kind kind;
	sqlite3 *handle;
	sqlite3_stmt *verbs[SQLITE_VERBS];
	int log_pages;     /* in the write-ahead log after a commit */
	int checkpoint_at; /* log_pages */
};

static inline struct sqlite *sqlite_of(struct connection *connection)
{
	return (struct sqlite *)connection;
}

/* Words the failure `code` of the last call; returns -1. */
int sqlite_error(struct sqlite *sqlite, int code, struct err *err);

/* The statements of the driver (driver.h); sqlite_statement.c. */
struct db_stmt *sqlite_prepare(struct connection *connection, const char *sql,
			       bool in_order, struct err *err);
void sqlite_finalize(struct db_stmt *stmt);
int sqlite_bind(struct db_stmt *stmt, int index, const struct db_value *value,
		struct err *err);
int sqlite_step(struct db_stmt *stmt, struct err *err);
int sqlite_changes(struct db_stmt *stmt);
void sqlite_reset(struct db_stmt *stmt);
void sqlite_clear(struct db_stmt *stmt);
bool sqlite_is_null(struct db_stmt *stmt, int column);
void sqlite_column(struct db_stmt *stmt, int column, enum db_kind kind,
		   struct db_value *out);

/* Upkeep (driver.h); sqlite_upkeep.c. */
int sqlite_keep_copy(struct connection *connection, int64_t step,
		     char **name_out, struct err *err);
int sqlite_check(struct connection *connection, db_finding_fn *finding,
		 void *user, struct err *err);
int sqlite_repair(struct connection *connection, struct err *err);

#endif
