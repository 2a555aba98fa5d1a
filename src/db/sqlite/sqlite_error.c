/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What SQLite's codes mean to a caller, and the file of its log, where it keeps
 * its errno.
 */
#include "db/sqlite/sqlite.h"

#include <errno.h>

sqlite3_file *sqlite_log(sqlite3 *handle)
{
	sqlite3_file *log = NULL;
	sqlite3_file_control(handle, "main", SQLITE_FCNTL_JOURNAL_POINTER,
			     &log);
	return log && log->pMethods ? log : NULL;
}

/* All that is written goes to the log. SQLite keeps its errno with that file;
 * sqlite3_system_errno() is silent about a COMMIT. */
static int log_errno(sqlite3 *handle)
{
	sqlite3_file *log = sqlite_log(handle);
	int reason = 0;
	if (log)
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

int sqlite_error(struct sqlite *sqlite, int code, struct err *err)
{
	sqlite3 *handle = sqlite->handle;
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
	case SQLITE_INTERRUPT:
		return err_set(err, ERR_BUSY, "%s",
			       connection_hurries(&sqlite->base)
				       ? "The database is closing."
				       : "The read went on for too long while "
					 "much was written.");
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return err_set_errno(err, errno_of(handle, code),
				     "Database: %s", text);
	}
	return err_set(err, ERR_INTERNAL, "Database: %s.", text);
}
