/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/cut.h"
#include "pixels/resample.h"

#include <glib.h>
#include <math.h>

#define RGBA 4

/* Along an axis: the stored pixels that a cut needs, and where in them it
 * begins. */
struct band {
	unsigned first, n;
	double start;
};

static struct band band_of(double at, double length, unsigned size)
{
	double end = MIN(ceil(at + length), size);
	unsigned first = (unsigned)CLAMP(floor(at), 0, size - 1);
	return (struct band){
		.first = first,
		.n = MAX((unsigned)end, first + 1) - first,
		.start = MAX(at - first, 0),
	};
}

/* Where a cut's rows go, before it is turned. */
struct target {
	struct picture rows; /* may be a part of the canvas */
	struct picture canvas;
};

static struct picture part_of(const struct picture *picture, unsigned left,
			      unsigned top)
{
	struct picture part = *picture;
	part.pixels = picture_row(picture, top) + (size_t)left * RGBA;
	part.width -= left;
	part.height -= top;
	return part;
}

static void fill(const struct picture *canvas, uint32_t rgba)
{
	const uint8_t colour[RGBA] = {(uint8_t)(rgba >> 24),
				      (uint8_t)(rgba >> 16),
				      (uint8_t)(rgba >> 8), (uint8_t)rgba};
	picture_fill(canvas, colour);
}

static int begin(struct target *target, const struct shape_cut *cut,
		 struct err *err)
{
	target->canvas = (struct picture){
		.width = cut->canvas_width,
		.height = cut->canvas_height,
		.channels = RGBA,
	};
	target->rows = (struct picture){
		.width = cut->width,
		.height = cut->height,
		.channels = RGBA,
	};
	if (picture_init(&target->canvas, err) < 0)
		return -1;
	if (cut->orientation != 1 && picture_init(&target->rows, err) < 0) {
		picture_release(&target->canvas);
		return -1;
	}
	if (shape_has_canvas(cut))
		fill(&target->canvas, cut->background);
	if (cut->orientation == 1)
		target->rows = part_of(&target->canvas, cut->left, cut->top);
	return 0;
}

/* Onto the canvas, which is what there is in the end. */
static void turn(const struct picture *in, const struct shape_cut *cut,
		 const struct picture *canvas)
{
	struct picture place = part_of(canvas, cut->left, cut->top);
	bool swapped = orientation_swaps(cut->orientation);
	place.width = swapped ? in->height : in->width;
	place.height = swapped ? in->width : in->height;
	picture_turn(in, cut->orientation, &place);
}

static int end(struct target *target, const struct shape_cut *cut, int result,
	       struct picture *out)
{
	if (cut->orientation != 1) {
		if (result == 0)
			turn(&target->rows, cut, &target->canvas);
		picture_release(&target->rows);
	}
	if (result < 0)
		picture_release(&target->canvas);
	*out = target->canvas;
	return result;
}

static int skip(const struct rows *rows, unsigned n, uint8_t *row,
		struct err *err)
{
	for (unsigned i = 0; i < n; i++)
		if (rows->next(rows->source, row, err) < 0)
			return -1;
	return 0;
}

/* The row's own pixels, one for one. */
static int copy(const struct rows *rows, const struct band *x,
		const struct picture *out, uint8_t *row, struct err *err)
{
	for (unsigned y = 0; y < out->height; y++) {
		bool whole = x->n == rows->width;
		uint8_t *to = picture_row(out, y);
		if (rows->next(rows->source, whole ? to : row, err) < 0)
			return -1;
		if (!whole)
			memcpy(to, row + (size_t)x->first * RGBA,
			       (size_t)x->n * RGBA);
	}
	return 0;
}

struct scaling {
	const struct rows *rows;
	const struct shape_cut *cut;
	struct band x, y;
	uint8_t *row;
};

static int scale(const struct scaling *s, const struct picture *out,
		 struct err *err)
{
	const struct shape_cut *cut = s->cut;
	const struct resample_options options = {
		.channels = RGBA,
		.x = {s->x.n, cut->width, s->x.start, cut->kept.width},
		.y = {s->y.n, cut->height, s->y.start, cut->kept.height},
	};
	struct resampler *resampler = resampler_new(&options, err);
	int result = resampler ? 0 : -1;
	for (unsigned y = 0; result == 0 && y < cut->height;) {
		if (resampler_pull(resampler, picture_row(out, y))) {
			y++;
			continue;
		}
		result = s->rows->next(s->rows->source, s->row, err);
		if (result == 0)
			resampler_push(resampler,
				       s->row + (size_t)s->x.first * RGBA);
	}
	resampler_free(resampler);
	return result;
}

int cut_rows(const struct rows *rows, const struct shape_cut *cut,
	     struct picture *out, struct err *err)
{
	const struct image_box *kept = &cut->kept;
	struct target target;
	struct scaling scaling = {
		.rows = rows,
		.cut = cut,
		.x = band_of(kept->x, kept->width, rows->width),
		.y = band_of(kept->y, kept->height, rows->height),
	};
	if (begin(&target, cut, err) < 0)
		return -1;
	g_autofree uint8_t *row = g_try_malloc((size_t)rows->width * RGBA);
	int result = row ? skip(rows, scaling.y.first, row, err)
			 : err_set(err, ERR_TOO_LARGE,
				   "there is no memory for a row");
	scaling.row = row;
	if (result == 0 && shape_is_unscaled(cut)) {
		target.rows.height = cut->height;
		result = copy(rows, &scaling.x, &target.rows, row, err);
	} else if (result == 0) {
		result = scale(&scaling, &target.rows, err);
	}
	return end(&target, cut, result, out);
}

/* A picture as rows. */
struct reading {
	const struct picture *picture;
	unsigned next;
};

static int next_row(void *source, uint8_t *rgba, struct err *err)
{
	struct reading *reading = source;
	(void)err;
	memcpy(rgba, picture_row(reading->picture, reading->next++),
	       (size_t)reading->picture->width * RGBA);
	return 0;
}

int cut_picture(const struct picture *in, const struct shape_cut *cut,
		struct picture *out, struct err *err)
{
	struct reading reading = {.picture = in};
	const struct rows rows = {in->width, in->height, &reading, next_row};
	return cut_rows(&rows, cut, out, err);
}
