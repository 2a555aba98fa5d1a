/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sliding windows: src/api/ratelimit.h.
 */
#include "api/ratelimit.h"
#include "unit.h"

#include <glib.h>

#define MINUTE 60000
#define NOW INT64_C(1700000000000)

static int make(void **state)
{
	*state = ratelimit_new();
	return 0;
}

static int drop(void **state)
{
	ratelimit_free(*state);
	return 0;
}

static bool take(void *limiter, int64_t subject, uint64_t limit, int64_t at)
{
	const struct rate_limit in_a_minute = {limit, MINUTE};
	return ratelimit_take(limiter, subject, in_a_minute, at).allowed;
}

static void verdicts_count_down_and_then_refuse(void **state)
{
	const struct rate_limit limit = {3, MINUTE};
	for (uint64_t left = 3; left-- > 0;) {
		struct rate_verdict v = ratelimit_take(*state, 1, limit, NOW);
		assert_true(v.allowed);
		assert_int_equal(v.limit, 3);
		assert_int_equal(v.remaining, left);
		assert_int_equal(v.retry_after_s, 0);
	}
	struct rate_verdict v = ratelimit_take(*state, 1, limit, NOW);
	assert_false(v.allowed);
	assert_int_equal(v.remaining, 0);
	assert_in_range(v.retry_after_s, 59, 61);
	assert_in_range(v.reset_ms, NOW + MINUTE, NOW + MINUTE + 1000);
}

static void whoever_waits_as_told_is_let_in(void **state)
{
	static const unsigned windows[] = {1000, 1, 59, 61, MINUTE, 3600000};
	for (size_t i = 0; i < COUNT(windows); i++) {
		const struct rate_limit limit = {1, windows[i]};
		struct rate_verdict v;
		int64_t at = NOW + 7;
		assert_true(ratelimit_take(*state, 1, limit, at).allowed);
		v = ratelimit_take(*state, 1, limit, at);
		assert_false(v.allowed);
		at += (int64_t)v.retry_after_s * 1000;
		assert_true(ratelimit_take(*state, 1, limit, at).allowed);
	}
}

static void what_is_refused_does_not_count(void **state)
{
	assert_true(take(*state, 1, 1, NOW));
	for (int64_t at = NOW; at < NOW + MINUTE; at += 500)
		assert_false(take(*state, 1, 1, at));
	assert_true(take(*state, 1, 1, NOW + MINUTE + 1000));
}

/* The property itself, against a log of all times. */
static void no_window_ever_holds_more_than_the_limit(void **state)
{
	enum {
		LIMIT = 20,
		ASKED = 20000
	};
	g_autoptr(GRand) random = g_rand_new_with_seed(4);
	g_autofree int64_t *times = g_new(int64_t, ASKED);
	size_t n = 0;
	int64_t at = NOW;
	for (size_t i = 0; i < ASKED; i++) {
		at += g_rand_int_range(random, 0, 3000);
		if (!take(*state, 1, LIMIT, at))
			continue;
		times[n++] = at;
		if (n > LIMIT)
			assert_true(at - times[n - LIMIT - 1] >= MINUTE);
	}
	/* and it does not let much less through than it may */
	double share = (double)n * MINUTE / (double)(at - NOW) / LIMIT;
	assert_true(share > 0.95);
	assert_true(n < ASKED);
}

static void subjects_and_windows_are_apart(void **state)
{
	assert_true(take(*state, 1, 1, NOW));
	assert_false(take(*state, 1, 1, NOW));
	for (int64_t subject = 2; subject < 500; subject++)
		assert_true(take(*state, subject, 1, NOW));
	assert_true(take(*state, -1, 1, NOW));
	const struct rate_limit in_a_second = {1, 1000};
	assert_true(ratelimit_take(*state, 1, in_a_second, NOW).allowed);
	assert_false(ratelimit_take(*state, 1, in_a_second, NOW).allowed);
}

static void a_changed_limit_holds_at_once(void **state)
{
	for (unsigned i = 0; i < 10; i++)
		assert_true(take(*state, 1, 10, NOW + i * 2000));
	const struct rate_limit lower = {5, MINUTE};
	struct rate_verdict v = ratelimit_take(*state, 1, lower, NOW + 20000);
	assert_false(v.allowed);
	/* six of the ten must have gone, the last of them of 10 s */
	assert_in_range(v.retry_after_s, 50, 52);
	assert_true(take(*state, 1, 11, NOW + 20000));
}

static void a_clock_put_back_locks_nobody_out(void **state)
{
	assert_true(take(*state, 1, 1, NOW));
	assert_false(take(*state, 1, 1, NOW - 5000));
	assert_true(take(*state, 1, 1, NOW - 3600000));
	assert_false(take(*state, 1, 1, NOW - 3600000));
	assert_true(take(*state, 1, 1, NOW));
	assert_true(take(*state, 2, 1, 0));
	assert_false(take(*state, 2, 1, 0));
}

enum {
	THREADS = 4,
	EACH = 2000
};

struct race {
	struct ratelimit *limiter;
	int allowed;
};

static gpointer run(gpointer data)
{
	struct race *race = data;
	for (int i = 0; i < EACH; i++)
		if (take(race->limiter, i % 3, 1000, NOW))
			g_atomic_int_inc(&race->allowed);
	return NULL;
}

static void threads_together_get_what_is_allowed(void **state)
{
	struct race race = {.limiter = *state};
	GThread *threads[THREADS];
	for (size_t i = 0; i < THREADS; i++)
		threads[i] = g_thread_new("taker", run, &race);
	for (size_t i = 0; i < THREADS; i++)
		g_thread_join(threads[i]);
	assert_int_equal(race.allowed, 3 * 1000);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(verdicts_count_down_and_then_refuse),
		TEST(whoever_waits_as_told_is_let_in),
		TEST(what_is_refused_does_not_count),
		TEST(no_window_ever_holds_more_than_the_limit),
		TEST(subjects_and_windows_are_apart),
		TEST(a_changed_limit_holds_at_once),
		TEST(a_clock_put_back_locks_nobody_out),
		TEST(threads_together_get_what_is_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
