/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a write:
 *
 * 1. db_submit() puts it into the queue; db_write() waits on a semaphore of
 *    its own
 * 2. the thread takes all that wait, sorts them by whose they are, and begins
 * 3. those who have had the least of its time have their turns, up to
 *    GROUP_MAX, or until the others have waited long enough. Who comes while
 *    others run has a turn in the same group, and then that ends soon. A db_fn
 *    that fails is undone and out; when the driver cannot undo it, it spoils
 *    the group: all is rolled back and each runs alone
 * 4. commit, with one sync of the disk; when it fails, it fails for all
 * 5. the subscriber gets the notes, also when nobody knows whether the commit
 *    has happened; then each job is told, those of threads that wait at last,
 *    as to wake one takes a while
 *
 * While one group syncs the next one gathers, so that groups grow with the load
 * and a lonely write never waits for company. Therefore what else comes of who
 * is in a group waits for the next one.
 */
#include "db/writer.h"

#include <glib.h>
#include <pthread.h>
#include <semaphore.h>

#include "base/arena.h"
#include "base/metrics.h"
#include "base/threads/disk_turn.h"
#include "base/threads/thread.h"

#define GROUP_MAX 256

/* After so long a group is committed and the others wait for the next one, for
 * whoever is in it waits for its end. */
#define GROUP_US 10000
/* When it is not one's alone, or another has just had a turn: who may come
 * during the commit, which is the longer the more was done. */
#define SHARED_GROUP_US 1000
#define COMPANY_US 1000000

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

struct queue {
	struct db_job *first, **last;
};

/* The jobs of one, or of some that share it. */
struct lane {
	struct queue jobs;
	/* Of the thread's time. Who comes back begins with no less than the
	 * others have: nobody saves any up. */
	int64_t spent_us;
};

/* Sets of lanes have a bit each. */
struct group {
	struct db_job *jobs[GROUP_MAX];
	size_t n;
	int64_t began_us, end_us;
	uint64_t lanes; /* in it, also those that have had no turn yet */
	uint64_t late;  /* of them, came during it and have had none yet */
};

/* Accounts that had turns; what is nobody's does not count. */
struct company {
	int64_t whose, at_us; /* the last one */
	int64_t others_us;    /* the last one of another */
};

struct writer {
	struct connection *connection;
	struct notes notes; /* of the group that runs */
	struct lane lanes[LANES];
	uint64_t waiting; /* lanes with jobs */
	int64_t clock_us; /* the least spent of those that had a turn last */
	struct company company;
	struct queue next;     /* for the group after the one that runs */
	_Atomic int64_t spare; /* db_spare() */
	atomic_bool has_new;   /* any thread may look */
	GThread *thread;
	pthread_mutex_t lock; /* of all that follows */
	pthread_cond_t filled;
	struct queue new;
	bool idle; /* the thread waits for filled */
	bool closing;
	db_commit_fn *on_commit;
	void *on_commit_user;
	db_told_fn *on_told;
	void *on_told_user;
};

/* Queues */

static void queue_clear(struct queue *queue)
{
	queue->first = NULL;
	queue->last = &queue->first;
}

static void queue_push(struct queue *queue, struct db_job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

/* There is one. */
static struct db_job *queue_pop(struct queue *queue)
{
	struct db_job *job = queue->first;
	queue->first = job->next;
	if (queue->first == NULL)
		queue_clear(queue);
	return job;
}

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

bool db_is_awaited(const struct db_tx *tx)
{
	return tx->is_awaited &&
	       atomic_load_explicit(tx->is_awaited, memory_order_relaxed);
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
	struct db_tx tx = {connection, &writer->notes, &writer->has_new};
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
	disk_turn_begin();
	int committed = connection_commit(writer->connection, &why);
	disk_turn_end();
	if (committed < 0) {
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

/* The job of writer_run(). */
static void wake(struct db_job *job)
{
	sem_post(job->user);
}

/* A job may be gone once it is told. */
static void tell(struct writer *writer, struct db_job **jobs, size_t n)
{
	size_t waiting = 0;
	notes_deliver(writer);
	notes_clear(&writer->notes);
	for (size_t i = 0; i < n; i++)
		if (jobs[i]->done == wake)
			jobs[waiting++] = jobs[i];
		else
			jobs[i]->done(jobs[i]);
	pthread_mutex_lock(&writer->lock);
	if (writer->on_told)
		writer->on_told(writer->on_told_user);
	pthread_mutex_unlock(&writer->lock);
	for (size_t i = 0; i < waiting; i++)
		wake(jobs[i]);
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

static size_t lane_of(int64_t whose)
{
	return (uint64_t)whose % LANES;
}

static uint64_t bit_of(size_t lane)
{
	return UINT64_C(1) << lane;
}

static void sort_in(struct writer *writer, struct db_job *job)
{
	size_t at = lane_of(job->whose);
	struct lane *lane = &writer->lanes[at];
	if (lane->jobs.first == NULL)
		lane->spent_us = MAX(lane->spent_us, writer->clock_us);
	writer->waiting |= bit_of(at);
	queue_push(&lane->jobs, job);
}

static void sort_in_all(struct writer *writer, struct db_job *job)
{
	for (struct db_job *next; job; job = next) {
		next = job->next;
		sort_in(writer, job);
	}
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
	struct db_job *job = queue_pop(&lane->jobs);
	if (lane->jobs.first == NULL)
		writer->waiting &= ~bit_of(at);
	return job;
}

static void note_turn(struct company *company, int64_t whose, int64_t now)
{
	if (whose == 0)
		return;
	if (whose != company->whose)
		company->others_us = company->at_us;
	company->whose = whose;
	company->at_us = now;
}

/* Whether somebody who is not in that lane has just had a turn. */
static bool has_company(const struct company *company, size_t at, int64_t now)
{
	bool is_last = lane_of(company->whose) == at;
	int64_t last_us = is_last ? company->others_us : company->at_us;
	return last_us && now - last_us < COMPANY_US;
}

/* What has come, waiting for it if there is nothing else to do. */
static struct db_job *take_new(struct writer *writer, bool wait)
{
	pthread_mutex_lock(&writer->lock);
	while (wait && writer->new.first == NULL && !writer->closing) {
		writer->idle = true;
		pthread_cond_wait(&writer->filled, &writer->lock);
	}
	writer->idle = false;
	struct db_job *first = writer->new.first;
	queue_clear(&writer->new);
	atomic_store_explicit(&writer->has_new, false, memory_order_relaxed);
	pthread_mutex_unlock(&writer->lock);
	return first;
}

/* Turns */

/* Somebody waits. */
static void begin_turns(const struct writer *writer, struct group *group)
{
	uint64_t lanes = writer->waiting;
	int64_t now = g_get_monotonic_time();
	bool shared = (lanes & (lanes - 1)) != 0 ||
		      has_company(&writer->company,
				  (size_t)__builtin_ctzll(lanes), now);
	group->lanes = lanes;
	group->began_us = now;
	group->end_us = now + (shared ? SHARED_GROUP_US : GROUP_US);
}

/* Whoever comes for the first time in this group. */
static void let_in(struct writer *writer, struct group *group)
{
	struct db_job *job = take_new(writer, false), *next;
	for (; job; job = next) {
		uint64_t bit = bit_of(lane_of(job->whose));
		next = job->next;
		if (group->lanes & bit) {
			queue_push(&writer->next, job);
			continue;
		}
		sort_in(writer, job);
		group->lanes |= bit;
		group->late |= bit;
		group->end_us =
			MIN(group->end_us, group->began_us + SHARED_GROUP_US);
	}
}

/* False when the job has spoiled the transaction. */
static bool run_turn(struct writer *writer, struct group *group, size_t at,
		     int64_t *now)
{
	struct lane *lane = &writer->lanes[at];
	struct db_job *job = take_from(writer, at);
	int64_t before = *now, whose = job->whose;
	writer->clock_us = lane->spent_us;
	group->late &= ~bit_of(at);
	group->jobs[group->n++] = job;
	if (!run_one(writer, job))
		return false;
	*now = g_get_monotonic_time();
	lane->spent_us += *now - before + 1;
	note_turn(&writer->company, whose, *now);
	return true;
}

/* False when a job has spoiled the transaction. */
static bool run_turns(struct writer *writer, struct group *group)
{
	begin_turns(writer, group);
	int64_t now = group->began_us;
	while (writer->waiting && group->n < GROUP_MAX) {
		size_t at = next_lane(writer);
		if (now >= group->end_us && !(group->late & bit_of(at)))
			break;
		if (!run_turn(writer, group, at, &now))
			return false;
		if (now - group->began_us < GROUP_US &&
		    atomic_load_explicit(&writer->has_new,
					 memory_order_relaxed))
			let_in(writer, group);
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

static void *run_writer(void *arg)
{
	struct writer *writer = arg;
	for (;;) {
		sort_in_all(writer, writer->next.first);
		queue_clear(&writer->next);
		sort_in_all(writer, take_new(writer, !writer->waiting));
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
	for (size_t i = 0; i < LANES; i++)
		queue_clear(&writer->lanes[i].jobs);
	queue_clear(&writer->next);
	queue_clear(&writer->new);
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
		queue_push(&writer->new, job);
		atomic_store_explicit(&writer->has_new, true,
				      memory_order_relaxed);
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
	if (!enqueue(writer, job))
		return err_set(err, ERR_BUSY, "The database is closing.");
	return 0;
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
