/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of labels, as a table: what labels.c is made of.
 */
#ifndef PROMPT_PHRASES_H
#define PROMPT_PHRASES_H

#include "prompt/labels.h"

enum label_use {
	USE_BOTH,
	USE_ASKED, /* in prompts only */
	USE_COLON, /* on paper alone, with a colon behind it */
	USE_PAPER, /* on paper alone */
};

struct phrase_row {
	enum prompt_field field;
	uint8_t rank;
	enum label_use use;
	const char *phrases; /* apart by '|' */
};

extern const struct phrase_row prompt_phrases[];
extern const size_t prompt_phrases_count;

/* Single words, apart by blanks. */
extern const char *const prompt_label_words[];

#endif
