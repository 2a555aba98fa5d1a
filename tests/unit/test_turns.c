/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is next, and how much of it one may hold: base/threads/turns.h.
 */
#include "base/threads/turns.h"
#include "unit.h"

#define N 40

static struct turns turns;
static struct turn rows[N];
static unsigned used, weight;

static void begin(struct turns_options options)
{
	used = weight = 0;
	turns_init(&turns, &options);
}

static int add_for(int64_t owner, int64_t guest, unsigned sort,
		   int64_t deadline)
{
	struct err err;
	const struct turns_wish wish = {owner, guest, sort, deadline, weight};
	assert_true(used < N);
	int result = turns_add(&turns, &rows[used], &wish, &err);
	if (result < 0)
		assert_int_equal(err.code, ERR_BUSY);
	else
		used++;
	return result;
}

static int add(int64_t owner, unsigned sort, int64_t deadline)
{
	return add_for(owner, 0, sort, deadline);
}

static void add_guest(int64_t guest, unsigned sort, unsigned n)
{
	while (n-- > 0)
		assert_int_equal(add_for(1, guest, sort, INT64_MAX), 0);
}

static void add_n(int64_t owner, unsigned sort, unsigned n)
{
	while (n-- > 0)
		assert_int_equal(add(owner, sort, INT64_MAX), 0);
}

/* The how manieth of those that were added; -1: none. */
static int take(void)
{
	struct turn *turn = turns_take(&turns, TURNS_ALL);
	return turn ? (int)(turn - rows) : -1;
}

static unsigned take_all(void)
{
	unsigned n = 0;
	while (turns_take(&turns, TURNS_ALL))
		n++;
	return n;
}

static void owners_take_turns(void **state)
{
	(void)state;
	static const int order[] = {0, 4, 6, 1, 5, 2, 3, -1};
	begin((struct turns_options){0});
	add_n(1, 0, 4);
	add_n(2, 0, 2);
	add_n(3, 0, 1);
	for (size_t i = 0; i < COUNT(order); i++)
		assert_int_equal(take(), order[i]);
	turns_release(&turns);
}

static void the_lower_sort_goes_first_but_not_for_ever(void **state)
{
	(void)state;
	begin((struct turns_options){0});
	add_n(1, 1, 2);
	add_n(1, 0, 20);
	for (int i = 0; i < 8; i++)
		assert_int_equal(take(), 2 + i);
	assert_int_equal(take(), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(take(), 10 + i);
	assert_int_equal(take(), 1);
	assert_int_equal(take_all(), 4);
	turns_release(&turns);
}

static void who_asks_for_one_sort_gets_no_other(void **state)
{
	(void)state;
	begin((struct turns_options){0});
	add_n(1, 0, 1);
	add_n(2, 1, 2);
	assert_ptr_equal(turns_take(&turns, 1u << 1), &rows[1]);
	assert_ptr_equal(turns_take(&turns, 1u << 1), &rows[2]);
	assert_null(turns_take(&turns, 1u << 1));
	assert_ptr_equal(turns_take(&turns, 1u << 0), &rows[0]);
	turns_release(&turns);
}

static void shares_leave_something_to_others(void **state)
{
	(void)state;
	static const struct {
		unsigned places, part, held[4]; /* by one owner after another */
	} cases[] = {
		{16, 3, {12, 3, 1, 0}}, {16, 1, {8, 4, 2, 1}},
		{4, 1, {2, 1, 1, 0}},   {2, 1, {1, 1, 0, 0}},
		{2, 3, {2, 0, 0, 0}},   {1, 1, {1, 0, 0, 0}},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin((struct turns_options){
			.rules[1] = {.places = cases[i].places,
				     .part = cases[i].part}});
		for (int64_t owner = 0; owner < 4; owner++) {
			struct turns_place place;
			const struct turns_wish wish = {owner, 0, 1, 0, 0};
			unsigned n = 0;
			while (turns_enter(&turns, &wish, &place))
				n++;
			assert_int_equal(n, cases[i].held[owner]);
		}
		turns_release(&turns);
	}
}

static void who_ends_lets_the_next_one_in(void **state)
{
	(void)state;
	begin((struct turns_options){.rules[0] = {.places = 4, .part = 1}});
	add_n(1, 0, 4);
	assert_int_equal(take_all(), 2);
	add_n(2, 0, 1);
	add_n(3, 0, 2);
	assert_int_equal(take(), 4);
	assert_int_equal(take(), 5);
	assert_int_equal(take(), -1);
	turns_end(&turns, rows[0].place);
	assert_int_equal(take(), -1); /* it is for whoever comes */
	turns_end(&turns, rows[1].place);
	assert_int_equal(take(), 6); /* before who has just had two */
	assert_int_equal(take(), 2);
	assert_int_equal(take(), -1);
	turns_release(&turns);
}

static void what_waits_has_a_bound(void **state)
{
	(void)state;
	begin((struct turns_options){.rules[1] = {.own_waiting = 2},
				     .waiting = 6,
				     .own_waiting = 4});
	add_n(1, 1, 2);
	assert_int_equal(add(1, 1, INT64_MAX), -1);
	add_n(1, 0, 2);
	assert_int_equal(add(1, 0, INT64_MAX), -1);
	add_n(2, 0, 2);
	/* half of what the other has, then as much */
	add_n(2, 0, 1);
	assert_ptr_equal(turns_expire(&turns, 0), &rows[1]);
	assert_int_equal(add(2, 0, INT64_MAX), -1);
	assert_null(turns_expire(&turns, 0));
	assert_int_equal(take_all(), 6);
	add_n(3, 0, 1);
	turns_release(&turns);
	/* what holds three times as much waits where three would */
	begin((struct turns_options){.waiting = 6, .own_waiting = 4});
	weight = 3;
	add_n(1, 0, 2);
	assert_int_equal(add(1, 0, INT64_MAX), -1);
	assert_int_equal(add(2, 0, INT64_MAX), -1);
	weight = 0;
	add_n(1, 0, 2);
	turns_release(&turns);
}

static void guests_of_an_owner_take_turns(void **state)
{
	(void)state;
	begin((struct turns_options){0});
	add_guest(-1, 0, 4);
	add_guest(-2, 1, 2);
	add_guest(-3, 1, 1);
	add_n(2, 0, 1);
	/* of its sorts the lower one first, of a sort the guests by turns */
	assert_int_equal(take(), 0);
	assert_int_equal(take(), 7);
	for (int i = 1; i < 4; i++)
		assert_int_equal(take(), i);
	assert_int_equal(take(), 4);
	assert_int_equal(take(), 6);
	assert_int_equal(take(), 5);
	assert_int_equal(take(), -1);
	turns_release(&turns);
}

static void who_comes_meanwhile_waits_for_no_more_of_the_same(void **state)
{
	(void)state;
	begin((struct turns_options){.rules[0] = {.places = 1}});
	add_guest(-1, 0, 3);
	assert_int_equal(take(), 0);
	add_guest(-2, 0, 2);
	add_n(2, 0, 1);
	turns_end(&turns, rows[0].place);
	/* another owner, then another guest */
	assert_int_equal(take(), 5);
	turns_end(&turns, rows[5].place);
	assert_int_equal(take(), 3);
	turns_end(&turns, rows[3].place);
	assert_int_equal(take(), 1);
	turns_end(&turns, rows[1].place);
	assert_int_equal(take(), 4);
	turns_end(&turns, rows[4].place);
	assert_int_equal(take(), 2);
	turns_end(&turns, rows[2].place);
	assert_int_equal(g_hash_table_size(turns.guests), 0);
	turns_release(&turns);
}

static void who_has_most_waiting_makes_room(void **state)
{
	(void)state;
	begin((struct turns_options){.rules[1] = {.own_waiting = 6},
				     .waiting = 10,
				     .own_waiting = 8});
	add_guest(-1, 1, 6);
	assert_int_equal(add_for(1, -1, 1, INT64_MAX), -1);
	add_guest(-2, 1, 1); /* row 6, for row 5 */
	assert_int_equal(turns_deadline(&turns), 0);
	assert_ptr_equal(turns_expire(&turns, 0), &rows[5]);
	assert_null(turns_expire(&turns, 0));
	add_guest(-2, 0, 2); /* rows 7 and 8: the owner has its 8 */
	add_guest(-3, 0, 1); /* row 9, for row 4 */
	assert_ptr_equal(turns_expire(&turns, 0), &rows[4]);
	add_n(2, 0, 2);
	add_n(3, 0, 1); /* row 12: all 10 wait, so for row 3 */
	assert_ptr_equal(turns_expire(&turns, 0), &rows[3]);
	assert_int_equal(turns.waiting, 10);
	assert_int_equal(take_all(), 10);
	turns_release(&turns);
}

static void nobody_makes_room_for_who_has_as_much(void **state)
{
	(void)state;
	begin((struct turns_options){.waiting = 4});
	for (int64_t guest = 1; guest <= 4; guest++)
		add_guest(guest, 0, 1);
	assert_int_equal(add_for(1, 5, 0, INT64_MAX), -1);
	assert_int_equal(add_for(1, 1, 0, INT64_MAX), -1);
	add_n(2, 0, 1); /* but an owner does */
	assert_ptr_equal(turns_expire(&turns, 0), &rows[0]);
	assert_int_equal(take_all(), 4);
	turns_release(&turns);
}

static void what_two_want_waits_with_who_has_less(void **state)
{
	(void)state;
	begin((struct turns_options){.rules[0] = {.places = 1}});
	add_guest(-1, 0, 6);
	assert_int_equal(take(), 0);
	turns_share(&turns, &rows[4], -2);
	assert_int_equal(turns_guest(&rows[4]), -2);
	/* not to and fro */
	turns_share(&turns, &rows[4], -1);
	turns_share(&turns, &rows[4], -3);
	assert_int_equal(turns_guest(&rows[4]), -2);
	/* what runs, too: should it return, it is -4's */
	turns_share(&turns, &rows[0], -4);
	assert_int_equal(turns_guest(&rows[0]), -4);
	turns_return(&turns, &rows[0], INT64_MAX);
	static const int order[] = {1, 4, 0, 2, 3, 5};
	for (size_t i = 0; i < COUNT(order); i++) {
		assert_int_equal(take(), order[i]);
		turns_end(&turns, rows[order[i]].place);
	}
	assert_int_equal(g_hash_table_size(turns.guests), 0);
	turns_release(&turns);
}

static void what_made_room_is_nobodys(void **state)
{
	(void)state;
	begin((struct turns_options){.waiting = 2});
	add_guest(-1, 0, 2);
	add_guest(-2, 0, 1);
	turns_share(&turns, &rows[1], -3);
	assert_ptr_equal(turns_expire(&turns, 0), &rows[1]);
	assert_int_equal(take_all(), 2);
	turns_release(&turns);
}

static void waiting_ends(void **state)
{
	(void)state;
	begin((struct turns_options){.rules[0] = {.places = 1}});
	assert_int_equal(turns_deadline(&turns), INT64_MAX);
	assert_int_equal(add(1, 0, 10), 0);
	assert_int_equal(add(2, 0, 20), 0);
	assert_int_equal(add(1, 1, 15), 0);
	assert_int_equal(turns_deadline(&turns), 10);
	assert_null(turns_expire(&turns, 9));
	assert_int_equal(take(), 0);
	assert_ptr_equal(turns_expire(&turns, 15), &rows[2]);
	assert_null(turns_expire(&turns, 15));
	/* what comes back does so in front, and not for longer than the next */
	turns_return(&turns, &rows[0], 99);
	assert_int_equal(turns_deadline(&turns), 20);
	assert_ptr_equal(turns_expire(&turns, 20), &rows[0]);
	turns_drop(&turns, &rows[1]);
	assert_int_equal(turns.waiting, 0);
	assert_int_equal(g_hash_table_size(turns.owners), 0);
	turns_release(&turns);
}

static void ready_are_those_that_could_be_taken(void **state)
{
	(void)state;
	begin((struct turns_options){.rules = {{0}, {.places = 3, .own = 2}}});
	add_n(1, 1, 5);
	add_n(2, 1, 1);
	add_n(2, 0, 2);
	assert_int_equal(turns_ready(&turns), 5);
	assert_int_equal(take_all(), 5);
	assert_int_equal(turns_ready(&turns), 0);
	turns_release(&turns);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_take_turns),
		cmocka_unit_test(the_lower_sort_goes_first_but_not_for_ever),
		cmocka_unit_test(who_asks_for_one_sort_gets_no_other),
		cmocka_unit_test(shares_leave_something_to_others),
		cmocka_unit_test(who_ends_lets_the_next_one_in),
		cmocka_unit_test(what_waits_has_a_bound),
		cmocka_unit_test(guests_of_an_owner_take_turns),
		cmocka_unit_test(
			who_comes_meanwhile_waits_for_no_more_of_the_same),
		cmocka_unit_test(who_has_most_waiting_makes_room),
		cmocka_unit_test(nobody_makes_room_for_who_has_as_much),
		cmocka_unit_test(what_two_want_waits_with_who_has_less),
		cmocka_unit_test(what_made_room_is_nobodys),
		cmocka_unit_test(waiting_ends),
		cmocka_unit_test(ready_are_those_that_could_be_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
