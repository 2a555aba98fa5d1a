/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SQLite driver: connections and how they are set up, transactions, error
 * codes. Its statements are in sqlite_statement.c. The only place, with that
 * file, that knows SQLite.
 *
 * Page size, measured with the insert of an upload (4 KiB inline, 32 a commit,
 * 50 to 200 thousand rows before): the path index is hit at random, so that
 * larger pages cost more than they save on the blobs: 16 KiB pages write twice
 * as much as 4 KiB pages and take 20 % more time; 8 KiB pages waste nearly
 * half of the space on 4 KiB blobs.
 */
#include "db/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

#define PAGE_BYTES 4096
#define WRITER_CACHE_KIB 16384
/* Dropped at every commit of the writer anyway. */
#define READER_CACHE_KIB 2048

/* The log is checkpointed each time it has grown by so many pages. From the
 * second number on, readers are waited for, so that it can start again at its
 * beginning: without it, readers that always overlap let it grow for ever. */
#define CHECKPOINT_PAGES ((16 << 20) / PAGE_BYTES)
#define RESTART_PAGES ((64 << 20) / PAGE_BYTES)
#define LOG_BYTES_KEPT (64 << 20)
#define RESTART_WAIT_MS 100

#define BUSY_TIMEOUT_MS 5000
#define BUSY_ATTEMPTS 6
#define BUSY_PAUSE_MS 10

/* All that is written goes to the log. SQLite keeps its errno with that file;
 * sqlite3_system_errno() is silent about a COMMIT. */
static int log_errno(sqlite3 *handle)
{
	sqlite3_file *log = NULL;
	int reason = 0;
	sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER,
			     &log);
	if (log && log->pMethods)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO,
					    &reason);
	return reason;
}

static int errno_of(sqlite3 *handle, int code)
{
	if (code == SQLITE_IOERR_WRITE || code == SQLITE_IOERR_FSYNC)
		return log_errno(handle);
	return sqlite3_system_errno(handle);
}

static bool is_disk_full(sqlite3 *handle, int code)
{
	if ((code & 0xff) == SQLITE_FULL)
		return true;
	if ((code & 0xff) != SQLITE_IOERR)
		return false;
	int reason = errno_of(handle, code);
	return reason == ENOSPC || reason == EDQUOT || reason == EFBIG;
}

int sqlite_error(struct connection *connection, int code, struct err *err)
{
	sqlite3 *handle = connection->handle;
	const char *text = sqlite3_extended_errcode(handle) == code
				   ? sqlite3_errmsg(handle)
				   : sqlite3_errstr(code);
	if (is_disk_full(handle, code))
		return err_set(err, ERR_NO_SPACE,
			       "The disk of the database is full.");
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID:
		return err_set(err, ERR_EXISTS, "Database: %s.", text);
	}
	switch (code & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_set(err, ERR_CORRUPT, "Database: %s.", text);
	case SQLITE_BUSY:
		return err_set(err, ERR_BUSY,
			       "Another process keeps the database busy.");
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return err_set_errno(err, errno_of(handle, code),
				     "Database: %s", text);
	}
	return err_set(err, ERR_INTERNAL, "Database: %s.", text);
}

/* Statements that the driver itself runs, kept like all others. SQLITE_OK, or
 * the code of the failure with *err filled. */
static int run_for_code(struct connection *connection, const char *sql,
			struct err *err)
{
	struct db_stmt *stmt = sqlite_statement(connection, sql, err);
	if (stmt == NULL)
		return SQLITE_ERROR;
	int code = sqlite3_step(stmt->handle);
	if (code == SQLITE_DONE || code == SQLITE_ROW)
		code = SQLITE_OK;
	else
		sqlite_error(connection, code, err);
	sqlite3_reset(stmt->handle);
	return code;
}

static int run(struct connection *connection, const char *sql, struct err *err)
{
	return run_for_code(connection, sql, err) == SQLITE_OK ? 0 : -1;
}

/* Opening */

/* One lock and one counter less in each allocation; a path is a path, also
 * when it begins with "file:". */
static void configure_library(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_URI, 0);
	sqlite3_initialize();
}

/* SQLite gives -wal and -shm the mode of the file. */
static int make_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return 0;
	if (fd < 0)
		return err_set_errno(err, errno, "Cannot make %s", path);
	int result = fchmod(fd, 0600);
	if (result < 0)
		err_set_errno(err, errno, "Cannot set the mode of %s", path);
	close(fd);
	return result;
}

static int on_commit(void *user, sqlite3 *handle, const char *name, int pages)
{
	struct connection *connection = user;
	(void)handle;
	(void)name;
	connection->log_pages = pages;
	return SQLITE_OK;
}

static int set_up(struct connection *connection, enum connection_kind kind,
		  struct err *err)
{
	sqlite3 *handle = connection->handle;
	sqlite3_extended_result_codes(handle, 1);
	sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	g_autofree char *common = g_strdup_printf(
		"PRAGMA cache_size = -%d; PRAGMA mmap_size = 0;"
		"PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL",
		kind == CONNECTION_WRITER ? WRITER_CACHE_KIB
					  : READER_CACHE_KIB);
	if (connection_run_script(connection, common, err) < 0)
		return -1;
	if (kind != CONNECTION_WRITER)
		return connection_run_script(connection,
					     "PRAGMA query_only = ON", err);
	g_autofree char *writing = g_strdup_printf(
		"PRAGMA page_size = %d; PRAGMA secure_delete = FAST;"
		"PRAGMA journal_size_limit = %d",
		PAGE_BYTES, LOG_BYTES_KEPT);
	sqlite3_wal_hook(handle, on_commit, connection);
	return connection_run_script(connection, writing, err);
}

static int journal_mode(struct connection *connection, bool *is_log)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(connection->handle,
				      "PRAGMA journal_mode = WAL", -1, &stmt,
				      NULL);
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
static int use_log(struct connection *connection, struct err *err)
{
	int tries_left = BUSY_TIMEOUT_MS / BUSY_PAUSE_MS;
	bool is_log = false;
	int code = journal_mode(connection, &is_log);
	while ((code & 0xff) == SQLITE_BUSY && tries_left-- > 0) {
		g_usleep(BUSY_PAUSE_MS * 1000);
		code = journal_mode(connection, &is_log);
	}
	if (code != SQLITE_ROW)
		return sqlite_error(connection, code, err);
	if (!is_log)
		return err_set(err, ERR_INTERNAL,
			       "The file system of the database cannot keep a "
			       "write-ahead log.");
	return 0;
}

static int open_handle(struct connection *connection, const char *path,
		       enum connection_kind kind, struct err *err)
{
	int flags = kind == CONNECTION_READ_ONLY ? SQLITE_OPEN_READONLY
						 : SQLITE_OPEN_READWRITE;
	int code = sqlite3_open_v2(path, &connection->handle,
				   flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return err_set_errno(err,
				     sqlite3_system_errno(connection->handle),
				     "Cannot open %s", path);
	if (set_up(connection, kind, err) < 0)
		return -1;
	return kind == CONNECTION_WRITER ? use_log(connection, err) : 0;
}

int connection_open(struct connection **out, const char *path,
		    enum connection_kind kind, struct err *err)
{
	static pthread_once_t configured = PTHREAD_ONCE_INIT;
	pthread_once(&configured, configure_library);
	if (kind == CONNECTION_WRITER && make_file(path, err) < 0)
		return -1;
	struct connection *connection = g_new0(struct connection, 1);
	connection->checkpoint_at = CHECKPOINT_PAGES;
	connection->statements = g_hash_table_new_full(
		g_direct_hash, g_direct_equal, NULL, sqlite_statement_free);
	if (open_handle(connection, path, kind, err) < 0) {
		connection_close(connection);
		return -1;
	}
	*out = connection;
	return 0;
}

void connection_close(struct connection *connection)
{
	if (connection == NULL)
		return;
	g_hash_table_unref(connection->statements);
	int code = sqlite3_close(connection->handle);
	g_assert(code == SQLITE_OK);
	g_free(connection);
}

/* Transactions */

int connection_begin_read(struct connection *connection, struct err *err)
{
	return run(connection, "BEGIN", err);
}

int connection_begin_write(struct connection *connection, struct err *err)
{
	struct err why = {0};
	for (int i = 0; i < BUSY_ATTEMPTS; i++) {
		if (run(connection, "BEGIN IMMEDIATE", &why) == 0)
			return 0;
		if (why.code != ERR_BUSY)
			break;
	}
	return err_set(err, why.code, "%s", why.text);
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
static int overwrite_failed(struct connection *connection)
{
	if (run(connection, "BEGIN IMMEDIATE", NULL) < 0)
		return -1;
	if (run(connection, "PRAGMA user_version = 0", NULL) == 0 &&
	    run(connection, "COMMIT", NULL) == 0)
		return 0;
	connection_rollback(connection);
	return -1;
}

int connection_commit(struct connection *connection, struct err *err)
{
	struct err why = {0};
	int code = run_for_code(connection, "COMMIT", &why);
	if (code == SQLITE_OK)
		return 0;
	connection_rollback(connection);
	if (may_be_logged(code) && overwrite_failed(connection) < 0)
		return err_set(err, ERR_UNCERTAIN,
			       "Whether this was written is not known. %s",
			       why.text);
	return err_set(err, why.code, "%s", why.text);
}

void connection_rollback(struct connection *connection)
{
	connection_end_statements(connection);
	if (!connection_lost(connection) &&
	    run(connection, "ROLLBACK", NULL) < 0)
		log_error("database: a rollback failed");
}

int64_t connection_changes(struct connection *connection)
{
	return sqlite3_total_changes64(connection->handle);
}

bool connection_lost(struct connection *connection)
{
	return sqlite3_get_autocommit(connection->handle);
}

/* SQLite fills in the row id only for a key of exactly this type. */
int connection_run_script(struct connection *connection, const char *sql,
			  struct err *err)
{
	g_autoptr(GString) text = g_string_new(sql);
	g_string_replace(text, "BIGINT PRIMARY KEY", "INTEGER PRIMARY KEY", 0);
	int code =
		sqlite3_exec(connection->handle, text->str, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0 : sqlite_error(connection, code, err);
}

/* Checkpoints */

static void checkpoint(struct connection *connection, int mode)
{
	int code = sqlite3_wal_checkpoint_v2(connection->handle, NULL, mode,
					     NULL, NULL);
	if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
		log_warn("database: checkpoint: %s",
			 sqlite3_errmsg(connection->handle));
}

void connection_checkpoint(struct connection *connection)
{
	if (connection->log_pages <
	    connection->checkpoint_at - CHECKPOINT_PAGES)
		connection->checkpoint_at = CHECKPOINT_PAGES;
	if (connection->log_pages < connection->checkpoint_at)
		return;
	sqlite3_busy_timeout(connection->handle, RESTART_WAIT_MS);
	checkpoint(connection, connection->log_pages < RESTART_PAGES
				       ? SQLITE_CHECKPOINT_PASSIVE
				       : SQLITE_CHECKPOINT_RESTART);
	sqlite3_busy_timeout(connection->handle, BUSY_TIMEOUT_MS);
	connection->checkpoint_at = connection->log_pages + CHECKPOINT_PAGES;
}

int connection_settle(struct connection *connection, struct err *err)
{
	/* a connection that has not read yet does not know of the log */
	if (run(connection, "PRAGMA schema_version", err) < 0)
		return -1;
	int code = sqlite3_wal_checkpoint_v2(connection->handle, NULL,
					     SQLITE_CHECKPOINT_PASSIVE, NULL,
					     NULL);
	return code == SQLITE_OK ? 0 : sqlite_error(connection, code, err);
}

void connection_checkpoint_all(struct connection *connection)
{
	sqlite3_busy_timeout(connection->handle, RESTART_WAIT_MS);
	checkpoint(connection, SQLITE_CHECKPOINT_TRUNCATE);
}
