/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/fill.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"
#include "render/picture/scale.h"

#include <math.h>

/* The vendor's pictures: a canvas of 800 x 600 is blurred by 12. */
#define SIGMA_SHARE 50.0
/* ... and 30 levels brighter is 1.067 x + 31.6. */
#define BRIGHTNESS_GAIN 450.0

#define EDGE_SHARE 20 /* of a side, is an edge */

/* Colours are counted in 16 steps of each channel. */
#define BIN_BITS 4
#define BINS (1u << (3 * BIN_BITS))

struct bin {
	uint32_t n, sums[3];
};

static void count(struct bin *bins, const VipsPel *p, int bands)
{
	unsigned at = 0;
	if (bands == 4 && p[3] < 128)
		return;
	for (int i = 0; i < 3; i++)
		at = at << BIN_BITS | p[i] >> (8 - BIN_BITS);
	bins[at].n++;
	for (int i = 0; i < 3; i++)
		bins[at].sums[i] += p[i];
}

static uint32_t mean(const struct bin *bin)
{
	uint32_t color = 0;
	for (int i = 0; i < 3; i++)
		color = color << 8 |
			(bin->n ? (bin->sums[i] + bin->n / 2) / bin->n : 255);
	return color << 8 | 0xff;
}

static uint32_t most(const struct bin *bins)
{
	const struct bin *best = bins;
	for (unsigned i = 1; i < BINS; i++)
		if (bins[i].n > best->n)
			best = &bins[i];
	return mean(best);
}

static void count_part(struct bin *bins, VipsImage *image, const VipsRect *part)
{
	/* sums have 32 bits */
	int step = 1 + (int)((double)part->width * part->height / (1 << 24));
	for (int y = part->top; y < part->top + part->height; y += step)
		for (int x = part->left; x < part->left + part->width;
		     x += step)
			count(bins, VIPS_IMAGE_ADDR(image, x, y), image->Bands);
}

uint32_t fill_dominant(VipsImage *image, const VipsRect *part)
{
	g_autofree struct bin *bins = g_new0(struct bin, BINS);
	count_part(bins, image, part);
	return most(bins);
}

/* Of the four edges together. */
static uint32_t dominant_edge(VipsImage *image)
{
	g_autofree struct bin *bins = g_new0(struct bin, BINS);
	int width = image->Xsize, height = image->Ysize;
	int wide = MAX(1, width / EDGE_SHARE);
	int high = MAX(1, height / EDGE_SHARE);
	const VipsRect edges[] = {
		{0, 0, width, high},
		{0, height - high, width, high},
		{0, 0, wide, height},
		{width - wide, 0, wide, height},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(edges); i++)
		count_part(bins, image, &edges[i]);
	return most(bins);
}

static VipsImage *color_canvas(const struct fill *fill, uint32_t color)
{
	return paint_color((int)fill->width, (int)fill->height, color);
}

static VipsImage *dominant_canvas(struct picture *picture,
				  const struct fill *fill)
{
	if (picture->frame == 0)
		picture->found.colors[0] = dominant_edge(picture->image);
	return color_canvas(fill, picture->found.colors[0]);
}

/* The dominant colours of halves or quarters, as corners: those of a half are
 * the same along the side that is not filled. */
static void find_corners(struct picture *picture, const struct fill *fill)
{
	VipsImage *image = picture->image;
	int width = image->Xsize, height = image->Ysize;
	bool sideways =
		(double)width * fill->height < (double)height * fill->width;
	for (int i = 0; i < 4; i++) {
		int column = i % 2, row = i / 2;
		VipsRect part = {column * (width / 2), row * (height / 2),
				 MAX(1, width / 2), MAX(1, height / 2)};
		if (fill->colors < 4 && sideways)
			part.top = 0, part.height = height;
		else if (fill->colors < 4)
			part.left = 0, part.width = width;
		picture->found.colors[i] = fill_dominant(image, &part);
	}
}

static VipsImage *gradient_canvas(struct picture *picture,
				  const struct fill *fill)
{
	if (picture->frame == 0)
		find_corners(picture, fill);
	return paint_corners((int)fill->width, (int)fill->height,
			     picture->found.colors);
}

/* The picture itself, over all of the canvas, from its middle. */
static int cover(struct picture *picture, const struct fill *fill,
		 VipsImage **out, struct err *err)
{
	VipsImage *image = picture->image;
	double x = (double)image->Xsize / fill->width;
	double y = (double)image->Ysize / fill->height;
	double step = MIN(x, y);
	struct scale to = {
		.part.width = fill->width * step,
		.part.height = fill->height * step,
		.width = fill->width,
		.height = fill->height,
	};
	to.part.x = (image->Xsize - to.part.width) / 2;
	to.part.y = (image->Ysize - to.part.height) / 2;
	return scale_part(image, &to, out, err);
}

static int blurred_canvas(struct picture *picture, const struct fill *fill,
			  VipsImage **out, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	double b = fill->brightness, gain = 1 + b / BRIGHTNESS_GAIN;
	double sigma = fill->sigma;
	if (sigma < 0)
		sigma = MIN(fill->width, fill->height) / SIGMA_SHARE;
	if (cover(picture, fill, &t[0], err) < 0)
		return -1;
	if (sigma < 0.1)
		t[1] = g_object_ref(t[0]);
	else if (blur_pixels(t[0], sigma, &t[1]) != 0)
		return picture_failed(err);
	const double gains[] = {gain, gain, gain, 1};
	const double offsets[] = {b, b, b, 0};
	if (vips_linear(t[1], out, gains, offsets, t[1]->Bands, "uchar", TRUE,
			NULL) != 0)
		return picture_failed(err);
	return 0;
}

int fill_canvas(struct picture *picture, const struct fill *fill,
		VipsImage **out, struct err *err)
{
	if (fill->kind == IMAGE_FILL_BLURRED)
		return blurred_canvas(picture, fill, out, err);
	if (fill->kind == IMAGE_FILL_DOMINANT)
		*out = dominant_canvas(picture, fill);
	else if (fill->kind == IMAGE_FILL_GRADIENT)
		*out = gradient_canvas(picture, fill);
	else
		*out = color_canvas(fill, fill->color);
	return *out ? 0 : picture_failed(err);
}

/* What is around the picture is not behind it, but for the picture itself. */
int fill_around(struct picture *picture, const struct fill *fill,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 3);
	struct paint_place at = {(int)fill->left, (int)fill->top};
	int failed;
	if (fill_canvas(picture, fill, &t[0], err) < 0)
		return -1;
	t[1] = g_object_ref(picture->image);
	if (fill->kind == IMAGE_FILL_BLURRED)
		failed = paint_over(t[0], t[1], at, &t[2]);
	else
		failed = paint_same_bands(&t[0], &t[1]) ||
			 vips_insert(t[0], t[1], &t[2], at.x, at.y, NULL);
	return failed ? picture_failed(err) : picture_set(picture, t[2], err);
}
