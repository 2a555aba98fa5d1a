/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"

#include <math.h>

/* Of the sides, how far the ellipse stays away from the edges. */
#define INSET 0.1
/* Less is no blur. */
#define SIGMA_LEAST 0.1

struct ellipse {
	double across, down; /* half axes */
	double edge;         /* pixels over which it fades */
};

/* The distance to its edge is that of its equation, by the steepest slope. */
static double share_of(const struct ellipse *ellipse, double x, double y)
{
	double u = x / ellipse->across, v = y / ellipse->down;
	double slope = 2 * hypot(u / ellipse->across, v / ellipse->down);
	double inside = 1 - u * u - v * v;
	return slope > 0 ? CLAMP(inside / slope / ellipse->edge + 0.5, 0, 1)
			 : 1;
}

static void draw(const void *user, const struct paint_row *row)
{
	double y = row->y + 0.5 - row->height / 2.0;
	for (int x = 0; x < row->width; x++)
		row->out[x] = paint_byte(
			255 * share_of(user, x + 0.5 - row->width / 2.0, y));
}

static int soften(struct picture *picture, double sigma, VipsImage **mask)
{
	VipsImage **t = picture_scratch(picture, 3);
	t[0] = *mask;
	*mask = NULL;
	if (blur_floats(t[0], sigma, &t[1]) != 0 ||
	    vips_linear1(t[1], &t[2], 1, 0.5, "uchar", TRUE, NULL) != 0)
		return -1;
	*mask = vips_image_copy_memory(t[2]);
	return *mask ? 0 : -1;
}

int op_vignette(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	VipsImage *in = picture->image;
	double sigma = image_number(op, IMAGE_VIGNETTE_AMOUNT, &picture->sizes);
	bool is_linear =
		image_word(op, IMAGE_VIGNETTE_FALLOFF) == IMAGE_FALLOFF_LINEAR;
	const struct ellipse ellipse = {
		.across = in->Xsize / 2.0 - ceil(in->Xsize * INSET - 0.5),
		.down = in->Ysize / 2.0 - ceil(in->Ysize * INSET - 0.5),
		/* as wide as a blur of that sigma that all weighs the same */
		.edge = is_linear ? MAX(sigma * sqrt(12), 1) : 1,
	};
	if (paint_rows(in, 1, draw, &ellipse, &t[0]) != 0 ||
	    (!is_linear && sigma >= SIGMA_LEAST &&
	     soften(picture, sigma, &t[0]) != 0) ||
	    paint_through(in, t[0], &t[1]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[1], err);
}
