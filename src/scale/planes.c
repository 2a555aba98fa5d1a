/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/planes.h"

#include <math.h>
#include <string.h>

#define NEUTRAL 128 /* no colour */

void planes_release(struct planes *planes)
{
	for (unsigned i = 0; i < PLANES_MAX; i++)
		picture_release(&planes->plane[i]);
	planes->n = 0;
}

/* Pixels of a canvas, along each axis, to a sample of its plane i. */
static unsigned step_of(const struct planes *canvas, unsigned i)
{
	return i > 0 && !canvas->full ? 2 : 1;
}

/*
 * Where a plane's samples belong. Along an axis of the canvas the picture
 * stands from `at` on; of samples that are for two pixels, those on its rim may
 * have one of them outside.
 */

/* Samples of the canvas, and where the first one begins in the picture. */
struct span {
	unsigned first, n;
	int start; /* pixels; 0 or -1 */
};

static struct span span_of(unsigned at, unsigned length, unsigned step)
{
	unsigned first = at / step;
	return (struct span){
		.first = first,
		.n = (at + length + step - 1) / step - first,
		.start = (int)(first * step) - (int)at,
	};
}

/* An axis of the picture as it is stored, and what is made of it. */
struct line {
	double kept_at, kept; /* pixels of the source, */
	unsigned length;      /* of the result */
	unsigned step;        /* of these to a sample */
	bool mirrored;
	struct span span;
	double density; /* samples to a pixel of the source */
};

/* What is needed of `stored` samples, and how the result lies in that. */
static struct resample_axis axis_of(const struct line *line, unsigned stored,
				    unsigned *first)
{
	const double pixel = line->kept / line->length; /* in the source's */
	const double length = (double)line->span.n * line->step;
	double start = line->span.start;
	if (line->mirrored)
		start = line->length - start - length;
	double from = floor(line->kept_at * line->density);
	double to = ceil((line->kept_at + line->kept) * line->density);
	from = fmin(fmax(from, 0), stored - 1);
	to = fmin(fmax(to, from + 1), stored);
	*first = (unsigned)from;
	return (struct resample_axis){
		.in = (unsigned)(to - from),
		.out = line->span.n,
		.start = (line->kept_at + start * pixel) * line->density - from,
		.extent = length * pixel * line->density,
	};
}

static struct line columns_of(const struct shape_cut *cut, unsigned step,
			      double density)
{
	bool swaps = orientation_swaps(cut->orientation);
	return (struct line){
		.kept_at = cut->kept.x,
		.kept = cut->kept.width,
		.length = cut->width,
		.step = step,
		.mirrored = orientation_mirrors_columns(cut->orientation),
		.span = span_of(swaps ? cut->top : cut->left, cut->width, step),
		.density = density,
	};
}

static struct line rows_of(const struct shape_cut *cut, unsigned step,
			   double density)
{
	bool swaps = orientation_swaps(cut->orientation);
	return (struct line){
		.kept_at = cut->kept.y,
		.kept = cut->kept.height,
		.length = cut->height,
		.step = step,
		.mirrored = orientation_mirrors_rows(cut->orientation),
		.span = span_of(swaps ? cut->left : cut->top, cut->height,
				step),
		.density = density,
	};
}

/*
 * Colours.
 */

static uint8_t round_sample(double value)
{
	return (uint8_t)lrint(fmin(fmax(value, 0), 255));
}

/* JFIF 1.02; what is transparent lies on white. */
static void samples_of(uint32_t rgba, uint8_t out[PLANES_MAX])
{
	double alpha = (rgba & 255) / 255.0, c[3];
	for (unsigned i = 0; i < 3; i++)
		c[i] = 255 -
		       alpha * (255 - (double)(rgba >> (24 - 8 * i) & 255));
	double y = 0.299 * c[0] + 0.587 * c[1] + 0.114 * c[2];
	out[0] = round_sample(y);
	out[1] = round_sample(NEUTRAL + (c[2] - y) / 1.772);
	out[2] = round_sample(NEUTRAL + (c[0] - y) / 1.402);
}

static void fill(const struct picture *plane, uint8_t sample)
{
	picture_fill(plane, (const uint8_t[4]){sample});
}

/*
 * The canvas, and in it the place of what is resampled.
 */

static int canvas_init(struct planes *canvas, const struct shape_cut *cut,
		       struct err *err)
{
	for (unsigned i = 0; i < canvas->n; i++) {
		unsigned step = step_of(canvas, i);
		struct picture *plane = &canvas->plane[i];
		*plane = (struct picture){
			.width = (cut->canvas_width + step - 1) / step,
			.height = (cut->canvas_height + step - 1) / step,
			.channels = 1,
		};
		if (picture_init(plane, err) < 0)
			return -1;
	}
	return 0;
}

/* Where the picture of a cut goes, in a plane of its canvas. */
static struct picture place_in(const struct picture *canvas,
			       const struct shape_cut *cut, unsigned step)
{
	bool swaps = orientation_swaps(cut->orientation);
	struct span x =
		span_of(cut->left, swaps ? cut->height : cut->width, step);
	struct span y =
		span_of(cut->top, swaps ? cut->width : cut->height, step);
	struct picture place = *canvas;
	place.pixels = picture_row(canvas, y.first) + x.first;
	place.width = x.n;
	place.height = y.n;
	return place;
}

static int plane_begin(struct plane_cut *plane, const struct shape_cut *cut,
		       const struct resample_options *options, struct err *err)
{
	plane->resampler = resampler_new(options, err);
	if (plane->resampler == NULL)
		return -1;
	plane->n_rows = options->y.out;
	if (cut->orientation == 1) {
		plane->rows = plane->place;
		return 0;
	}
	plane->turned = (struct picture){.width = options->x.out,
					 .height = options->y.out,
					 .channels = 1};
	if (picture_init(&plane->turned, err) < 0)
		return -1;
	plane->rows = plane->turned;
	return 0;
}

static int begin_plane(struct planes_cutter *cutter,
		       const struct shape_cut *cut, struct planes_part *part,
		       unsigned i, struct err *err)
{
	const unsigned step = step_of(&cutter->canvas, i);
	struct plane_cut *plane = &cutter->cut[i];
	struct line columns = columns_of(cut, step, part->across);
	struct line rows = rows_of(cut, step, part->down);
	struct resample_options options = {.channels = 1};
	options.x = axis_of(&columns, part->width, &part->left);
	options.y = axis_of(&rows, part->height, &part->top);
	part->width = options.x.in;
	part->height = options.y.in;
	plane->place = place_in(&cutter->canvas.plane[i], cut, step);
	return plane_begin(plane, cut, &options, err);
}

static bool is_coloured(const uint8_t samples[PLANES_MAX])
{
	return samples[1] != NEUTRAL || samples[2] != NEUTRAL;
}

int planes_cut_begin(struct planes_cutter *cutter, const struct shape_cut *cut,
		     struct planes_source *source, struct err *err)
{
	bool padded = shape_has_canvas(cut);
	uint8_t background[PLANES_MAX];
	samples_of(cut->background, background);
	memset(cutter, 0, sizeof(*cutter));
	cutter->n = source->n;
	cutter->orientation = cut->orientation;
	cutter->canvas.n = source->n;
	cutter->canvas.full = source->full;
	if (padded && is_coloured(background))
		cutter->canvas.n = PLANES_MAX;
	if (canvas_init(&cutter->canvas, cut, err) < 0)
		return -1;
	for (unsigned i = 0; padded && i < cutter->canvas.n; i++)
		fill(&cutter->canvas.plane[i], background[i]);
	for (unsigned i = 0; i < source->n; i++)
		if (begin_plane(cutter, cut, &source->part[i], i, err) < 0)
			return -1;
	/* a gray one has no colour of its own */
	for (unsigned i = source->n; i < cutter->canvas.n; i++) {
		struct picture place = place_in(&cutter->canvas.plane[i], cut,
						step_of(&cutter->canvas, i));
		fill(&place, NEUTRAL);
	}
	return 0;
}

void planes_cut_push(struct planes_cutter *cutter, unsigned plane,
		     const uint8_t *row)
{
	struct plane_cut *cut = &cutter->cut[plane];
	if (cut->pulled == cut->n_rows)
		return;
	resampler_push(cut->resampler, row);
	while (cut->pulled < cut->n_rows &&
	       resampler_pull(cut->resampler,
			      picture_row(&cut->rows, cut->pulled)))
		cut->pulled++;
}

void planes_cut_end(struct planes_cutter *cutter, struct planes *out)
{
	for (unsigned i = 0; i < cutter->n; i++) {
		const struct plane_cut *cut = &cutter->cut[i];
		if (cutter->orientation != 1)
			picture_turn(&cut->rows, cutter->orientation,
				     &cut->place);
	}
	*out = cutter->canvas;
	memset(&cutter->canvas, 0, sizeof(cutter->canvas));
}

void planes_cut_release(struct planes_cutter *cutter)
{
	for (unsigned i = 0; i < PLANES_MAX; i++) {
		resampler_free(cutter->cut[i].resampler);
		picture_release(&cutter->cut[i].turned);
	}
	planes_release(&cutter->canvas);
	memset(cutter, 0, sizeof(*cutter));
}

int planes_cut(const struct planes *in, const struct shape_cut *cut,
	       struct planes *out, struct err *err)
{
	struct planes_cutter cutter;
	struct planes_source source = {.n = in->n, .full = out->full};
	for (unsigned i = 0; i < in->n; i++)
		source.part[i] = (struct planes_part){
			.across = 1.0 / step_of(in, i),
			.down = 1.0 / step_of(in, i),
			.width = in->plane[i].width,
			.height = in->plane[i].height,
		};
	int result = planes_cut_begin(&cutter, cut, &source, err);
	for (unsigned i = 0; result == 0 && i < in->n; i++) {
		const struct planes_part *part = &source.part[i];
		for (unsigned y = 0; y < part->height; y++)
			planes_cut_push(
				&cutter, i,
				picture_row(&in->plane[i], part->top + y) +
					part->left);
	}
	if (result == 0)
		planes_cut_end(&cutter, out);
	planes_cut_release(&cutter);
	return result;
}
