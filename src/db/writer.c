/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a write:
 *
 * 1. db_submit() puts it into the queue; db_write() waits on a semaphore of
 *    its own
 * 2. the thread takes all that wait, up to GROUP_MAX, and begins
 * 3. each db_fn runs; one that fails is undone and out; when the driver cannot
 *    undo it, it spoils the group: all is rolled back and each runs alone
 * 4. commit, with one sync of the disk; when it fails, it fails for all
 * 5. the subscriber gets the notes, also when nobody knows whether the commit
 *    has happened; then each job is told
 *
 * While one group syncs the next one gathers, so that groups grow with the
 * load and a lonely write never waits for company.
 */
#include "db/writer.h"

#include <glib.h>
#include <pthread.h>
#include <semaphore.h>

#include "base/arena.h"
#include "base/metrics.h"
#include "base/thread.h"

#define GROUP_MAX 256

struct note {
	struct note *next;
	size_t n;
	_Alignas(max_align_t) char bytes[];
};

struct notes {
	struct arena arena;
	struct note *first, **last;
};

struct writer {
	struct connection *connection;
	struct notes notes; /* of the group that runs */
	GThread *thread;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t filled;
	struct db_job *first, **last;
	bool idle; /* the thread waits for filled */
	bool closing;
	db_commit_fn *on_commit;
	void *on_commit_user;
};

/* Notes */

void db_tx_notify(struct db_tx *tx, const void *note, size_t n)
{
	struct notes *notes = tx->notes;
	g_assert(notes);
	struct note *copy = arena_alloc(&notes->arena, sizeof(*copy) + n);
	copy->next = NULL;
	copy->n = n;
	if (n)
		memcpy(copy->bytes, note, n);
	*notes->last = copy;
	notes->last = &copy->next;
}

/* Forgets what came after the mark, a former notes->last. */
static void notes_cut(struct notes *notes, struct note **mark)
{
	*mark = NULL;
	notes->last = mark;
}

static void notes_deliver(struct writer *writer)
{
	struct note *note = writer->notes.first;
	if (note == NULL)
		return;
	pthread_mutex_lock(&writer->lock);
	db_commit_fn *fn = writer->on_commit;
	void *user = writer->on_commit_user;
	pthread_mutex_unlock(&writer->lock);
	for (; fn && note; note = note->next)
		fn(user, note->bytes, note->n);
}

static void notes_clear(struct notes *notes)
{
	notes_cut(notes, &notes->first);
	arena_release(&notes->arena);
}

/* Groups */

static void fail_all(struct db_job **jobs, size_t n, const struct err *why)
{
	for (size_t i = 0; i < n; i++) {
		jobs[i]->result = -1;
		jobs[i]->err = *why;
	}
}

/* Who was refused for a reason of its own keeps it. */
static void fail_done(struct db_job **jobs, size_t n, const struct err *why)
{
	for (size_t i = 0; i < n; i++)
		if (jobs[i]->result >= 0)
			fail_all(&jobs[i], 1, why);
}

/* False when the transaction must not go on. */
static bool run_one(struct writer *writer, struct db_job *job)
{
	struct connection *connection = writer->connection;
	struct db_tx tx = {connection, &writer->notes};
	struct note **mark = writer->notes.last;
	int64_t before = connection->driver->mark(connection);
	job->result = job->fn(&tx, job->arg, &job->err);
	connection_end_statements(connection);
	if (connection_lost(connection)) {
		if (job->result >= 0)
			job->result = err_set(
				&job->err, ERR_INTERNAL,
				"Database: the transaction was rolled back.");
		return false;
	}
	if (job->result >= 0)
		return true;
	notes_cut(&writer->notes, mark);
	return connection->driver->undo(connection, before);
}

static size_t count_done(struct db_job **jobs, size_t n)
{
	size_t done = 0;
	for (size_t i = 0; i < n; i++)
		done += jobs[i]->result >= 0;
	return done;
}

/* Runs them in one transaction and fills in their results; false when one of
 * several has spoiled it for the others: nothing has happened then. */
static bool run_together(struct writer *writer, struct db_job **jobs, size_t n)
{
	struct err why = {0};
	if (connection_begin_write(writer->connection, &why) < 0) {
		fail_all(jobs, n, &why);
		return true;
	}
	for (size_t i = 0; i < n; i++) {
		if (run_one(writer, jobs[i]))
			continue;
		connection_rollback(writer->connection);
		notes_clear(&writer->notes);
		return n == 1;
	}
	if (connection_commit(writer->connection, &why) < 0) {
		fail_done(jobs, n, &why);
		if (why.code != ERR_UNCERTAIN)
			notes_clear(&writer->notes);
		return true;
	}
	size_t done = count_done(jobs, n);
	if (done > 0)
		metric_add(METRIC_DB_COMMITS, 1);
	metric_add(METRIC_DB_WRITES, (int64_t)done);
	return true;
}

static void run_group(struct writer *writer, struct db_job **jobs, size_t n)
{
	if (!run_together(writer, jobs, n)) {
		for (size_t i = 0; i < n; i++)
			run_group(writer, &jobs[i], 1);
		return;
	}
	notes_deliver(writer);
	notes_clear(&writer->notes);
	for (size_t i = 0; i < n; i++)
		jobs[i]->done(jobs[i]);
}

/* The thread */

/* 0 when nothing waits and nothing will come. */
static size_t take_group(struct writer *writer, struct db_job **jobs)
{
	size_t n = 0;
	pthread_mutex_lock(&writer->lock);
	while (writer->first == NULL && !writer->closing) {
		writer->idle = true;
		pthread_cond_wait(&writer->filled, &writer->lock);
	}
	writer->idle = false;
	while (writer->first && n < GROUP_MAX) {
		jobs[n++] = writer->first;
		writer->first = writer->first->next;
	}
	if (writer->first == NULL)
		writer->last = &writer->first;
	pthread_mutex_unlock(&writer->lock);
	return n;
}

static void *run_writer(void *arg)
{
	struct writer *writer = arg;
	struct db_job *jobs[GROUP_MAX];
	size_t n;
	while ((n = take_group(writer, jobs)) > 0)
		run_group(writer, jobs, n);
	return NULL;
}

static void release(struct writer *writer)
{
	pthread_cond_destroy(&writer->filled);
	pthread_mutex_destroy(&writer->lock);
	g_free(writer);
}

int writer_start(struct writer **out, struct connection *connection,
		 struct err *err)
{
	struct writer *writer = g_new0(struct writer, 1);
	writer->connection = connection;
	arena_init(&writer->notes.arena);
	writer->notes.last = &writer->notes.first;
	writer->last = &writer->first;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->filled, NULL);
	if (thread_start(&writer->thread, "db-writer", run_writer, writer,
			 err) < 0) {
		release(writer);
		return -1;
	}
	*out = writer;
	return 0;
}

struct connection *writer_stop(struct writer *writer)
{
	if (writer == NULL)
		return NULL;
	pthread_mutex_lock(&writer->lock);
	writer->closing = true;
	pthread_cond_signal(&writer->filled);
	pthread_mutex_unlock(&writer->lock);
	g_thread_join(writer->thread);
	struct connection *connection = writer->connection;
	release(writer);
	return connection;
}

/* Callers */

static bool enqueue(struct writer *writer, struct db_job *job)
{
	pthread_mutex_lock(&writer->lock);
	bool closing = writer->closing;
	if (!closing) {
		*writer->last = job;
		writer->last = &job->next;
	}
	/* it takes all that wait: once is enough */
	if (writer->idle && !closing) {
		writer->idle = false;
		pthread_cond_signal(&writer->filled);
	}
	pthread_mutex_unlock(&writer->lock);
	return !closing;
}

int writer_submit(struct writer *writer, struct db_job *job, struct err *err)
{
	job->next = NULL;
	if (!enqueue(writer, job))
		return err_set(err, ERR_BUSY, "The database is closing.");
	return 0;
}

static void wake(struct db_job *job)
{
	sem_post(job->user);
}

int writer_run(struct writer *writer, db_fn *fn, void *arg, struct err *err)
{
	sem_t done;
	struct db_job job = {.fn = fn, .arg = arg, .done = wake, .user = &done};
	g_assert(g_thread_self() != writer->thread);
	sem_init(&done, 0, 0);
	int result = writer_submit(writer, &job, err);
	while (result == 0 && sem_wait(&done) != 0)
		;
	sem_destroy(&done);
	if (result < 0)
		return -1;
	if (job.result < 0 && err)
		*err = job.err;
	return job.result;
}

void writer_on_commit(struct writer *writer, db_commit_fn *fn, void *user)
{
	pthread_mutex_lock(&writer->lock);
	writer->on_commit = fn;
	writer->on_commit_user = user;
	pthread_mutex_unlock(&writer->lock);
}
