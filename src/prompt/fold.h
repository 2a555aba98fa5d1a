/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words as labels and keys are compared: without case, accents, punctuation
 * and plural, and with the letters that recognition mistakes for one another
 * made one.
 */
#ifndef PROMPT_FOLD_H
#define PROMPT_FOLD_H

#include "base/arena.h"

#define FOLD_MAX 32

struct fold {
	char text[FOLD_MAX];
	uint8_t n; /* 0: no word (a number, marks), or too long for a label */
};

struct fold fold_word(struct str word);

/* Whether a byte is a letter's, or a part of one beyond ASCII. */
static inline bool fold_is_letter(char c)
{
	return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
	       (unsigned char)c >= 0x80;
}

static inline bool fold_eq(const struct fold *a, const struct fold *b)
{
	return a->n == b->n && memcmp(a->text, b->text, a->n) == 0;
}

/* Whether a word is one of some, apart by blanks. */
bool fold_is_one_of(const struct fold *fold, const char *words);

/* Never 0 for a word, 0 for none. */
uint32_t fold_hash(const struct fold *fold);

/* The words of all labels. */
#define LEXICON_MAX 2048
struct lexicon;

struct lexicon *lexicon_new(struct arena *arena);
/* The number of a word, from 1; a new one when there is none yet. */
uint16_t lexicon_add(struct lexicon *lexicon, struct str word);
/* The same word, or the only one that a single slip of recognition has made
 * this of; 0 when there is none. Short words have no slips. */
uint16_t lexicon_find(const struct lexicon *lexicon, const struct fold *fold);

#endif
