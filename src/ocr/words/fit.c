/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/fit.h"

#include <stdlib.h>

#define LEVELS 256

/* Of the height of a line: how far a gap between words may be from where it is
 * expected, and how wide it is at least. */
#define GAP_REACH 0.9
#define GAP_LEAST 0.1
/* What a pixel of distance costs, in pixels of the gap's width. */
#define GAP_DISTANCE 0.4

#define NEAR_ENOUGH 0.6 /* of both boxes together, in common */

/* A line's ink. */
struct band {
	const struct picture *picture;
	int left, top, right, bottom;
	int threshold;
	int *ink; /* pixels of it in each column from left to right */
};

static struct band band_of(const struct found_word *words, unsigned n,
			   const struct picture *picture)
{
	struct band band = {.picture = picture,
			    .left = words[0].box.left,
			    .top = words[0].box.top,
			    .right = words[0].box.right,
			    .bottom = words[0].box.bottom};
	for (unsigned i = 1; i < n; i++) {
		band.left = MIN(band.left, words[i].box.left);
		band.top = MIN(band.top, words[i].box.top);
		band.right = MAX(band.right, words[i].box.right);
		band.bottom = MAX(band.bottom, words[i].box.bottom);
	}
	int more = (band.bottom - band.top) / 2;
	band.left = CLAMP(band.left - more, 0, (int)picture->width);
	band.right = CLAMP(band.right + more, 0, (int)picture->width);
	band.top = CLAMP(band.top, 0, (int)picture->height);
	band.bottom = CLAMP(band.bottom, 0, (int)picture->height);
	return band;
}

/* Half way between paper and ink. */
static int threshold_of(const struct band *band)
{
	unsigned histogram[LEVELS] = {0}, seen = 0;
	unsigned n = (unsigned)(band->right - band->left) *
		     (unsigned)(band->bottom - band->top);
	int dark = 0, bright = LEVELS - 1;
	for (int y = band->top; y < band->bottom; y++) {
		const uint8_t *row = picture_row(band->picture, (unsigned)y);
		for (int x = band->left; x < band->right; x++)
			histogram[row[x]]++;
	}
	while (dark < LEVELS - 1 && (seen += histogram[dark]) * 50 < n)
		dark++;
	seen = 0;
	while (bright > 0 && (seen += histogram[bright]) * 4 < n)
		bright--;
	return (dark + bright) / 2;
}

static bool is_ink(const struct band *band, int x, int y)
{
	return picture_row(band->picture, (unsigned)y)[x] < band->threshold;
}

/* In a column from above the line to below it there is ink all over where a
 * table has a rule. */
static void count_ink(struct band *band)
{
	int more = (band->bottom - band->top) / 3;
	int from = MAX(band->top - more, 0);
	int to = MIN(band->bottom + more, (int)band->picture->height);
	int width = band->right - band->left;
	g_autofree int *all = g_new0(int, width);
	band->threshold = threshold_of(band);
	band->ink = g_new0(int, width);
	for (int y = from; y < to; y++)
		for (int x = 0; x < width; x++)
			all[x] += is_ink(band, band->left + x, y);
	for (int y = band->top; y < band->bottom; y++)
		for (int x = 0; x < width; x++)
			band->ink[x] += is_ink(band, band->left + x, y);
	for (int x = 0; x < width; x++)
		if (all[x] >= to - from - 1)
			band->ink[x] = 0;
}

static bool is_empty(const struct band *band, int x)
{
	return band->ink[x - band->left] == 0;
}

/* The middle of the gap that most likely is between two words, -1: none. */
static int gap_near(const struct band *band, int expected, int from)
{
	int height = band->bottom - band->top, best = -1;
	int reach = (int)(height * GAP_REACH);
	double best_worth = 0;
	int x = MAX(MAX(expected - reach, from), band->left);
	int to = MIN(expected + reach, band->right);
	while (x < to) {
		int begin = x;
		while (x < to && is_empty(band, x))
			x++;
		int width = x - begin, at = begin + width / 2;
		double worth =
			width - GAP_DISTANCE * abs(at - expected) + reach;
		if (width > height * GAP_LEAST && worth > best_worth) {
			best_worth = worth;
			best = at;
		}
		x++;
	}
	return best;
}

/* The ink between two columns; false: there is none. */
static bool ink_between(const struct band *band, int from, int to,
			struct box *out)
{
	while (from < to && is_empty(band, from))
		from++;
	while (to > from && is_empty(band, to - 1))
		to--;
	*out = (struct box){from, band->bottom, to, band->top};
	for (int y = band->top; y < band->bottom; y++)
		for (int x = from; x < to; x++)
			if (!is_empty(band, x) && is_ink(band, x, y)) {
				out->top = MIN(out->top, y);
				out->bottom = y + 1;
				break;
			}
	return from < to && out->top < out->bottom;
}

static double in_common(const struct box *a, const struct box *b)
{
	double width = MIN(a->right, b->right) - MAX(a->left, b->left);
	double height = MIN(a->bottom, b->bottom) - MAX(a->top, b->top);
	if (width <= 0 || height <= 0)
		return 0;
	double areas = (double)(a->right - a->left) * (a->bottom - a->top) +
		       (double)(b->right - b->left) * (b->bottom - b->top);
	return width * height / (areas - width * height);
}

static void fit_word(const struct band *band, struct found_word *word, int from,
		     int to, bool all)
{
	struct box box;
	if (ink_between(band, from, to, &box) &&
	    (all || in_common(&box, &word->box) < NEAR_ENOUGH))
		word->box = box;
}

/* A word is fitted that has a gap on either side. */
static void fit_line(struct band *band, struct found_word *words, unsigned n,
		     bool all)
{
	int from = band->left;
	for (unsigned i = 0; i < n; i++) {
		int to = band->right;
		if (i + 1 < n)
			to = gap_near(
				band,
				(words[i].box.right + words[i + 1].box.left) /
					2,
				MAX(from, band->left));
		if (from >= 0 && to > from)
			fit_word(band, &words[i], from, to, all);
		from = to;
	}
}

void fit_boxes(struct found *found, const struct picture *picture, bool all)
{
	for (unsigned i = 0; i < found->lines->len; i++) {
		const struct found_line *line =
			&g_array_index(found->lines, struct found_line, i);
		struct found_word *words = &g_array_index(
			found->words, struct found_word, line->first);
		struct band band = band_of(words, line->n, picture);
		if (band.left >= band.right || band.top >= band.bottom)
			continue;
		count_ink(&band);
		fit_line(&band, words, line->n, all);
		g_free(band.ink);
	}
}
