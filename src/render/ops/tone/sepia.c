/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As ImageMagick's: a tone by luma, stretched to what there is, with more
 * contrast. All of it follows from luma, so that there is a table for it.
 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

#define STEPS 16 /* of the table in one level of luma */
#define BINS (255 * STEPS + 1)
/* So many of the pixels become black, and white. */
#define BLACK 0.0015
#define WHITE 0.0005

struct tone {
	double rgb[3]; /* 0 to 1 */
};

struct sepia {
	VipsPel of[BINS][3];
};

static int bin_of(const VipsPel *p)
{
	return (int)lrint(paint_luma(p) * STEPS);
}

/* By luma and threshold, both from 0 to 1. */
static struct tone tone_of(double luma, double threshold)
{
	double red = MIN(luma + 1 - threshold, 1);
	double green = MIN(luma + 1 - threshold * 7 / 6, 1);
	double blue = MAX(luma - threshold / 6, 0);
	return (struct tone){
		{red, MAX(green, threshold / 7), MAX(blue, threshold / 7)}};
}

static double level_of(int bin, double threshold)
{
	struct tone tone = tone_of((double)bin / (BINS - 1), threshold);
	return 0.2126 * tone.rgb[0] + 0.7152 * tone.rgb[1] +
	       0.0722 * tone.rgb[2];
}

/* A line that makes of all tones what there can be; luma and the level of its
 * tone rise together. */
static void stretch(VipsImage *in, double threshold,
		    struct picture_found *found)
{
	g_autofree uint64_t *counts = g_new0(uint64_t, BINS);
	double all = (double)in->Xsize * in->Ysize, seen = 0;
	int low = 0, high = BINS - 1;
	for (int y = 0; y < in->Ysize; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(in, 0, y);
		for (int x = 0; x < in->Xsize; x++, p += in->Bands)
			counts[bin_of(p)]++;
	}
	while (low < BINS - 1 && (seen += (double)counts[low]) <= all * BLACK)
		low++;
	seen = 0;
	while (high > 0 && (seen += (double)counts[high]) <= all * WHITE)
		high--;
	double black = level_of(low, threshold);
	double range = level_of(high, threshold) - black;
	found->gain = range > 0 ? 1 / range : 1;
	found->offset = range > 0 ? -black / range : 0;
}

/* Lights lighter, darks darker; hue and saturation stay. */
static double contrast(const struct tone *tone)
{
	double value = MAX(MAX(tone->rgb[0], tone->rgb[1]), tone->rgb[2]);
	double curved = (sin(G_PI * (value - 0.5)) + 1) / 2;
	return value > 0 ? (value + curved) / 2 / value : 1;
}

static void fill(struct sepia *sepia, double threshold,
		 const struct picture_found *found)
{
	for (int bin = 0; bin < BINS; bin++) {
		struct tone tone = tone_of((double)bin / (BINS - 1), threshold);
		for (int i = 0; i < 3; i++)
			tone.rgb[i] =
				CLAMP(tone.rgb[i] * found->gain + found->offset,
				      0, 1);
		double gain = contrast(&tone);
		for (int i = 0; i < 3; i++)
			sepia->of[bin][i] =
				paint_byte(tone.rgb[i] * gain * 255);
	}
}

static void apply(const void *user, const struct paint_row *row)
{
	const struct sepia *sepia = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		memcpy(out, sepia->of[bin_of(in)], 3);
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int op_sepia(struct picture *picture, const struct image_op *op,
	     struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	VipsImage *in = picture->image;
	double threshold =
		image_number(op, IMAGE_SEPIA_PERCENT, &picture->sizes) / 100;
	g_autofree struct sepia *sepia = g_new(struct sepia, 1);
	if (picture->frame == 0)
		stretch(in, threshold, &picture->found);
	fill(sepia, threshold, &picture->found);
	if (paint_rows(in, in->Bands, apply, sepia, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
