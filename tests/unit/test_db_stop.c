/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The database in a process that has to end.
 */
#include "db_fixture.h"

#include <pthread.h>
#include <semaphore.h>

/* Less than the database has of patience with others, more than a test needs */
#define SOON_US (10 * G_USEC_PER_SEC)

/* Another user of the file, who keeps the right to write. */
struct holder {
	struct db *db;
	GThread *thread;
	sem_t holds, let_go;
};

static int hold(struct db_tx *tx, void *arg, struct err *err)
{
	struct holder *holder = arg;
	(void)tx, (void)err;
	sem_post(&holder->holds);
	while (sem_wait(&holder->let_go) != 0)
		;
	return 0;
}

static void *holder_main(void *arg)
{
	struct holder *holder = arg;
	struct err err;
	int result = db_write(holder->db, hold, holder, &err);
	g_assert(result == 0);
	return NULL;
}

static void holder_start(struct holder *holder)
{
	sem_init(&holder->holds, 0, 0);
	sem_init(&holder->let_go, 0, 0);
	holder->db = must_open(false);
	holder->thread = g_thread_new("holder", holder_main, holder);
	while (sem_wait(&holder->holds) != 0)
		;
}

static void holder_end(struct holder *holder)
{
	sem_post(&holder->let_go);
	g_thread_join(holder->thread);
	db_close(holder->db);
}

struct put_later {
	int result;
	struct err err;
	GThread *thread;
};

static void *put_main(void *arg)
{
	struct put_later *put_later = arg;
	put_later->result = put(2, 10, &put_later->err);
	return NULL;
}

static void who_waits_for_another_process_is_told_in_time(void **state)
{
	(void)state;
	struct holder holder;
	struct put_later waiting = {0};
	struct err err;
	must_put(1, 10);
	holder_start(&holder);
	int64_t began = g_get_monotonic_time();
	waiting.thread = g_thread_new("put", put_main, &waiting);
	g_usleep(20000); /* it waits by now, or meets the end later */
	db_finish_within(db, 100);
	g_thread_join(waiting.thread);
	assert_int_equal(waiting.result, -1);
	assert_int_equal(waiting.err.code, ERR_BUSY);
	assert_int_equal(put(3, 10, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	db_close(db);
	assert_true(g_get_monotonic_time() - began < SOON_US);
	holder_end(&holder);
	db = must_open(false);
	assert_int_equal(count_items(), 1);
}

static void who_need_not_wait_goes_on(void **state)
{
	(void)state;
	must_put(1, 10);
	db_finish_within(db, 0);
	must_put(2, 10);
	assert_int_equal(count_items(), 2);
	reopen();
	assert_int_equal(count_items(), 2);
}

static int count_for_ever(struct db_tx *tx, void *arg, struct err *err)
{
	int64_t n;
	sem_post(arg);
	return db_query_int(tx,
			    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL"
			    " SELECT i + 1 FROM n) SELECT count(*) FROM n",
			    DB_NO_ARGS, &n, err);
}

struct read_later {
	sem_t begun;
	int result;
	struct err err;
};

static void *read_main(void *arg)
{
	struct read_later *later = arg;
	later->result = db_read(db, count_for_ever, &later->begun, &later->err);
	return NULL;
}

static void a_long_read_ends(void **state)
{
	(void)state;
	struct read_later later = {0};
	sem_init(&later.begun, 0, 0);
	GThread *thread = g_thread_new("read", read_main, &later);
	while (sem_wait(&later.begun) != 0)
		;
	db_finish_within(db, 50);
	g_thread_join(thread);
	assert_int_equal(later.result, -1);
	assert_int_equal(later.err.code, ERR_BUSY);
	assert_int_equal(count_items(), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_db, remove_all)
	static const struct CMUnitTest tests[] = {
		TEST(who_waits_for_another_process_is_told_in_time),
		TEST(who_need_not_wait_goes_on),
		TEST(a_long_read_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
