/* SPDX-License-Identifier: Apache-2.0 */
#include "render/reduce.h"

#include <string.h>

#define OPAQUE 255

static unsigned shorten(unsigned side, unsigned longer)
{
	uint64_t short_side = side;
	if (longer > THUMBHASH_EDGE)
		short_side =
			((uint64_t)side * THUMBHASH_EDGE + longer / 2) / longer;
	return short_side ? (unsigned)short_side : 1;
}

void reduce_begin(struct reduction *reduction, const struct reduce_shape *of)
{
	unsigned longer = of->width > of->height ? of->width : of->height;
	memset(reduction, 0, sizeof(*reduction));
	reduction->of = *of;
	reduction->columns = shorten(of->width, longer);
	reduction->rows = shorten(of->height, longer);
}

static void add(struct reduce_cell *cell, const struct reduce_shape *of,
		const uint8_t *p)
{
	bool is_grey = of->bands < 3;
	unsigned alpha = of->has_alpha ? p[of->bands - 1] : OPAQUE;
	cell->red += p[0] * alpha;
	cell->green += p[is_grey ? 0 : 1] * alpha;
	cell->blue += p[is_grey ? 0 : 2] * alpha;
	cell->alpha += alpha;
	cell->n++;
}

void reduce_row(struct reduction *reduction, unsigned y, const uint8_t *p)
{
	uint64_t row = (uint64_t)y * reduction->rows / reduction->of.height;
	struct reduce_cell *cells = &reduction->cells[row * reduction->columns];
	unsigned column = 0;
	uint64_t at = 0, ends = reduction->of.width; /* times columns */
	for (unsigned x = 0; x < reduction->of.width; x++) {
		while (at >= ends) {
			ends += reduction->of.width;
			column++;
		}
		add(&cells[column], &reduction->of, p);
		p += reduction->of.bands;
		at += reduction->columns;
	}
}

static struct thumb_pixel mean_of(const struct reduce_cell *cell)
{
	double all = (double)cell->alpha * OPAQUE;
	if (cell->alpha == 0)
		return (struct thumb_pixel){0};
	return (struct thumb_pixel){
		(float)((double)cell->red / all),
		(float)((double)cell->green / all),
		(float)((double)cell->blue / all),
		(float)((double)cell->alpha / ((double)cell->n * OPAQUE)),
	};
}

void reduce_end(const struct reduction *reduction, unsigned orientation,
		struct thumb *out)
{
	unsigned last_x = reduction->columns - 1, last_y = reduction->rows - 1;
	bool swapped = orientation >= 5;
	bool from_right = orientation == 2 || orientation == 3 ||
			  orientation == 7 || orientation == 8;
	bool from_below = orientation == 3 || orientation == 4 ||
			  orientation == 6 || orientation == 7;
	out->width = swapped ? reduction->rows : reduction->columns;
	out->height = swapped ? reduction->columns : reduction->rows;
	for (unsigned y = 0; y < out->height; y++)
		for (unsigned x = 0; x < out->width; x++) {
			unsigned from_x = swapped ? y : x;
			unsigned from_y = swapped ? x : y;
			if (from_right)
				from_x = last_x - from_x;
			if (from_below)
				from_y = last_y - from_y;
			out->pixels[x + y * out->width] = mean_of(
				&reduction->cells[from_x +
						  from_y * reduction->columns]);
		}
}
