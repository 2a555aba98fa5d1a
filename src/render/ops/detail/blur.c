/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/blur.h"

int op_blur(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double sigma = image_number(op, IMAGE_BLUR_SIGMA, &picture->sizes);
	if (blur_pixels(picture->image, sigma, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
