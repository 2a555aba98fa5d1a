/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens that may be used once: by whom, how often, and for how long they are
 * remembered.
 */
#include "library/accounts/token.h"
#include "library_world.h"

#define SOON 5000 /* ms; nothing sweeps but the test that says so */

static int use_at(struct world *world, int64_t account_id, struct str token,
		  int64_t expires_ms)
{
	struct err err;
	int result = token_use(WORLD_VIEW(world, account_id), token, expires_ms,
			       &err);
	if (result < 0)
		fail_msg("%s", err.text);
	return result;
}

static int use(struct world *world, struct str token)
{
	return use_at(world, ACCOUNT, token, SOON);
}

#define THREADS 16
#define ROUNDS 5

struct crowd {
	struct world *world;
	struct str tokens[ROUNDS];
	int wins[ROUNDS]; /* atomic */
};

static void *use_all(void *arg)
{
	struct crowd *crowd = arg;
	struct err err;
	for (unsigned i = 0; i < ROUNDS; i++)
		if (token_use(WORLD_VIEW(crowd->world, ACCOUNT),
			      crowd->tokens[i], SOON, &err) == 1)
			g_atomic_int_inc(&crowd->wins[i]);
	return NULL;
}

static void of_many_threads_with_one_token_one_wins(void **state)
{
	struct world *world = *state;
	struct crowd crowd = {.world = world};
	GThread *threads[THREADS];
	for (unsigned i = 0; i < ROUNDS; i++)
		crowd.tokens[i] = arena_printf(&world->arena, "token %u", i);
	for (unsigned i = 0; i < THREADS; i++)
		threads[i] = g_thread_new("crowd", use_all, &crowd);
	for (unsigned i = 0; i < THREADS; i++)
		g_thread_join(threads[i]);
	for (unsigned i = 0; i < ROUNDS; i++)
		assert_int_equal(crowd.wins[i], 1);
}

static void used_token_stays_used_after_a_restart(void **state)
{
	struct world *world = *state;
	assert_int_equal(use(world, STR("t")), 1);
	library_close(world->library);
	world->library = world_open(world, true);
	assert_int_equal(use(world, STR("t")), 0);
}

static void accounts_have_tokens_of_their_own(void **state)
{
	struct world *world = *state;
	world_account(world, 2);
	assert_int_equal(use_at(world, ACCOUNT, STR("t"), SOON), 1);
	assert_int_equal(use_at(world, 2, STR("t"), SOON), 1);
	assert_int_equal(use_at(world, 2, STR("t"), SOON), 0);
}

/* The last byte alone tells the two of a row apart. */
static void every_byte_of_a_token_counts(void **state)
{
	struct world *world = *state;
	static const size_t sizes[] = {1, TOKEN_TEXT_MAX, TOKEN_TEXT_MAX + 1,
				       100 * TOKEN_TEXT_MAX};
	static const char ends[] = {'a', 'b', '\0', '\xff'};
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t k = 0; k < COUNT(ends); k++) {
			char *bytes = arena_alloc(&world->arena, sizes[i]);
			memset(bytes, 'x', sizes[i]);
			bytes[sizes[i] - 1] = ends[k];
			struct str token = {bytes, sizes[i]};
			assert_int_equal(use(world, token), 1);
			assert_int_equal(use(world, token), 0);
		}
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM used_token"),
			 COUNT(sizes) * COUNT(ends));
}

/* More of them than a transaction of the sweeper takes. */
static void sweep_forgets_what_has_expired_only(void **state)
{
	struct world *world = *state;
	struct err err;
	world_change(world, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
			    " SELECT i + 1 FROM n WHERE i < 2000)"
			    " INSERT INTO used_token (account_id, token,"
			    " expires_at) SELECT 1, i, i FROM n");
	assert_int_equal(token_sweep(world->library, 1700, &err), 0);
	assert_int_equal(world_ask(world, "SELECT MIN(expires_at)"
					  " FROM used_token"),
			 1701);
	assert_int_equal(world_ask(world, "SELECT COUNT(*) FROM used_token"),
			 300);
	assert_int_equal(use(world, STR("1701")), 0);
	assert_int_equal(use(world, STR("1700")), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			of_many_threads_with_one_token_one_wins, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			used_token_stays_used_after_a_restart, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(
			accounts_have_tokens_of_their_own, world_setup,
			world_teardown),
		cmocka_unit_test_setup_teardown(every_byte_of_a_token_counts,
						world_setup, world_teardown),
		cmocka_unit_test_setup_teardown(
			sweep_forgets_what_has_expired_only, world_setup,
			world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
