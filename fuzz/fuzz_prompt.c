/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prompts: any words in any boxes, and any key. What is found is no longer than
 * what it may be, and is valid text.
 *
 * The input: a line that is the key, then lines of words; of a word that ends
 * with bytes below 0x20 these say where its box is.
 */
#include "prompt/prompt.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define WORDS_MAX 2000

struct pages {
	struct recognised_word words[WORDS_MAX];
	struct recognised_line lines[WORDS_MAX];
	struct recognised_section section;
	struct recognised_page page;
	size_t n;
};

/* Beside the word before, on the line's height; elsewhere if the text says so.
 */
static struct recognised_box box_of(struct str *word, int32_t x, int32_t y)
{
	int32_t width = (int32_t)word->n * 12;
	while (word->n > 1 && (uint8_t)word->p[word->n - 1] < 0x20) {
		uint8_t c = (uint8_t)word->p[--word->n];
		x += (c & 3) * 40 - 20;
		y += (c >> 2 & 3) * 12 - 18;
		width = c & 16 ? 3 : width;
	}
	return (struct recognised_box){{x, x + width, x + width, x},
				       {y, y, y + 20, y + 20}};
}

static void add_line(struct pages *pages, struct str text)
{
	struct recognised_line *line = &pages->lines[pages->section.n_lines];
	int32_t x = 0, y = (int32_t)pages->section.n_lines * 30;
	*line = (struct recognised_line){.text = text,
					 .words = &pages->words[pages->n]};
	while (text.p && pages->n < WORDS_MAX) {
		struct str word = str_split(&text, ' ');
		x += 12;
		if (word.n == 0)
			continue;
		struct recognised_word *to = &pages->words[pages->n];
		to->box = box_of(&word, x, y);
		to->text = word;
		to->confidence = word.n % 16 ? 0.9 : 0.1;
		if (str_has_control(word))
			continue;
		x += (int32_t)word.n * 12;
		pages->n++;
		line->n_words++;
	}
	pages->section.n_lines += line->n_words > 0;
}

static void check(struct prompt_values values)
{
	for (size_t i = 0; i < values.n; i++)
		if (values.values[i].n == 0 || values.values[i].n > 4096 ||
		    !str_is_utf8(values.values[i]))
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {(const char *)data, size};
	if (size > 65536 || !str_is_utf8(rest))
		return 0;
	struct arena arena;
	arena_init(&arena);
	struct pages *pages = arena_zalloc(&arena, sizeof(*pages));
	pages->section.lines = pages->lines;
	pages->page.sections = &pages->section;
	struct str name = str_split(&rest, '\n');
	while (rest.p && pages->n < WORDS_MAX)
		add_line(pages, str_split(&rest, '\n'));
	pages->page.n_sections = pages->section.n_lines > 0;
	struct prompt_text *text = prompt_read(&arena, &pages->page, 1);
	struct prompt_key key = {.description = name};
	key.name = str_split(&key.description, '=');
	check(prompt_find(&arena, text, key));
	static const char *const names[] = {
		"total", "date",    "invoice number", "phone",
		"tax",   "bill to", "merchant",       "due date",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		check(prompt_find(
			&arena, text,
			(struct prompt_key){str_of(names[i]), STR_NONE}));
	if (!str_is_utf8(prompt_answer(&arena, text, name)))
		abort();
	arena_release(&arena);
	return 0;
}
