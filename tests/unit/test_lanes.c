/* SPDX-License-Identifier: Apache-2.0 */
#include "http/lanes.h"
#include "unit.h"

#define MANY 5

static GList links[3][MANY];

static void link_all(void)
{
	for (size_t i = 0; i < COUNT(links); i++)
		for (size_t k = 0; k < MANY; k++)
			links[i][k] = (GList){.data = &links[i][k]};
}

static void owners_take_turns(void **state)
{
	(void)state;
	struct lanes lanes;
	lanes_init(&lanes);
	link_all();
	assert_false(lanes_wait(&lanes));
	assert_null(lanes_pop(&lanes));
	for (size_t k = 0; k < MANY; k++)
		lanes_push(&lanes, 7, &links[0][k]);
	lanes_push(&lanes, INT64_MIN + 63, &links[1][0]);
	lanes_push(&lanes, 8, &links[2][0]);
	lanes_push(&lanes, 8, &links[2][1]);
	const GList *want[] = {&links[0][0], &links[2][0], &links[1][0],
			       &links[0][1], &links[2][1], &links[0][2],
			       &links[0][3], &links[0][4]};
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_true(lanes_wait(&lanes));
		assert_ptr_equal(lanes_pop(&lanes), want[i]);
	}
	assert_false(lanes_wait(&lanes));
	assert_null(lanes_pop(&lanes));
}

static void who_comes_back_is_not_first_again(void **state)
{
	(void)state;
	struct lanes lanes;
	lanes_init(&lanes);
	link_all();
	lanes_push(&lanes, 1, &links[0][0]);
	lanes_push(&lanes, 2, &links[1][0]);
	assert_ptr_equal(lanes_pop(&lanes), &links[0][0]);
	lanes_push(&lanes, 1, &links[0][0]);
	assert_ptr_equal(lanes_pop(&lanes), &links[1][0]);
	assert_ptr_equal(lanes_pop(&lanes), &links[0][0]);
}

static void what_was_taken_out_is_not_there(void **state)
{
	(void)state;
	struct lanes lanes;
	lanes_init(&lanes);
	link_all();
	GQueue *first = lanes_push(&lanes, 1, &links[0][0]);
	lanes_push(&lanes, 2, &links[1][0]);
	GQueue *last = lanes_push(&lanes, 3, &links[2][0]);
	g_queue_unlink(first, &links[0][0]);
	g_queue_unlink(last, &links[2][0]);
	assert_ptr_equal(lanes_pop(&lanes), &links[1][0]);
	assert_null(lanes_pop(&lanes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_take_turns),
		cmocka_unit_test(who_comes_back_is_not_first_again),
		cmocka_unit_test(what_was_taken_out_is_not_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
