/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stowage-ocr says of a page: read when it is right to the letter, and
 * else refused.
 */
#include "recognition/page.h"
#include "unit.h"

#include <glib.h>

#define BOX "[1,2,30,2,30,14,1,14]"
#define WORD(text) "{\"text\":" text ",\"confidence\":0.99,\"box\":" BOX "}"
#define LINE(text, words)                                                      \
	"{\"text\":" text ",\"confidence\":0.97,\"box\":" BOX                  \
	",\"words\":[" words "]}"
#define SECTION(lines) "{\"lines\":[" lines "]}"
#define PAGE(sections)                                                         \
	"{\"width\":40,\"height\":20,\"sections\":[" sections "]}"
#define ONE(text) PAGE(SECTION(LINE("\"x\"", WORD(text))))

static int read_page(struct arena *arena, const char *json,
		     struct recognised_page *out)
{
	struct err err;
	int result = recognised_page_read(arena, str_of(json), out, &err);
	if (result < 0)
		assert_int_equal(err.code, ERR_INTERNAL);
	return result;
}

static void a_page_is_read_with_all_that_it_says(void **state)
{
	struct recognised_page page;
	struct arena arena;
	(void)state;
	arena_init(&arena);
	assert_int_equal(
		read_page(
			&arena,
			PAGE(SECTION(
				LINE("\"Total 5\"", WORD("\"Total\"") "," WORD("\"5\"")) "," LINE(
					"\"b\"",
					WORD("\"b\""))) "," SECTION(LINE("\"c"
									 "\"",
									 WORD("\"c"
									      "\"")))),
			&page),
		0);
	assert_int_equal(page.width, 40);
	assert_int_equal(page.height, 20);
	assert_int_equal(page.n_sections, 2);
	assert_int_equal(page.sections[0].n_lines, 2);
	assert_int_equal(page.sections[1].n_lines, 1);
	const struct recognised_line *line = &page.sections[0].lines[0];
	assert_str(line->text, STR("Total 5"));
	assert_true(line->confidence > 0.969 && line->confidence < 0.971);
	assert_int_equal(line->n_words, 2);
	assert_str(line->words[0].text, STR("Total"));
	assert_str(line->words[1].text, STR("5"));
	const int32_t x[] = {1, 30, 30, 1}, y[] = {2, 2, 14, 14};
	assert_memory_equal(line->words[1].box.x, x, sizeof(x));
	assert_memory_equal(line->words[1].box.y, y, sizeof(y));
	assert_str(page.sections[1].lines[0].words[0].text, STR("c"));
	arena_release(&arena);
}

static void a_page_may_have_no_text(void **state)
{
	struct recognised_page page;
	struct arena arena;
	(void)state;
	arena_init(&arena);
	assert_int_equal(read_page(&arena, PAGE(""), &page), 0);
	assert_int_equal(page.n_sections, 0);
	arena_release(&arena);
}

static void texts_are_any_but_control_characters(void **state)
{
	static const struct {
		const char *json, *text; /* NULL: refused */
	} rows[] = {
		{"\"a\\\"b\\\\\"", "a\"b\\"},
		{"\"\\u00e9\\ud83d\\ude00\"", "\xc3\xa9\xf0\x9f\x98\x80"},
		{"\"\xe2\x82\xac\"", "\xe2\x82\xac"},
		{"\"\\/\"", "/"},
		{"\"[{,]}\"", "[{,]}"},
		{"\"\"", NULL},
		{"\"\\n\"", NULL},
		{"\"a\nb\"", NULL},
		{"\"\\u0000\"", NULL},
		{"\"\\ud83d\"", NULL},
		{"\"\\x\"", NULL},
		{"\"\xff\"", NULL},
		{"\"\xed\xa0\x80\"", NULL},
		{"\"\\", NULL},
		{"\"", NULL},
		{"null", NULL},
		{"1", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognised_page page;
		struct arena arena;
		g_autofree char *json = g_strdup_printf(
			PAGE(SECTION(LINE(
				"\"x\"", "{\"text\":%s,"
					 "\"confidence\":1,\"box\":" BOX "}"))),
			rows[i].json);
		arena_init(&arena);
		int result = read_page(&arena, json, &page);
		assert_int_equal(result, rows[i].text ? 0 : -1);
		if (result == 0)
			assert_str(page.sections[0].lines[0].words[0].text,
				   str_of(rows[i].text));
		arena_release(&arena);
	}
}

static void whatever_deviates_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"{}",
		"[]",
		"null",
		" " PAGE(""),
		PAGE("") "\n",
		PAGE("") PAGE(""),
		"{\"width\":0,\"height\":20,\"sections\":[]}",
		"{\"width\":40,\"height\":0,\"sections\":[]}",
		"{\"width\":-1,\"height\":20,\"sections\":[]}",
		"{\"width\":040,\"height\":20,\"sections\":[]}",
		"{\"width\":4e1,\"height\":20,\"sections\":[]}",
		"{\"width\":40.0,\"height\":20,\"sections\":[]}",
		"{\"width\":4294967297,\"height\":20,\"sections\":[]}",
		"{\"width\":99999999999999999999,\"height\":2,\"sections\":[]}",
		"{\"height\":20,\"width\":40,\"sections\":[]}",
		"{\"width\":40,\"height\":20}",
		"{\"width\":40,\"height\":20,\"sections\":[],\"more\":1}",
		"{\"width\":40,\"height\":20,\"sections\":null}",
		"{\"width\":40, \"height\":20,\"sections\":[]}",
		PAGE("{}"),
		PAGE(","),
		PAGE(SECTION("")),
		PAGE(SECTION(LINE("\"x\"", ""))),
		PAGE(SECTION(LINE("\"\"", WORD("\"a\"")))),
		PAGE(SECTION(LINE("\"x\"", WORD("\"a\"") ","))),
		PAGE(SECTION(LINE("\"x\"", WORD("\"a\"") WORD("\"a\"")))),
		PAGE("," SECTION(LINE("\"x\"", WORD("\"a\"")))),
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognised_page page;
		struct arena arena;
		arena_init(&arena);
		assert_int_equal(read_page(&arena, rows[i], &page), -1);
		arena_release(&arena);
	}
}

/* {confidence, box, whether it may be} */
static void numbers_are_within_what_they_are_of(void **state)
{
	static const struct {
		const char *confidence, *box;
		bool fine;
	} rows[] = {
		{"0", "[0,0,40,0,40,20,0,20]", true},
		{"1", "[40,20,40,20,40,20,40,20]", true},
		{"0.5", "[0,0,0,0,0,0,0,0]", true},
		{"0.0000001", "[0,0,0,0,0,0,0,0]", true},
		{"0.999999999", "[0,0,0,0,0,0,0,0]", true},
		{"1.0", "[0,0,0,0,0,0,0,0]", true},
		{"1e-7", "[0,0,0,0,0,0,0,0]", false},
		{"0.", "[0,0,0,0,0,0,0,0]", false},
		{"00.5", "[0,0,0,0,0,0,0,0]", false},
		{"0.0000000001", "[0,0,0,0,0,0,0,0]", false},
		{"1.01", "[0,0,0,0,0,0,0,0]", false},
		{"-0.1", "[0,0,0,0,0,0,0,0]", false},
		{"nan", "[0,0,0,0,0,0,0,0]", false},
		{"inf", "[0,0,0,0,0,0,0,0]", false},
		{"1e999", "[0,0,0,0,0,0,0,0]", false},
		{".5", "[0,0,0,0,0,0,0,0]", false},
		{"0x1", "[0,0,0,0,0,0,0,0]", false},
		{"\"1\"", "[0,0,0,0,0,0,0,0]", false},
		{"", "[0,0,0,0,0,0,0,0]", false},
		{"0.1.2", "[0,0,0,0,0,0,0,0]", false},
		{"0.00000000000000000000000000000000000000001",
		 "[0,0,0,0,0,0,0,0]", false},
		{"1", "[41,0,0,0,0,0,0,0]", false},
		{"1", "[0,21,0,0,0,0,0,0]", false},
		{"1", "[-1,0,0,0,0,0,0,0]", false},
		{"1", "[0.5,0,0,0,0,0,0,0]", false},
		{"1", "[0,0,0,0,0,0,0]", false},
		{"1", "[0,0,0,0,0,0,0,0,0]", false},
		{"1", "[]", false},
		{"1", "[0,0,0,0,0,0,0,]", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognised_page page;
		struct arena arena;
		g_autofree char *json = g_strdup_printf(
			PAGE(SECTION(LINE("\"x\"", "{\"text\":\"a\","
						   "\"confidence\":%s,\"box\":"
						   "%s}"))),
			rows[i].confidence, rows[i].box);
		arena_init(&arena);
		assert_int_equal(read_page(&arena, json, &page),
				 rows[i].fine ? 0 : -1);
		arena_release(&arena);
	}
}

/* Cut anywhere, and with any byte another one: refused, or right. */
static void a_damaged_page_is_refused_or_sound(void **state)
{
	static const char whole[] = ONE("\"a\\u00e9\"");
	struct recognised_page page;
	struct arena arena;
	(void)state;
	for (size_t n = 0; n + 1 < sizeof(whole); n++) {
		g_autofree char *part = g_strndup(whole, n);
		arena_init(&arena);
		assert_int_equal(read_page(&arena, part, &page), -1);
		arena_release(&arena);
	}
	for (size_t i = 0; i + 1 < sizeof(whole); i++)
		for (unsigned c = 1; c < 256; c++) {
			g_autofree char *other = g_strdup(whole);
			other[i] = (char)c;
			arena_init(&arena);
			if (read_page(&arena, other, &page) == 0) {
				assert_int_equal(page.n_sections, 1);
				assert_true(str_is_utf8(
					page.sections[0].lines[0].text));
			}
			arena_release(&arena);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_is_read_with_all_that_it_says),
		cmocka_unit_test(a_page_may_have_no_text),
		cmocka_unit_test(texts_are_any_but_control_characters),
		cmocka_unit_test(whatever_deviates_is_refused),
		cmocka_unit_test(numbers_are_within_what_they_are_of),
		cmocka_unit_test(a_damaged_page_is_refused_or_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
