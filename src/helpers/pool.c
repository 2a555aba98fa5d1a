/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread owns the helpers. A round of it: end what is late, give idle
 * helpers jobs, start helpers if more jobs could run, then wait for a message,
 * an end, a new job or a deadline. Only the queue is shared with those who
 * submit.
 */
#include "helpers/pool.h"
#include "base/log/log.h"
#include "base/threads/thread.h"
#include "base/threads/turns.h"
#include "helpers/input.h"
#include "helpers/process.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define MS_US INT64_C(1000)
#define NEVER INT64_MAX
#define START_TIMEOUT_US (15000 * MS_US)
#define END_TIMEOUT_US (5000 * MS_US) /* for killed helpers, at the end */
/* After a start that failed; doubled for each that follows. */
#define BACKOFF_US (100 * MS_US)
#define BACKOFF_DOUBLINGS_MAX 6
#define DEATHS_MAX 2 /* of one job: the first may have another cause */
#define ABSENCES_MAX 8
/* Inputs of a job: whoever waits with more holds as many open files as several
 * others. */
#define INPUTS_FEW 9

struct job {
	struct turn turn; /* first */
	struct pool_job given;
	struct pool_input inputs[HELPER_FDS_MAX]; /* given.inputs */
	unsigned deaths;                          /* helpers that died of it */
	unsigned absences; /* helpers found dead for it */
};

/* NULL of NULL. */
static struct job *job_of(struct turn *turn)
{
	return (struct job *)turn;
}

enum helper_state {
	HELPER_ABSENT,
	HELPER_STARTING, /* until it has greeted */
	HELPER_IDLE,
	HELPER_BUSY,
	HELPER_ENDING, /* killed; its end is waited for */
};

struct helper {
	enum helper_state state;
	struct process process;
	int64_t deadline; /* HELPER_STARTING, HELPER_BUSY, HELPER_IDLE */
	int64_t started;
	uint32_t number; /* of its last job */
	int64_t cpu_at;  /* process_cpu_us() when that began */
	bool has_answered;
	struct job *job; /* HELPER_BUSY */
};

struct pool {
	struct pool_options options;
	GThread *thread;
	int wake_fd;

	GMutex lock;        /* of what follows; held for moments only */
	struct turns turns; /* whose jobs wait or run */
	GHashTable *named;  /* of them, by their names */
	int64_t stop_at;
	int64_t broken_until; /* no helper lives, none is started before */
	struct err failure;   /* why */
	bool ending;

	/* the thread's own */
	struct helper *helpers;
	struct pollfd *polled; /* one a helper, and wake_fd */
	unsigned failures;     /* of starts, since a helper has answered */
	int64_t start_at;      /* not before */
	char text[HELPER_TEXT_MAX];
};

static void wake(struct pool *pool)
{
	uint64_t one = 1;
	(void)!write(pool->wake_fd, &one, sizeof(one));
}

/* With the lock held. */
static void forget_name(struct pool *pool, const struct job *job)
{
	if (job->given.name)
		g_hash_table_remove(pool->named, job->given.name);
}

/* Ends of jobs. The lock is not held: done() may submit the next. */

static void finish(struct job *job, struct pool_answer *answer,
		   const struct err *err)
{
	job->given.done(job->given.user, answer, err);
	if (answer && answer->output >= 0)
		close(answer->output);
	g_free(job);
}

static void end_running(struct pool *pool, struct job *job,
			struct pool_answer *answer, const struct err *err)
{
	g_mutex_lock(&pool->lock);
	if (answer)
		answer->guest = turns_guest(&job->turn);
	forget_name(pool, job);
	turns_end(&pool->turns, job->turn.place);
	g_mutex_unlock(&pool->lock);
	finish(job, answer, err);
}

static void refuse_running(struct pool *pool, struct job *job,
			   enum err_code code, const char *why)
{
	struct err err;
	err_set(&err, code, "%s", why);
	end_running(pool, job, NULL, &err);
}

/* Those that wait and have done so until `now`. */
static void refuse_waiting(struct pool *pool, int64_t now,
			   const struct err *err)
{
	for (;;) {
		g_mutex_lock(&pool->lock);
		struct job *job = job_of(turns_expire(&pool->turns, now));
		if (job)
			forget_name(pool, job);
		g_mutex_unlock(&pool->lock);
		if (job == NULL)
			return;
		metric_add(pool->options.metrics.queued, -1);
		if (err->code == ERR_BUSY)
			metric_add(pool->options.metrics.refused, 1);
		finish(job, NULL, err);
	}
}

static void run_again(struct pool *pool, struct job *job)
{
	int64_t deadline =
		g_get_monotonic_time() + pool->options.wait_ms * MS_US;
	g_mutex_lock(&pool->lock);
	turns_return(&pool->turns, &job->turn, deadline);
	g_mutex_unlock(&pool->lock);
	metric_add(pool->options.metrics.queued, 1);
}

/* Lives of helpers. */

static unsigned count(const struct pool *pool, enum helper_state state)
{
	unsigned n = 0;
	for (unsigned i = 0; i < pool->options.helpers; i++)
		n += pool->helpers[i].state == state;
	return n;
}

static bool has_living(const struct pool *pool)
{
	return count(pool, HELPER_STARTING) + count(pool, HELPER_IDLE) +
		       count(pool, HELPER_BUSY) >
	       0;
}

static void start_failed(struct pool *pool, const struct err *err)
{
	unsigned doublings = MIN(pool->failures, BACKOFF_DOUBLINGS_MAX);
	log_error("%s: %s", pool->options.name, err->text);
	pool->failures++;
	pool->start_at = g_get_monotonic_time() + (BACKOFF_US << doublings);
	if (has_living(pool))
		return;
	g_mutex_lock(&pool->lock);
	pool->failure = *err;
	pool->broken_until = pool->start_at;
	g_mutex_unlock(&pool->lock);
	refuse_waiting(pool, NEVER, err);
}

static void kill_helper(struct helper *helper)
{
	process_kill(&helper->process);
	helper->state = HELPER_ENDING;
	helper->job = NULL;
}

/* The helper was dead already: not the job's doing. */
static void offer_again(struct pool *pool, struct job *job)
{
	if (++job->absences < ABSENCES_MAX)
		run_again(pool, job);
	else
		refuse_running(pool, job, ERR_INTERNAL,
			       "The helper processes do not stay alive.");
}

/* A helper is gone, or has to go, without being through with what it does. */
static void lose(struct pool *pool, struct helper *helper, bool took_job)
{
	struct job *job = helper->job;
	struct err err;
	kill_helper(helper);
	metric_add(pool->options.metrics.died, 1);
	if (job && !took_job)
		offer_again(pool, job);
	else if (job && ++job->deaths < DEATHS_MAX)
		run_again(pool, job);
	else if (job)
		refuse_running(pool, job, ERR_INVALID,
			       "Two helper processes died of the job.");
	if (helper->has_answered || (job && took_job))
		return;
	err_set(&err, ERR_INTERNAL, "%s ends before it is ready",
		pool->options.program);
	start_failed(pool, &err);
}

static void start_one(struct pool *pool, struct helper *helper)
{
	struct err err;
	helper->process.name = pool->options.name;
	if (process_start(pool->options.program, pool->options.arguments,
			  &helper->process, &err) < 0) {
		start_failed(pool, &err);
		return;
	}
	helper->state = HELPER_STARTING;
	helper->started = g_get_monotonic_time();
	helper->deadline = helper->started + START_TIMEOUT_US;
	helper->number = 0;
	helper->has_answered = false;
	helper->job = NULL;
}

/* As many as have something to do, one at a time while starts fail. */
static void start_wanted(struct pool *pool)
{
	g_mutex_lock(&pool->lock);
	unsigned wanted = turns_ready(&pool->turns);
	g_mutex_unlock(&pool->lock);
	unsigned starting = count(pool, HELPER_STARTING);
	for (unsigned i = 0; i < pool->options.helpers; i++) {
		if (starting >= wanted || (pool->failures && starting) ||
		    g_get_monotonic_time() < pool->start_at)
			return;
		if (pool->helpers[i].state != HELPER_ABSENT)
			continue;
		start_one(pool, &pool->helpers[i]);
		starting++;
	}
}

/* Jobs to helpers. */

static int fill_message(const struct job *job, struct message *out,
			struct err *err)
{
	for (unsigned i = 0; i < job->given.n_inputs; i++) {
		int fd = input_open(&job->inputs[i], err);
		if (fd < 0)
			return -1;
		out->fds[out->n_fds++] = fd;
	}
	return 0;
}

static void hand_over(struct pool *pool, struct helper *helper, struct job *job)
{
	struct err err;
	struct message message = {
		.kind = MESSAGE_JOB,
		.number = ++helper->number,
		.text = job->given.text,
	};
	bool is_whole = fill_message(job, &message, &err) == 0;
	bool sent = is_whole && message_send(helper->process.channel, &message);
	message_close_fds(&message);
	if (!is_whole) {
		end_running(pool, job, NULL, &err);
		return;
	}
	helper->state = HELPER_BUSY;
	helper->job = job;
	helper->cpu_at = process_cpu_us(&helper->process);
	helper->deadline =
		g_get_monotonic_time() + pool->options.timeout_ms * MS_US;
	if (!sent)
		lose(pool, helper, false);
}

static void lend(struct pool *pool)
{
	for (unsigned i = 0; i < pool->options.helpers; i++) {
		struct helper *helper = &pool->helpers[i];
		while (helper->state == HELPER_IDLE) {
			g_mutex_lock(&pool->lock);
			struct job *job =
				job_of(turns_take(&pool->turns, TURNS_ALL));
			g_mutex_unlock(&pool->lock);
			if (job == NULL)
				return;
			metric_add(pool->options.metrics.queued, -1);
			hand_over(pool, helper, job);
		}
	}
}

/* What helpers say. */

static bool greets(const struct pool *pool, const struct message *message)
{
	return message->kind == MESSAGE_GREETING && message->n_fds == 0 &&
	       str_eq(message->text, str_of(pool->options.greeting));
}

static bool answers(const struct helper *helper, const struct message *message,
		    struct pool_answer *out)
{
	*out = (struct pool_answer){.text = message->text, .output = -1};
	if (message->kind != MESSAGE_ANSWER ||
	    message->number != helper->number || message->n_fds > 1)
		return false;
	if (message->n_fds == 0)
		return true;
	out->output = message->fds[0];
	return output_is_sound(out->output, helper->job->given.output_max,
			       &out->output_size);
}

static void rest(const struct pool *pool, struct helper *helper)
{
	unsigned ms = pool->options.idle_ms;
	helper->state = HELPER_IDLE;
	helper->job = NULL;
	helper->deadline = ms ? g_get_monotonic_time() + ms * MS_US : NEVER;
}

/* What decoders leak or keep does not add up for ever. */
static bool has_served(const struct pool *pool, const struct helper *helper)
{
	const struct pool_options *options = &pool->options;
	int64_t age = g_get_monotonic_time() - helper->started;
	return (options->jobs_max && helper->number >= options->jobs_max) ||
	       (options->age_ms && age >= options->age_ms * MS_US) ||
	       (options->memory_max &&
		process_memory(&helper->process) > options->memory_max);
}

static void take_answer(struct pool *pool, struct helper *helper,
			struct message *message)
{
	struct job *job = helper->job;
	struct pool_answer answer;
	if (!answers(helper, message, &answer)) {
		message_close_fds(message);
		lose(pool, helper, true);
		return;
	}
	pool->failures = 0;
	helper->has_answered = true;
	rest(pool, helper);
	if (message->is_last || has_served(pool, helper))
		kill_helper(helper);
	end_running(pool, job, &answer, NULL);
}

static void listen_to(struct pool *pool, struct helper *helper)
{
	struct message message;
	int got = message_receive(helper->process.channel, MSG_DONTWAIT,
				  pool->text, &message);
	if (got < 0 && errno == EAGAIN)
		return;
	if (got > 0 && helper->state == HELPER_BUSY) {
		take_answer(pool, helper, &message);
		return;
	}
	if (got > 0 && helper->state == HELPER_STARTING &&
	    greets(pool, &message)) {
		rest(pool, helper);
		metric_add(pool->options.metrics.started, 1);
		return;
	}
	/* unasked, wrong, or the end */
	if (got > 0)
		message_close_fds(&message);
	lose(pool, helper, got >= 0 || errno != ECONNRESET);
}

/* The thread. */

static void end_late_job(struct pool *pool, struct helper *helper)
{
	struct job *job = helper->job;
	int64_t used = process_cpu_us(&helper->process) - helper->cpu_at;
	bool is_starved = 2 * used < pool->options.timeout_ms * MS_US;
	struct err err;
	kill_helper(helper);
	metric_add(pool->options.metrics.died, 1);
	err_set_reason(&err, ERR_TIMEOUT, is_starved ? POOL_STARVED : NULL,
		       "The job takes too long.");
	end_running(pool, job, NULL, &err);
}

static void end_late(struct pool *pool)
{
	int64_t now = g_get_monotonic_time();
	struct err err;
	err_set(&err, ERR_BUSY, "All helper processes are busy.");
	refuse_waiting(pool, now, &err);
	for (unsigned i = 0; i < pool->options.helpers; i++) {
		struct helper *helper = &pool->helpers[i];
		if (helper->deadline > now)
			continue;
		if (helper->state == HELPER_IDLE) {
			kill_helper(helper);
		} else if (helper->state == HELPER_STARTING) {
			lose(pool, helper, false);
		} else if (helper->state == HELPER_BUSY) {
			end_late_job(pool, helper);
		}
	}
}

/* Once it is time to stop: no job goes on, at the end no helper either. */
static void end_all(struct pool *pool, bool helpers_too)
{
	struct err err;
	err_set(&err, ERR_BUSY, "The server is stopping.");
	refuse_waiting(pool, NEVER, &err);
	for (unsigned i = 0; i < pool->options.helpers; i++) {
		struct helper *helper = &pool->helpers[i];
		struct job *job = helper->job;
		bool lives = helper->state != HELPER_ABSENT &&
			     helper->state != HELPER_ENDING;
		if (helper->state == HELPER_BUSY || (lives && helpers_too))
			kill_helper(helper);
		if (job)
			refuse_running(pool, job, ERR_BUSY, err.text);
	}
}

static int64_t next_deadline(struct pool *pool)
{
	g_mutex_lock(&pool->lock);
	int64_t next = MIN(turns_deadline(&pool->turns), pool->stop_at);
	if (turns_ready(&pool->turns) && pool->failures)
		next = MIN(next, pool->start_at);
	g_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->options.helpers; i++) {
		const struct helper *helper = &pool->helpers[i];
		if (helper->state == HELPER_STARTING ||
		    helper->state == HELPER_IDLE ||
		    helper->state == HELPER_BUSY)
			next = MIN(next, helper->deadline);
	}
	return next;
}

/* Milliseconds until the monotonic time, for poll(2). */
static int patience(int64_t until)
{
	int64_t left = until - g_get_monotonic_time();
	if (until == NEVER)
		return -1;
	return left <= 0 ? 0 : (int)MIN(left / MS_US + 1, G_MAXINT);
}

static int fd_of(const struct helper *helper)
{
	if (helper->state == HELPER_ABSENT)
		return -1;
	return helper->state == HELPER_ENDING ? helper->process.pidfd
					      : helper->process.channel;
}

static void wait_for_events(struct pool *pool, int64_t until)
{
	unsigned n = pool->options.helpers;
	uint64_t woken;
	for (unsigned i = 0; i < n; i++)
		pool->polled[i] = (struct pollfd){
			.fd = fd_of(&pool->helpers[i]), .events = POLLIN};
	pool->polled[n] =
		(struct pollfd){.fd = pool->wake_fd, .events = POLLIN};
	if (poll(pool->polled, n + 1, patience(until)) <= 0)
		return;
	if (pool->polled[n].revents)
		(void)!read(pool->wake_fd, &woken, sizeof(woken));
	for (unsigned i = 0; i < n; i++) {
		struct helper *helper = &pool->helpers[i];
		if (pool->polled[i].revents == 0 ||
		    fd_of(helper) != pool->polled[i].fd)
			continue;
		if (helper->state != HELPER_ENDING)
			listen_to(pool, helper);
		else if (process_reap(&helper->process))
			helper->state = HELPER_ABSENT;
	}
}

static void *pool_main(void *user)
{
	struct pool *pool = user;
	int64_t end_at = NEVER;
	for (;;) {
		int64_t now = g_get_monotonic_time();
		g_mutex_lock(&pool->lock);
		bool ending = pool->ending;
		bool stopped = now >= pool->stop_at;
		g_mutex_unlock(&pool->lock);
		if (ending && end_at == NEVER)
			end_at = now + END_TIMEOUT_US;
		if (stopped)
			end_all(pool, ending);
		if (ending &&
		    (count(pool, HELPER_ABSENT) == pool->options.helpers ||
		     now >= end_at))
			return NULL;
		end_late(pool);
		lend(pool);
		start_wanted(pool);
		wait_for_events(pool, stopped ? end_at : next_deadline(pool));
	}
}

static void release(struct pool *pool)
{
	if (pool->wake_fd >= 0)
		close(pool->wake_fd);
	turns_release(&pool->turns);
	g_hash_table_unref(pool->named);
	g_mutex_clear(&pool->lock);
	g_free(pool->helpers);
	g_free(pool->polled);
	g_free((void *)(uintptr_t)pool->options.name);
	g_free((void *)(uintptr_t)pool->options.program);
	g_strfreev((char **)(uintptr_t)pool->options.arguments);
	g_free((void *)(uintptr_t)pool->options.greeting);
	g_free(pool);
}

/* Heavy jobs leave half of their owner's part of the queue for light ones. */
static void init_turns(struct pool *pool)
{
	const struct pool_options *options = &pool->options;
	const struct turns_options turns = {
		.rules[POOL_HEAVY] =
			{
				.own = MAX(options->share, 1),
				.own_waiting = (options->owner_max + 1) / 2,
			},
		.rules[POOL_LARGE] =
			{
				.places = 1,
				.own_waiting = (options->owner_max + 1) / 2,
			},
		.waiting = options->queue_max,
		.own_waiting = options->owner_max,
	};
	turns_init(&pool->turns, &turns);
}

int pool_new(struct pool **out, const struct pool_options *options,
	     struct err *err)
{
	if (access(options->program, X_OK) != 0)
		return err_set_errno(err, errno, "%s", options->program);
	struct pool *pool = g_new0(struct pool, 1);
	pool->options = *options;
	pool->options.name = g_strdup(options->name);
	pool->options.program = g_strdup(options->program);
	pool->options.arguments =
		g_strdupv((char **)(uintptr_t)options->arguments);
	pool->options.greeting = g_strdup(options->greeting);
	pool->options.helpers = MAX(options->helpers, 1);
	pool->helpers = g_new0(struct helper, pool->options.helpers);
	pool->polled = g_new0(struct pollfd, pool->options.helpers + 1);
	pool->stop_at = NEVER;
	init_turns(pool);
	pool->named = g_hash_table_new(NULL, NULL);
	g_mutex_init(&pool->lock);
	pool->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int result =
		pool->wake_fd < 0
			? err_set_errno(err, errno, "helpers cannot be watched")
			: thread_start(&pool->thread,
				       &(struct thread_kind){"helpers",
							     THREAD_PROMPT},
				       pool_main, pool, err);
	if (result < 0) {
		release(pool);
		return -1;
	}
	*out = pool;
	return 0;
}

void pool_stop(struct pool *pool, unsigned within_ms)
{
	int64_t at = g_get_monotonic_time() + within_ms * MS_US;
	g_mutex_lock(&pool->lock);
	pool->stop_at = MIN(pool->stop_at, at);
	g_mutex_unlock(&pool->lock);
	wake(pool);
}

void pool_free(struct pool *pool)
{
	if (pool == NULL)
		return;
	g_mutex_lock(&pool->lock);
	pool->ending = true;
	pool->stop_at = 0;
	g_mutex_unlock(&pool->lock);
	wake(pool);
	g_thread_join(pool->thread);
	release(pool);
}

static int enter_queue(struct pool *pool, struct job *job, struct err *err)
{
	int64_t now = g_get_monotonic_time();
	int result = -1;
	const struct turns_wish wish = {
		.owner = job->given.owner,
		.guest = job->given.guest,
		.sort = job->given.sort,
		.deadline = now + pool->options.wait_ms * MS_US,
		.weight = 1 + job->given.n_inputs / INPUTS_FEW,
	};
	g_mutex_lock(&pool->lock);
	if (now >= pool->stop_at)
		err_set(err, ERR_BUSY, "The server is stopping.");
	else if (now >= pool->broken_until)
		result = turns_add(&pool->turns, &job->turn, &wish, err);
	else
		*err = pool->failure;
	if (result == 0 && job->given.name)
		g_hash_table_insert(pool->named,
				    (void *)(uintptr_t)job->given.name, job);
	g_mutex_unlock(&pool->lock);
	return result;
}

int pool_submit(struct pool *pool, const struct pool_job *job, struct err *err)
{
	g_assert(job->n_inputs <= HELPER_FDS_MAX &&
		 job->text.n <= HELPER_TEXT_MAX);
	struct job *copy = g_new0(struct job, 1);
	copy->given = *job;
	for (unsigned i = 0; i < job->n_inputs; i++)
		copy->inputs[i] = job->inputs[i];
	/* before: the pool's thread takes from it */
	metric_add(pool->options.metrics.queued, 1);
	if (enter_queue(pool, copy, err) == 0) {
		wake(pool);
		return 0;
	}
	metric_add(pool->options.metrics.queued, -1);
	if (err->code == ERR_BUSY)
		metric_add(pool->options.metrics.refused, 1);
	g_free(copy);
	return -1;
}

void pool_share(struct pool *pool, const void *name, int64_t guest)
{
	g_mutex_lock(&pool->lock);
	struct job *job = g_hash_table_lookup(pool->named, name);
	if (job)
		turns_share(&pool->turns, &job->turn, guest);
	g_mutex_unlock(&pool->lock);
}
