/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a write:
 *
 * 1. db_submit() puts it into the queue; db_write() waits on a semaphore of
 *    its own
 * 2. the thread takes all that wait, sorts them by whose they are, and begins
 * 3. those who have had the least of its time have their turns, up to
 *    GROUP_MAX, or until the others have waited long enough. A db_fn that fails
 *    is undone and out; when the driver cannot undo it, it spoils the group:
 *    all is rolled back and each runs alone
 * 4. commit, with one sync of the disk; when it fails, it fails for all
 * 5. the subscriber gets the notes, also when nobody knows whether the commit
 *    has happened; then each job is told, and at last whoever is to know that
 *    all have been
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
#include "base/threads/thread.h"

#define GROUP_MAX 256

/* After so long a group is committed and the others wait for the next one, for
 * whoever is in it waits for its end. */
#define GROUP_US 10000
#define SHARED_GROUP_US 2000 /* when it is not one's alone */

#define LANES 64

struct note {
	struct note *next;
	size_t n;
	_Alignas(max_align_t) char bytes[];
};

struct notes {
	struct arena arena;
	struct note *first, **last;
};

/* The jobs of one, or of some that share it. */
struct lane {
	struct db_job *first, **last;
	/* Of the thread's time. Who comes back begins with no less than the
	 * others have: nobody saves any up. */
	int64_t spent_us;
};

struct group {
	struct db_job *jobs[GROUP_MAX];
	size_t n;
	uint64_t lanes; /* a bit each */
};

struct writer {
	struct connection *connection;
	struct notes notes; /* of the group that runs */
	struct lane lanes[LANES];
	uint64_t waiting; /* a bit for each lane with jobs */
	int64_t clock_us; /* the least spent of those that had a turn last */
	_Atomic int64_t spare; /* db_spare() */
	GThread *thread;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t filled;
	struct db_job *first, **last;
	bool idle; /* the thread waits for filled */
	bool closing;
	db_commit_fn *on_commit;
	void *on_commit_user;
	db_told_fn *on_told;
	void *on_told_user;
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

static void commit(struct writer *writer, struct db_job **jobs, size_t n)
{
	struct err why = {0};
	int64_t spare = writer->connection->driver->spare(writer->connection);
	if (connection_commit(writer->connection, &why) < 0) {
		fail_done(jobs, n, &why);
		if (why.code != ERR_UNCERTAIN)
			notes_clear(&writer->notes);
		return;
	}
	atomic_store(&writer->spare, spare);
	size_t done = count_done(jobs, n);
	if (done > 0)
		metric_add(METRIC_DB_COMMITS, 1);
	metric_add(METRIC_DB_WRITES, (int64_t)done);
}

static void roll_back(struct writer *writer)
{
	connection_rollback(writer->connection);
	notes_clear(&writer->notes);
}

static void tell(struct writer *writer, struct db_job **jobs, size_t n)
{
	notes_deliver(writer);
	notes_clear(&writer->notes);
	for (size_t i = 0; i < n; i++)
		jobs[i]->done(jobs[i]);
	pthread_mutex_lock(&writer->lock);
	if (writer->on_told)
		writer->on_told(writer->on_told_user);
	pthread_mutex_unlock(&writer->lock);
}

static void run_alone(struct writer *writer, struct db_job *job)
{
	struct err why = {0};
	if (connection_begin_write(writer->connection, &why) < 0)
		fail_all(&job, 1, &why);
	else if (run_one(writer, job))
		commit(writer, &job, 1);
	else
		roll_back(writer);
	tell(writer, &job, 1);
}

/* Lanes */

static void sort_in(struct writer *writer, struct db_job *job)
{
	size_t at = (uint64_t)job->whose % LANES;
	struct lane *lane = &writer->lanes[at];
	if (lane->first == NULL) {
		lane->last = &lane->first;
		lane->spent_us = MAX(lane->spent_us, writer->clock_us);
		writer->waiting |= UINT64_C(1) << at;
	}
	job->next = NULL;
	*lane->last = job;
	lane->last = &job->next;
}

/* Somebody waits. */
static size_t next_lane(const struct writer *writer)
{
	size_t next = LANES;
	for (uint64_t left = writer->waiting; left; left &= left - 1) {
		size_t at = (size_t)__builtin_ctzll(left);
		if (next == LANES ||
		    writer->lanes[at].spent_us < writer->lanes[next].spent_us)
			next = at;
	}
	return next;
}

static struct db_job *take_from(struct writer *writer, size_t at)
{
	struct lane *lane = &writer->lanes[at];
	struct db_job *job = lane->first;
	lane->first = job->next;
	if (lane->first == NULL)
		writer->waiting &= ~(UINT64_C(1) << at);
	return job;
}

/* False when a job has spoiled the transaction. */
static bool run_turns(struct writer *writer, struct group *group)
{
	int64_t began = g_get_monotonic_time(), now = began;
	bool shared = false;
	while (writer->waiting && group->n < GROUP_MAX &&
	       now - began < (shared ? SHARED_GROUP_US : GROUP_US)) {
		size_t at = next_lane(writer);
		struct lane *lane = &writer->lanes[at];
		struct db_job *job = take_from(writer, at);
		int64_t before = now;
		writer->clock_us = lane->spent_us;
		group->jobs[group->n++] = job;
		group->lanes |= UINT64_C(1) << at;
		shared = (group->lanes & (group->lanes - 1)) != 0;
		if (!run_one(writer, job))
			return false;
		now = g_get_monotonic_time();
		lane->spent_us += now - before + 1;
	}
	return true;
}

static void take_all(struct writer *writer, struct group *group)
{
	while (writer->waiting && group->n < GROUP_MAX)
		group->jobs[group->n++] = take_from(writer, next_lane(writer));
}

static void run_group(struct writer *writer)
{
	struct group group = {.n = 0};
	struct err why = {0};
	if (connection_begin_write(writer->connection, &why) < 0) {
		take_all(writer, &group);
		fail_all(group.jobs, group.n, &why);
	} else if (run_turns(writer, &group)) {
		commit(writer, group.jobs, group.n);
	} else {
		roll_back(writer);
		for (size_t i = 0; group.n > 1 && i < group.n; i++)
			run_alone(writer, group.jobs[i]);
		if (group.n > 1)
			return;
	}
	tell(writer, group.jobs, group.n);
}

/* The thread */

/* What has come, waiting for it if there is nothing else to do. */
static struct db_job *take_new(struct writer *writer)
{
	pthread_mutex_lock(&writer->lock);
	while (writer->first == NULL && !writer->closing && !writer->waiting) {
		writer->idle = true;
		pthread_cond_wait(&writer->filled, &writer->lock);
	}
	writer->idle = false;
	struct db_job *first = writer->first;
	writer->first = NULL;
	writer->last = &writer->first;
	pthread_mutex_unlock(&writer->lock);
	return first;
}

static void *run_writer(void *arg)
{
	struct writer *writer = arg;
	for (;;) {
		struct db_job *job = take_new(writer), *next;
		for (; job; job = next) {
			next = job->next;
			sort_in(writer, job);
		}
		if (!writer->waiting)
			return NULL;
		run_group(writer);
	}
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
	if (thread_start(&writer->thread,
			 &(struct thread_kind){"db-writer", THREAD_PROMPT},
			 run_writer, writer, err) < 0) {
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

int writer_run(struct writer *writer, const struct db_turn *turn,
	       struct err *err)
{
	sem_t done;
	struct db_job job = {.fn = turn->fn,
			     .arg = turn->arg,
			     .whose = turn->whose,
			     .done = wake,
			     .user = &done};
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

const _Atomic int64_t *writer_spare(const struct writer *writer)
{
	return &writer->spare;
}

void writer_on_commit(struct writer *writer, db_commit_fn *fn, void *user)
{
	pthread_mutex_lock(&writer->lock);
	writer->on_commit = fn;
	writer->on_commit_user = user;
	pthread_mutex_unlock(&writer->lock);
}

void writer_on_told(struct writer *writer, db_told_fn *fn, void *user)
{
	pthread_mutex_lock(&writer->lock);
	writer->on_told = fn;
	writer->on_told_user = user;
	pthread_mutex_unlock(&writer->lock);
}
