/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a copy is good for: src/remote/freshness.h.
 */
#include "remote/freshness.h"
#include "unit.h"

#define NOW_S INT64_C(784111777) /* Sun, 06 Nov 1994 08:49:37 GMT */
#define DATE STR("Sun, 06 Nov 1994 08:49:37 GMT")
#define LATER STR("Sun, 06 Nov 1994 08:51:17 GMT") /* 100 s */

static struct freshness ask(const struct fetch_validity *validity, bool moved)
{
	return freshness_of(validity, moved, NOW_S * 1000, NOW_S * 1000);
}

static int64_t seconds(int64_t until_ms)
{
	return until_ms / 1000 - NOW_S;
}

static void what_the_origin_says_counts(void **state)
{
	(void)state;
	static const struct {
		const char *cache_control;
		struct str expires, date, age, vary;
		int fresh, stale;
		bool kept;
	} rows[] = {
#define NONE STR_NONE, STR_NONE, STR_NONE, STR_NONE
		{NULL, NONE, 60, 3660, true},
		{"", NONE, 60, 3660, true},
		{"public", NONE, 60, 3660, true},
		{"max-age=5", NONE, 5, 3605, true},
		{"MAX-AGE = 5", NONE, 5, 3605, true},
		{"max-age=\"5\"", NONE, 5, 3605, true},
		{"max-age=5, max-age=7", NONE, 5, 3605, true},
		{"max-age=0", NONE, 0, 3600, true},
		{"max-age=x", NONE, 0, 3600, true},
		{"max-age", NONE, 0, 3600, true},
		{"max-age=-1", NONE, 0, 3600, true},
		{"max-age=99999999999999999999999", NONE, 86400, 90000, true},
		{"max-age=5,s-maxage=9", NONE, 9, 9, true},
		{"max-age=5, must-revalidate", NONE, 5, 5, true},
		{"max-age=5, proxy-revalidate", NONE, 5, 5, true},
		{"no-cache, max-age=5", NONE, 0, 0, true},
		{"no-cache=\"Set-Cookie, max-age=9\"", NONE, 0, 0, true},
		{"x=\"a, no-store, \\\"b\", max-age=5", NONE, 5, 3605, true},
		{"max-age=5, stale-if-error=7", NONE, 5, 12, true},
		{"max-age=5, stale-if-error=0", NONE, 5, 5, true},
		{"max-age=5, no-store", NONE, 5, 3605, false},
		{"private=\"x\", max-age=5", NONE, 5, 3605, false},
		{"\"max-age=5", NONE, 60, 3660, true},
		{NULL, LATER, STR_NONE, STR_NONE, STR_NONE, 100, 3700, true},
		{NULL, LATER, DATE, STR_NONE, STR_NONE, 100, 3700, true},
		{NULL, LATER, LATER, STR_NONE, STR_NONE, 0, 3600, true},
		{NULL, DATE, LATER, STR_NONE, STR_NONE, 0, 3600, true},
		{NULL, STR("0"), STR_NONE, STR_NONE, STR_NONE, 0, 3600, true},
		{"max-age=5", LATER, STR_NONE, STR_NONE, STR_NONE, 5, 3605,
		 true},
		{"max-age=50", STR_NONE, STR_NONE, STR("20"), STR_NONE, 30,
		 3630, true},
		{"max-age=50", STR_NONE, STR_NONE, STR("60"), STR_NONE, 0, 3600,
		 true},
		{"max-age=50", STR_NONE, STR_NONE, STR_NONE, STR("*"), 0, 3600,
		 true},
		{"max-age=50", STR_NONE, STR_NONE, STR_NONE, STR("Accept"), 50,
		 3650, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct fetch_validity validity = {
			.cache_control = str_of(rows[i].cache_control),
			.expires = rows[i].expires,
			.date = rows[i].date,
			.age = rows[i].age,
			.vary = rows[i].vary,
		};
		struct freshness got = ask(&validity, false);
		if (seconds(got.fresh_until) != rows[i].fresh ||
		    seconds(got.stale_until) != rows[i].stale ||
		    got.may_keep != rows[i].kept)
			fail_msg("row %zu: %ld, %ld", i,
				 (long)seconds(got.fresh_until),
				 (long)seconds(got.stale_until));
	}
}

static void what_redirects_for_now_is_asked_soon(void **state)
{
	(void)state;
	const struct fetch_validity validity = {.cache_control =
							STR("max-age=1000")};
	assert_int_equal(seconds(ask(&validity, false).fresh_until), 1000);
	assert_int_equal(seconds(ask(&validity, true).fresh_until), 60);
}

static void the_time_of_the_answer_counts_as_age(void **state)
{
	(void)state;
	const struct fetch_validity validity = {.cache_control =
							STR("max-age=10")};
	struct freshness got = freshness_of(&validity, false,
					    NOW_S * 1000 - 4000, NOW_S * 1000);
	assert_int_equal(seconds(got.fresh_until), 6);
}

static void a_304_says_only_what_it_says(void **state)
{
	(void)state;
	const struct fetch_validity before = {
		.etag = STR("\"a\""),
		.cache_control = STR("max-age=5"),
		.age = STR("4"),
	};
	const struct fetch_validity says = {.cache_control = STR("no-cache")};
	struct fetch_validity got = freshness_update(&before, &says);
	assert_str(got.etag, STR("\"a\""));
	assert_str(got.cache_control, STR("no-cache"));
	assert_null(got.age.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_origin_says_counts),
		cmocka_unit_test(what_redirects_for_now_is_asked_soon),
		cmocka_unit_test(the_time_of_the_answer_counts_as_age),
		cmocka_unit_test(a_304_says_only_what_it_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
