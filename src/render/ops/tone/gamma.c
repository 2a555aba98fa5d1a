/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* The average of luma, 0 to 1, of what is to be seen. */
static double average(VipsImage *in)
{
	double sum = 0, all = 0;
	for (int y = 0; y < in->Ysize; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(in, 0, y);
		for (int x = 0; x < in->Xsize; x++, p += in->Bands) {
			double alpha = in->Bands == 4 ? p[3] : 255;
			sum += paint_luma(p) * alpha;
			all += 255 * alpha;
		}
	}
	return all > 0 ? sum / all : 0.5;
}

/* What makes the average the middle, within bounds; of black and white, for
 * which there is none, nothing is made. */
static double find(VipsImage *in, const struct image_op *op,
		   const struct image_sizes *sizes)
{
	double least = image_number(op, IMAGE_GAMMA_LEAST, sizes);
	double most = image_number(op, IMAGE_GAMMA_MOST, sizes);
	double middle = average(in);
	double value = middle > 0 && middle < 1 ? log(middle) / log(0.5) : 1;
	return CLAMP(value, least, MAX(least, most));
}

int op_gamma(struct picture *picture, const struct image_op *op,
	     struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double value = image_number(op, IMAGE_GAMMA_VALUE, &picture->sizes);
	struct paint_tables tables;
	if (!image_has(op, IMAGE_GAMMA_VALUE)) {
		if (picture->frame == 0)
			picture->found.gain =
				find(picture->image, op, &picture->sizes);
		value = picture->found.gain;
	}
	/* an expression that comes to nothing that it may be is absent, too */
	value = CLAMP(value, 0.1, 10);
	for (int v = 0; v < 256; v++)
		tables.of[0][v] = tables.of[1][v] = tables.of[2][v] =
			paint_byte(255 * pow(v / 255.0, 1 / value));
	if (paint_map(picture->image, &tables, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
