/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

/* A picture of one colour is not made grey. */
#define GAIN_MAX 2.0

/* The averages of what is to be seen become alike: the world is grey. */
static void find(VipsImage *in, double gains[3])
{
	double sums[3] = {0};
	for (int y = 0; y < in->Ysize; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(in, 0, y);
		for (int x = 0; x < in->Xsize; x++, p += in->Bands)
			for (int i = 0; i < 3; i++)
				sums[i] += p[i] *
					   (in->Bands == 4 ? p[3] / 255.0 : 1);
	}
	double grey = (sums[0] + sums[1] + sums[2]) / 3;
	for (int i = 0; i < 3; i++)
		gains[i] = grey > 0 ? CLAMP(grey / MAX(sums[i], 1e-9),
					    1 / GAIN_MAX, GAIN_MAX)
				    : 1;
}

int op_balance(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double share =
		image_number(op, IMAGE_BALANCE_PERCENT, &picture->sizes) / 100;
	struct paint_tables tables;
	if (picture->frame == 0)
		find(picture->image, picture->found.gains);
	for (int i = 0; i < 3; i++) {
		double gain = 1 + (picture->found.gains[i] - 1) * share;
		for (int v = 0; v < 256; v++)
			tables.of[i][v] = paint_byte(v * gain);
	}
	if (paint_map(picture->image, &tables, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
