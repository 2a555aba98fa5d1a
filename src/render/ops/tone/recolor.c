/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/fill.h"
#include "render/picture/paint.h"

#include <math.h>

/* The distance of black and white. */
#define FARTHEST 441.673
/* The last part of the tolerance, within which less and less is replaced. */
#define SOFT 0.1

struct change {
	struct paint from, to;
	double tolerance; /* a distance */
};

/* How much of a pixel is replaced: 0 to 1. */
static double share_of(const struct change *change, const VipsPel *p)
{
	double sum = 0;
	for (int i = 0; i < 3; i++) {
		double d = p[i] - change->from.rgba[i];
		sum += d * d;
	}
	double soft = change->tolerance * SOFT;
	double share =
		soft > 0 ? (change->tolerance - sqrt(sum)) / soft : sum == 0;
	return CLAMP(share, 0, 1);
}

/* Lights and shades of the old colour become those of the new one. */
static void replace(const void *user, const struct paint_row *row)
{
	const struct change *change = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		double share = share_of(change, in);
		for (int i = 0; i < 3; i++)
			out[i] = paint_byte(in[i] +
					    share * (change->to.rgba[i] -
						     change->from.rgba[i]));
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int op_recolor(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	VipsImage *in = picture->image;
	const VipsRect all = {0, 0, in->Xsize, in->Ysize};
	if (picture->frame == 0)
		picture->found.colors[0] =
			image_has(op, IMAGE_RECOLOR_FROM)
				? image_color(op, IMAGE_RECOLOR_FROM)
				: fill_dominant(in, &all);
	const struct change change = {
		.from = paint_of(picture->found.colors[0]),
		.to = paint_of(image_color(op, IMAGE_RECOLOR_TO)),
		.tolerance = image_number(op, IMAGE_RECOLOR_TOLERANCE,
					  &picture->sizes) *
			     FARTHEST / 100,
	};
	if (paint_rows(in, in->Bands, replace, &change, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
