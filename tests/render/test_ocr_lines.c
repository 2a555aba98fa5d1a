/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/bands.h"
#include "ocr/words/leaders.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void add(struct found *found, const char *text, struct box box,
		bool line, bool section)
{
	const struct found_word word = {text, 1, box};
	found_add(found, &word, line, section);
}

/* "/" is between lines, "//" between sections. */
static void check(const struct found *found, const char *want)
{
	g_autoptr(GString) got = g_string_new(NULL);
	const struct found_line *lines = (void *)found->lines->data;
	unsigned words = 0;
	for (unsigned i = 0; i < found->lines->len; i++) {
		if (i)
			g_string_append(got,
					lines[i].section == lines[i - 1].section
						? " / "
						: " // ");
		assert_int_equal(lines[i].first, words);
		assert_true(lines[i].n);
		for (unsigned k = 0; k < lines[i].n; k++)
			g_string_append_printf(got, k ? " %s" : "%s",
					       g_array_index(found->words,
							     struct found_word,
							     words + k)
						       .text);
		words += lines[i].n;
	}
	assert_int_equal(words, found->words->len);
	assert_string_equal(got->str, want);
}

static GArray *leaders_of(const struct leader *all, unsigned n)
{
	GArray *leaders = g_array_new(FALSE, FALSE, sizeof(*all));
	g_array_append_vals(leaders, all, n);
	return leaders;
}

static void leaders_stand_between_name_and_number(void **state)
{
	(void)state;
	const struct leader all[] = {{{60, 10, 120, 14}, 6},
				     {{60, 60, 130, 64}, 7},
				     {{60, 500, 130, 504}, 8}};
	g_autoptr(GArray) leaders = leaders_of(all, G_N_ELEMENTS(all));
	struct found found;
	found_init(&found);
	add(&found, "Tea", (struct box){0, 0, 50, 15}, true, true);
	add(&found, "1.20", (struct box){130, 0, 170, 15}, false, false);
	add(&found, "Milk", (struct box){0, 50, 50, 65}, true, false);
	leaders_put(leaders, &found);
	check(&found, "Tea ...... 1.20 / Milk .......");
	found_release(&found);
}

/* Words are listed as they were read, not always from left to right. */
static void leaders_before_the_first_listed_word_stay_in_its_line(void **state)
{
	(void)state;
	const struct leader all[] = {{{60, 10, 120, 14}, 6},
				     {{60, 60, 130, 64}, 7},
				     {{0, 110, 70, 114}, 8}};
	g_autoptr(GArray) leaders = leaders_of(all, G_N_ELEMENTS(all));
	struct found found;
	found_init(&found);
	add(&found, "1.20", (struct box){130, 0, 170, 15}, true, true);
	add(&found, "Tea", (struct box){0, 0, 50, 15}, false, false);
	add(&found, "2.50", (struct box){140, 50, 180, 65}, true, false);
	add(&found, "Milk", (struct box){0, 50, 50, 65}, false, false);
	add(&found, "|", (struct box){0, 100, 1, 115}, true, true);
	add(&found, "3.70", (struct box){80, 100, 120, 115}, false, false);
	leaders_put(leaders, &found);
	check(&found, "...... 1.20 Tea / ....... 2.50 Milk // "
		      "........ | 3.70");
	found_release(&found);
}

static void headings_divide_columns(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		struct box box;
		bool section;
	} words[] = {
		{"Heading", {0, 40, 200, 60}, true},
		{"Left", {0, 0, 80, 10}, true},
		{"Under", {0, 80, 80, 90}, false},
		{"Right", {100, 0, 200, 10}, true},
		{"Beside", {100, 80, 200, 90}, false},
	};
	struct found found;
	found_init(&found);
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		add(&found, words[i].text, words[i].box, true,
		    words[i].section);
	bands_order(&found);
	check(&found, "Left // Right // Heading // Under // Beside");
	found_release(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(leaders_stand_between_name_and_number),
		cmocka_unit_test(
			leaders_before_the_first_listed_word_stay_in_its_line),
		cmocka_unit_test(headings_divide_columns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
