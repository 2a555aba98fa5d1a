/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/fill.h"
#include "render/picture/paint.h"

int op_background(struct picture *picture, const struct image_op *op,
		  struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	const struct fill fill = {
		.kind = image_word(op, IMAGE_BACKGROUND_FILL),
		.color = image_color(op, IMAGE_BACKGROUND_COLOR),
		.sigma = FILL_SIGMA_AUTO,
		.colors = (unsigned)image_number(op, IMAGE_BACKGROUND_COLORS,
						 &picture->sizes),
		.width = (unsigned)picture->image->Xsize,
		.height = (unsigned)picture->image->Ysize,
	};
	if (!picture_has_alpha(picture))
		return 0;
	if (fill_canvas(picture, &fill, &t[0], err) < 0)
		return -1;
	if (paint_over(t[0], picture->image, (struct paint_place){0, 0},
		       &t[1]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[1], err);
}
