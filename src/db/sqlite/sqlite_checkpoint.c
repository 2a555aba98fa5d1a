/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The write-ahead log is moved into the database file by a thread of its own,
 * so that no write waits for it.
 *
 * A checkpoint beside writers never gets to the end of the log, and only then
 * SQLite syncs the file and begins to write the log at its beginning again. So
 * there are several: the first ones move all there is while writing goes on,
 * sync it, and take the time; each finds what has come during the one before.
 * When that is little the writer is held between two transactions, and the last
 * one moves and syncs the few pages that are left. Readers of an older snapshot
 * can keep the log from beginning again; they are waited for, a moment, when it
 * has become long, and sqlite.c ends those that go on for too long.
 *
 * Where the disk is nearly full, the log is moved earlier, while there is room
 * for its pages, and what it has had goes back. There the writer waits for this
 * thread, should it come to nothing on a busy machine: a log that has no room
 * in the file any more is never moved, and takes what deletes need.
 *
 * POSIX locks rather than GLib's, because the thread sanitizers see those only.
 */
#include "db/sqlite/sqlite.h"

#include <limits.h>
#include <pthread.h>
#include <sys/statvfs.h>

#include "base/log/log.h"
#include "base/threads/thread.h"

/* The writer is held while readers are waited for: the longer, the longer the
 * log has become. */
#define WAIT_MS 20
#define WAIT_MS_MAX 1000

/* The log may have so much of what is free on the disk, and no less than some
 * pages, or it would be moved at each commit. */
#define SHARE_OF_ROOM 8
#define PAGES_MIN 16
/* The writer goes on until the log has grown by so many times what is due. */
#define TIMES_DUE 2

/* So few pages are moved and synced in a moment. */
#define PAGES_FEW 128

struct checkpointer {
	struct sqlite own; /* its connection */
	char *path;
	GThread *thread;
	bool failed; /* the last one; told once */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* any of the following */
	int log_pages;          /* after the last commit */
	int moved_at;           /* log_pages */
	bool writing;           /* a transaction is open */
	bool held;              /* none may begin */
	bool behind;            /* nor before the log has been moved */
	bool closing;
};

/* The log is moved when it has grown by so many. */
static int pages_due(const struct checkpointer *c)
{
	struct statvfs fs;
	int most = sqlite_tuning.checkpoint_pages;
	if (statvfs(c->path, &fs) != 0)
		return most;
	uint64_t pages = fs.f_bavail * fs.f_frsize / SQLITE_PAGE_BYTES;
	return (int)MIN(MAX(pages / SHARE_OF_ROOM, PAGES_MIN), (uint64_t)most);
}

/* Within the lock. */
static bool is_due(const struct checkpointer *c)
{
	int grown = c->log_pages - c->moved_at;
	return grown >= sqlite_tuning.checkpoint_pages ||
	       (grown >= PAGES_MIN && grown >= pages_due(c));
}

/* Within the lock, when it is due: on a disk that is nearly full. */
static bool is_behind(const struct checkpointer *c)
{
	int due = pages_due(c);
	return due < sqlite_tuning.checkpoint_pages &&
	       c->log_pages - c->moved_at >= TIMES_DUE * due;
}

/* The writer's side */

void checkpointer_begin(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	while (c->held || c->behind)
		pthread_cond_wait(&c->changed, &c->lock);
	c->writing = true;
	pthread_mutex_unlock(&c->lock);
}

void checkpointer_end(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	c->writing = false;
	/* the log began again */
	if (c->log_pages < c->moved_at)
		c->moved_at = 0;
	bool due = is_due(c), wake = c->held || due;
	c->behind = due && is_behind(c);
	pthread_mutex_unlock(&c->lock);
	if (wake)
		pthread_cond_broadcast(&c->changed);
}

void checkpointer_logged(struct checkpointer *c, int pages)
{
	pthread_mutex_lock(&c->lock);
	c->log_pages = pages;
	pthread_mutex_unlock(&c->lock);
}

/* The thread */

static void tell(struct checkpointer *c, int code)
{
	bool failed = code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY;
	if (failed && !c->failed)
		log_warn("database: the log grows, for it cannot be moved into "
			 "the file: %s",
			 sqlite3_errmsg(c->own.handle));
	c->failed = failed;
}

static bool move_pages(struct checkpointer *c, int mode)
{
	int code = sqlite3_wal_checkpoint_v2(c->own.handle, NULL, mode, NULL,
					     NULL);
	tell(c, code);
	return code == SQLITE_OK;
}

/* SQLite does not, unless it moved the end of the log. */
static bool sync_file(struct checkpointer *c)
{
	sqlite3_file *file = NULL;
	sqlite3_file_control(c->own.handle, "main", SQLITE_FCNTL_FILE_POINTER,
			     &file);
	int code = file && file->pMethods
			   ? file->pMethods->xSync(file, SQLITE_SYNC_NORMAL)
			   : SQLITE_OK;
	tell(c, code);
	return code == SQLITE_OK;
}

/* Each time there is less to move, by how much faster the disk is than the
 * writer, until it is little or the time is that of the sync alone. Within the
 * lock, which it leaves. */
static bool move_beside_writer(struct checkpointer *c)
{
	bool moved;
	int before, came = INT_MAX, came_before;
	do {
		before = c->log_pages;
		came_before = came;
		pthread_mutex_unlock(&c->lock);
		moved = move_pages(c, SQLITE_CHECKPOINT_PASSIVE) &&
			sync_file(c);
		pthread_mutex_lock(&c->lock);
		came = c->log_pages - before;
	} while (moved && came > PAGES_FEW && came < came_before / 4 * 3);
	return moved;
}

/* Holds the writer; within the lock. */
static void finish(struct checkpointer *c)
{
	c->held = true;
	while (c->writing)
		pthread_cond_wait(&c->changed, &c->lock);
	int times = c->log_pages / sqlite_tuning.restart_pages;
	pthread_mutex_unlock(&c->lock);
	int mode =
		times ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
	if (pages_due(c) < sqlite_tuning.checkpoint_pages) {
		mode = SQLITE_CHECKPOINT_TRUNCATE;
		times = MAX(times, 1);
	}
	sqlite3_busy_timeout(c->own.handle, MIN(times * WAIT_MS, WAIT_MS_MAX));
	move_pages(c, mode);
	pthread_mutex_lock(&c->lock);
	c->held = false;
	pthread_cond_broadcast(&c->changed);
}

static void *run_checkpointer(void *arg)
{
	struct checkpointer *c = arg;
	pthread_mutex_lock(&c->lock);
	while (!c->closing) {
		if (!c->behind && !is_due(c)) {
			pthread_cond_wait(&c->changed, &c->lock);
			continue;
		}
		if (move_beside_writer(c))
			finish(c);
		/* well or badly: it was tried */
		c->moved_at = c->log_pages;
		c->behind = false;
		pthread_cond_broadcast(&c->changed);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Its life */

/* A connection that has not read yet does not know of the log. */
static int open_own(struct checkpointer *c, const char *path, struct err *err)
{
	sqlite3 **handle = &c->own.handle;
	int code = sqlite3_open_v2(path, handle,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
				   NULL);
	if (code == SQLITE_OK) {
		sqlite3_extended_result_codes(*handle, 1);
		sqlite3_busy_timeout(*handle, WAIT_MS_MAX);
		code = sqlite3_exec(
			*handle,
			"PRAGMA synchronous = FULL; PRAGMA schema_version",
			NULL, NULL, NULL);
	}
	return code == SQLITE_OK ? 0 : sqlite_error(&c->own, code, err);
}

int checkpointer_start(struct checkpointer **out, const char *path,
		       struct err *err)
{
	struct checkpointer *c = g_new0(struct checkpointer, 1);
	c->path = g_strdup(path);
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->changed, NULL);
	if (open_own(c, path, err) < 0 ||
	    thread_start(&c->thread,
			 &(struct thread_kind){"db-checkpoint", THREAD_WORK},
			 run_checkpointer, c, err) < 0) {
		checkpointer_stop(c);
		return -1;
	}
	*out = c;
	return 0;
}

void checkpointer_stop(struct checkpointer *c)
{
	if (c == NULL)
		return;
	pthread_mutex_lock(&c->lock);
	c->closing = true;
	pthread_mutex_unlock(&c->lock);
	pthread_cond_broadcast(&c->changed);
	if (c->thread)
		g_thread_join(c->thread);
	sqlite3_close(c->own.handle);
	pthread_cond_destroy(&c->changed);
	pthread_mutex_destroy(&c->lock);
	g_free(c->path);
	g_free(c);
}
