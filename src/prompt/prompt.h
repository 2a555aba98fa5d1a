/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to prompts from recognised text, by rules and without a model. What
 * they do not find is absent, never guessed. The rules are those of
 * docs/dialects/jigsawstack.md, "Prompts without a model".
 *
 * Nothing here fails, reads or waits. Time and memory of the first question for
 * a value are those of sorting the words; each costs no more than looking at
 * each word once.
 */
#ifndef PROMPT_PROMPT_H
#define PROMPT_PROMPT_H

#include "recognition/page.h"

/* Questions that one request may ask; what asks holds to it. */
#define PROMPT_KEYS_MAX 64

/* Pages, and what is known of them since the first value was looked for: rows
 * and labels. */
struct prompt_text;

/* What is asked for: a name of any spelling (`total_price`, "Invoice No."), and
 * of an object prompt what it says of it (else STR_NONE). Valid UTF-8. */
struct prompt_key {
	struct str name, description;
};

/* As they stand in the text, amounts without their currency; n is 0 when
 * nothing was found. */
struct prompt_values {
	const struct str *values;
	size_t n;
};

/* In the arena; the pages have to stay. */
struct prompt_text *prompt_read(struct arena *arena,
				const struct recognised_page *pages,
				size_t n_pages);

/* Values are in the arena, or in that of the text. */
struct prompt_values prompt_find(struct arena *arena, struct prompt_text *text,
				 struct prompt_key key);

/* All of it: lines ended by a line feed, sections apart by an empty line,
 * nothing behind the last. Empty when there is no text. */
struct str prompt_whole(struct arena *arena, const struct prompt_text *text);

/* The answer to a sentence: values, one a line, when it asks for one thing and
 * that was found; else all of the text. */
struct str prompt_answer(struct arena *arena, struct prompt_text *text,
			 struct str prompt);

#endif
