/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"

int op_flip(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	VipsImage *out = picture->image;
	if (image_flag(op, IMAGE_FLIP_HORIZONTAL)) {
		if (vips_flip(out, &t[0], VIPS_DIRECTION_HORIZONTAL, NULL) != 0)
			return picture_failed(err);
		out = t[0];
	}
	if (image_flag(op, IMAGE_FLIP_VERTICAL)) {
		if (vips_flip(out, &t[1], VIPS_DIRECTION_VERTICAL, NULL) != 0)
			return picture_failed(err);
		out = t[1];
	}
	return picture_set(picture, out, err);
}
