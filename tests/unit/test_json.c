/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a JSON text may cost, and values as text: src/json/json.h.
 */
#include "json/json.h"
#include "arena_fixture.h"

#include <glib.h>

/* front, n times middle with `between` among them, back */
static struct str repeated(const char *front, const char *middle, size_t n,
			   const char *between, const char *back)
{
	GString *text = g_string_new(front);
	for (size_t i = 0; i < n; i++) {
		g_string_append(text, i ? between : "");
		g_string_append(text, middle);
	}
	g_string_append(text, back);
	struct str copy = arena_str(&arena, (struct str){text->str, text->len});
	g_string_free(text, TRUE);
	return copy;
}

static bool parses(struct str text)
{
	json_t *value = json_parse(text, JSON_DECODE_ANY);
	json_decref(value);
	return value != NULL;
}

static void values_are_counted_before_they_are_made(void **state)
{
	static const struct {
		const char *middle, *back;
		size_t values; /* of each middle */
	} rows[] = {
		{"1", "]", 1},
		{"{}", "]", 1},
		{"[ \n]", "]", 1},
		{"\"a,[{\\\",\"", "]", 1},
		{"[1]", "]", 2},
		{"{\"a\":[]}", "]", 2},
		{" { \"a\" : 1 , \"b\" : [ 2 , 3 ] } ", " ] ", 5},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t most = (JSON_VALUES_MAX - 1) / rows[i].values;
		const char *middle = rows[i].middle, *back = rows[i].back;
		if (!parses(repeated("[", middle, most, ",", back)))
			fail_msg("row %zu: what is within the limit", i);
		if (parses(repeated("[", middle, most + 1, ",", back)))
			fail_msg("row %zu: what is over the limit", i);
	}
}

/* Whatever was kept under EDIT_METADATA_MAX and the like is read again. */
static void no_text_of_64_kib_has_too_many(void **state)
{
	(void)state;
	struct str digits = repeated("[", "1", 32767, ",", "]");
	struct str arrays = repeated("[", "[]", 21845, ",", "]");
	assert_in_range(digits.n, 64 * 1024 - 1, 64 * 1024);
	assert_in_range(arrays.n, 64 * 1024 - 1, 64 * 1024);
	assert_true(parses(digits));
	assert_true(parses(arrays));
}

static void depth_is_bounded(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const char *open = i ? "{\"a\":" : "[";
		const char *end = i ? "1" : "";
		GString *close = g_string_new(end);
		for (size_t n = 0; n < JSON_DEPTH_MAX; n++)
			g_string_append(close, i ? "}" : "]");
		assert_true(parses(
			repeated("", open, JSON_DEPTH_MAX, "", close->str)));
		g_string_append(close, i ? "}" : "]");
		assert_false(parses(repeated("", open, JSON_DEPTH_MAX + 1, "",
					     close->str)));
		g_string_free(close, TRUE);
	}
	/* depth is not what stands one behind the other */
	assert_true(parses(repeated("[", "[[]]", 1000, ",", "]")));
}

static void what_is_no_json_is_refused(void **state)
{
	static const char *const texts[] = {
		"",     " ",       "{",       "]",     "[1,]", "\"",  "\"\\",
		"[1]x", "{\"a\"}", "[\"\\\"", "}}}}[", "nul",  "[[]", "{]",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (parses(str_of(texts[i])))
			fail_msg("%s", texts[i]);
	assert_false(parses(STR_NONE));
	assert_null(
		json_parse(STR("{\"a\":1,\"a\":2}"), JSON_REJECT_DUPLICATES));
	assert_null(json_parse_arena(&arena, STR("1"), 0));
}

static void values_become_text_in_the_arena(void **state)
{
	static const char *const texts[] = {
		"{\"a\":[1,true,null,\"\xc3\xa9\"],\"b\":{}}",
		"\"x\"",
		"1.5",
		"null",
		"[]",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const json_t *value = json_parse_arena(&arena, str_of(texts[i]),
						       JSON_DECODE_ANY);
		assert_non_null(value);
		assert_str(json_write(&arena, value), str_of(texts[i]));
	}
	assert_null(json_write(&arena, NULL).p);
}

/* What is signed or compared must not change with who writes it. */
static void text_is_what_jansson_would_write(void **state)
{
	static const char *const texts[] = {
		"[0,-1,9223372036854775807,-9223372036854775808,10,907]",
		"[0.1,-0.0,1e300,1.0,123456789.5,1e-7,3.0000000000000004]",
		"{\"a\":{\"b\":[{},[],[[]],\"\"]},\"\":false,\"c\":{}}",
		"\"\\u0001/\\/\\\"\\\\\\u007f\\ud83d\\udc2b\"",
		"{\"\\n\\\"\":\"tail\\t\"}",
	};
	char controls[0x80];
	(void)state;
	for (char c = 1; c > 0 && c < 0x7f; c++)
		controls[c - 1] = c;
	json_t *all = json_array();
	json_array_append_new(all, json_stringn(controls, 0x7e));
	for (size_t i = 0; i < COUNT(texts); i++)
		json_array_append(all,
				  json_parse_arena(&arena, str_of(texts[i]),
						   JSON_DECODE_ANY));
	g_autofree char *want = json_dumps(all, JSON_COMPACT);
	assert_int_equal(json_array_size(all), 1 + COUNT(texts));
	assert_str(json_write(&arena, all), str_of(want));
	GString *text = g_string_new("x");
	json_append(text, all);
	assert_string_equal(text->str + 1, want);
	g_string_free(text, TRUE);
	json_decref(all);
}

static void texts_and_ids_become_values(void **state)
{
	static const struct {
		struct str text;
		const char *json;
	} rows[] = {
		{{NULL, 0}, "null"},
		{{"", 0}, "\"\""},
		{{"a\xc3\xa9", 3}, "\"a\xc3\xa9\""},
		{{"a\xff", 2}, "\"a\xef\xbf\xbd\""},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		json_t *value = json_str(rows[i].text);
		assert_str(json_write(&arena, value), str_of(rows[i].json));
		json_decref(value);
	}
	struct id id = {{1, 2, 0xff}};
	json_t *hex = json_id(&id);
	assert_str(json_text(hex), STR("0102ff000000000000000000"));
	json_decref(hex);
	assert_null(json_text(NULL).p);
	assert_null(json_text(json_true()).p);
}

/* Braces and marks within texts begin and end nothing. */
static void objects_are_made_as_text(void **state)
{
	json_t *list = json_array();
	GString *object = json_open();
	(void)state;
	json_array_append_new(list, json_true());
	json_add_text(object, "a", STR("{"));
	json_add_text(object, "b", STR("\"\\\n"));
	json_add_text(object, "c", STR("a\xff"));
	json_add_text(object, "d", STR_NONE);
	json_add_text(object, "e", STR(""));
	json_add_integer(object, "f", -12);
	json_add_new(object, "g", NULL);
	json_add_new(object, "h", list);
	assert_str(json_close(&arena, object),
		   STR("{\"a\":\"{\",\"b\":\"\\\"\\\\\\n\",\"c\":"
		       "\"a\xef\xbf\xbd\",\"d\":null,\"e\":\"\",\"f\":-12,"
		       "\"h\":[true]}"));
	assert_str(json_close(&arena, json_open()), STR("{}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(values_are_counted_before_they_are_made),
		WITH_ARENA(no_text_of_64_kib_has_too_many),
		WITH_ARENA(depth_is_bounded),
		WITH_ARENA(what_is_no_json_is_refused),
		WITH_ARENA(values_become_text_in_the_arena),
		WITH_ARENA(text_is_what_jansson_would_write),
		WITH_ARENA(texts_and_ids_become_values),
		WITH_ARENA(objects_are_made_as_text),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
