/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done to an SQLite file as a whole: a copy before its schema changes,
 * the check of its structure, its indexes made again.
 */
#include "db/sqlite/sqlite.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define FINDINGS_MAX 100

/* The copy */

static int sync_name(const char *name, int flags)
{
	int fd = open(name, flags | O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int result = fsync(fd);
	int why = errno;
	close(fd);
	errno = why;
	return result;
}

/* SQLite takes an empty file for the copy, which so is its owner's alone, and
 * syncs nothing. */
static int copy_into(struct sqlite *sqlite, const char *name, struct err *err)
{
	sqlite3_stmt *stmt;
	int fd = fd_open_file(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return err_set_errno(err, errno, "Cannot make %s", name);
	close(fd);
	int code = sqlite3_prepare_v2(sqlite->handle, "VACUUM INTO $1", -1,
				      &stmt, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(stmt);
	int result = code == SQLITE_DONE ? 0 : sqlite_error(sqlite, code, err);
	sqlite3_finalize(stmt);
	if (result == 0 && sync_name(name, 0) < 0)
		result = err_set_errno(err, errno, "Cannot sync %s", name);
	return result;
}

int sqlite_keep_copy(struct connection *connection, int64_t step,
		     char **name_out, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	const char *path = sqlite3_db_filename(sqlite->handle, "main");
	g_autofree char *name =
		g_strdup_printf("%s.before-%" PRId64, path, step + 1);
	g_autofree char *unfinished = g_strconcat(name, ".part", NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	if (copy_into(sqlite, unfinished, err) < 0) {
		unlink(unfinished);
		return -1;
	}
	if (rename(unfinished, name) < 0 || sync_name(dir, O_DIRECTORY) < 0)
		return err_set_errno(err, errno, "Cannot keep %s", name);
	*name_out = g_steal_pointer(&name);
	return 0;
}

/* The check */

int sqlite_check(struct connection *connection, db_finding_fn *finding,
		 void *user, struct err *err)
{
	struct sqlite *sqlite = sqlite_of(connection);
	sqlite3_stmt *stmt;
	g_autofree char *sql =
		g_strdup_printf("PRAGMA integrity_check(%d)", FINDINGS_MAX);
	int code = sqlite3_prepare_v2(sqlite->handle, sql, -1, &stmt, NULL);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(stmt);
		if (code != SQLITE_ROW)
			break;
		const char *text = (const char *)sqlite3_column_text(stmt, 0);
		if (g_strcmp0(text, "ok") != 0)
			finding(user, text ? text : "");
	}
	int result = code == SQLITE_DONE ? 0 : sqlite_error(sqlite, code, err);
	/* damage that it has told, or begun with */
	if ((code & 0xff) == SQLITE_CORRUPT) {
		finding(user, sqlite3_errmsg(sqlite->handle));
		result = 0;
	}
	sqlite3_finalize(stmt);
	return result;
}

/* Repair */

static void note_finding(void *user, const char *text)
{
	(void)text;
	*(bool *)user = false;
}

static int exec(sqlite3 *handle, const char *sql, struct err *err)
{
	int code = sqlite3_exec(handle, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? 0
				 : err_set(err, ERR_CORRUPT, "Database: %s.",
					   sqlite3_errmsg(handle));
}

/* The texts of a column; free with g_ptr_array_unref(). */
static int select_texts(sqlite3 *handle, const char *sql, GPtrArray *out,
			struct err *err)
{
	sqlite3_stmt *stmt;
	int code = sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL);
	if (code == SQLITE_OK)
		while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
			g_ptr_array_add(
				out, g_strdup((const char *)sqlite3_column_text(
					     stmt, 0)));
	sqlite3_finalize(stmt);
	return code == SQLITE_DONE ? 0
				   : err_set(err, ERR_CORRUPT, "Database: %s.",
					     sqlite3_errmsg(handle));
}

/* What each row of sql says is run. */
static int exec_selected(sqlite3 *handle, const char *sql, struct err *err)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	int result = select_texts(handle, sql, texts, err);
	for (guint i = 0; i < texts->len && result == 0; i++)
		result = exec(handle, g_ptr_array_index(texts, i), err);
	return result;
}

/* With the damaged one attached as `old`: its tables alone are read. The WHERE
 * keeps SQLite from copying indexes page by page. */
static int copy_tables(sqlite3 *handle, struct err *err)
{
#define OWN "name NOT LIKE 'sqlite%' ORDER BY rowid"
	if (exec_selected(handle,
			  "SELECT sql FROM old.sqlite_schema"
			  " WHERE type = 'table' AND " OWN,
			  err) < 0 ||
	    exec_selected(handle,
			  "SELECT 'INSERT INTO main.' || name || ' SELECT *"
			  " FROM old.' || name || ' NOT INDEXED WHERE true'"
			  " FROM old.sqlite_schema"
			  " WHERE type = 'table' AND " OWN,
			  err) < 0)
		return -1;
	return exec_selected(handle,
			     "SELECT sql FROM old.sqlite_schema"
			     " WHERE type <> 'table' AND " OWN,
			     err);
#undef OWN
}

static int fill(sqlite3 *handle, const char *path, struct err *err)
{
	char *attach = sqlite3_mprintf("ATTACH %Q AS old", path);
	int result = exec(handle, attach, err);
	sqlite3_free(attach);
	if (result == 0)
		result = exec(handle, "BEGIN", err);
	if (result == 0)
		result = copy_tables(handle, err);
	return result == 0 ? exec(handle, "COMMIT; DETACH old", err) : -1;
}

/* In one transaction of the database that is written over. */
static int write_over(sqlite3 *from, sqlite3 *onto, struct err *err)
{
	sqlite3_backup *backup =
		sqlite3_backup_init(onto, "main", from, "main");
	if (backup)
		sqlite3_backup_step(backup, -1);
	return sqlite3_backup_finish(backup) == SQLITE_OK && backup
		       ? 0
		       : err_set(err, ERR_INTERNAL, "Database: %s.",
				 sqlite3_errmsg(onto));
}

static int rebuild(sqlite3 *damaged, const char *path, struct err *err)
{
	g_autofree char *name = g_strconcat(path, ".rebuilt", NULL);
	sqlite3 *handle = NULL;
	int result = -1;
	int fd = fd_open_file(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC);
	if (fd < 0)
		return err_set_errno(err, errno, "Cannot make %s", name);
	close(fd);
	if (sqlite3_open_v2(name, &handle, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		err_set(err, ERR_INTERNAL, "Cannot open %s.", name);
	else if (exec(handle,
		      "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
		      err) == 0 &&
		 fill(handle, path, err) == 0)
		result = write_over(handle, damaged, err);
	sqlite3_close(handle);
	unlink(name);
	return result;
}

/* On a handle of its own: the others are kept from damage that they must not
 * make worse. */
int sqlite_repair(struct connection *connection, struct err *err)
{
	struct sqlite own = {.base.driver = connection->driver};
	const char *path =
		sqlite3_db_filename(sqlite_of(connection)->handle, "main");
	bool sound = true;
	int result;
	if (sqlite3_open_v2(path, &own.handle, SQLITE_OPEN_READWRITE, NULL) !=
	    SQLITE_OK)
		result = sqlite_error(&own, SQLITE_CANTOPEN, err);
	else if (exec(own.handle, "PRAGMA synchronous = FULL; REINDEX", NULL) ==
			 0 &&
		 sqlite_check(&own.base, note_finding, &sound, NULL) == 0 &&
		 sound)
		result = 0;
	else
		result = rebuild(own.handle, path, err);
	sqlite3_close(own.handle);
	return result;
}
