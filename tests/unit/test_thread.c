/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads, and what is said by those who need one when there is none.
 */
#include "db_fixture.h"
#include "no_threads.h"
#include "base/threads/thread.h"
#include "helpers/pool.h"

#include <signal.h>

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
		thread_start(&thread, "test", ask_for_signals, &there, &err),
		0);
	g_thread_join(thread);
	pthread_sigmask(SIG_SETMASK, NULL, &here);
	assert_true(sigismember(&there, SIGTERM));
	assert_false(sigismember(&here, SIGTERM));
}

/* Who needs one */

static int open_db(struct err *err)
{
	const struct db_options options = {.path = path, .readers = 1};
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
		cmocka_unit_test_setup_teardown(
			without_a_thread_there_is_a_sentence, make_db,
			remove_all),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
