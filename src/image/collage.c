/* SPDX-License-Identifier: Apache-2.0 */
#include "image/collage.h"

#include <glib.h>
#include <math.h>

#define N IMAGE_COLLAGE_MAX

/* So many of `count` things beside each other leave room for so much. */
static double margin_of(const struct image_collage *collage, unsigned across,
			unsigned down)
{
	double x = floor(((double)collage->width - across) / (across + 1));
	double y = floor(((double)collage->height - down) / (down + 1));
	return MIN(collage->margin, MIN(x, y));
}

/*
 * Rows.
 */

/* The pictures from `first[i]` up to `first[i + 1]` are a row. */
struct rows {
	unsigned n;
	unsigned first[N + 1];
	double aspects[N];            /* of a row without its margins */
	double margin, scale, height; /* of all, without margins */
	double covered;
};

/* The cut of the first `count` pictures into so many rows that differ least:
 * by the sum of squares, as the sum is the same for all. */
static void cut_rows(const struct image_collage *collage, struct rows *rows)
{
	static const double never = INFINITY;
	double sums[N + 1] = {0}, cost[N + 1][N + 1];
	unsigned from[N + 1][N + 1];
	for (unsigned i = 0; i < collage->n; i++)
		sums[i + 1] = sums[i] + collage->aspects[i];
	for (unsigned i = 0; i <= collage->n; i++)
		cost[0][i] = i ? never : 0;
	for (unsigned row = 1; row <= rows->n; row++)
		for (unsigned to = 0; to <= collage->n; to++) {
			cost[row][to] = never;
			from[row][to] = 0;
			for (unsigned i = row - 1; i < to; i++) {
				double own = sums[to] - sums[i];
				double all = cost[row - 1][i] + own * own;
				if (all < cost[row][to]) {
					cost[row][to] = all;
					from[row][to] = i;
				}
			}
		}
	rows->first[rows->n] = collage->n;
	for (unsigned row = rows->n; row > 0; row--) {
		unsigned to = rows->first[row];
		rows->first[row - 1] = from[row][to];
		rows->aspects[row - 1] = sums[to] - sums[from[row][to]];
	}
}

static unsigned longest(const struct rows *rows)
{
	unsigned most = 0;
	for (unsigned i = 0; i < rows->n; i++)
		most = MAX(most, rows->first[i + 1] - rows->first[i]);
	return most;
}

static double width_of(const struct image_collage *collage,
		       const struct rows *rows, unsigned row)
{
	unsigned n = rows->first[row + 1] - rows->first[row];
	return collage->width - rows->margin * (n + 1);
}

/* False: there is no room for so many. */
static bool measure_rows(const struct image_collage *collage, struct rows *rows)
{
	double all = 0, room;
	rows->margin = margin_of(collage, longest(rows), rows->n);
	if (rows->margin < 0)
		return false;
	rows->covered = 0;
	for (unsigned i = 0; i < rows->n; i++) {
		double width = width_of(collage, rows, i);
		all += width / rows->aspects[i];
		rows->covered += width * width / rows->aspects[i];
	}
	room = collage->height - rows->margin * (rows->n + 1);
	rows->scale = MIN(room / all, 1);
	rows->height = all * rows->scale;
	rows->covered *= rows->scale * rows->scale;
	return true;
}

/* From one place to another, in whole pixels: at least one, and inside. */
static void span(double from, double to, unsigned side, int out[2])
{
	int start = (int)CLAMP(floor(from + 0.5), 0, side - 1);
	int end = (int)MIN(floor(to + 0.5), side);
	out[0] = start;
	out[1] = MAX(end - start, 1);
}

static void place_row(struct image_collage *collage, const struct rows *rows,
		      unsigned row, double top)
{
	double width = width_of(collage, rows, row);
	double height = width / rows->aspects[row] * rows->scale;
	double left = (width - width * rows->scale) / 2 + rows->margin;
	for (unsigned i = rows->first[row]; i < rows->first[row + 1]; i++) {
		double right = left + height * collage->aspects[i];
		int x[2], y[2];
		span(left, right, collage->width, x);
		span(top, top + height, collage->height, y);
		collage->tiles[i] = (struct image_tile){x[0], y[0], x[1], y[1]};
		left = right + rows->margin;
	}
}

static void place_rows(struct image_collage *collage, const struct rows *rows)
{
	double margins = rows->margin * (rows->n + 1);
	double top = (collage->height - margins - rows->height) / 2;
	for (unsigned i = 0; i < rows->n; i++) {
		top += rows->margin;
		place_row(collage, rows, i, top);
		top += width_of(collage, rows, i) / rows->aspects[i] *
		       rows->scale;
	}
}

static bool lay_rows(struct image_collage *collage)
{
	struct rows best = {.covered = -1};
	for (unsigned n = 1; n <= collage->n; n++) {
		struct rows rows = {.n = n};
		cut_rows(collage, &rows);
		if (measure_rows(collage, &rows) && rows.covered > best.covered)
			best = rows;
	}
	if (best.n == 0)
		return false;
	place_rows(collage, &best);
	return true;
}

/*
 * Cells.
 */

struct grid {
	unsigned columns, rows;
	double margin, width, height; /* of a cell */
	double seen;                  /* of the pictures, pixels */
};

static bool measure_grid(const struct image_collage *collage, struct grid *grid)
{
	double aspect;
	grid->rows = (collage->n + grid->columns - 1) / grid->columns;
	grid->margin = margin_of(collage, grid->columns, grid->rows);
	if (grid->margin < 0)
		return false;
	grid->width =
		floor((collage->width - grid->margin * (grid->columns + 1)) /
		      grid->columns);
	grid->height =
		floor((collage->height - grid->margin * (grid->rows + 1)) /
		      grid->rows);
	aspect = grid->width / grid->height;
	for (unsigned i = 0; i < collage->n; i++)
		grid->seen += grid->width * grid->height *
			      MIN(aspect / collage->aspects[i],
				  collage->aspects[i] / aspect);
	return true;
}

/* Of `n` cells beside each other: where the first one begins. */
static double begin_of(unsigned side, unsigned n, double cell, double margin)
{
	return floor((side - n * cell - (n - 1) * margin) / 2);
}

static void place_grid(struct image_collage *collage, const struct grid *grid)
{
	double top = begin_of(collage->height, grid->rows, grid->height,
			      grid->margin);
	for (unsigned i = 0; i < collage->n; i++) {
		unsigned row = i / grid->columns, column = i % grid->columns;
		unsigned n =
			MIN(grid->columns, collage->n - row * grid->columns);
		double left =
			begin_of(collage->width, n, grid->width, grid->margin);
		collage->tiles[i] = (struct image_tile){
			(int)(left + column * (grid->width + grid->margin)),
			(int)(top + row * (grid->height + grid->margin)),
			(int)grid->width, (int)grid->height};
	}
}

static bool lay_cells(struct image_collage *collage)
{
	struct grid best = {.seen = -1};
	for (unsigned n = 1; n <= collage->n; n++) {
		struct grid grid = {.columns = n};
		if (measure_grid(collage, &grid) && grid.seen > best.seen)
			best = grid;
	}
	if (best.columns == 0)
		return false;
	place_grid(collage, &best);
	return true;
}

int image_collage_lay(struct image_collage *collage, struct err *err)
{
	bool laid = collage->layout == IMAGE_LAYOUT_CELLS ? lay_cells(collage)
							  : lay_rows(collage);
	return laid ? 0
		    : err_set(err, ERR_NOT_FOUND,
			      "%u pictures do not fit into %u x %u pixels",
			      collage->n, collage->width, collage->height);
}
