/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* How far from the edge the picture ends, for each pixel of a side. */
struct tear {
	float *top, *bottom, *left, *right;
};

/* 0 to 1, the same for the same numbers. */
static double chance(uint32_t side, uint32_t octave, uint32_t i)
{
	uint32_t h =
		i * 0x9e3779b1u + octave * 0x85ebca77u + side * 0xc2b2ae3du;
	h = (h ^ h >> 15) * 0x2c1b3c6du;
	h = (h ^ h >> 12) * 0x297a2d39u;
	return (h ^ h >> 15) / (double)UINT32_MAX;
}

/* Waves of half the length and less of a part each, so that the edge is rough
 * whatever it is looked at from. */
static double rough(uint32_t side, double at, double wave)
{
	double sum = 0, all = 0, part = 1;
	for (uint32_t octave = 0; octave < 16 && wave >= 1; octave++) {
		double place = at / wave, i = floor(place);
		double t = place - i, ease = t * t * (3 - 2 * t);
		double from = chance(side, octave, (uint32_t)i);
		double to = chance(side, octave, (uint32_t)i + 1);
		sum += part * (from + (to - from) * ease);
		all += part;
		part *= 0.6;
		wave /= 2;
	}
	return all > 0 ? sum / all : 0.5;
}

static float *tear_side(uint32_t side, int n, double least, double most)
{
	float *depths = g_new(float, (size_t)n);
	for (int i = 0; i < n; i++)
		depths[i] = (float)(least +
				    (most - least) *
					    rough(side, i, MAX(3 * most, 4)));
	return depths;
}

static void cut(const void *user, const struct paint_row *row)
{
	const struct tear *tear = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	float left = tear->left[row->y];
	float right = (float)row->width - tear->right[row->y];
	float above = (float)row->y + 0.5F;
	float below = (float)row->height - above;
	for (int x = 0; x < row->width; x++) {
		float at = (float)x + 0.5F;
		float inside =
			MIN(MIN(at - left, right - at),
			    MIN(above - tear->top[x], below - tear->bottom[x]));
		float share = CLAMP(inside + 0.5F, 0, 1);
		memcpy(out, in, 3);
		out[3] = paint_byte((row->bands == 4 ? in[3] : 255) * share);
		in += row->bands;
		out += 4;
	}
}

int op_tear(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	VipsImage *in = picture->image;
	const struct image_sizes *sizes = &picture->sizes;
	double limit = MIN(sizes->width, sizes->height) / 4;
	double most = MIN(image_number(op, IMAGE_TEAR_MOST, sizes), limit);
	double least = MIN(image_number(op, IMAGE_TEAR_LEAST, sizes), most);
	g_autofree float *top = tear_side(0, in->Xsize, least, most);
	g_autofree float *bottom = tear_side(1, in->Xsize, least, most);
	g_autofree float *left = tear_side(2, in->Ysize, least, most);
	g_autofree float *right = tear_side(3, in->Ysize, least, most);
	const struct tear tear = {top, bottom, left, right};
	if (paint_rows(in, 4, cut, &tear, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
