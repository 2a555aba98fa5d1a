/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/dust.h"

#include <glib.h>
#include <string.h>

#define LEVELS 256
#define EDGE 2 /* pixels around a part; edges are soft */
#define NONE UINT_MAX

/* Pixels of a row that are alike, and the part that they belong to. */
struct run {
	unsigned from, to, part;
};

/* What hangs together, as far as it is seen. */
struct part {
	unsigned parent; /* itself, or one that it turned out to be part of */
	unsigned left, right, top;
	unsigned next; /* its number in the row below; NONE: it ends here */
};

struct scan {
	const struct picture *picture;
	unsigned threshold; /* ink is below */
	unsigned least;
	bool of_ink; /* or of paper */
	bool clears;
	struct run *above, *here;
	unsigned n_above, n_here;
	struct part *parts, *spare;
	unsigned n_parts;
	struct dust found;
};

/* Between the two kinds of pixels that differ most (Otsu, 1979): where
 * Tesseract sees the edge of ink. */
static unsigned threshold_of(const struct picture *picture)
{
	uint64_t histogram[LEVELS] = {0}, all = 0, sum = 0, dark = 0, below = 0;
	unsigned best = LEVELS / 2;
	double most = 0;
	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *row = picture_row(picture, y);
		for (unsigned x = 0; x < picture->width; x++)
			histogram[row[x]]++;
	}
	for (unsigned level = 0; level < LEVELS; level++) {
		all += histogram[level];
		sum += level * histogram[level];
	}
	for (unsigned level = 0; level < LEVELS; level++) {
		dark += histogram[level];
		below += level * histogram[level];
		if (dark == 0 || dark == all)
			continue;
		double bright = (double)(all - dark);
		double apart = (double)below / (double)dark -
			       (double)(sum - below) / bright;
		double between = (double)dark * bright * apart * apart;
		if (between <= most)
			continue;
		most = between;
		best = level + 1;
	}
	return best;
}

/*
 * Squares of four pixels of which one or three are ink, and twice those with
 * two at a diagonal: where outlines turn. Whatever is closed turns four times.
 */
static uint64_t count_corners(const struct picture *picture, unsigned threshold)
{
	uint64_t corners = 0;
	for (unsigned y = 0; y + 1 < picture->height; y++) {
		const uint8_t *a = picture_row(picture, y);
		const uint8_t *b = picture_row(picture, y + 1);
		unsigned in_row = 0;
		for (unsigned x = 0; x + 1 < picture->width; x++) {
			uint8_t p = a[x] < threshold, q = a[x + 1] < threshold;
			uint8_t r = b[x] < threshold, s = b[x + 1] < threshold;
			uint8_t odd = p ^ q ^ r ^ s;
			uint8_t across = (p ^ q) & (p ^ r) & (uint8_t)(p == s);
			in_row += odd + 2u * across;
		}
		corners += in_row;
	}
	return corners;
}

static unsigned root_of(struct part *parts, unsigned i)
{
	while (parts[i].parent != i)
		i = parts[i].parent = parts[parts[i].parent].parent;
	return i;
}

static unsigned unite(struct part *parts, unsigned a, unsigned b)
{
	unsigned one = root_of(parts, a), other = root_of(parts, b);
	struct part *to = &parts[MIN(one, other)];
	struct part *from = &parts[MAX(one, other)];
	to->left = MIN(to->left, from->left);
	to->right = MAX(to->right, from->right);
	to->top = MIN(to->top, from->top);
	from->parent = MIN(one, other);
	return MIN(one, other);
}

static void paint(const struct picture *picture, const struct part *part,
		  unsigned bottom)
{
	unsigned left = part->left - MIN(part->left, EDGE);
	unsigned top = part->top - MIN(part->top, EDGE);
	unsigned right = MIN(part->right + EDGE, picture->width);
	for (unsigned y = top; y < MIN(bottom + EDGE, picture->height); y++)
		memset(picture_row(picture, y) + left, UINT8_MAX, right - left);
}

/* A part whose last row is above `bottom`. */
static void end_part(struct scan *scan, const struct part *part,
		     unsigned bottom)
{
	bool is_small = scan->of_ink && bottom - part->top < scan->least &&
			part->right - part->left < scan->least;
	if (is_small)
		scan->found.small++;
	else
		scan->found.large++;
	if (is_small && scan->clears)
		paint(scan->picture, part, bottom);
}

static void find_runs(struct scan *scan, unsigned y)
{
	const uint8_t *row = picture_row(scan->picture, y);
	unsigned width = scan->picture->width, x = 0;
	scan->n_here = 0;
	while (x < width) {
		while (x < width && (row[x] < scan->threshold) != scan->of_ink)
			x++;
		unsigned from = x;
		while (x < width && (row[x] < scan->threshold) == scan->of_ink)
			x++;
		if (from < x)
			scan->here[scan->n_here++] =
				(struct run){from, x, NONE};
	}
}

/* Ink hangs together at its corners, paper does not. */
static void join_runs(struct scan *scan, unsigned y)
{
	unsigned reach = scan->of_ink, first = 0;
	struct part *parts = scan->parts;
	for (unsigned i = 0; i < scan->n_here; i++) {
		struct run *run = &scan->here[i];
		while (first < scan->n_above &&
		       scan->above[first].to + reach <= run->from)
			first++;
		for (unsigned k = first;
		     k < scan->n_above && scan->above[k].from < run->to + reach;
		     k++)
			run->part =
				run->part == NONE
					? root_of(parts, scan->above[k].part)
					: unite(parts, run->part,
						scan->above[k].part);
		if (run->part == NONE) {
			run->part = scan->n_parts++;
			parts[run->part] = (struct part){run->part, run->from,
							 run->to, y, NONE};
		}
		struct part *part = &parts[run->part];
		part->left = MIN(part->left, run->from);
		part->right = MAX(part->right, run->to);
	}
}

/* Parts that are in this row are numbered anew, the others have ended. */
static void pass_on(struct scan *scan, unsigned y)
{
	unsigned n = 0;
	for (unsigned i = 0; i < scan->n_here; i++) {
		struct run *run = &scan->here[i];
		struct part *part =
			&scan->parts[root_of(scan->parts, run->part)];
		if (part->next == NONE) {
			part->next = n;
			scan->spare[n] = *part;
			scan->spare[n].parent = n;
			scan->spare[n++].next = NONE;
		}
		run->part = part->next;
	}
	for (unsigned i = 0; i < scan->n_parts; i++)
		if (scan->parts[i].parent == i && scan->parts[i].next == NONE)
			end_part(scan, &scan->parts[i], y);
	struct part *parts = scan->parts;
	scan->parts = scan->spare;
	scan->spare = parts;
	scan->n_parts = n;
	struct run *runs = scan->above;
	scan->above = scan->here;
	scan->here = runs;
	scan->n_above = scan->n_here;
}

static void look(struct scan *scan)
{
	unsigned height = scan->picture->height;
	for (unsigned y = 0; y < height; y++) {
		if (!scan->clears && scan->found.large > DUST_PARTS_MAX)
			return;
		find_runs(scan, y);
		join_runs(scan, y);
		pass_on(scan, y);
	}
	scan->n_here = 0;
	pass_on(scan, height);
}

static int look_at(struct scan *scan, struct err *err)
{
	size_t runs = scan->picture->width / 2 + 1;
	struct run *above = g_try_new(struct run, runs);
	struct run *here = g_try_new(struct run, runs);
	struct part *parts = g_try_new(struct part, 2 * runs);
	struct part *spare = g_try_new(struct part, 2 * runs);
	bool failed = !above || !here || !parts || !spare;
	scan->above = above;
	scan->here = here;
	scan->parts = parts;
	scan->spare = spare;
	scan->n_above = scan->n_parts = 0;
	if (!failed)
		look(scan);
	g_free(above);
	g_free(here);
	g_free(parts);
	g_free(spare);
	return failed ? err_set(err, ERR_TOO_LARGE, "no memory for its parts")
		      : 0;
}

int dust_count(const struct picture *picture, unsigned least, struct dust *out,
	       struct err *err)
{
	struct scan scan = {
		.picture = picture,
		.least = least,
		.threshold = threshold_of(picture),
		.of_ink = true,
	};
	uint64_t corners = count_corners(picture, scan.threshold);
	if (corners >= 4ull * DUST_PARTS_MAX) {
		if (look_at(&scan, err) < 0)
			return -1;
		scan.of_ink = false;
		if (look_at(&scan, err) < 0)
			return -1;
	}
	*out = scan.found;
	out->corners = corners;
	return 0;
}

int dust_clear(const struct picture *picture, unsigned least, struct err *err)
{
	struct scan scan = {
		.picture = picture,
		.least = least,
		.threshold = threshold_of(picture),
		.of_ink = true,
		.clears = true,
	};
	return look_at(&scan, err);
}
