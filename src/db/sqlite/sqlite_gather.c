/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file system below SQLite that gathers what the writer appends to the log.
 * A page of the log is two writes for SQLite, 24 bytes and the page: a commit
 * of a hundred uploads is four hundred calls of the kernel. Here one call takes
 * 31 pages.
 *
 * The log is for others to read once the commit tells them so, through shared
 * memory, and with synchronous = FULL it is synced before: what is gathered is
 * written by the sync at the latest. Only the log: a checkpoint passes over
 * errors between its last write to the database's file and telling others.
 *
 * An error is told late then, and SQLite does not look at what each call
 * returns. So after one that was not told of the write that failed, all calls
 * fail until the writer begins anew: what is not in the log can be neither read
 * nor committed.
 */
#include "db/sqlite/sqlite.h"

#define GATHER_BYTES 0x1ffff /* SQLite cuts a longer write */

struct gathering {
	sqlite3_file base;
	char *buffer; /* from the first write on */
	int n;
	sqlite3_int64 at; /* of the buffer in the file */
	int failed;       /* a code; SQLITE_OK */
			  /* and behind it the file of the system */
};

static sqlite3_vfs gather;

static struct gathering *gathering_of(sqlite3_file *file)
{
	return (struct gathering *)file;
}

static sqlite3_file *inner(sqlite3_file *file)
{
	return (sqlite3_file *)(gathering_of(file) + 1);
}

static int flush(sqlite3_file *file)
{
	struct gathering *g = gathering_of(file);
	if (g->failed == SQLITE_OK && g->n)
		g->failed = inner(file)->pMethods->xWrite(
			inner(file), g->buffer, g->n, g->at);
	g->n = 0;
	return g->failed;
}

static int gather_write(sqlite3_file *file, const void *p, int n,
			sqlite3_int64 at)
{
	struct gathering *g = gathering_of(file);
	bool follows = at == g->at + g->n && n <= GATHER_BYTES - g->n;
	if ((g->failed || (g->n && !follows)) && flush(file) != SQLITE_OK)
		return g->failed;
	if (n > GATHER_BYTES)
		return inner(file)->pMethods->xWrite(inner(file), p, n, at);
	if (g->buffer == NULL)
		g->buffer = g_malloc(GATHER_BYTES);
	if (g->n == 0)
		g->at = at;
	memcpy(g->buffer + g->n, p, (size_t)n);
	g->n += n;
	return SQLITE_OK;
}

static int gather_close(sqlite3_file *file)
{
	int flushed = flush(file);
	int code = inner(file)->pMethods->xClose(inner(file));
	g_clear_pointer(&gathering_of(file)->buffer, g_free);
	return flushed == SQLITE_OK ? code : flushed;
}

/* All else is the system's, after what was gathered. */
#define AFTER_FLUSH(file, call)                                                \
	do {                                                                   \
		int code = flush(file);                                        \
		return code == SQLITE_OK ? inner(file)->pMethods->call : code; \
	} while (0)

static int gather_read(sqlite3_file *file, void *p, int n, sqlite3_int64 at)
{
	AFTER_FLUSH(file, xRead(inner(file), p, n, at));
}

static int gather_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	AFTER_FLUSH(file, xTruncate(inner(file), size));
}

static int gather_sync(sqlite3_file *file, int flags)
{
	AFTER_FLUSH(file, xSync(inner(file), flags));
}

static int gather_size(sqlite3_file *file, sqlite3_int64 *size)
{
	AFTER_FLUSH(file, xFileSize(inner(file), size));
}

/* A log is not locked. */
static int gather_lock(sqlite3_file *file, int lock)
{
	(void)file;
	(void)lock;
	return SQLITE_OK;
}

static int gather_check_lock(sqlite3_file *file, int *locked)
{
	(void)file;
	*locked = 0;
	return SQLITE_OK;
}

static int gather_control(sqlite3_file *file, int what, void *arg)
{
	return inner(file)->pMethods->xFileControl(inner(file), what, arg);
}

static int gather_sector(sqlite3_file *file)
{
	return inner(file)->pMethods->xSectorSize(inner(file));
}

static int gather_device(sqlite3_file *file)
{
	return inner(file)->pMethods->xDeviceCharacteristics(inner(file));
}

static const sqlite3_io_methods methods = {
	.iVersion = 1, /* shared memory is the other file's */
	.xClose = gather_close,
	.xRead = gather_read,
	.xWrite = gather_write,
	.xTruncate = gather_truncate,
	.xSync = gather_sync,
	.xFileSize = gather_size,
	.xLock = gather_lock,
	.xUnlock = gather_lock,
	.xCheckReservedLock = gather_check_lock,
	.xFileControl = gather_control,
	.xSectorSize = gather_sector,
	.xDeviceCharacteristics = gather_device,
};

static int gather_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file,
		       int flags, int *flags_out)
{
	sqlite3_vfs *system = vfs->pAppData;
	if (!(flags & SQLITE_OPEN_WAL))
		return system->xOpen(system, name, file, flags, flags_out);
	*gathering_of(file) = (struct gathering){0};
	int code = system->xOpen(system, name, inner(file), flags, flags_out);
	if (code == SQLITE_OK)
		file->pMethods = &methods;
	else if (inner(file)->pMethods)
		inner(file)->pMethods->xClose(inner(file));
	return code;
}

void sqlite_gather_register(void)
{
	sqlite3_vfs *system = sqlite3_vfs_find(NULL);
	gather = *system; /* none of its functions asks which one it is of */
	gather.zName = SQLITE_GATHER;
	gather.pNext = NULL;
	gather.pAppData = system;
	gather.szOsFile += (int)sizeof(struct gathering);
	gather.xOpen = gather_open;
	sqlite3_vfs_register(&gather, 0);
}

void sqlite_gather_begin(sqlite3 *handle)
{
	sqlite3_file *log = sqlite_log(handle);
	if (log == NULL || log->pMethods != &methods)
		return;
	gathering_of(log)->n = 0;
	gathering_of(log)->failed = SQLITE_OK;
}
