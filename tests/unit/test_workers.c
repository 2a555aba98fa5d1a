/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of worker threads.
 */
#include "unit.h"

#include <glib.h>

#include "http/workers.h"

#define JOBS 4

/* A job ends only when all of them are running at once. */
static struct {
	GMutex mutex;
	GCond changed;
	unsigned running, most;
} meeting;

static void meet(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
	gint64 until = g_get_monotonic_time() + 2 * G_USEC_PER_SEC;
	g_mutex_lock(&meeting.mutex);
	meeting.running++;
	meeting.most = MAX(meeting.most, meeting.running);
	g_cond_broadcast(&meeting.changed);
	while (meeting.most < JOBS)
		if (!g_cond_wait_until(&meeting.changed, &meeting.mutex, until))
			break;
	meeting.running--;
	g_mutex_unlock(&meeting.mutex);
}

static void nothing(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
}

/* Once a thread sleeps, jobs pushed before it has woken up must not all be left
 * to it. */
static void a_burst_runs_side_by_side(void **state)
{
	(void)state;
	static struct http_exchange jobs[JOBS];
	for (unsigned round = 0; round < 3; round++) {
		struct workers *workers = workers_new(JOBS, 1, meet, NULL);
		meeting.most = JOBS; /* the first one does not wait */
		assert_int_equal(workers_push(workers, &jobs[0]), 0);
		g_usleep(20000); /* and its thread is asleep */
		g_mutex_lock(&meeting.mutex);
		meeting.most = 0;
		for (size_t i = 0; i < JOBS; i++)
			assert_int_equal(workers_push(workers, &jobs[i]), 0);
		g_mutex_unlock(&meeting.mutex);
		workers_free(workers);
		assert_int_equal(meeting.most, JOBS);
	}
}

static void what_is_queued_is_finished_before_the_end(void **state)
{
	(void)state;
	static struct http_exchange jobs[100];
	struct workers *workers = workers_new(2, 1, nothing, NULL);
	for (size_t i = 0; i < COUNT(jobs); i++)
		assert_int_equal(workers_push(workers, &jobs[i]), 0);
	workers_free(workers);
}

static void slow_work_has_a_ceiling(void **state)
{
	(void)state;
	struct workers *workers = workers_new(1, 2, nothing, NULL);
	assert_true(workers_slow_begin(workers));
	assert_true(workers_slow_begin(workers));
	assert_false(workers_slow_begin(workers));
	workers_slow_end(workers);
	assert_true(workers_slow_begin(workers));
	workers_free(workers);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_burst_runs_side_by_side),
		cmocka_unit_test(what_is_queued_is_finished_before_the_end),
		cmocka_unit_test(slow_work_has_a_ceiling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
