/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

struct gradient {
	double across, down; /* a step to the right, below, as a part of it */
	double start;        /* at the upper left corner */
	struct paint from, to;
};

/* From where it begins, 0, to where it ends, 1, in the middle of a row. */
static struct gradient lay_out(const struct image_op *op,
			       const struct picture *picture)
{
	double width = picture->sizes.width, height = picture->sizes.height;
	double angle =
		image_number(op, IMAGE_GRADIENT_DIRECTION, &picture->sizes) *
		G_PI / 180;
	double stop = image_number(op, IMAGE_GRADIENT_STOP, &picture->sizes);
	double x = sin(angle), y = -cos(angle);
	double length = fabs(width * x) + fabs(height * y);
	double part = MAX(stop > 1 ? stop : stop * length, 1);
	return (struct gradient){
		.across = x / part,
		.down = y / part,
		.start = (length - width * x - height * y) / 2 / part,
		.from = paint_of(image_color(op, IMAGE_GRADIENT_FROM)),
		.to = paint_of(image_color(op, IMAGE_GRADIENT_TO)),
	};
}

/* Mixed with alpha multiplied in, so that white that fades does not become
 * grey. */
static void mix(const struct gradient *gradient, double at, double out[4])
{
	const uint8_t *from = gradient->from.rgba, *to = gradient->to.rgba;
	double a = from[3] / 255.0 * (1 - at), b = to[3] / 255.0 * at;
	for (int i = 0; i < 3; i++)
		out[i] = from[i] * a + to[i] * b;
	out[3] = a + b;
}

static void lay(const void *user, const struct paint_row *row)
{
	const struct gradient *gradient = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	double at = gradient->start + (row->y + 0.5) * gradient->down +
		    gradient->across / 2;
	for (int x = 0; x < row->width; x++, at += gradient->across) {
		double over[4];
		mix(gradient, CLAMP(at, 0, 1), over);
		double below = row->bands == 4 ? in[3] / 255.0 : 1;
		double alpha = over[3] + below * (1 - over[3]);
		for (int i = 0; i < 3; i++)
			out[i] = paint_byte(
				alpha > 0 ? (over[i] +
					     in[i] * below * (1 - over[3])) /
						    alpha
					  : 0);
		if (row->bands == 4)
			out[3] = paint_byte(alpha * 255);
		in += row->bands;
		out += row->bands;
	}
}

int op_gradient(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct gradient gradient = lay_out(op, picture);
	if (paint_rows(picture->image, picture->image->Bands, lay, &gradient,
		       &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
