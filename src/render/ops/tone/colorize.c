/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

int op_colorize(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	struct paint color = paint_of(image_color(op, IMAGE_COLORIZE_COLOR));
	double share =
		image_number(op, IMAGE_COLORIZE_INTENSITY, &picture->sizes) /
		100;
	struct paint_tables tables;
	for (int i = 0; i < 3; i++)
		for (int v = 0; v < 256; v++)
			tables.of[i][v] = paint_byte(v * (1 - share) +
						     color.rgba[i] * share);
	if (paint_map(picture->image, &tables, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
