/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

int op_border(struct picture *picture, const struct image_op *op,
	      struct err *err)
{
	VipsImage **t = picture_scratch(picture, 3);
	double width = floor(
		image_number(op, IMAGE_BORDER_WIDTH, &picture->sizes) + 0.5);
	double wide = picture->sizes.width + 2 * width;
	double high = picture->sizes.height + 2 * width;
	if (image_check_size(wide, high, err) < 0)
		return -1;
	t[0] = paint_color((int)wide, (int)high,
			   image_color(op, IMAGE_BORDER_COLOR));
	t[1] = g_object_ref(picture->image);
	if (t[0] == NULL || paint_same_bands(&t[0], &t[1]) != 0 ||
	    vips_insert(t[0], t[1], &t[2], (int)width, (int)width, NULL) != 0)
		return picture_failed(err);
	return picture_set(picture, t[2], err);
}
