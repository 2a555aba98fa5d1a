/* SPDX-License-Identifier: Apache-2.0 */
#include "render/layers/layers.h"
#include "render/picture/paint.h"

#include <math.h>

/* A side that is not given is that of what the canvas will lie on. */
static double side(const struct image_op *op, unsigned param,
		   const struct image_sizes *sizes, double base)
{
	double value = image_number(op, param, sizes);
	return fmax(floor((value == IMAGE_ABSENT ? base : value) + 0.5), 1);
}

int layer_canvas(struct picture *picture, const struct image_op *op,
		 struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct image_sizes *sizes = &picture->sizes;
	double width = side(op, IMAGE_CANVAS_WIDTH, sizes, sizes->base_width);
	double height =
		side(op, IMAGE_CANVAS_HEIGHT, sizes, sizes->base_height);
	if (image_check_size(width, height, err) < 0 ||
	    picture_afford(picture, width * height * 4, err) < 0)
		return -1;
	t[0] = paint_color((int)width, (int)height,
			   image_color(op, IMAGE_CANVAS_COLOR));
	if (t[0] == NULL)
		return picture_failed(err);
	return picture_begin(picture, t[0], err);
}
