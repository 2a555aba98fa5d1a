/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What vOCR is asked, and what it answers: api/jigsawstack/vocr.
 */
#include "api/jigsawstack/vocr/vocr.h"
#include "json/json.h"
#include "arena_fixture.h"

/* The options as JSON; what is wrong with them, or "". */
static const char *read_ask(struct str options, struct vocr_ask *out)
{
	static struct err err;
	json_t *object = json_parse_arena(&arena, options, 0);
	assert_non_null(object);
	return vocr_ask_read(&arena, object, out, &err) < 0 ? err.text : "";
}

static void options_may_be_texts(void **state)
{
	static const struct {
		const char *options;
		unsigned first, last;
		bool fine, bounds;
	} cases[] = {
		{"{}", 0, 0, false, true},
		{"{\"page_range\":[1,1]}", 1, 1, false, true},
		{"{\"page_range\":[1,10]}", 1, 10, false, true},
		{"{\"page_range\":[\"3\",\"4\"]}", 3, 4, false, true},
		{"{\"page_range\":{\"0\":\"3\",\"1\":4}}", 3, 4, false, true},
		{"{\"page_range\":[999999991,1000000000]}", 999999991,
		 1000000000, false, true},
		{"{\"fine_grained\":true,\"return_bounds\":false}", 0, 0, true,
		 false},
		{"{\"fine_grained\":\"True\",\"return_bounds\":\"0\"}", 0, 0,
		 true, false},
		{"{\"fine_grained\":\"false\",\"x\":[1]}", 0, 0, false, true},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vocr_ask ask;
		assert_string_equal(read_ask(str_of(cases[i].options), &ask),
				    "");
		assert_int_equal(ask.pages.first, cases[i].first);
		assert_int_equal(ask.pages.last, cases[i].last);
		assert_int_equal(ask.pages.fine, cases[i].fine);
		assert_int_equal(ask.bounds, cases[i].bounds);
	}
}

static void what_cannot_be_is_refused(void **state)
{
	static const struct {
		const char *options, *field;
	} cases[] = {
		{"{\"page_range\":[0]}", "page_range"},
		{"{\"page_range\":[1]}", "page_range"},
		{"{\"page_range\":[]}", "page_range"},
		{"{\"page_range\":[0,1]}", "page_range"},
		{"{\"page_range\":[-1,1]}", "page_range"},
		{"{\"page_range\":[3,1]}", "page_range"},
		{"{\"page_range\":[1,11]}", "page_range"},
		{"{\"page_range\":[1,99]}", "page_range"},
		{"{\"page_range\":[1,2,3]}", "page_range"},
		{"{\"page_range\":[1.0,2]}", "page_range"},
		{"{\"page_range\":[true,2]}", "page_range"},
		{"{\"page_range\":[1,4294967297]}", "page_range"},
		{"{\"page_range\":[\"1\",\"x\"]}", "page_range"},
		{"{\"page_range\":7}", "page_range"},
		{"{\"page_range\":\"all\"}", "page_range"},
		{"{\"page_range\":{\"from\":1,\"to\":2}}", "page_range"},
		{"{\"fine_grained\":1}", "fine_grained"},
		{"{\"fine_grained\":\"yes\"}", "fine_grained"},
		{"{\"return_bounds\":[]}", "return_bounds"},
		{"{\"prompt\":7}", "prompt"},
		{"{\"prompt\":true}", "prompt"},
		{"{\"prompt\":[]}", "prompt"},
		{"{\"prompt\":{}}", "prompt"},
		{"{\"prompt\":[\"\"]}", "prompt"},
		{"{\"prompt\":[\"a\",1]}", "prompt"},
		{"{\"prompt\":{\"a\":1}}", "prompt"},
		{"{\"prompt\":{\"\":\"a\"}}", "prompt"},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct vocr_ask ask;
		const char *why = read_ask(str_of(cases[i].options), &ask);
		if (!str_starts(str_of(why), str_of(cases[i].field)))
			fail_msg("%s: \"%s\"", cases[i].options, why);
	}
}

static void prompts_are_a_text_or_names(void **state)
{
	struct vocr_ask ask;
	(void)state;
	assert_string_equal(read_ask(STR("{}"), &ask), "");
	assert_true(str_eq(ask.prompt, STR("Describe the image in detail.")));
	assert_string_equal(read_ask(STR("{\"prompt\":\"\"}"), &ask), "");
	assert_true(str_eq(ask.prompt, STR("Describe the image in detail.")));
	assert_string_equal(read_ask(STR("{\"prompt\":\"[x]\"}"), &ask), "");
	assert_true(str_eq(ask.prompt, STR("[x]")));
	assert_string_equal(
		read_ask(STR("{\"prompt\":[\"b\",\"a\",\"b\"]}"), &ask), "");
	assert_null(ask.prompt.p);
	assert_int_equal(ask.n_keys, 2);
	assert_true(str_eq(ask.keys[0].name, STR("b")));
	assert_null(ask.keys[0].description.p);
	assert_string_equal(
		read_ask(STR("{\"prompt\":{\"b\":\"the b\",\"a\":\"\"}}"),
			 &ask),
		"");
	assert_int_equal(ask.n_keys, 2);
	assert_true(str_eq(ask.keys[0].description, STR("the b")));
}

static void assert_prompt_fits(json_t *prompt, bool fits)
{
	struct vocr_ask ask;
	struct err err;
	json_t *options =
		json_keep(&arena, json_pack("{s:o}", "prompt", prompt));
	assert_int_equal(vocr_ask_read(&arena, options, &ask, &err),
			 fits ? 0 : -1);
}

static void prompts_have_an_end(void **state)
{
	char *text = arena_alloc(&arena, VOCR_PROMPT_MAX + 1);
	(void)state;
	memset(text, 'x', VOCR_PROMPT_MAX + 1);
	assert_prompt_fits(json_stringn(text, VOCR_PROMPT_MAX), true);
	assert_prompt_fits(json_stringn(text, VOCR_PROMPT_MAX + 1), false);
	assert_prompt_fits(json_pack("[s#]", text, VOCR_KEY_MAX), true);
	assert_prompt_fits(json_pack("[s#]", text, VOCR_KEY_MAX + 1), false);
	assert_prompt_fits(json_pack("{s:s#}", "a", text, VOCR_KEY_MAX), true);
	assert_prompt_fits(json_pack("{s:s#}", "a", text, VOCR_KEY_MAX + 1),
			   false);
	for (unsigned more = 0; more < 2; more++) {
		json_t *list = json_array();
		for (unsigned i = 0; i < PROMPT_KEYS_MAX + more; i++)
			json_array_append_new(list, json_sprintf("%u", i));
		assert_prompt_fits(list, more == 0);
	}
}

static const struct recognised_word words[] = {
	{{"a\"b", 3}, 0.98765, {{10, 21, 21, 10}, {5, 5, 12, 12}}},
	{{"\u00fc", 2}, 1, {{30, 41, 43, 31}, {6, 8, 21, 20}}},
};
static const struct recognised_line lines[] = {
	{{"a\"b  \u00fc", 7},
	 0.5,
	 {{10, 41, 43, 10}, {5, 8, 21, 20}},
	 words,
	 2},
	{{"a\"b", 3}, 0, {{10, 21, 21, 10}, {5, 5, 12, 12}}, words, 1},
};
static const struct recognised_section sections[] = {{lines, 2}, {lines, 1}};
static const struct recognised_page pages[] = {
	{100, 50, sections, 1}, {200, 60, NULL, 0}, {300, 70, sections, 2}};

static struct str text_of(const struct vocr *vocr)
{
	struct str text;
	struct err err;
	assert_int_equal(vocr_answer(&arena, vocr, "the-id", &text, &err), 0);
	return text;
}

static json_t *answer_of(const struct vocr *vocr)
{
	json_t *answer = json_parse_arena(&arena, text_of(vocr), 0);
	assert_non_null(answer);
	return answer;
}

static void assert_json(const json_t *value, const char *wanted)
{
	assert_string_equal(arena_cstr(&arena, json_write(&arena, value)),
			    wanted);
}

static void answers_have_the_vendors_shape(void **state)
{
	(void)state;
	struct vocr vocr = {
		.ask = {.bounds = true},
		.context = json_keep(&arena, json_string("the \"text\"")),
		.document = {.total_pages = 1,
			     .first = 1,
			     .last = 1,
			     .width = 100,
			     .height = 50,
			     .pages = pages,
			     .n_pages = 1},
	};
	assert_string_equal(
		arena_cstr(&arena, text_of(&vocr)),
		"{\"success\":true,\"context\":\"the \\\"text\\\"\","
		"\"width\":100,\"height\":50,\"tags\":[],\"has_text\":true,"
		"\"sections\":[{\"text\":\"a\\\"b  \u00fc\\na\\\"b\","
		"\"lines\":["
		"{\"text\":\"a\\\"b  \u00fc\",\"bounds\":{"
		"\"top_left\":{\"x\":10,\"y\":5},"
		"\"top_right\":{\"x\":41,\"y\":8},"
		"\"bottom_right\":{\"x\":43,\"y\":21},"
		"\"bottom_left\":{\"x\":10,\"y\":20},"
		"\"width\":32,\"height\":14},\"average_confidence\":0.5,"
		"\"words\":["
		"{\"text\":\"a\\\"b\",\"bounds\":{"
		"\"top_left\":{\"x\":10,\"y\":5},"
		"\"top_right\":{\"x\":21,\"y\":5},"
		"\"bottom_right\":{\"x\":21,\"y\":12},"
		"\"bottom_left\":{\"x\":10,\"y\":12},"
		"\"width\":11,\"height\":7},\"confidence\":0.9877},"
		"{\"text\":\"\u00fc\",\"bounds\":{"
		"\"top_left\":{\"x\":30,\"y\":6},"
		"\"top_right\":{\"x\":41,\"y\":8},"
		"\"bottom_right\":{\"x\":43,\"y\":21},"
		"\"bottom_left\":{\"x\":31,\"y\":20},"
		"\"width\":11.5,\"height\":13.5},\"confidence\":1}]},"
		"{\"text\":\"a\\\"b\",\"bounds\":{"
		"\"top_left\":{\"x\":10,\"y\":5},"
		"\"top_right\":{\"x\":21,\"y\":5},"
		"\"bottom_right\":{\"x\":21,\"y\":12},"
		"\"bottom_left\":{\"x\":10,\"y\":12},"
		"\"width\":11,\"height\":7},\"average_confidence\":0,"
		"\"words\":["
		"{\"text\":\"a\\\"b\",\"bounds\":{"
		"\"top_left\":{\"x\":10,\"y\":5},"
		"\"top_right\":{\"x\":21,\"y\":5},"
		"\"bottom_right\":{\"x\":21,\"y\":12},"
		"\"bottom_left\":{\"x\":10,\"y\":12},"
		"\"width\":11,\"height\":7},\"confidence\":0.9877}]}]}],"
		"\"_usage\":{\"input_tokens\":0,\"output_tokens\":0,"
		"\"inference_time_tokens\":0,\"total_tokens\":0},"
		"\"log_id\":\"the-id\"}");
}

static void pages_follow_each_other(void **state)
{
	(void)state;
	struct vocr vocr = {
		.context = json_keep(&arena,
				     json_pack("{s:[s],s:n}", "a", "b", "c")),
		.document = {.is_document = true,
			     .total_pages = 3,
			     .first = 1,
			     .last = 3,
			     .width = 100,
			     .height = 50,
			     .pages = pages,
			     .n_pages = 3},
		.usage = {.input = 3, .output = 4},
	};
	json_t *answer = answer_of(&vocr);
	assert_int_equal(json_array_size(json_object_get(answer, "sections")),
			 3);
	assert_json(json_object_get(answer, "context"),
		    "{\"a\":[\"b\"],\"c\":null}");
	assert_json(json_object_get(answer, "total_pages"), "3");
	assert_null(json_object_get(answer, "page_range"));
	assert_json(json_object_get(json_object_get(answer, "_usage"),
				    "total_tokens"),
		    "7");
	vocr.ask.pages.first = 1; /* asked for */
	answer = answer_of(&vocr);
	assert_json(json_object_get(answer, "page_range"), "[1,3]");
	vocr.ask.pages.first = 0; /* not read to its end */
	vocr.document.total_pages = 4;
	answer = answer_of(&vocr);
	assert_json(json_object_get(answer, "page_range"), "[1,3]");
}

static void without_text_there_is_nothing_but_a_size(void **state)
{
	(void)state;
	struct vocr vocr = {
		.ask = {.bounds = true},
		.context = json_keep(&arena, json_string("")),
		.document = {.total_pages = 1,
			     .first = 1,
			     .last = 1,
			     .width = 200,
			     .height = 60,
			     .pages = &pages[1],
			     .n_pages = 1},
	};
	json_t *answer = answer_of(&vocr);
	assert_json(json_object_get(answer, "has_text"), "false");
	assert_json(json_object_get(answer, "sections"), "[]");
	assert_null(json_object_get(answer, "total_pages"));
}

static void bounds_are_left_out_when_not_wanted(void **state)
{
	(void)state;
	const struct vocr vocr = {
		.context = json_keep(&arena, json_string("")),
		.document = {.pages = pages, .n_pages = 3},
	};
	struct str text = text_of(&vocr);
	assert_false(str_contains(text, STR("bounds")));
	assert_false(str_contains(text, STR("top_left")));
	assert_true(str_contains(text, STR("average_confidence")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(options_may_be_texts),
		WITH_ARENA(what_cannot_be_is_refused),
		WITH_ARENA(prompts_are_a_text_or_names),
		WITH_ARENA(prompts_have_an_end),
		WITH_ARENA(answers_have_the_vendors_shape),
		WITH_ARENA(pages_follow_each_other),
		WITH_ARENA(without_text_there_is_nothing_but_a_size),
		WITH_ARENA(bounds_are_left_out_when_not_wanted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
