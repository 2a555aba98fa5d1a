/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/sharp.h"

int op_unsharp(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct image_sizes *sizes = &picture->sizes;
	const struct sharp sharp = {
		.radius = image_number(op, IMAGE_UNSHARP_RADIUS, sizes),
		.sigma = image_number(op, IMAGE_UNSHARP_SIGMA, sizes),
		.amount = image_number(op, IMAGE_UNSHARP_AMOUNT, sizes),
		.threshold = image_number(op, IMAGE_UNSHARP_THRESHOLD, sizes),
	};
	if (sharp_pixels(picture->image, &sharp, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
