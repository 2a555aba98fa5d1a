/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are passed on as they are: they say what the parser reads of them,
 * and what it does not read is not passed on (json/verbatim.h).
 */
#include "json/verbatim.h"
#include "unit.h"

#include <glib.h>

#define MUTATIONS 100000

/* Whether it is passed on as it stands. */
static bool compare(struct str text)
{
	struct arena arena;
	arena_init(&arena);
	json_t *read = json_parse(text, JSON_DECODE_ANY);
	json_t *kept = json_verbatim(text);
	if ((read == NULL) != (kept == NULL))
		fail_msg("%.*s: %s", STR_ARG(text),
			 read ? "is JSON" : "is none");
	struct str written = json_write(&arena, kept);
	json_t *again = json_parse(written, JSON_DECODE_ANY);
	if (read && !json_equal(read, again))
		fail_msg("%.*s: became %.*s", STR_ARG(text), STR_ARG(written));
	bool same = kept && str_eq(written, text);
	json_decref(read);
	json_decref(kept);
	json_decref(again);
	arena_release(&arena);
	return same;
}

/* Those that the parser reads and that are no plain texts are written anew: as
 * blanks are told apart by nobody, each has one. */
static const struct {
	struct str text;
	bool same; /* is what is written */
} texts[] = {
	{STR("{}"), true},
	{STR("[]"), true},
	{STR(" { } "), true},
	{STR("{\"a\": 1}"), true},
	{STR("{\"a\" : [1, -2.5, 0, -0.125, true, false, null]}"), true},
	{STR("[[], {}, [{}], {\"\": {}}]\r\n\t"), true},
	{STR("{\"\xc3\xa4\":\"\xf0\x9f\x98\x80 \\u00e9\\n\\/\\\"\\\\\"}"),
	 true},
	{STR("\"a\""), true},
	{STR("123456789012345"), true},
	{STR("null"), true},
	{STR(" 1e2"), false},
	{STR(" 1234567890123456"), false},
	{STR(" 0.1234567890123456"), false},
	{STR(" \"\\ud83d\\ude00\""), false},
	/* none */
	{STR(""), false},
	{STR(" "), false},
	{STR("{"), false},
	{STR("["), false},
	{STR("]"), false},
	{STR("{\"a\":1"), false},
	{STR("{\"a\":1]"), false},
	{STR("[1}"), false},
	{STR("[1,]"), false},
	{STR("[,1]"), false},
	{STR("[1 2]"), false},
	{STR("{\"a\"}"), false},
	{STR("{\"a\":}"), false},
	{STR("{\"a\":1,}"), false},
	{STR("{,}"), false},
	{STR("{a:1}"), false},
	{STR("{1:1}"), false},
	{STR("{\"a\" 1}"), false},
	{STR("{}{}"), false},
	{STR("{},"), false},
	{STR("1,2"), false},
	{STR("01"), false},
	{STR("-"), false},
	{STR("+1"), false},
	{STR(".5"), false},
	{STR("1."), false},
	{STR("1.e1"), false},
	{STR("0x1"), false},
	{STR("1e999"), false},
	{STR("12345678901234567890123"), false},
	{STR("truE"), false},
	{STR("nul"), false},
	{STR("trueish"), false},
	{STR("\""), false},
	{STR("\"a"), false},
	{STR("\"\\"), false},
	{STR("\"\\\""), false},
	{STR("\"\\x\""), false},
	{STR("\"\\u12\""), false},
	{STR("\"\\u\""), false},
	{STR("\"\\u00g0\""), false},
	{STR("\"\\u0000\""), false},
	{STR("\"\\ud800\""), false},
	{STR("\"\\udc00 \""), false},
	{STR("\"\\\0\""), false},
	{STR("\"\1\""), false},
	{STR("\"\n\""), false},
	{STR("\"\xff\""), false},
	{STR("\"\xc3\""), false},
	{STR("\"\xed\xa0\x80\""), false},
	{STR("\xff{}"), false},
	{STR("{}\xff"), false},
	{STR("{}\0"), false},
	{STR("\xef\xbb\xbf{}"), false},
};

static void a_text_is_passed_on_or_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (compare(texts[i].text) != texts[i].same)
			fail_msg("row %zu: %.*s", i, STR_ARG(texts[i].text));
}

static void each_beginning_of_a_text_is_as_the_parser_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		for (size_t n = 0; n < texts[i].text.n; n++)
			compare((struct str){texts[i].text.p, n});
}

static void whatever_becomes_of_a_text_the_parser_agrees(void **state)
{
	static const char bytes[] = "{}[]\",:\\u0d8eE.-+19tfn \n\xff\xc3\xa4";
	static const char seed[] =
		"{\"name\":\"va\\\"l\\u00e9\xc3\xa4\",\"list\":[1,-0.5,[],{}],"
		"\"deep\":{\"a\":{\"b\":[true,false,null]}}}";
	(void)state;
	GRand *random = g_rand_new_with_seed(1);
	unsigned same = 0;
	for (unsigned i = 0; i < MUTATIONS; i++) {
		char text[sizeof(seed)];
		memcpy(text, seed, sizeof(seed));
		int n = g_rand_int_range(random, 1, 4);
		while (n--)
			text[g_rand_int_range(random, 0, sizeof(seed) - 1)] =
				bytes[g_rand_int_range(random, 0,
						       sizeof(bytes))];
		same += compare((struct str){text, sizeof(seed) - 1});
	}
	g_rand_free(random);
	assert_true(same > 0 && same < MUTATIONS);
}

static bool compare_repeated(char open, size_t n, char close)
{
	g_autofree char *text = g_malloc(2 * n);
	memset(text, open, n);
	memset(text + n, close, n);
	return compare((struct str){text, 2 * n});
}

static void depth_and_length_are_bounded_as_the_parser_s(void **state)
{
	(void)state;
	assert_true(compare_repeated('[', JSON_DEPTH_MAX, ']'));
	assert_false(compare_repeated('[', JSON_DEPTH_MAX + 1, ']'));
	assert_false(compare_repeated('[', 70000, ']'));
	for (int more = -1; more <= 1; more++) {
		size_t n = (size_t)((int)JSON_VALUES_MAX - 1 + more);
		GString *text = g_string_new("[1");
		for (size_t i = 1; i < n; i++)
			g_string_append(text, ",1");
		g_string_append_c(text, ']');
		compare((struct str){text->str, text->len});
		g_string_free(text, TRUE);
	}
}

static void a_value_stands_where_others_do(void **state)
{
	struct arena arena;
	(void)state;
	arena_init(&arena);
	json_t *object = json_object();
	json_object_set_new(object, "a", json_verbatim(STR("{ \"b\": [1] }")));
	json_object_set_new(object, "c", json_string("d"));
	struct str text = json_write(&arena, object);
	assert_true(str_eq(text, STR("{\"a\":{ \"b\": [1] },\"c\":\"d\"}")));
	json_decref(object);
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_is_passed_on_or_read_or_refused),
		cmocka_unit_test(
			each_beginning_of_a_text_is_as_the_parser_says),
		cmocka_unit_test(whatever_becomes_of_a_text_the_parser_agrees),
		cmocka_unit_test(depth_and_length_are_bounded_as_the_parser_s),
		cmocka_unit_test(a_value_stands_where_others_do),
	};
	return cmocka_run_group_tests_name("verbatim", tests, NULL, NULL);
}
