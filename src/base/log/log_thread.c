/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waking a thread costs a loop more than an entry does. So the thread is woken
 * by the first one, and then takes a pause before it looks again: under load a
 * wake serves hundreds of entries.
 */
#include "base/log/log_thread.h"
#include "base/clock.h"
#include "base/log/log_sink.h"
#include "base/metrics.h"
#include "base/threads/thread.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#define PAUSE_MS 10
#define URGENT_BYTES (LOG_QUEUE_BYTES / 8) /* for warnings and errors */
#define WAKE_BYTES (LOG_QUEUE_BYTES / 4)   /* ends a pause */
#define GIVE_UP_MS 500 /* for the thread to see that it is to end */

struct half {
	char *bytes;
	size_t n;
	uint64_t lost; /* entries that had no room behind these */
};

/* POSIX locks, because the thread sanitizers see those only. */
static struct {
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t work, ended;
	enum {
		NO_THREAD,
		RUNS,
		STOPS,
		DEAF
	} state;
	bool sleeps, pauses; /* the thread, until it is woken */
	struct half halves[2];
	unsigned filling; /* which of them */

	atomic_bool give_up;
	/* the thread's, or of whoever starts and joins it */
	enum log_form form;
	GThread *thread;
	uint64_t owed; /* lost, and not yet told */
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct timespec after(unsigned ms)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += (long)(ms % 1000) * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_sec++;
		at.tv_nsec -= 1000000000;
	}
	return at;
}

/* Under the lock. False: it is lost. */
static bool enqueue(enum log_level level, struct str entry)
{
	bool urgent = level <= LOG_WARN;
	size_t room = LOG_QUEUE_BYTES - (urgent ? 0 : URGENT_BYTES);
	struct half *half = &queue.halves[queue.filling];
	/* after one that is lost no other, or it would be unknown where */
	if (half->n + entry.n > room || (half->lost && !urgent)) {
		half->lost++;
		return false;
	}
	memcpy(half->bytes + half->n, entry.p, entry.n);
	half->n += entry.n;
	return true;
}

/* Under the lock. Whether to wake the thread. */
static bool wakes(enum log_level level)
{
	bool soon =
		level <= LOG_WARN || queue.halves[queue.filling].n > WAKE_BYTES;
	bool wake = queue.sleeps || (queue.pauses && soon);
	if (wake)
		queue.sleeps = queue.pauses = false;
	return wake;
}

bool log_thread_put(enum log_level level, struct str entry)
{
	bool lost = false, wake = false;
	pthread_mutex_lock(&queue.lock);
	bool taken = queue.state != NO_THREAD;
	if (queue.state == DEAF) {
		lost = true;
	} else if (taken) {
		lost = !enqueue(level, entry);
		wake = wakes(level);
	}
	pthread_mutex_unlock(&queue.lock);
	if (wake)
		pthread_cond_signal(&queue.work);
	if (lost)
		metric_add(METRIC_LOG_LOST, 1);
	return taken;
}

/* Says how many were lost, once that can be said. */
static void tell_lost(void)
{
	char entry[LOG_ENTRY_MAX], text[64];
	if (queue.owed == 0)
		return;
	int n = snprintf(text, sizeof(text), "%" PRIu64 " lines were dropped",
			 queue.owed);
	const struct log_field fields[] = {
		{"dropped", STR_NONE, (int64_t)queue.owed}};
	const struct log_entry note = {
		.level = LOG_WARN,
		.at_ms = now_ms(),
		.message = {text, (size_t)n},
		.fields = fields,
		.n_fields = 1,
	};
	size_t length = log_format(queue.form, &note, entry);
	if (log_sink_write((struct str){entry, length}, &queue.give_up) == 0)
		queue.owed = 0;
}

static void write_half(struct half *half)
{
	tell_lost();
	uint64_t lost = log_sink_write((struct str){half->bytes, half->n},
				       &queue.give_up);
	metric_add(METRIC_LOG_LOST, (int64_t)lost);
	queue.owed += lost + half->lost;
	tell_lost();
	half->n = 0;
	half->lost = 0;
}

/* Under the lock. */
static void sleep_until_needed(void)
{
	const struct half *half = &queue.halves[queue.filling];
	while (half->n == 0 && half->lost == 0 && queue.state == RUNS) {
		queue.sleeps = true;
		pthread_cond_wait(&queue.work, &queue.lock);
	}
	queue.sleeps = false;
}

/* Under the lock. */
static void pause_for_more(void)
{
	const struct timespec until = after(PAUSE_MS);
	queue.pauses = true;
	while (queue.pauses && queue.state == RUNS &&
	       pthread_cond_timedwait(&queue.work, &queue.lock, &until) == 0)
		continue;
	queue.pauses = false;
}

static void *log_thread_main(void *arg)
{
	pthread_mutex_lock(&queue.lock);
	for (;;) {
		sleep_until_needed();
		struct half *half = &queue.halves[queue.filling];
		if (half->n == 0 && half->lost == 0)
			break;
		queue.filling ^= 1;
		pthread_mutex_unlock(&queue.lock);
		write_half(half);
		pthread_mutex_lock(&queue.lock);
		pause_for_more();
	}
	queue.state = atomic_load(&queue.give_up) ? DEAF : NO_THREAD;
	pthread_cond_signal(&queue.ended);
	pthread_mutex_unlock(&queue.lock);
	return arg;
}

static void init_conditions(void)
{
	pthread_condattr_t monotonic;
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&queue.work, &monotonic);
	pthread_cond_init(&queue.ended, &monotonic);
	pthread_condattr_destroy(&monotonic);
}

static void free_halves(void)
{
	for (unsigned i = 0; i < 2; i++) {
		g_free(queue.halves[i].bytes);
		queue.halves[i] = (struct half){0};
	}
	pthread_cond_destroy(&queue.work);
	pthread_cond_destroy(&queue.ended);
}

int log_thread_start(enum log_form form, struct err *err)
{
	init_conditions();
	for (unsigned i = 0; i < 2; i++)
		queue.halves[i] =
			(struct half){.bytes = g_malloc(LOG_QUEUE_BYTES)};
	queue.filling = 0;
	queue.owed = 0;
	queue.form = form;
	atomic_store(&queue.give_up, false);
	queue.state = RUNS;
	if (thread_start(&queue.thread,
			 &(struct thread_kind){"log", THREAD_WORK},
			 log_thread_main, NULL, err) == 0)
		return 0;
	queue.state = NO_THREAD;
	free_halves();
	return -1;
}

/* Under the lock. False: not within that time. */
static bool ends_within(unsigned ms)
{
	const struct timespec until = after(ms);
	while (queue.state == STOPS)
		if (pthread_cond_timedwait(&queue.ended, &queue.lock, &until) !=
		    0)
			return false;
	return true;
}

void log_thread_stop(unsigned ms)
{
	pthread_mutex_lock(&queue.lock);
	if (queue.state != RUNS) {
		pthread_mutex_unlock(&queue.lock);
		return;
	}
	queue.state = STOPS;
	pthread_cond_signal(&queue.work);
	bool ended = ends_within(ms);
	if (!ended) {
		atomic_store(&queue.give_up, true);
		ended = ends_within(GIVE_UP_MS);
	}
	/* it hangs in a write(): whoever holds stderr stops us all, or the
	 * process ends with it */
	if (!ended)
		queue.state = DEAF;
	pthread_mutex_unlock(&queue.lock);
	if (!ended)
		return;
	g_thread_join(queue.thread);
	free_halves();
}
