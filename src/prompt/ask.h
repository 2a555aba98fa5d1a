/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a key or a sentence asks for. Not here: whether the paper has it.
 */
#ifndef PROMPT_ASK_H
#define PROMPT_ASK_H

#include "prompt/labels.h"

#define ASK_WORDS 16

/* A name as words: `total_price`, `totalPrice` and "the total price?" are one.
 */
struct ask {
	struct fold words[ASK_WORDS];
	uint16_t ids[ASK_WORDS]; /* of the lexicon, or 0 */
	size_t n;                /* 0: none, or too many for a label */
};

struct ask ask_words(const struct labels *labels, struct str text);

/* The field that all words of a name or a sentence name, but for those that say
 * nothing; false when it is none, or more than one thing. */
bool ask_field(const struct labels *labels, const struct ask *ask,
	       struct label_asked *out);

/* The same for what an object prompt says of a key: its first clause. *refused
 * when it says "without" or "not", which no field can answer. */
bool ask_description(const struct labels *labels, struct str text,
		     struct label_asked *out, bool *refused);
/* Whether one that names no field says that no value of a kind is meant: of
 * `due` "the date the payment is due" is no amount. */
bool ask_is_at_odds(const struct labels *labels, struct str text,
		    enum prompt_kind kind);

#endif
