/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a text, and what is answered.
 */
#include "prompt/prompt.h"

#include "base/buf.h"

struct prompt_text {
	const struct recognised_page *pages;
	size_t n_pages;
};

struct prompt_text *prompt_read(struct arena *arena,
				const struct recognised_page *pages,
				size_t n_pages)
{
	struct prompt_text *text = arena_alloc(arena, sizeof(*text));
	*text = (struct prompt_text){pages, n_pages};
	return text;
}

struct prompt_values prompt_find(struct arena *arena,
				 const struct prompt_text *text,
				 struct prompt_key key)
{
	(void)arena;
	(void)text;
	(void)key;
	return (struct prompt_values){NULL, 0};
}

static void add_section(struct buf *out,
			const struct recognised_section *section)
{
	if (out->n)
		buf_add(out, STR("\n\n"));
	for (size_t i = 0; i < section->n_lines; i++) {
		if (i)
			buf_add_char(out, '\n');
		buf_add(out, section->lines[i].text);
	}
}

struct str prompt_whole(struct arena *arena, const struct prompt_text *text)
{
	struct buf out;
	buf_init(&out, arena, SIZE_MAX / 4); /* no longer than what it is of */
	for (size_t i = 0; i < text->n_pages; i++) {
		const struct recognised_page *page = &text->pages[i];
		for (size_t k = 0; k < page->n_sections; k++)
			add_section(&out, &page->sections[k]);
	}
	return buf_str(&out);
}

struct str prompt_answer(struct arena *arena, const struct prompt_text *text,
			 struct str prompt)
{
	(void)prompt;
	return prompt_whole(arena, text);
}
