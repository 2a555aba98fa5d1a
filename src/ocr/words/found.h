/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was read in a picture: words, in lines, in sections, in the order of
 * reading. Boxes are in the pixels of the picture that Tesseract was given.
 */
#ifndef OCR_WORDS_FOUND_H
#define OCR_WORDS_FOUND_H

#include "base/str.h"

#include <glib.h>

/* From the upper left corner of the first pixel to the lower right one of the
 * last. */
struct box {
	int left, top, right, bottom;
};

void box_unite(struct box *box, const struct box *other);

struct found_word {
	const char *text;  /* UTF-8 without control characters, not empty */
	double confidence; /* 0..1 */
	struct box box;
};

struct found_line {
	unsigned first, n; /* of found.words; n >= 1 */
	unsigned section;  /* the same for neighbours in one section */
};

struct found {
	GArray *words; /* struct found_word */
	GArray *lines; /* struct found_line */
	GStringChunk *texts;
	bool section_due, line_due; /* the next word begins one */
};

void found_init(struct found *found);
void found_release(struct found *found);

/* A copy of the word, at the end; in a new line, or a new section, when it
 * begins one. Blanks around its text go; a word of blanks, or of no valid
 * text, is none, and what it would have begun begins with the next. */
void found_add(struct found *found, const struct found_word *word,
	       bool begins_line, bool begins_section);

/* Lines of one section, or of several, at the end as a section. */
void found_append(struct found *to, const struct found *from, unsigned line,
		  unsigned n_lines);

/* All boxes, by so many pixels. */
void found_move(struct found *found, int right, int down);

struct box found_line_box(const struct found *found, unsigned line);
/* Of most lines; 0: there is none. */
int found_line_height(const struct found *found);

/* Of all words. */
unsigned found_characters(const struct found *found);
/* How much of it is surely read: the characters of words, weighed by their
 * confidence. Of two readings of the same that which is worth more is nearer
 * to what is there. */
double found_worth(const struct found *found);

/* Reads a part of the picture again, as lines that go from its left to its
 * right; boxes as in what was found first. False: nothing was read. */
struct found_reader {
	bool (*read)(void *user, const struct box *part, struct found *out);
	void *user;
};

#endif
