/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes pixels where they are.
 */
#include "api/filestack/cdn/grammar/build.h"

#define SIGMA_LEAST 0.1 /* a blur by less changes nothing */

int cdn_blur(struct cdn_build *build, const struct cdn_args *args,
	     struct err *err)
{
	double sigma = args->values[CDN_BLUR_AMOUNT].number;
	(void)err;
	if (sigma >= SIGMA_LEAST)
		image_set_number(image_plan_add(build->plan, IMAGE_BLUR),
				 IMAGE_BLUR_SIGMA, sigma);
	return 0;
}

/* A Gaussian away from the picture, once, however large it is. */
int cdn_sharpen(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	double sigma = args->values[CDN_SHARPEN_AMOUNT].number;
	(void)err;
	if (sigma < SIGMA_LEAST)
		return 0;
	struct image_op *op = image_plan_add(build->plan, IMAGE_UNSHARP);
	image_set_number(op, IMAGE_UNSHARP_RADIUS, 0);
	image_set_number(op, IMAGE_UNSHARP_SIGMA, sigma);
	image_set_number(op, IMAGE_UNSHARP_AMOUNT, 1);
	image_set_number(op, IMAGE_UNSHARP_THRESHOLD, 0);
	return 0;
}

int cdn_monochrome(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	(void)args, (void)err;
	image_plan_add(build->plan, IMAGE_GRAYSCALE);
	return 0;
}
