/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of a page's text: refused, or boxes within the page and texts
 * that are texts.
 */
#include "recognition/page.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
	if (!holds)
		abort();
}

static void check_text(struct str text)
{
	check(text.n > 0 && str_is_utf8(text) && !str_has_control(text));
}

static void check_box(const struct recognised_page *page,
		      const struct recognised_box *box)
{
	for (int i = 0; i < 4; i++)
		check(box->x[i] >= 0 && (uint32_t)box->x[i] <= page->width &&
		      box->y[i] >= 0 && (uint32_t)box->y[i] <= page->height);
}

static void check_line(const struct recognised_page *page,
		       const struct recognised_line *line)
{
	check_text(line->text);
	check_box(page, &line->box);
	check(line->n_words > 0);
	for (size_t i = 0; i < line->n_words; i++) {
		const struct recognised_word *word = &line->words[i];
		check_text(word->text);
		check_box(page, &word->box);
		check(word->confidence >= 0 && word->confidence <= 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct recognised_page page;
	struct arena arena;
	arena_init(&arena);
	if (recognised_page_read(&arena, (struct str){(const char *)data, size},
				 &page, NULL) == 0)
		for (size_t i = 0; i < page.n_sections; i++)
			for (size_t j = 0; j < page.sections[i].n_lines; j++)
				check_line(&page, &page.sections[i].lines[j]);
	arena_release(&arena);
	return 0;
}
