/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words without what does not matter to labels.
 */
#include "prompt/fold.h"

#include <glib.h>

#define SLOTS 8192 /* a power of two, well over LEXICON_MAX */

/* The character at *at, which moves behind it; 0 at the end. */
static uint32_t fold_next(struct str text, size_t *at)
{
	if (*at >= text.n)
		return 0;
	uint8_t c = (uint8_t)text.p[(*at)++];
	if (c < 0xc0)
		return c;
	unsigned more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
	uint32_t code = c & (0x3fu >> more);
	while (more-- > 0 && *at < text.n)
		code = code << 6 | ((uint8_t)text.p[(*at)++] & 0x3fu);
	return code;
}

/* Latin-1's letters from U+00C0, and a few behind them, without their accents;
 * '?' has no base of one letter. */
static const char latin[] = "aaaaaa?ceeeeiiiidnooooo?ouuuuy??"
			    "aaaaaa?ceeeeiiiidnooooo?ouuuuy?y";

struct alike {
	uint32_t code;
	char text[3];
};

static const struct alike alikes[] = {
	{0xc6, "ae"},  {0xe6, "ae"},   {0xdf, "ss"},   {0x152, "oe"},
	{0x153, "oe"}, {0x15a, "s"},   {0x15b, "s"},   {0x160, "s"},
	{0x161, "s"},  {0x17d, "z"},   {0x17e, "z"},   {0x2116, "no"},
	{0x131, "i"},  {0xfb01, "fi"}, {0xfb02, "fl"}, {0x105, "a"},
	{0x107, "c"},  {0x119, "e"},   {0x142, "l"},   {0x144, "n"},
	{0x17a, "z"},  {0x17c, "z"},
};

/* What a word is made of when it is none of ASCII's letters and digits. */
static bool is_mark(uint32_t code)
{
	return code < 0xc0 || code == 0xd7 || code == 0xf7 ||
	       (code >= 0x2000 && code < 0x2c00) ||
	       (code >= 0x3000 && code < 0x3040) || code >= 0xfff0;
}

static void fold_put(struct fold *fold, struct str text)
{
	if (fold->n + text.n >= FOLD_MAX) {
		fold->n = FOLD_MAX; /* too long; see fold_word() */
		return;
	}
	memcpy(fold->text + fold->n, text.p, text.n);
	fold->n = (uint8_t)(fold->n + text.n);
}

static void fold_wide(struct fold *fold, uint32_t code, struct str as_is)
{
	for (size_t i = 0; i < sizeof(alikes) / sizeof(*alikes); i++) {
		if (alikes[i].code == code) {
			fold_put(fold, str_of(alikes[i].text));
			return;
		}
	}
	if (code >= 0xc0 && code < 0x100 && latin[code - 0xc0] != '?')
		fold_put(fold, (struct str){&latin[code - 0xc0], 1});
	else if (!is_mark(code))
		fold_put(fold, as_is);
}

/* Plurals of labels: `taxes`, `addresses`, `items`. */
static void drop_plural(struct fold *fold)
{
	struct str text = {fold->text, fold->n};
	if (fold->n < 4 || !str_ends(text, STR("s")) ||
	    str_ends(text, STR("ss")))
		return;
	bool two = str_ends(text, STR("xes")) || str_ends(text, STR("sses"));
	fold->n = (uint8_t)(fold->n - (two ? 2 : 1));
}

/* Letters that look alike become one, the same way in labels and texts. */
static void make_alike(struct fold *fold)
{
	static const char from[] = "01i58", to[] = "ollsb";
	size_t n = 0;
	for (size_t i = 0; i < fold->n; i++) {
		char c = fold->text[i], next = '\0';
		const char *known = strchr(from, c);
		if (i + 1 < fold->n)
			next = fold->text[i + 1];
		if (known && c)
			c = to[known - from];
		if ((c == 'r' && next == 'n') || (c == 'v' && next == 'v')) {
			c = c == 'r' ? 'm' : 'w';
			i++;
		}
		fold->text[n++] = c;
	}
	fold->n = (uint8_t)n;
}

struct fold fold_word(struct str word)
{
	struct fold fold = {.n = 0};
	size_t at = 0, begin = 0, letters = 0, digits = 0;
	if (word.n > 2 * FOLD_MAX)
		return fold;
	for (uint32_t c; (c = fold_next(word, &at)) && fold.n < FOLD_MAX;
	     begin = at) {
		char low = (char)(c | 0x20);
		if (c >= '0' && c <= '9') {
			digits++;
			fold_put(&fold, (struct str){word.p + begin, 1});
		} else if (c < 0x80 && low >= 'a' && low <= 'z') {
			letters++;
			fold_put(&fold, (struct str){&low, 1});
		} else if (c == '|') {
			fold_put(&fold, STR("l"));
		} else if (c >= 0x80) {
			letters++;
			fold_wide(&fold, c, str_sub(word, begin, at));
		}
	}
	if (fold.n >= FOLD_MAX || letters == 0 || digits > letters) {
		fold.n = 0;
		return fold;
	}
	drop_plural(&fold);
	make_alike(&fold);
	return fold;
}

bool fold_is_one_of(const struct fold *fold, const char *words)
{
	struct str rest = str_of(words);
	while (fold->n && rest.p) {
		struct str word = str_split(&rest, ' ');
		char first = *word.p == 'i' ? 'l' : *word.p; /* make_alike() */
		if (first != *fold->text)
			continue;
		struct fold known = fold_word(word);
		if (fold_eq(&known, fold))
			return true;
	}
	return false;
}

uint32_t fold_hash(const struct fold *fold)
{
	uint32_t hash = 2166136261u; /* FNV-1a */
	for (size_t i = 0; i < fold->n; i++)
		hash = (hash ^ (uint8_t)fold->text[i]) * 16777619u;
	return fold->n ? hash | 1 : 0;
}

struct lexicon {
	struct fold words[LEXICON_MAX];
	uint16_t n;
	uint16_t slots[SLOTS]; /* numbers, 0: free */
};

struct lexicon *lexicon_new(struct arena *arena)
{
	return arena_zalloc(arena, sizeof(struct lexicon));
}

/* Where the word is, or would be. */
static size_t lexicon_slot(const struct lexicon *lexicon,
			   const struct fold *fold)
{
	size_t slot = fold_hash(fold) % SLOTS;
	while (lexicon->slots[slot] &&
	       !fold_eq(&lexicon->words[lexicon->slots[slot] - 1], fold))
		slot = (slot + 1) % SLOTS;
	return slot;
}

uint16_t lexicon_add(struct lexicon *lexicon, struct str word)
{
	struct fold fold = fold_word(word);
	size_t slot = lexicon_slot(lexicon, &fold);
	if (!lexicon->slots[slot]) {
		g_assert(fold.n && lexicon->n < LEXICON_MAX);
		lexicon->words[lexicon->n++] = fold;
		lexicon->slots[slot] = lexicon->n;
	}
	return lexicon->slots[slot];
}

/* One letter more, fewer or other. Not the first: that makes other words of
 * labels more often than a slip does, `teller` of `seller`. */
static bool is_slip(const struct fold *a, const struct fold *b)
{
	if (a->text[0] != b->text[0])
		return false;
	const struct fold *longer = a->n >= b->n ? a : b;
	const struct fold *other = longer == a ? b : a;
	if (longer->n - other->n > 1)
		return false;
	size_t i = 0;
	while (i < other->n && a->text[i] == b->text[i])
		i++;
	size_t rest = (size_t)(other->n - i);
	if (longer->n == other->n)
		return rest > 0 &&
		       memcmp(a->text + i + 1, b->text + i + 1, rest - 1) == 0;
	return memcmp(longer->text + i + 1, other->text + i, rest) == 0;
}

/* Below this many letters one more or other makes another word too easily. */
#define SLIP_LETTERS 6

uint16_t lexicon_find(const struct lexicon *lexicon, const struct fold *fold)
{
	if (fold->n == 0)
		return 0;
	uint16_t exact = lexicon->slots[lexicon_slot(lexicon, fold)], only = 0;
	if (exact || fold->n < SLIP_LETTERS)
		return exact;
	for (uint16_t i = 0; i < lexicon->n; i++) {
		if (lexicon->words[i].n < SLIP_LETTERS ||
		    !is_slip(&lexicon->words[i], fold))
			continue;
		if (only)
			return 0; /* of two words */
		only = (uint16_t)(i + 1);
	}
	return only;
}
