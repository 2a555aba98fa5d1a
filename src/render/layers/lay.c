/* SPDX-License-Identifier: Apache-2.0 */
#include "render/layers/layers.h"
#include "render/layers/place.h"
#include "render/picture/paint.h"

#include <math.h>

#define OPAQUE 255
#define NO_WAY 127.5 /* the red and green of a layer that displaces nothing */

struct laying {
	VipsImage *base, *layer;
	struct layer_place at; /* on each frame */
	int frame_height;
	double reach_x, reach_y; /* of a displacement, pixels */
};

/* Part of a row of the base on which the layer lies, empty where it does not:
 * pixels from `left` up to `right`. */
struct run {
	int left, right;
	const VipsPel *layer; /* its pixel at `left` */
};

static struct run run_of(const struct laying *laying,
			 const struct paint_row *row)
{
	const VipsImage *layer = laying->layer;
	int y = row->y % laying->frame_height - laying->at.top;
	struct run run = {
		.left = MAX(laying->at.left, 0),
		.right = MIN(laying->at.left + layer->Xsize, row->width),
	};
	if (y < 0 || y >= layer->Ysize || run.left >= run.right)
		return (struct run){0};
	run.layer = VIPS_IMAGE_ADDR(layer, run.left - laying->at.left, y);
	return run;
}

static unsigned alpha_of(const VipsPel *pixel, int bands)
{
	return bands == 4 ? pixel[3] : OPAQUE;
}

static unsigned times(unsigned a, unsigned b)
{
	return (a * b + OPAQUE / 2) / OPAQUE;
}

/*
 * Colours over colours. What the layer's colour is on an opaque base.
 */
typedef unsigned mix_fn(unsigned layer, unsigned base);

static unsigned mix_normal(unsigned layer, unsigned base)
{
	(void)base;
	return layer;
}

static unsigned mix_multiply(unsigned layer, unsigned base)
{
	return times(layer, base);
}

/* A base without alpha is opaque; alpha is a part of 255. */
static void mix_pixel(const VipsPel *layer, unsigned alpha, mix_fn *mix,
		      VipsPel *base)
{
	for (int i = 0; i < 3; i++)
		base[i] = (VipsPel)((mix(layer[i], base[i]) * alpha +
				     base[i] * (OPAQUE - alpha) + OPAQUE / 2) /
				    OPAQUE);
}

/* As compositing of the W3C has it: what is seen of the base below is not
 * mixed where there is no base. */
static void mix_pixel_alpha(const VipsPel *layer, unsigned alpha, mix_fn *mix,
			    VipsPel *base)
{
	double above = alpha / 255.0, below = base[3] / 255.0;
	double rest = below * (1 - above), all = above + rest;
	for (int i = 0; i < 3 && all > 0; i++) {
		double mixed =
			(1 - below) * layer[i] + below * mix(layer[i], base[i]);
		base[i] = paint_byte((above * mixed + rest * base[i]) / all);
	}
	base[3] = paint_byte(all * 255);
}

/* `n` pixels of a layer on as many of a base. */
struct span {
	const VipsPel *layer;
	VipsPel *base;
	int layer_bands, base_bands, n;
};

static void mix_span(struct span span, mix_fn *mix)
{
	while (span.n-- > 0) {
		unsigned alpha = alpha_of(span.layer, span.layer_bands);
		if (alpha && span.base_bands == 4 && span.base[3] != OPAQUE)
			mix_pixel_alpha(span.layer, alpha, mix, span.base);
		else if (alpha)
			mix_pixel(span.layer, alpha, mix, span.base);
		span.layer += span.layer_bands;
		span.base += span.base_bands;
	}
}

static void mix_row(const struct laying *laying, const struct paint_row *row,
		    mix_fn *mix)
{
	struct run run = run_of(laying, row);
	const struct span span = {
		.layer = run.layer,
		.base = row->out + run.left * row->bands,
		.layer_bands = laying->layer->Bands,
		.base_bands = row->bands,
		.n = run.right - run.left,
	};
	memcpy(row->out, row->in, (size_t)row->width * (size_t)row->bands);
	mix_span(span, mix);
}

static void lay_normal(const void *user, const struct paint_row *row)
{
	mix_row(user, row, mix_normal);
}

static void lay_multiply(const void *user, const struct paint_row *row)
{
	mix_row(user, row, mix_multiply);
}

/*
 * The base's alpha by the layer's.
 */

static void cut_row(const struct laying *laying, const struct paint_row *row,
		    bool keep_inside)
{
	struct run run = run_of(laying, row);
	int bands = laying->layer->Bands;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		unsigned alpha = 0;
		if (x >= run.left && x < run.right) {
			alpha = alpha_of(run.layer, bands);
			run.layer += bands;
		}
		memcpy(out, in, 3);
		out[3] = (VipsPel)times(alpha_of(in, row->bands),
					keep_inside ? alpha : OPAQUE - alpha);
		in += row->bands;
		out += 4;
	}
}

static void lay_cutter(const void *user, const struct paint_row *row)
{
	cut_row(user, row, true);
}

static void lay_cutout(const void *user, const struct paint_row *row)
{
	cut_row(user, row, false);
}

/*
 * The base's pixels from elsewhere.
 */

/* Between four pixels of a frame, those at its edges also for what is beyond.
 * Colours of transparent pixels do not count. */
static void sample(VipsImage *image, const VipsRect *frame, double x, double y,
		   VipsPel *out)
{
	double sum[4] = {0}, weights = 0;
	int bands = image->Bands;
	x = CLAMP(x, 0, frame->width - 1);
	y = CLAMP(y, 0, frame->height - 1);
	for (int i = 0; i < 4; i++) {
		int left = MIN((int)x + (i & 1), frame->width - 1);
		int top = MIN((int)y + (i >> 1), frame->height - 1);
		double across = i & 1 ? x - floor(x) : 1 - x + floor(x);
		double down = i >> 1 ? y - floor(y) : 1 - y + floor(y);
		const VipsPel *p =
			VIPS_IMAGE_ADDR(image, left, frame->top + top);
		double weight = across * down * alpha_of(p, bands);
		for (int band = 0; band < 3; band++)
			sum[band] += p[band] * weight;
		weights += weight;
	}
	for (int band = 0; band < 3; band++)
		out[band] = weights > 0 ? paint_byte(sum[band] / weights) : 0;
	if (bands == 4)
		out[3] = paint_byte(weights);
}

static void lay_displace(const void *user, const struct paint_row *row)
{
	const struct laying *laying = user;
	struct run run = run_of(laying, row);
	int bands = laying->layer->Bands;
	int y = row->y % laying->frame_height;
	const VipsRect frame = {0, row->y - y, row->width,
				laying->frame_height};
	memcpy(row->out, row->in, (size_t)row->width * (size_t)row->bands);
	VipsPel *out = row->out + run.left * row->bands;
	for (int x = run.left; x < run.right; x++) {
		double share = alpha_of(run.layer, bands) / (255.0 * NO_WAY);
		sample(laying->base, &frame,
		       x + (run.layer[0] - NO_WAY) * share * laying->reach_x,
		       y + (run.layer[1] - NO_WAY) * share * laying->reach_y,
		       out);
		run.layer += bands;
		out += row->bands;
	}
}

static const struct blend {
	paint_row_fn *lay;
	bool gives_alpha;
	bool stands_by_focus;
} blends[IMAGE_BLEND_COUNT] = {
	[IMAGE_BLEND_NORMAL] = {lay_normal, false, false},
	[IMAGE_BLEND_MULTIPLY] = {lay_multiply, false, false},
	[IMAGE_BLEND_CUTTER] = {lay_cutter, true, false},
	[IMAGE_BLEND_CUTOUT] = {lay_cutout, true, false},
	[IMAGE_BLEND_DISPLACE] = {lay_displace, false, true},
};

int layer_lay(struct picture *base, const struct picture *layer,
	      const struct image_op *op, struct err *err)
{
	VipsImage *out = NULL;
	const struct blend *blend =
		&blends[image_word(op, IMAGE_OVERLAY_BLEND)];
	const struct image_sizes *sizes = &layer->sizes;
	const struct layer_sizes lengths = {
		base->sizes.width,
		base->sizes.height,
		sizes->width,
		sizes->height,
	};
	const struct laying laying = {
		.base = base->image,
		.layer = layer->image,
		.at = blend->stands_by_focus ? layer_place_focus(op, &lengths)
					     : layer_place(op, &lengths, sizes),
		.frame_height = (int)base->sizes.height,
		.reach_x = image_number_or_zero(op, IMAGE_OVERLAY_X, sizes),
		.reach_y = image_number_or_zero(op, IMAGE_OVERLAY_Y, sizes),
	};
	if (paint_rows(base->image, blend->gives_alpha ? 4 : base->image->Bands,
		       blend->lay, &laying, &out) != 0)
		return picture_failed(err);
	g_object_unref(base->image);
	base->image = out;
	return 0;
}

void layer_stamp(VipsImage *base, VipsImage *layer, int left, int top)
{
	int width = MIN(layer->Xsize, base->Xsize - left);
	int height = MIN(layer->Ysize, base->Ysize - top);
	for (int y = 0; y < height; y++) {
		const struct span span = {
			.layer = VIPS_IMAGE_ADDR(layer, 0, y),
			.base = VIPS_IMAGE_ADDR(base, left, top + y),
			.layer_bands = layer->Bands,
			.base_bands = base->Bands,
			.n = width,
		};
		mix_span(span, mix_normal);
	}
}
