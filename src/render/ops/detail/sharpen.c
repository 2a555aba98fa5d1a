/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/sharp.h"

/* Fine detail only. An amount of 10 is as much as without a number. */
#define SIGMA 1.0
#define AMOUNT_DEFAULT 10.0

int op_sharpen(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double amount = AMOUNT_DEFAULT;
	if (image_has(op, IMAGE_SHARPEN_AMOUNT))
		amount =
			image_number(op, IMAGE_SHARPEN_AMOUNT, &picture->sizes);
	const struct sharp sharp = {
		.sigma = SIGMA,
		.amount = amount / AMOUNT_DEFAULT,
	};
	if (sharp_pixels(picture->image, &sharp, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
