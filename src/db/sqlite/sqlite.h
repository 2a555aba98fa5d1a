/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to the SQLite driver: what its files share.
 */
#ifndef DB_SQLITE_SQLITE_H
#define DB_SQLITE_SQLITE_H

#include <sqlite3.h>

#include "db/driver.h"

#define SQLITE_PAGE_BYTES 4096

/* Tests make it smaller before they open. */
struct sqlite_tuning {
	/* The log is moved into the file each time it has grown by so much. */
	int checkpoint_pages;
	/* From here on readers are waited for. */
	int restart_pages;
	/* A read that has gone on for so long ends when the log, which it keeps
	 * from beginning again, is so long. */
	int64_t old_read_us, log_bytes_max;
};
extern struct sqlite_tuning sqlite_tuning;

/* What the driver itself runs, again and again. */
enum sqlite_verb {
	SQLITE_VERB_BEGIN,
	SQLITE_VERB_BEGIN_IMMEDIATE,
	SQLITE_VERB_COMMIT,
	SQLITE_VERB_ROLLBACK,
	SQLITE_VERB_COUNT_FREE,
	SQLITE_VERBS
};

struct checkpointer;

struct sqlite {
	struct connection base;
	enum connection_kind kind;
	sqlite3 *handle;
	sqlite3_stmt *verbs[SQLITE_VERBS];
	int patience_ms; /* with other processes */
	int64_t busy_since_us;
	struct checkpointer *checkpointer; /* the writer's */
	bool uninterrupted;                /* a verb runs */
	int64_t began_us;  /* a read that has gone on for a while; or 0 */
	int64_t looked_us; /* at the length of the log */
};

static inline struct sqlite *sqlite_of(struct connection *connection)
{
	return (struct sqlite *)connection;
}

/* The file of the write-ahead log; NULL while there is none. */
sqlite3_file *sqlite_log(sqlite3 *handle);
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

/* What moves the log into the file; sqlite_checkpoint.c. */
int checkpointer_start(struct checkpointer **out, const char *path,
		       struct err *err) MUST_CHECK;
/* NULL is fine. */
void checkpointer_stop(struct checkpointer *c);
/* Around each transaction of the writer; begin() waits while it is held. */
void checkpointer_begin(struct checkpointer *c);
void checkpointer_end(struct checkpointer *c);
/* Within it: so many pages are in the log now. */
void checkpointer_logged(struct checkpointer *c, int pages);

/* The name of the file system through which the writer opens the database, and
 * its registration, once, when SQLite is ready; sqlite_gather.c. */
#define SQLITE_GATHER "gather"
void sqlite_gather_register(void);
/* Before each transaction of the writer: forgets what the one before has left,
 * which then has failed. */
void sqlite_gather_begin(sqlite3 *handle);

/* Upkeep (driver.h); sqlite_upkeep.c. */
int sqlite_keep_copy(struct connection *connection, int64_t step,
		     char **name_out, struct err *err);
int sqlite_check(struct connection *connection, db_finding_fn *finding,
		 void *user, struct err *err);
int sqlite_repair(struct connection *connection, struct err *err);

#endif
