/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/found.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void add(struct found *found, const char *text, bool line, bool section)
{
	const struct found_word word = {
		.text = text,
		.confidence = 1,
		.box = {0, 0, 1, 1},
	};
	found_add(found, &word, line, section);
}

static void words_that_are_none_leave_the_next_its_line(void **state)
{
	(void)state;
	static const char *const none[] = {"", " \t", "\xff",
					   "a\x01"
					   "b",
					   "a\nb"};
	for (size_t i = 0; i < G_N_ELEMENTS(none); i++) {
		struct found found;
		found_init(&found);
		add(&found, "one", true, true);
		add(&found, none[i], true, false);
		add(&found, "two", false, false);
		add(&found, none[i], true, true);
		add(&found, "three", false, false);
		add(&found, "four", false, false);
		const struct found_line *lines = (void *)found.lines->data;
		assert_int_equal(found.words->len, 4);
		assert_int_equal(found.lines->len, 3);
		assert_int_equal(lines[0].section, lines[1].section);
		assert_int_equal(lines[2].section, lines[0].section + 1);
		assert_int_equal(lines[2].n, 2);
		found_release(&found);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_none_leave_the_next_its_line),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
