/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/grain.h"

#include <glib.h>

#define ROWS_LOOKED_AT 100
#define RANGE (16 * 255) /* of the sum below */

/* Immerkaer's mask (1996) gives that many deviations of plain noise; half of a
 * normal distribution lies within 0.6745 of its deviation. */
#define MASK_GAIN (6 * 0.6745)

#define UNLIKE 56 /* levels */

#define COARSE_DEVIATION 14
#define COARSE_SPECKS 0.002

struct rows {
	const uint8_t *above, *here, *below;
};

static struct rows rows_at(const struct picture *picture, unsigned y)
{
	return (struct rows){
		picture_row(picture, y > 0 ? y - 1 : 0),
		picture_row(picture, y),
		picture_row(picture, MIN(y + 1, picture->height - 1)),
	};
}

/* What neither a slope nor an edge along an axis shows up in. */
static int mask_at(const struct rows *r, unsigned x)
{
	const uint8_t *a = r->above + x, *h = r->here + x, *b = r->below + x;
	return a[-1] - 2 * a[0] + a[1] - 2 * h[-1] + 4 * h[0] - 2 * h[1] +
	       b[-1] - 2 * b[0] + b[1];
}

/* Unlike all around it, which is alike: a small letter's parts are not. */
static bool is_speck(const struct rows *r, unsigned x)
{
	const uint8_t *a = r->above + x, *h = r->here + x, *b = r->below + x;
	const int around[] = {a[-1], a[0],  a[1], h[-1],
			      h[1],  b[-1], b[0], b[1]};
	int least = around[0], most = around[0];
	for (unsigned i = 1; i < G_N_ELEMENTS(around); i++) {
		least = MIN(least, around[i]);
		most = MAX(most, around[i]);
	}
	return most - least < UNLIKE &&
	       (h[0] < least - UNLIKE || h[0] > most + UNLIKE);
}

struct grain grain_measure(const struct picture *picture)
{
	g_autofree unsigned *histogram = g_new0(unsigned, RANGE);
	uint64_t n = 0, specks = 0, seen = 0;
	unsigned step = MAX(picture->height / ROWS_LOOKED_AT, 1);
	unsigned middle = 0;
	for (unsigned y = 1; y + 1 < picture->height; y += step) {
		struct rows rows = rows_at(picture, y);
		for (unsigned x = 1; x + 1 < picture->width; x++) {
			histogram[abs(mask_at(&rows, x))]++;
			specks += is_speck(&rows, x);
			n++;
		}
	}
	while (middle < RANGE && (seen += histogram[middle]) * 2 < n)
		middle++;
	return (struct grain){
		.deviation = middle / MASK_GAIN,
		.specks = n ? (double)specks / (double)n : 0,
	};
}

bool grain_is_coarse(const struct grain *grain)
{
	return grain->deviation > COARSE_DEVIATION ||
	       grain->specks > COARSE_SPECKS;
}

static inline void sort_two(uint8_t *a, uint8_t *b)
{
	uint8_t low = MIN(*a, *b);
	*b = MAX(*a, *b);
	*a = low;
}

/* The median of nine in nineteen exchanges (Smith, 1996), which the compiler
 * does for many pixels at once. */
static inline uint8_t median(uint8_t p[9])
{
	static const uint8_t exchanges[][2] = {
		{1, 2}, {4, 5}, {7, 8}, {0, 1}, {3, 4}, {6, 7}, {1, 2},
		{4, 5}, {7, 8}, {0, 3}, {5, 8}, {4, 7}, {3, 6}, {1, 4},
		{2, 5}, {4, 7}, {4, 2}, {6, 4}, {4, 2}};
#pragma GCC unroll 19
	for (unsigned i = 0; i < G_N_ELEMENTS(exchanges); i++)
		sort_two(&p[exchanges[i][0]], &p[exchanges[i][1]]);
	return p[4];
}

void grain_remove(const struct picture *in, const struct picture *out)
{
	unsigned last = in->width - 1;
	for (unsigned y = 0; y < in->height; y++) {
		struct rows r = rows_at(in, y);
		uint8_t *to = picture_row(out, y);
		to[0] = r.here[0];
		to[last] = r.here[last];
		for (unsigned x = 1; x < last; x++) {
			uint8_t p[9] = {
				r.above[x - 1], r.above[x], r.above[x + 1],
				r.here[x - 1],  r.here[x],  r.here[x + 1],
				r.below[x - 1], r.below[x], r.below[x + 1]};
			to[x] = median(p);
		}
	}
}

static void add_row(const uint8_t *row, unsigned n, unsigned width,
		    uint32_t *sums)
{
	for (unsigned x = 0; x < width; x++) {
		uint32_t sum = 0;
		for (unsigned i = 0; i < n; i++)
			sum += row[x * n + i];
		sums[x] += sum;
	}
}

int grain_shrink(const struct picture *in, unsigned n, struct picture *out,
		 struct err *err)
{
	*out = (struct picture){
		.width = MAX(in->width / n, 1),
		.height = MAX(in->height / n, 1),
		.channels = 1,
	};
	if (picture_init(out, err) < 0)
		return -1;
	unsigned across = MIN(n, in->width), down = MIN(n, in->height);
	g_autofree uint32_t *sums = g_new(uint32_t, out->width);
	for (unsigned y = 0; y < out->height; y++) {
		uint8_t *to = picture_row(out, y);
		memset(sums, 0, sizeof(*sums) * out->width);
		for (unsigned i = 0; i < down; i++)
			add_row(picture_row(in, y * down + i), across,
				out->width, sums);
		for (unsigned x = 0; x < out->width; x++)
			to[x] = (uint8_t)(sums[x] / (across * down));
	}
	return 0;
}
