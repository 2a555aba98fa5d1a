/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of the memory for long answers an account may have: api/room.h.
 */
#include "api/room.h"
#include "unit.h"

#define UNITS 8

struct asker {
	struct http_exchange x;
	struct account account;
	struct request rq;
};

static struct services services;
static struct asker askers[2 * UNITS];

static int make(void **state)
{
	(void)state;
	services.room = room_new(UNITS * ROOM_UNIT);
	for (size_t i = 0; i < COUNT(askers); i++) {
		struct asker *asker = &askers[i];
		*asker = (struct asker){.account = {.id = 1}};
		arena_init(&asker->x.arena);
		asker->rq = (struct request){.x = &asker->x,
					     .services = &services,
					     .account = &asker->account};
	}
	return 0;
}

static void end(size_t i)
{
	arena_release(&askers[i].x.arena);
}

static int drop(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(askers); i++)
		end(i);
	room_free(services.room);
	return 0;
}

static enum err_code take(size_t i, int64_t account, uint64_t units)
{
	struct err err;
	askers[i].account.id = account;
	return request_take_room(&askers[i].rq, askers[i].rq.account->id,
				 units * ROOM_UNIT - 1, &err)
		       ? err.code
		       : ERR_NONE;
}

static void no_account_has_all_of_it(void **state)
{
	(void)state;
	size_t n = 0;
	while (n < UNITS && take(n, 1, 1) == ERR_NONE)
		n++;
	assert_in_range(n, UNITS / 2, UNITS - 1);
	assert_int_equal(take(n, 1, 1), ERR_BUSY);
	assert_int_equal(take(n + 1, 2, 1), ERR_NONE);
	end(0);
	assert_int_equal(take(0, 1, 1), ERR_NONE);
}

static void who_gets_none_keeps_none(void **state)
{
	(void)state;
	assert_int_equal(take(0, 1, UNITS + 1), ERR_BUSY);
	assert_int_equal(take(1, 1, 4), ERR_NONE);
	assert_int_equal(take(2, 1, 4), ERR_BUSY);
	assert_int_equal(take(3, 2, 2), ERR_NONE);
	end(1);
	end(3);
	assert_int_equal(take(4, 2, 4), ERR_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(no_account_has_all_of_it, make,
						drop),
		cmocka_unit_test_setup_teardown(who_gets_none_keeps_none, make,
						drop),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
