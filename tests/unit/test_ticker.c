/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tickers.
 */
#include "no_threads.h"
#include "unit.h"
#include "base/threads/ticker.h"

#include <semaphore.h>
#include <stdatomic.h>

#define LONG_MS (60 * 60 * 1000)
#define CALLS 5

struct calls {
	unsigned pause; /* what each call returns */
	sem_t begun;    /* once for each */
	sem_t go_on;    /* with waits: lets a call end */
	bool waits;
	atomic_uint n;
	atomic_bool ended; /* a call, after it waited */
	int64_t at_us[CALLS];
};

static const struct thread_kind kind = {"test", THREAD_WORK};

static unsigned tick(void *user)
{
	struct calls *calls = user;
	unsigned n = atomic_fetch_add(&calls->n, 1);
	if (n < CALLS)
		calls->at_us[n] = g_get_monotonic_time();
	sem_post(&calls->begun);
	if (calls->waits) {
		sem_wait(&calls->go_on);
		atomic_store(&calls->ended, true);
	}
	return calls->pause;
}

static struct ticker *start(struct calls *calls)
{
	struct ticker *ticker = NULL;
	struct err err;
	sem_init(&calls->begun, 0, 0);
	sem_init(&calls->go_on, 0, 0);
	if (ticker_new(&ticker, &kind, tick, calls, &err) < 0)
		fail_msg("%s", err.text);
	return ticker;
}

static void each_call_says_how_long_until_the_next(void **state)
{
	(void)state;
	struct calls calls = {.pause = 20};
	struct ticker *ticker = start(&calls);
	for (unsigned i = 0; i < CALLS; i++)
		sem_wait(&calls.begun);
	ticker_free(ticker);
	for (unsigned i = 1; i < CALLS; i++)
		assert_true(calls.at_us[i] - calls.at_us[i - 1] >= 20 * 1000);
}

static void without_a_pause_the_calls_follow_each_other(void **state)
{
	(void)state;
	struct calls calls = {.pause = 0};
	struct ticker *ticker = start(&calls);
	for (unsigned i = 0; i < 1000; i++)
		sem_wait(&calls.begun);
	ticker_free(ticker);
}

static void a_stop_ends_a_pause(void **state)
{
	(void)state;
	struct calls calls = {.pause = LONG_MS};
	struct ticker *ticker = start(&calls);
	sem_wait(&calls.begun);
	ticker_free(ticker);
	assert_int_equal(calls.n, 1);
}

static void *let_go(void *user)
{
	struct calls *calls = user;
	sem_post(&calls->go_on);
	return NULL;
}

static void a_stop_waits_for_the_call_that_goes_on_and_no_other(void **state)
{
	(void)state;
	struct calls calls = {.pause = 0, .waits = true};
	struct ticker *ticker = start(&calls);
	sem_wait(&calls.begun);
	ticker_stop(ticker);
	assert_false(calls.ended);
	GThread *other = g_thread_new("other", let_go, &calls);
	ticker_free(ticker);
	g_thread_join(other);
	assert_true(calls.ended);
	assert_int_equal(calls.n, 1);
}

static void nothing_is_freed_too(void **state)
{
	(void)state;
	ticker_free(NULL);
}

static void without_a_thread_there_is_none(void **state)
{
	(void)state;
	struct calls calls = {0};
	struct ticker *ticker;
	struct err err = {0};
	g_atomic_int_set(&no_threads, 1);
	int result = ticker_new(&ticker, &kind, tick, &calls, &err);
	g_atomic_int_set(&no_threads, 0);
	assert_int_equal(result, -1);
	assert_int_equal(err.code, ERR_INTERNAL);
	assert_int_equal(calls.n, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_call_says_how_long_until_the_next),
		cmocka_unit_test(without_a_pause_the_calls_follow_each_other),
		cmocka_unit_test(a_stop_ends_a_pause),
		cmocka_unit_test(
			a_stop_waits_for_the_call_that_goes_on_and_no_other),
		cmocka_unit_test(nothing_is_freed_too),
		cmocka_unit_test(without_a_thread_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
