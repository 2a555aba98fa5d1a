/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, and what is said by those who need one when there is none.
 */
#include "db_fixture.h"
#include "no_threads.h"
#include "base/threads/thread.h"
#include "helpers/pool.h"

#include <signal.h>
#include <sys/resource.h>

static const struct thread_kind kind = {"test", THREAD_WORK};

static void *ask_for_signals(void *user)
{
	pthread_sigmask(SIG_SETMASK, NULL, user);
	return NULL;
}

static void signals_go_to_others(void **state)
{
	(void)state;
	sigset_t there, here;
	GThread *thread;
	struct err err;
	assert_int_equal(
		thread_start(&thread, &kind, ask_for_signals, &there, &err), 0);
	g_thread_join(thread);
	pthread_sigmask(SIG_SETMASK, NULL, &here);
	assert_true(sigismember(&there, SIGTERM));
	assert_false(sigismember(&here, SIGTERM));
}

/* Ranks */

static void *ask_for_nice(void *user)
{
	*(int *)user = getpriority(PRIO_PROCESS, 0);
	return NULL;
}

static int nice_of(enum thread_rank rank)
{
	const struct thread_kind of_rank = {"test", rank};
	GThread *thread;
	struct err err;
	int nice;
	assert_int_equal(
		thread_start(&thread, &of_rank, ask_for_nice, &nice, &err), 0);
	g_thread_join(thread);
	return nice;
}

static void each_rank_is_nicer_than_the_one_above(void **state)
{
	(void)state;
	int own = getpriority(PRIO_PROCESS, 0), last = PRIO_MAX - 1;
	assert_int_equal(nice_of(THREAD_PROMPT), own);
	assert_int_equal(nice_of(THREAD_WORK), MIN(own + 5, last));
	assert_int_equal(nice_of(THREAD_LONG), MIN(own + 10, last));
	assert_int_equal(nice_of(THREAD_LAST), last);
	assert_int_equal(getpriority(PRIO_PROCESS, 0), own);
}

static void *start_prompt_one(void *user)
{
	*(int *)user = nice_of(THREAD_PROMPT);
	return NULL;
}

static void nobody_rises(void **state)
{
	static const struct thread_kind below = {"test", THREAD_LONG};
	GThread *thread;
	struct err err;
	int nice;
	(void)state;
	assert_int_equal(
		thread_start(&thread, &below, start_prompt_one, &nice, &err),
		0);
	g_thread_join(thread);
	assert_int_equal(nice, nice_of(THREAD_LONG));
}

/* Who needs one */

static int open_db(struct err *err)
{
	const struct db_options options = {
		.path = path, .driver = &db_driver_sqlite, .readers = 1};
	struct db *other;
	return db_open(&other, &options, err);
}

static int open_pool(struct err *err)
{
	const struct pool_options options = {
		.name = "helper", .program = "/bin/true", .greeting = ""};
	struct pool *pool;
	return pool_new(&pool, &options, err);
}

static void without_a_thread_there_is_a_sentence(void **state)
{
	static int (*const opens[])(struct err *) = {open_db, open_pool};
	(void)state;
	for (size_t i = 0; i < COUNT(opens); i++) {
		struct err err = {0};
		g_atomic_int_set(&no_threads, 1);
		int result = opens[i](&err);
		g_atomic_int_set(&no_threads, 0);
		assert_int_equal(result, -1);
		assert_int_equal(err.code, ERR_INTERNAL);
		assert_non_null(strstr(err.text, "cannot be started"));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_go_to_others),
		cmocka_unit_test(each_rank_is_nicer_than_the_one_above),
		cmocka_unit_test(nobody_rises),
		cmocka_unit_test_setup_teardown(
			without_a_thread_there_is_a_sentence, make_db,
			remove_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
