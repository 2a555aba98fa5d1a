/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pattern.h"
#include "unit.h"

#include <glib.h>

static bool matches(const char *text, const char *subject)
{
	struct pattern *pattern = pattern_new(str_of(text));
	assert_non_null(pattern);
	bool found = pattern_matches(pattern, str_of(subject));
	pattern_free(pattern);
	return found;
}

static void a_subject_begins_with_a_match(void **state)
{
	(void)state;
	assert_true(matches("/a/.*", "/a/b"));
	assert_true(matches("/a/", "/a/b"));
	assert_true(matches("^/a/[a-z]+$", "/a/b"));
	assert_true(matches("", "anything"));
	assert_true(matches("\xc3\xa9+", "\xc3\xa9\xc3\xa9"));
	assert_false(matches("/a/.*", "/b/a/b"));
	assert_false(matches("a|b", "ca"));
	assert_false(matches("(?m)^a", "b\na"));
	assert_false(matches("^/a/[a-z]+$", "/a/B"));
}

static void what_is_no_pattern_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"(",    "[a",  "a**",
					    "(?<n", "\\C", "\xff"};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		assert_null(pattern_new(str_of(texts[i])));
	assert_null(pattern_new(STR_NONE));
}

static void a_pattern_has_bounds(void **state)
{
	(void)state;
	char text[PATTERN_MAX + 2];
	memset(text, 'a', sizeof(text));
	struct pattern *pattern = pattern_new((struct str){text, PATTERN_MAX});
	assert_non_null(pattern);
	pattern_free(pattern);
	assert_null(pattern_new((struct str){text, PATTERN_MAX + 1}));
	memset(text, '(', 200);
	memset(text + 200, ')', 200);
	assert_null(pattern_new((struct str){text, 400}));
	assert_null(pattern_new(STR("((((a{1,1000}){1,1000}){1,1000}){1,9})")));
}

/* Each of them takes longer than anybody waits without a limit. */
static void what_takes_too_long_is_no_match(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"(a+)+$",         "(a|aa)+$",
		"(a|a)*$",        "^(([a-z])+.)+[A-Z]([a-z])+$",
		"(?=(a+))a*b\\1", "(*LIMIT_MATCH=4000000000)(a+)+$",
		"(?:.*.*)*=.*",   "(?R)?a|(a(?R)?)+b",
	};
	char subject[4096];
	memset(subject, 'a', sizeof(subject));
	subject[sizeof(subject) - 1] = '!';
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
		struct pattern *pattern = pattern_new(str_of(texts[i]));
		if (pattern == NULL)
			continue;
		pattern_matches(pattern,
				(struct str){subject, sizeof(subject)});
		pattern_free(pattern);
	}
	assert_false(matches("(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"));
}

/* A step can look at all of it. */
static void a_subject_has_a_bound(void **state)
{
	(void)state;
	struct pattern *all = pattern_new(STR("a*"));
	struct pattern *last = pattern_new(STR(".*/.*a$"));
	struct pattern *slow = pattern_new(STR("(?:(?=.*+)a?+)*+[!?]"));
	char *subject = malloc(PATTERN_SUBJECT_MAX + 1);
	memset(subject, 'a', PATTERN_SUBJECT_MAX + 1);
	subject[0] = '/';
	assert_true(pattern_matches(
		last, (struct str){subject, PATTERN_SUBJECT_MAX}));
	assert_false(pattern_matches(
		last, (struct str){subject, PATTERN_SUBJECT_MAX + 1}));
	subject[0] = 'a';
	assert_true(pattern_matches(
		all, (struct str){subject, PATTERN_SUBJECT_MAX}));
	assert_false(pattern_matches(
		slow, (struct str){subject, PATTERN_SUBJECT_MAX}));
	free(subject);
	pattern_free(all);
	pattern_free(last);
	pattern_free(slow);
}

static void bytes_that_are_no_utf8_match_nothing(void **state)
{
	(void)state;
	assert_false(matches("^.*$", "a\xff"));
	assert_false(matches("a", "a\xff"));
	assert_false(matches("b", "\xff"
				  "b"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_subject_begins_with_a_match),
		cmocka_unit_test(what_is_no_pattern_is_refused),
		cmocka_unit_test(a_pattern_has_bounds),
		cmocka_unit_test(what_takes_too_long_is_no_match),
		cmocka_unit_test(a_subject_has_a_bound),
		cmocka_unit_test(bytes_that_are_no_utf8_match_nothing),
	};
	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
