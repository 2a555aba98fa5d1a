/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists and objects where only texts can stand: api/jigsawstack/call_text.h.
 */
#include "api/jigsawstack/call_text.h"
#include "arena_fixture.h"

static void assert_value(struct str text, const char *json)
{
	struct call_texts texts = {.arena = &arena};
	json_t *value = json_keep(&arena, call_text_value(&texts, text));
	struct str got = json_write(&arena, value);
	if (!str_eq(got, str_of(json)) || (got.p == NULL) != (json == NULL))
		fail_msg("%.*s is %.*s", STR_ARG(text), STR_ARG(got));
}

static void texts_are_read_as_what_they_were_made_of(void **state)
{
	static const struct {
		const char *text, *json; /* NULL: no option */
	} cases[] = {
		{"", NULL},
		{"undefined", NULL},
		{"null", NULL},
		{"None", NULL},
		{"total", "\"total\""},
		{" total ", "\" total \""},
		{"true", "\"true\""},
		{"7", "\"7\""},
		{"\"quoted\"", "\"\\\"quoted\\\"\""},
		{"[\"a\",1]", "[\"a\",1]"},
		{" {\"a\": \"b\"} ", "{\"a\":\"b\"}"},
		{"['a', 'b']", "[\"a\",\"b\"]"},
		{"[1, 3]", "[1,3]"},
		{"(1, 3)", "[1,3]"},
		{"['it\\'s', \"it's\", '\"', 'a\\\\b']",
		 "[\"it's\",\"it's\",\"\\\"\",\"a\\\\b\"]"},
		{"['\\xe9', '\\u20ac', '\\n', '\u00e9']",
		 "[\"\u00e9\",\"\u20ac\",\"\\n\",\"\u00e9\"]"},
		{"{'a': True, 'b': False, 'c': None}",
		 "{\"a\":true,\"b\":false,\"c\":null}"},
		{"['True (None)']", "[\"True (None)\"]"},
		{"[]", "[]"},
		{"{}", "{}"},
		{"[hello] world", "\"[hello] world\""},
		{"(see below)", "\"(see below)\""},
		{"['a", "\"['a\""},
		{"['a\\", "\"['a\\\\\""},
		{"['a\\x", "\"['a\\\\x\""},
		{"[", "\"[\""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_value(str_of(cases[i].text), cases[i].json);
}

static void what_is_read_as_lists_is_bounded(void **state)
{
	struct call_texts texts = {.arena = &arena};
	char *text = arena_alloc(&arena, CALL_TEXTS_MAX);
	(void)state;
	memset(text, ' ', CALL_TEXTS_MAX);
	text[0] = '[';
	text[CALL_TEXTS_MAX - 2] = ']';
	struct str list = {text, CALL_TEXTS_MAX - 1};
	json_t *value = json_keep(&arena, call_text_value(&texts, list));
	assert_true(json_is_array(value));
	value = json_keep(&arena, call_text_value(&texts, list));
	assert_true(json_is_string(value));
	value = json_keep(&arena, call_text_value(&texts, STR("[]")));
	assert_true(json_is_string(value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(texts_are_read_as_what_they_were_made_of),
		WITH_ARENA(what_is_read_as_lists_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
