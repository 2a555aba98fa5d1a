/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the dates of what is at a path grow, and how far they may. What changes
 * them, and what is told of them, is tests/wire/test_last_modified.py's.
 */
#include "base/clock.h"
#include "library/files/file_tx.h"
#include "unit.h"

#include <glib.h>

#ifndef FILE_AHEAD_MAX_S
#define FILE_AHEAD_MAX_S 3
#endif
#define NOW 1700000000 /* of files that come and go in the past */
#define OFTEN 50

static struct file file_at(int64_t account, const char *path)
{
	return (struct file){.account_id = account, .path = str_of(path)};
}

/* Milliseconds in, seconds out. */
static int64_t place(struct file *file, int64_t now, int64_t before)
{
	file_place(file, now, before);
	return file_modified_s(file);
}

static void what_comes_within_a_second_is_later(void **state)
{
	(void)state;
	struct file file = file_at(1, "second");
	int64_t now = NOW * INT64_C(1000);
	assert_int_equal(place(&file, now, 0), NOW);
	assert_int_equal(place(&file, now + 1, NOW), NOW + 1);
	assert_int_equal(place(&file, now + 2, NOW + 1), NOW + 2);
	file_leaves(&file, now + 3);
	assert_int_equal(place(&file, now + 4, 0), NOW + 3);
	assert_int_equal(place(&file, now + 9000, NOW + 3), NOW + 9);
}

/* One that is replaced, and one that is deleted and stored again. */
static void dates_stay_near_the_clock(void **state)
{
	(void)state;
	for (int leaves = 0; leaves < 2; leaves++) {
		struct file file = file_at(1, leaves ? "gone" : "replaced");
		int64_t before = 0;
		for (int i = 0; i < OFTEN; i++) {
			int64_t date =
				place(&file, now_ms(), leaves ? 0 : before);
			int64_t clock = now_ms() / 1000;
			assert_true(date >= before);
			assert_true(i >= FILE_AHEAD_MAX_S || date > before);
			assert_true(date <= clock + FILE_AHEAD_MAX_S);
			before = date;
			if (leaves)
				file_leaves(&file, now_ms());
		}
	}
}

/* A clock that was set back, or a row that is damaged. */
static void dates_ahead_do_not_go_back(void **state)
{
	(void)state;
	struct file file = file_at(1, "ahead");
	int64_t ahead = now_ms() / 1000 + 3600;
	assert_int_equal(place(&file, now_ms(), ahead), ahead);
	assert_int_equal(place(&file, now_ms(), INT64_MAX), INT64_MAX);
}

/* More than there are slots, so that all paths share theirs with some. */
static void nobody_moves_the_dates_of_others(void **state)
{
	(void)state;
	int64_t now = now_ms(), ahead = now / 1000 + 1000;
	for (int i = 0; i < 50000; i++) {
		g_autofree char *path = g_strdup_printf("left/%d", i);
		struct file file = file_at(1, path);
		file.modified_s = ahead;
		file_leaves(&file, now);
	}
	for (int i = 0; i < 1000; i++) {
		g_autofree char *path =
			g_strdup_printf("%s/%d", i % 2 ? "left" : "new", i);
		struct file file = file_at(2, path);
		assert_in_range(place(&file, now, 0), now / 1000,
				now / 1000 + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_within_a_second_is_later),
		cmocka_unit_test(dates_stay_near_the_clock),
		cmocka_unit_test(dates_ahead_do_not_go_back),
		cmocka_unit_test(nobody_moves_the_dates_of_others),
	};
	return cmocka_run_group_tests_name("placed", tests, NULL, NULL);
}
