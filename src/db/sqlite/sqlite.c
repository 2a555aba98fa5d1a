/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite driver: connections and how they are set up, transactions. Its
 * statements are in sqlite_statement.c, error codes in sqlite_error.c, the
 * log's way into the file in sqlite_checkpoint.c, what is done to the file as a
 * whole in sqlite_upkeep.c. Nothing else knows SQLite.
 *
 * Page size, measured with the insert of an upload (4 KiB inline, 32 a commit,
 * 50 to 200 thousand rows before): the path index is hit at random, so that
 * larger pages cost more than they save on the blobs: 16 KiB pages write twice
 * as much as 4 KiB pages and take 20 % more time; 8 KiB pages waste nearly
 * half of the space on 4 KiB blobs.
 */
#include "db/sqlite/sqlite.h"
#include "db/sqlite/db_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log/log.h"

#define WRITER_CACHE_KIB 16384
/* Dropped at every commit of the writer anyway. */
#define READER_CACHE_KIB 2048

#define LOG_BYTES_KEPT (64 << 20)

/* Reads are looked at each time they have gone so many steps of SQLite's
 * machine. */
#define STEPS_BETWEEN_LOOKS 2000
/* At the length of the log */
#define LOOK_US (G_USEC_PER_SEC / 10)
#define CLOSE_WAIT_MS 100

#define BUSY_TIMEOUT_MS 5000
#define BUSY_ATTEMPTS 6
#define BUSY_PAUSE_MS 10
#define BUSY_PAUSES_MAX 6 /* doublings of a millisecond */

struct sqlite_tuning sqlite_tuning = {
	.checkpoint_pages = (12 << 20) / SQLITE_PAGE_BYTES,
	.restart_pages = (64 << 20) / SQLITE_PAGE_BYTES,
	.old_read_us = 5 * G_USEC_PER_SEC,
	.log_bytes_max = INT64_C(1) << 30,
};

/* SQLITE_OK and the statement is there, or the code of the failure. */
static int prepare_verb(struct sqlite *sqlite, enum sqlite_verb verb)
{
	static const char *const texts[] = {
		[SQLITE_VERB_BEGIN] = "BEGIN",
		[SQLITE_VERB_BEGIN_IMMEDIATE] = "BEGIN IMMEDIATE",
		[SQLITE_VERB_COMMIT] = "COMMIT",
		[SQLITE_VERB_ROLLBACK] = "ROLLBACK",
		[SQLITE_VERB_COUNT_FREE] = "PRAGMA freelist_count",
	};
	sqlite3_stmt **stmt = &sqlite->verbs[verb];
	if (*stmt)
		return SQLITE_OK;
	return sqlite3_prepare_v3(sqlite->handle, texts[verb], -1,
				  SQLITE_PREPARE_PERSISTENT, stmt, NULL);
}

/* SQLITE_OK, or the code of the failure with *err filled. */
static int run_for_code(struct sqlite *sqlite, enum sqlite_verb verb,
			struct err *err)
{
	int code = prepare_verb(sqlite, verb);
	sqlite3_stmt *stmt = sqlite->verbs[verb];
	if (verb == SQLITE_VERB_BEGIN_IMMEDIATE)
		sqlite_gather_begin(sqlite->handle);
	sqlite->uninterrupted = true;
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	sqlite->uninterrupted = false;
	if (code == SQLITE_DONE)
		code = SQLITE_OK;
	else
		sqlite_error(sqlite, code, err);
	sqlite3_reset(stmt);
	return code;
}

static int run(struct sqlite *sqlite, enum sqlite_verb verb, struct err *err)
{
	return run_for_code(sqlite, verb, err) == SQLITE_OK ? 0 : -1;
}

static int run_text(struct sqlite *sqlite, const char *sql, struct err *err)
{
	int code = sqlite3_exec(sqlite->handle, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : sqlite_error(sqlite, code, err);
}

/* Opening */

/* One lock and one counter less in each allocation; a path is a path, also
 * when it begins with "file:". */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_URI, 0);
	sqlite3_initialize();
	sqlite_gather_register();
}

/* SQLite gives -wal and -shm the mode of the file. */
static int make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return 0;
	/* who may not search the directory is not told whether it is there */
	if (fd < 0)
		return err_set_errno(err, errno,
				     errno == EACCES ? "Cannot open %s"
						     : "Cannot make %s",
				     path);
	int result = fchmod(fd, 0600);
	if (result < 0)
		err_set_errno(err, errno, "Cannot set the mode of %s", path);
	close(fd);
	return result;
}

static int on_commit(void *user, sqlite3 *handle, const char *name, int pages)
{
	struct sqlite *sqlite = user;
	(void)handle;
	(void)name;
	checkpointer_logged(sqlite->checkpointer, pages);
	return SQLITE_OK;
}

/* A lock is another's. 1: tries again, after a pause. */
static int wait_for_lock(void *user, int times)
{
	struct sqlite *sqlite = user;
	int64_t now = g_get_monotonic_time();
	if (times == 0)
		sqlite->busy_since_us = now;
	if (now - sqlite->busy_since_us >=
		    (int64_t)sqlite->patience_ms * 1000 ||
	    connection_hurries(&sqlite->base))
		return 0;
	g_usleep(1000ul << MIN(times, BUSY_PAUSES_MAX));
	return 1;
}

static bool log_is_too_long(struct sqlite *sqlite)
{
	sqlite3_file *log = sqlite_log(sqlite->handle);
	sqlite3_int64 bytes = 0;
	return log && log->pMethods->xFileSize(log, &bytes) == SQLITE_OK &&
	       bytes > sqlite_tuning.log_bytes_max;
}

/* Other than 0: the statement ends. */
static int on_progress(void *user)
{
	struct sqlite *sqlite = user;
	int64_t now = g_get_monotonic_time();
	/* steps count on when a statement is run again */
	if (sqlite->uninterrupted)
		return 0;
	if (db_limit_passed(sqlite->base.limit) ||
	    connection_hurries(&sqlite->base))
		return 1;
	if (sqlite->began_us == 0)
		sqlite->began_us = now;
	if (now - sqlite->began_us < sqlite_tuning.old_read_us ||
	    now - sqlite->looked_us < LOOK_US)
		return 0;
	sqlite->looked_us = now;
	return log_is_too_long(sqlite);
}

static int set_up(struct sqlite *sqlite, enum connection_kind kind,
		  struct err *err)
{
	sqlite3 *handle = sqlite->handle;
	sqlite3_extended_result_codes(handle, 1);
	sqlite->patience_ms = BUSY_TIMEOUT_MS;
	sqlite3_busy_handler(handle, wait_for_lock, sqlite);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	g_autofree char *common = g_strdup_printf(
		"PRAGMA cache_size = -%d; PRAGMA mmap_size = 0;"
		"PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL",
		kind == CONNECTION_WRITER ? WRITER_CACHE_KIB
					  : READER_CACHE_KIB);
	if (run_text(sqlite, common, err) < 0)
		return -1;
	if (kind != CONNECTION_WRITER) {
		sqlite3_progress_handler(handle, STEPS_BETWEEN_LOOKS,
					 on_progress, sqlite);
		return run_text(sqlite, "PRAGMA query_only = ON", err);
	}
	g_autofree char *writing = g_strdup_printf(
		"PRAGMA page_size = %d; PRAGMA secure_delete = FAST;"
		"PRAGMA journal_size_limit = %d",
		SQLITE_PAGE_BYTES, LOG_BYTES_KEPT);
	return run_text(sqlite, writing, err);
}

static int journal_mode(struct sqlite *sqlite, bool *is_log)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(
		sqlite->handle, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	if (code == SQLITE_ROW)
		*is_log = g_strcmp0((const char *)sqlite3_column_text(stmt, 0),
				    "wal") == 0;
	sqlite3_finalize(stmt);
	return code;
}

/* The change to a write-ahead log needs the file alone for a moment, and
 * SQLite does not always wait for it. */
static int use_log(struct sqlite *sqlite, struct err *err)
{
	int tries_left = BUSY_TIMEOUT_MS / BUSY_PAUSE_MS;
	bool is_log = false;
	int code = journal_mode(sqlite, &is_log);
	while ((code & 0xff) == SQLITE_BUSY && tries_left-- > 0) {
		g_usleep(BUSY_PAUSE_MS * 1000);
		code = journal_mode(sqlite, &is_log);
	}
	if (code != SQLITE_ROW)
		return sqlite_error(sqlite, code, err);
	if (!is_log)
		return err_set(err, ERR_INTERNAL,
			       "The file system of the database cannot keep a "
			       "write-ahead log.");
	return 0;
}

static int open_handle(struct sqlite *sqlite, const char *path,
		       enum connection_kind kind, struct err *err)
{
	int flags = kind == CONNECTION_READ_ONLY ? SQLITE_OPEN_READONLY
						 : SQLITE_OPEN_READWRITE;
	int code = sqlite3_open_v2(
		path, &sqlite->handle, flags | SQLITE_OPEN_NOMUTEX,
		kind == CONNECTION_WRITER ? SQLITE_GATHER : NULL);
	if (code != SQLITE_OK)
		return err_set_errno(err, sqlite3_system_errno(sqlite->handle),
				     "Cannot open %s", path);
	if (set_up(sqlite, kind, err) < 0)
		return -1;
	if (kind != CONNECTION_WRITER)
		return 0;
	if (use_log(sqlite, err) < 0 ||
	    checkpointer_start(&sqlite->checkpointer, path, err) < 0)
		return -1;
	sqlite3_wal_hook(sqlite->handle, on_commit, sqlite);
	return 0;
}

static void close_handle(struct sqlite *sqlite)
{
	for (size_t i = 0; i < SQLITE_VERBS; i++)
		sqlite3_finalize(sqlite->verbs[i]);
	int code = sqlite3_close(sqlite->handle);
	g_assert(code == SQLITE_OK);
	g_free(sqlite);
}

/* A pipe in the place of one would be waited for. They are not opened to see:
 * closing one ends all locks that SQLite has there. */
static int check_files(const char *path, struct err *err)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
	struct stat info;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		g_autofree char *name = g_strconcat(path, ends[i], NULL);
		if (stat(name, &info) == 0 && !S_ISREG(info.st_mode))
			return err_set_errno(err, ENXIO, "Cannot open %s",
					     name);
	}
	return 0;
}

static int sqlite_open(struct connection **out, const char *path,
		       enum connection_kind kind, struct err *err)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	pthread_once(&configured, configure_library);
	if (check_files(path, err) < 0 ||
	    (kind == CONNECTION_WRITER && make_file(path, err) < 0))
		return -1;
	struct sqlite *sqlite = g_new0(struct sqlite, 1);
	sqlite->kind = kind;
	if (open_handle(sqlite, path, kind, err) < 0) {
		checkpointer_stop(sqlite->checkpointer);
		close_handle(sqlite);
		return -1;
	}
	*out = &sqlite->base;
	return 0;
}

/* Transactions */

static int begin_read(struct connection *connection, struct err *err)
{
	sqlite_of(connection)->began_us = 0;
	return run(sqlite_of(connection), SQLITE_VERB_BEGIN, err);
}

static int begin_write(struct connection *connection, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	struct err why = {0};
	checkpointer_begin(sqlite->checkpointer);
	for (int i = 0; i < BUSY_ATTEMPTS; i++) {
		if (run(sqlite, SQLITE_VERB_BEGIN_IMMEDIATE, &why) == 0)
			return 0;
		if (why.code != ERR_BUSY || connection_hurries(connection))
			break;
	}
	checkpointer_end(sqlite->checkpointer);
	return err_set(err, why.code, "%s", why.text);
}

static bool is_lost(struct connection *connection)
{
	return sqlite3_get_autocommit(sqlite_of(connection)->handle);
}

static void roll_back(struct sqlite *sqlite)
{
	if (!is_lost(&sqlite->base) &&
	    run(sqlite, SQLITE_VERB_ROLLBACK, NULL) < 0)
		log_error("database: a rollback failed");
}

static void rollback(struct connection *connection)
{
	struct sqlite *sqlite = sqlite_of(connection);
	roll_back(sqlite);
	if (sqlite->checkpointer)
		checkpointer_end(sqlite->checkpointer);
}

/* A commit's last frame goes to the log last, so that an error before it was
 * written means that there is none. After a failed sync, or with no memory for
 * the log's index, there may be a whole commit in the log, which the next
 * process that opens the database would replay. */
static bool may_be_logged(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL:
	case SQLITE_BUSY:
	case SQLITE_CONSTRAINT:
		return false;
	}
	return code != SQLITE_IOERR_WRITE;
}

/* Each commit begins where the last good one ends in the log: any other one
 * overwrites the failed one. This one changes nothing but writes a page. */
static int overwrite_failed(struct sqlite *sqlite)
{
	if (run(sqlite, SQLITE_VERB_BEGIN_IMMEDIATE, NULL) < 0)
		return -1;
	if (run_text(sqlite, "PRAGMA user_version = 0", NULL) == 0 &&
	    run(sqlite, SQLITE_VERB_COMMIT, NULL) == 0)
		return 0;
	roll_back(sqlite);
	return -1;
}

static int commit_within(struct sqlite *sqlite, struct err *err)
{
	struct err why = {0};
	int code = run_for_code(sqlite, SQLITE_VERB_COMMIT, &why);
	if (code == SQLITE_OK)
		return 0;
	roll_back(sqlite);
	if (may_be_logged(code) && overwrite_failed(sqlite) < 0)
		return err_set(err, ERR_UNCERTAIN,
			       "Whether this was written is not known. %s",
			       why.text);
	return err_set(err, why.code, "%s", why.text);
}

static int commit(struct connection *connection, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	int result = commit_within(sqlite, err);
	checkpointer_end(sqlite->checkpointer);
	return result;
}

/* A savepoint would cost two statements for each write and a copy of each page
 * it touches. To know that nothing was changed costs nothing, and writes are
 * nearly always refused before they change something. */
static int64_t mark(struct connection *connection)
{
	return sqlite3_total_changes64(sqlite_of(connection)->handle);
}

static bool undo(struct connection *connection, int64_t mark)
{
	return sqlite3_total_changes64(sqlite_of(connection)->handle) == mark;
}

/* The file never becomes shorter. Pages that are partly used do not count. */
static int64_t spare(struct connection *connection)
{
	struct sqlite *sqlite = sqlite_of(connection);
	int64_t pages = 0;
	if (prepare_verb(sqlite, SQLITE_VERB_COUNT_FREE) != SQLITE_OK)
		return 0;
	sqlite3_stmt *stmt = sqlite->verbs[SQLITE_VERB_COUNT_FREE];
	if (sqlite3_step(stmt) == SQLITE_ROW)
		pages = sqlite3_column_int64(stmt, 0);
	sqlite3_reset(stmt);
	return pages * SQLITE_PAGE_BYTES;
}

/* Schema */

/* SQLite fills in the row id only for a key of exactly this type. */
static int script(struct connection *connection, const char *sql,
		  struct err *err)
{
	g_autoptr(GString) text = g_string_new(sql);
	g_string_replace(text, "BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", 0);
	return run_text(sqlite_of(connection), text->str, err);
}

static int has_table(struct connection *connection, const char *name,
		     struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(sqlite->handle,
				      "SELECT 1 FROM sqlite_schema"
				      " WHERE type = 'table' AND name = $1",
				      -1, &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	int result = code == SQLITE_ROW    ? 1
		     : code == SQLITE_DONE ? 0
					   : sqlite_error(sqlite, code, err);
	sqlite3_finalize(stmt);
	return result;
}

/* Ends */

/* Another checkpoint that goes on is waited for. */
static int settle(struct connection *connection, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	int tries_left = BUSY_TIMEOUT_MS / BUSY_PAUSE_MS;
	int code;
	/* a connection that has not read yet does not know of the log */
	if (run_text(sqlite, "PRAGMA schema_version", err) < 0)
		return -1;
	while (((code = sqlite3_wal_checkpoint_v2(sqlite->handle, NULL,
						  SQLITE_CHECKPOINT_PASSIVE,
						  NULL, NULL)) &
		0xff) == SQLITE_BUSY &&
	       tries_left-- > 0)
		g_usleep(BUSY_PAUSE_MS * 1000);
	return code == SQLITE_OK ? 0 : sqlite_error(sqlite, code, err);
}

/* Without readers the writer can empty the log. */
static void sqlite_close(struct connection *connection)
{
	struct sqlite *sqlite = sqlite_of(connection);
	checkpointer_stop(sqlite->checkpointer);
	if (sqlite->kind == CONNECTION_WRITER) {
		sqlite->patience_ms = CLOSE_WAIT_MS;
		int code = sqlite3_wal_checkpoint_v2(sqlite->handle, NULL,
						     SQLITE_CHECKPOINT_TRUNCATE,
						     NULL, NULL);
		if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
			log_warn("database: the log stays beside the file: %s",
				 sqlite3_errmsg(sqlite->handle));
	}
	close_handle(sqlite);
}

const char *db_sqlite_version(void)
{
	return sqlite3_libversion();
}

const struct db_driver db_driver_sqlite = {
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.begin_read = begin_read,
	.begin_write = begin_write,
	.commit = commit,
	.rollback = rollback,
	.is_lost = is_lost,
	.mark = mark,
	.undo = undo,
	.spare = spare,
	.prepare = sqlite_prepare,
	.finalize = sqlite_finalize,
	.bind = sqlite_bind,
	.step = sqlite_step,
	.changes = sqlite_changes,
	.reset = sqlite_reset,
	.clear = sqlite_clear,
	.is_null = sqlite_is_null,
	.column = sqlite_column,
	.script = script,
	.has_table = has_table,
	.settle = settle,
	.keep_copy = sqlite_keep_copy,
	.check = sqlite_check,
	.repair = sqlite_repair,
};
