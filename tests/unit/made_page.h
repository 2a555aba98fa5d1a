/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pages as recognition would give them, made of text in columns of one width:
 * each letter has its place.
 */
#ifndef UNIT_MADE_PAGE_H
#define UNIT_MADE_PAGE_H

#include "recognition/page.h"
#include "unit.h"

#include <glib.h>
#include <math.h>

#define LETTER_WIDTH 12
#define LETTER_HEIGHT 20
#define ROW_HEIGHT 30

struct made_how {
	double degrees; /* that the page is turned by, clockwise */
	bool columns;   /* what a wide gap parts is a section of its own */
};

static inline size_t letters_in(struct str text)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n; i++)
		n += ((unsigned char)text.p[i] & 0xc0) != 0x80;
	return n;
}

/* The corners of a box on the page as it was made, on the page as it is. */
static inline struct recognised_box
made_box(const struct made_how *how, size_t column, size_t row, size_t letters)
{
	double turn = how->degrees * G_PI / 180, c = cos(turn), s = sin(turn);
	double left = (double)column * LETTER_WIDTH + 40;
	double top = (double)row * ROW_HEIGHT + 40;
	double right = left + (double)letters * LETTER_WIDTH - 2;
	double bottom = top + LETTER_HEIGHT;
	const double x[] = {left, right, right, left};
	const double y[] = {top, top, bottom, bottom};
	struct recognised_box box;
	for (unsigned i = 0; i < 4; i++) {
		box.x[i] = (int32_t)lrint(x[i] * c - y[i] * s + 5000);
		box.y[i] = (int32_t)lrint(x[i] * s + y[i] * c + 5000);
	}
	return box;
}

/* How many blanks are at i. */
static inline size_t blanks_at(struct str row, size_t i)
{
	size_t n = 0;
	while (i + n < row.n && row.p[i + n] == ' ')
		n++;
	return n;
}

/* A line of the words from *i on: to the end of the row, or to a wide gap. */
static inline struct recognised_line made_line(struct arena *arena,
					       const struct made_how *how,
					       struct str row, size_t number,
					       size_t *i)
{
	struct recognised_word *words =
		arena_zalloc(arena, (row.n + 1) * sizeof(*words));
	struct recognised_line line = {.words = words, .confidence = 0.9};
	size_t from = *i;
	while (*i < row.n) {
		size_t end = *i;
		while (end < row.n && row.p[end] != ' ')
			end++;
		struct str word = str_sub(row, *i, end);
		words[line.n_words++] = (struct recognised_word){
			.text = word,
			.confidence = 0.9,
			.box = made_box(how, letters_in(str_sub(row, 0, *i)),
					number, letters_in(word)),
		};
		line.text = str_sub(row, from, end);
		size_t blanks = blanks_at(row, end);
		*i = end + blanks;
		if (how->columns && blanks > 1)
			break;
	}
	line.box = words[0].box;
	return line;
}

static inline struct recognised_page
made_page(struct arena *arena, const struct made_how *how, struct str text)
{
	struct recognised_section *sections =
		arena_zalloc(arena, (text.n + 1) * sizeof(*sections));
	struct recognised_line *lines =
		arena_zalloc(arena, (text.n + 1) * sizeof(*lines));
	struct recognised_page page = {10000, 10000, sections, 0};
	size_t n = 0;
	for (size_t row = 0; text.p; row++) {
		struct str line = str_split(&text, '\n');
		for (size_t i = blanks_at(line, 0); i < line.n; n++) {
			lines[n] = made_line(arena, how, line, row, &i);
			sections[page.n_sections++] =
				(struct recognised_section){&lines[n], 1};
		}
	}
	return page;
}

#endif
