/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads that end when their time has passed or when they are cancelled.
 */
#include "db_fixture.h"

#include <semaphore.h>

#define ENDLESS                                                                \
	"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"     \
	" SELECT count(*) FROM n"

static struct db_limit in_ms(int64_t ms)
{
	return (struct db_limit){.until_us =
					 g_get_monotonic_time() + ms * 1000};
}

static void wait_sem(sem_t *sem)
{
	while (sem_wait(sem) != 0)
		;
}

static void all_connections_work(void)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(count_items(), 0);
}

static void one_long_statement_ends_at_its_time(void **state)
{
	(void)state;
	struct number count = {.sql = ENDLESS};
	for (int i = 0; i < 3; i++) {
		struct db_limit limit = in_ms(30);
		struct err err = {0};
		assert_int_equal(
			db_read_within(db, &limit, read_number, &count, &err),
			-1);
		assert_int_equal(err.code, ERR_BUSY);
		assert_non_null(strstr(err.text, "too long"));
		assert_true(g_get_monotonic_time() >= limit.until_us);
	}
	all_connections_work();
}

static int ask_again_and_again(struct db_tx *tx, void *arg, struct err *err)
{
	struct number count = {.sql = "SELECT count(*) FROM item"};
	uint64_t *asked = arg;
	while (read_number(tx, &count, err) == 0)
		++*asked;
	return -1;
}

static void many_short_statements_end_at_their_time(void **state)
{
	(void)state;
	uint64_t asked = 0;
	/* it may have passed before the first of them */
	for (int64_t ms = 30; asked == 0; ms *= 2) {
		struct db_limit limit = in_ms(ms);
		struct err err = {0};
		assert_int_equal(db_read_within(db, &limit, ask_again_and_again,
						&asked, &err),
				 -1);
		assert_int_equal(err.code, ERR_BUSY);
	}
	all_connections_work();
}

static void what_is_in_time_is_as_without_a_limit(void **state)
{
	(void)state;
	const _Atomic int64_t no = 0;
	struct number count = {.sql = "SELECT count(*) FROM item"};
	struct err err = {0};
	struct db_limit limits[] = {
		{0}, in_ms(60000), {.ends_us = {NULL, &no}}};
	for (size_t i = 0; i < COUNT(limits); i++)
		assert_int_equal(db_read_within(db, &limits[i], read_number,
						&count, &err),
				 0);
	/* its own failure stays its own */
	count.sql = "SELECT 1 FROM nowhere";
	assert_int_equal(
		db_read_within(db, &limits[1], read_number, &count, &err), -1);
	assert_int_equal(err.code, ERR_INTERNAL);
}

static void what_comes_too_late_is_not_run(void **state)
{
	(void)state;
	const _Atomic int64_t yes = 1;
	struct number count = {.sql = "SELECT count(*) FROM item", .value = 7};
	struct db_limit limits[] = {{.until_us = 1}, {.ends_us = {&yes}}};
	for (size_t i = 0; i < COUNT(limits); i++) {
		struct err err = {0};
		assert_int_equal(db_read_within(db, &limits[i], read_number,
						&count, &err),
				 -1);
		assert_int_equal(err.code, ERR_BUSY);
		assert_int_equal(count.value, 7);
	}
	all_connections_work();
}

struct cancel {
	sem_t begun;
	_Atomic int64_t end_us;
	struct err err;
	int result;
};

static int begin_endless(struct db_tx *tx, void *arg, struct err *err)
{
	struct cancel *cancel = arg;
	struct number count = {.sql = ENDLESS};
	sem_post(&cancel->begun);
	return read_number(tx, &count, err);
}

static void *read_endless(void *arg)
{
	struct cancel *cancel = arg;
	struct db_limit limit = {.ends_us = {&cancel->end_us}};
	cancel->result =
		db_read_within(db, &limit, begin_endless, cancel, &cancel->err);
	return NULL;
}

static void another_thread_cancels_a_read(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct cancel cancel = {0};
		sem_init(&cancel.begun, 0, 0);
		GThread *thread = g_thread_new("reader", read_endless, &cancel);
		wait_sem(&cancel.begun);
		atomic_store(&cancel.end_us, 1);
		g_thread_join(thread);
		assert_int_equal(cancel.result, -1);
		assert_int_equal(cancel.err.code, ERR_BUSY);
	}
	all_connections_work();
}

static int cancel_itself(struct db_tx *tx, void *arg, struct err *err)
{
	struct number count = {.sql = "SELECT count(*) FROM item"};
	int result = read_number(tx, &count, err);
	atomic_store((_Atomic int64_t *)arg, 1);
	return result;
}

/* Often enough for SQLite to look at the limit within a ROLLBACK. */
static void a_limit_that_passes_late_lets_the_transaction_end(void **state)
{
	(void)state;
	for (int i = 0; i < 6000; i++) {
		_Atomic int64_t end = 0;
		struct db_limit limit = {.ends_us = {NULL, &end}};
		struct err err = {0};
		if (db_read_within(db, &limit, cancel_itself, &end, &err) < 0)
			fail_msg("%d: %s", i, err.text);
	}
	all_connections_work();
}

/* Waiting for a connection */

static void who_waits_for_a_connection_ends_too(void **state)
{
	(void)state;
	struct cancel readers[2] = {0}, waiting = {0};
	GThread *threads[2];
	struct number count = {.sql = "SELECT count(*) FROM item"};
	struct err err = {0};
	for (size_t i = 0; i < COUNT(readers); i++) {
		sem_init(&readers[i].begun, 0, 0);
		threads[i] = g_thread_new("reader", read_endless, &readers[i]);
		wait_sem(&readers[i].begun);
	}
	struct db_limit limit = in_ms(30);
	assert_int_equal(db_read_within(db, &limit, read_number, &count, &err),
			 -1);
	assert_int_equal(err.code, ERR_BUSY);
	GThread *third = g_thread_new("reader", read_endless, &waiting);
	atomic_store(&waiting.end_us, 1);
	g_thread_join(third);
	assert_int_equal(waiting.result, -1);
	for (size_t i = 0; i < COUNT(readers); i++) {
		atomic_store(&readers[i].end_us, 1);
		g_thread_join(threads[i]);
	}
	all_connections_work();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_DB(one_long_statement_ends_at_its_time),
		WITH_DB(many_short_statements_end_at_their_time),
		WITH_DB(what_is_in_time_is_as_without_a_limit),
		WITH_DB(what_comes_too_late_is_not_run),
		WITH_DB(another_thread_cancels_a_read),
		WITH_DB(a_limit_that_passes_late_lets_the_transaction_end),
		WITH_DB(who_waits_for_a_connection_ends_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
