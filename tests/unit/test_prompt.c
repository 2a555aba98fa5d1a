/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to prompts, from texts made by hand.
 */
#include "prompt/prompt.h"
#include "unit.h"

static void all_text_is_lines_and_sections_apart(void **state)
{
	(void)state;
	const struct recognised_line lines[] = {
		{.text = STR("Stowage Café")},
		{.text = STR("Total 5.00")},
		{.text = STR("Thank you")},
	};
	const struct recognised_section sections[] = {
		{lines, 2},
		{lines + 2, 1},
	};
	const struct recognised_page pages[] = {
		{.sections = sections, .n_sections = 2},
		{.n_sections = 0},
		{.sections = sections + 1, .n_sections = 1},
	};
	struct arena arena;
	arena_init(&arena);
	struct prompt_text *text = prompt_read(&arena, pages, 3);
	assert_str(prompt_whole(&arena, text),
		   STR("Stowage Café\nTotal 5.00\n\nThank you\n\nThank you"));
	assert_str(prompt_whole(&arena, prompt_read(&arena, pages + 1, 1)),
		   STR(""));
	arena_release(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_text_is_lines_and_sections_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
