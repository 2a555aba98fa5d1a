/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database, as everything above it sees it: transactions that are
 * functions, and statements. What a database driver must do is in driver.h; the
 * one there is keeps an SQLite file.
 *
 * SQL is written once, in the subset SQLite and PostgreSQL share (scripts/check
 * sql), with $1, $2 parameters; values are bound, never pasted. Statement texts
 * must be string literals (they are prepared once per connection and found
 * again by address). Texts are UTF-8 without NUL, also within JSON texts
 * (\u0000), and are compared byte by byte, in ORDER BY and ranges alike:
 * another database needs its collation "C".
 *
 * Writing: one writer thread groups all waiting writes into one transaction
 * (group commit). db_write() returns when the data is on disk (synchronous
 * FULL) or refused. When one write of a group fails after it changed
 * something, the group is rolled back and each write is run again alone: a
 * db_fn for writing must therefore be repeatable: results into *arg only, no
 * other side effects.
 */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/err.h"

struct db;
struct db_tx;     /* one connection inside one transaction */
struct db_stmt;   /* one statement being bound, stepped, read */
struct db_driver; /* driver.h */

/* Returns 0, or -1 with *err filled. On the writer thread for db_write(), on
 * the caller's for db_read(). */
typedef int db_fn(struct db_tx *tx, void *arg, struct err *err);

struct db_options {
	const char *path;               /* where the driver has it */
	const struct db_driver *driver; /* db/sqlite/db_sqlite.h */
	unsigned readers;               /* reader connections, 1..64 */
	bool read_only;   /* for inspection commands; no writer thread */
	bool keep_schema; /* makes a new database, changes no older one */
};

/*
 * Opens, and runs the numbered migrations that are missing (all in one
 * transaction), which is logged; of a database that is not new a copy is kept
 * before, stowage.db.before-N, N being the first of them. A database of a newer
 * program is refused (ERR_INVALID), with read_only or keep_schema also one that
 * misses a migration (ERR_UNSUPPORTED).
 */
int db_open(struct db **out, const struct db_options *options,
	    struct err *err) MUST_CHECK;
/* Any thread: from that long on nobody waits for other processes, and no read
 * goes on for long: both are ERR_BUSY. What needs neither is done as before. */
void db_finish_within(struct db *db, unsigned ms);
/* Finishes waiting writes, checkpoints, closes. NULL is fine. */
void db_close(struct db *db);

/* Runs fn in a read transaction (one snapshot) on a borrowed reader connection;
 * waits while all are in use. */
int db_read(struct db *db, db_fn *fn, void *arg, struct err *err) MUST_CHECK;
/* When a read must end, by g_get_monotonic_time(); 0: never. What a db_limit
 * points to outlives the call. */
#define DB_LIMIT_ENDS 2
struct db_limit {
	int64_t until_us;
	/* The same, each set by any thread, at any time; NULL: by nobody. */
	const _Atomic int64_t *ends_us[DB_LIMIT_ENDS];
};
/* NULL: never. */
bool db_limit_passed(const struct db_limit *limit);
/* db_read() that ends with ERR_BUSY soon after the limit has passed, also while
 * it waits for a connection. */
int db_read_within(struct db *db, const struct db_limit *limit, db_fn *fn,
		   void *arg, struct err *err) MUST_CHECK;

/* Runs fn in the next write transaction and waits until it is durable.
 * ERR_UNCERTAIN: the commit failed, and until a later write succeeds it may be
 * found to have happened when the database is opened again; what it refers to
 * must be kept. */
int db_write(struct db *db, db_fn *fn, void *arg, struct err *err) MUST_CHECK;

/* The same for somebody: accounts, say, have turns of the writer's time rather
 * than each write its own. 0: whoever. */
struct db_turn {
	db_fn *fn;
	void *arg;
	int64_t whose;
};
int db_write_for(struct db *db, const struct db_turn *turn,
		 struct err *err) MUST_CHECK;

/* A write whose caller does not wait. Memory of the caller, untouched by it
 * from db_submit() until done is called. */
struct db_job {
	db_fn *fn;
	void *arg;
	/* Writer thread, when the write is durable (result >= 0) or refused
	 * (-1, err filled as for db_write()). The job is the caller's again.
	 * Must not block. */
	void (*done)(struct db_job *job);
	void *user;
	int64_t whose; /* as struct db_turn has it */
	int result;
	struct err err;
	struct db_job *next; /* the writer's */
};

/* Queues it like db_write(). -1 (ERR_BUSY): the database is closing, done will
 * not be called. */
int db_submit(struct db *db, struct db_job *job, struct err *err) MUST_CHECK;

/*
 * Called on the writer thread after each commit, also one of an uncertain
 * outcome, and before its writers are told, with the arg of each write that
 * asked for it by db_tx_notify(): whoever keeps copies of rows drops them here.
 * At most one subscriber.
 */
typedef void db_commit_fn(void *user, const void *note, size_t n);
void db_on_commit(struct db *db, db_commit_fn *fn, void *user);

/*
 * Called on the writer thread when all jobs of a group have been told, and
 * before those who wait in db_write() are, so that whom they are to wake is
 * woken once and not for each: waking another thread for the first may have it
 * run, and sleep again, before the second is told. At most one subscriber; when
 * it has been taken away (NULL) it is not being called any more. It must not
 * block, nor call anything of db.h.
 */
typedef void db_told_fn(void *user);
void db_on_told(struct db *db, db_told_fn *fn, void *user);
/* Within a db_fn: hands n bytes (copied) to the subscriber once committed. */
void db_tx_notify(struct db_tx *tx, const void *note, size_t n);
/* Within a db_fn for writing that can do the rest in another one: whether a
 * write has come since it began, and waits for its end. */
bool db_is_awaited(const struct db_tx *tx);

/* Bytes that the database has on the disk and does not use, so that what is
 * written needs no more of the disk but for the log; as the last commit of this
 * process has left it, 0 before. Any thread may look, until db_close(). NULL:
 * read only. */
const _Atomic int64_t *db_spare(const struct db *db);

/* Makes sure that what readers see is on the disk and not only in the kernel's
 * memory, where a killed process may have left it; a look at a flag once that
 * is known. To be called before bytes are removed because of what was read. */
int db_settle(struct db *db, struct err *err) MUST_CHECK;

/* Looks for damage of the database itself, such as an index that does not fit
 * its table: finding() gets a sentence for each. It reads everything, in one
 * snapshot. -1: could not go on. */
typedef void db_finding_fn(void *user, const char *text);
int db_check(struct db *db, db_finding_fn *finding, void *user,
	     struct err *err) MUST_CHECK;
/* Makes all indexes again, and the whole database if that is not enough, from
 * the tables; when those cannot be read, nothing is changed. For whoever has
 * the database alone. */
int db_repair(struct db *db, struct err *err) MUST_CHECK;

/*
 * Statements. They never are NULL and need no check until they are stepped:
 * what goes wrong in preparing or binding is kept in the statement, further
 * binding does nothing, and each db_step() or db_run() tells it (columns read
 * as NULL). A statement belongs to tx: it is reset and kept for reuse when the
 * transaction ends, or by db_done() earlier. The same text may be prepared
 * again while it is in use; the second one is prepared for this transaction
 * only.
 */
struct db_stmt *db_prepare(struct db_tx *tx, const char *sql) MUST_CHECK;
/* The same for a text made at run time: prepared for this transaction only. It
 * may have any number of parameters, which must be numbered in the order in
 * which they first appear. */
struct db_stmt *db_prepare_text(struct db_tx *tx, const char *sql) MUST_CHECK;

/*
 * All parameters at once: DB_ARGS(DB_INT(id), DB_TEXT(name), DB_NULL) are $1,
 * $2, $3. As many as the text has, or it is ERR_INTERNAL; without db_bind()
 * they are NULL. Bytes are borrowed until the statement is done.
 */
enum db_kind {
	DB_KIND_NULL,
	DB_KIND_INT,
	DB_KIND_DOUBLE,
	DB_KIND_TEXT,
	DB_KIND_BLOB,
};

struct db_value {
	enum db_kind kind;
	union {
		int64_t integer;
		double number;
		struct str bytes;
	};
};

struct db_args {
	const struct db_value *values;
	size_t n;
};

#define DB_ARGS(...)                                                           \
	((struct db_args){(const struct db_value[]){__VA_ARGS__},              \
			  sizeof((const struct db_value[]){__VA_ARGS__}) /     \
				  sizeof(struct db_value)})
#define DB_NO_ARGS ((struct db_args){NULL, 0})
#define DB_NULL ((struct db_value){.kind = DB_KIND_NULL})
#define DB_INT(value) ((struct db_value){DB_KIND_INT, .integer = (value)})
#define DB_DOUBLE(value) ((struct db_value){DB_KIND_DOUBLE, .number = (value)})
#define DB_TEXT(str) ((struct db_value){DB_KIND_TEXT, .bytes = (str)})
#define DB_BLOB(p, n)                                                          \
	((struct db_value){DB_KIND_BLOB, .bytes = {(const void *)(p), (n)}})
/* text, or NULL when absent */
#define DB_OPT(str) db_value_opt(str)

static inline struct db_value db_value_opt(struct str str)
{
	return str.p ? DB_TEXT(str) : DB_NULL;
}

void db_bind(struct db_stmt *stmt, struct db_args args);

/* 1 a row is there, 0 no (more) row, -1 failed. A violated UNIQUE constraint
 * is ERR_EXISTS, a full disk ERR_NO_SPACE. */
int db_step(struct db_stmt *stmt, struct err *err) MUST_CHECK;
/* Steps once and finishes: for INSERT, UPDATE, DELETE. Returns the number of
 * rows changed, -1 failed. */
int db_run(struct db_stmt *stmt, struct err *err) MUST_CHECK;
/* Ends a statement before its transaction does. */
void db_done(struct db_stmt *stmt);

/* Prepares, binds and runs: 0, or -1 with *err filled. */
int db_exec(struct db_tx *tx, const char *sql, struct db_args args,
	    struct err *err) MUST_CHECK;
/* The same; returns the number of rows changed, -1 failed. */
int db_change(struct db_tx *tx, const char *sql, struct db_args args,
	      struct err *err) MUST_CHECK;
/* Prepares and binds, to be stepped. */
struct db_stmt *db_query(struct db_tx *tx, const char *sql,
			 struct db_args args) MUST_CHECK;
/* The first column of the first row: 1, 0 no row and *out as it was, -1. */
int db_query_int(struct db_tx *tx, const char *sql, struct db_args args,
		 int64_t *out, struct err *err) MUST_CHECK;

/* Columns count from 0. Bytes live until the next step. NULL reads as 0 /
 * STR_NONE. */
int64_t db_int(struct db_stmt *stmt, int column);
double db_double(struct db_stmt *stmt, int column);
struct str db_text(struct db_stmt *stmt, int column);
struct str db_blob(struct db_stmt *stmt, int column);
bool db_is_null(struct db_stmt *stmt, int column);

/* The newest step of the schema that this program has. */
int db_schema(void);

#endif
