/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/bands.h"

#include <stdlib.h>

#define LINES_MAX 3000 /* more would take their square */
#define BANDS_MAX 50

/* Of the height of most lines: that of a heading, at least, and how much the
 * lines differ that begin below it in each column. */
#define HEADING 1.2
#define LEVEL 0.6

struct lines {
	struct box *boxes;
	unsigned n;
	int height; /* of most */
};

static bool is_alone(const struct lines *lines, unsigned number)
{
	const struct box *own = &lines->boxes[number];
	for (unsigned i = 0; i < lines->n; i++)
		if (i != number && lines->boxes[i].top < own->bottom &&
		    lines->boxes[i].bottom > own->top)
			return false;
	return true;
}

/* Whether columns begin below it, all at one height: what stands beside the
 * first line does so at its height, and something does. */
static bool begins_columns(const struct lines *lines, unsigned number)
{
	const struct box *own = &lines->boxes[number], *first = NULL;
	bool any = false;
	for (unsigned i = 0; i < lines->n; i++) {
		const struct box *box = &lines->boxes[i];
		if (box->top >= own->bottom &&
		    (first == NULL || box->top < first->top))
			first = box;
	}
	for (unsigned i = 0; first && i < lines->n; i++) {
		const struct box *box = &lines->boxes[i];
		if (box == first || box->top >= first->bottom ||
		    box->bottom <= first->top)
			continue;
		if (abs(box->top - first->top) > lines->height * LEVEL)
			return false;
		any = true;
	}
	return any;
}

static unsigned find_headings(const struct lines *lines, int tops[BANDS_MAX])
{
	unsigned n = 0;
	for (unsigned i = 0; i < lines->n && n < BANDS_MAX; i++) {
		const struct box *box = &lines->boxes[i];
		if (box->bottom - box->top >= lines->height * HEADING &&
		    is_alone(lines, i) && begins_columns(lines, i))
			tops[n++] = box->top;
	}
	return n;
}

static unsigned band_of(const struct box *box, const int tops[], unsigned n)
{
	unsigned band = 0;
	for (unsigned i = 0; i < n; i++)
		band += box->top >= tops[i];
	return band;
}

static void sort_lines(struct found *found, const struct lines *lines,
		       const int tops[], unsigned n)
{
	struct found out;
	const struct found_line *of =
		(const struct found_line *)(void *)found->lines->data;
	found_init(&out);
	for (unsigned band = 0; band <= n; band++) {
		unsigned last = UINT_MAX;
		for (unsigned i = 0; i < lines->n; i++) {
			if (band_of(&lines->boxes[i], tops, n) != band)
				continue;
			bool begins = of[i].section != last;
			last = of[i].section;
			for (unsigned k = 0; k < of[i].n; k++)
				found_add(&out,
					  &g_array_index(found->words,
							 struct found_word,
							 of[i].first + k),
					  k == 0, k == 0 && begins);
		}
	}
	found_release(found);
	*found = out;
}

void bands_order(struct found *found)
{
	int tops[BANDS_MAX];
	struct lines lines = {.n = found->lines->len};
	if (lines.n == 0 || lines.n > LINES_MAX)
		return;
	lines.boxes = g_new(struct box, lines.n);
	for (unsigned i = 0; i < lines.n; i++)
		lines.boxes[i] = found_line_box(found, i);
	lines.height = found_line_height(found);
	unsigned n = find_headings(&lines, tops);
	if (n)
		sort_lines(found, &lines, tops, n);
	g_free(lines.boxes);
}
