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

int cdn_negative(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	(void)args, (void)err;
	image_plan_add(build->plan, IMAGE_NEGATE);
	return 0;
}

int cdn_blackwhite(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	(void)err;
	image_set_number(image_plan_add(build->plan, IMAGE_THRESHOLD),
			 IMAGE_THRESHOLD_PERCENT,
			 args->values[CDN_BLACKWHITE_THRESHOLD].number);
	return 0;
}

int cdn_sepia(struct cdn_build *build, const struct cdn_args *args,
	      struct err *err)
{
	(void)err;
	image_set_number(image_plan_add(build->plan, IMAGE_SEPIA),
			 IMAGE_SEPIA_PERCENT,
			 args->values[CDN_SEPIA_TONE].number);
	return 0;
}

int cdn_modulate(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	const struct cdn_value *values = args->values;
	double brightness = values[CDN_MODULATE_BRIGHTNESS].number;
	double saturation = values[CDN_MODULATE_SATURATION].number;
	double hue = values[CDN_MODULATE_HUE].number;
	(void)err;
	if (brightness == 100 && saturation == 100 && hue == 0)
		return 0;
	struct image_op *op = image_plan_add(build->plan, IMAGE_MODULATE);
	image_set_number(op, IMAGE_MODULATE_BRIGHTNESS, brightness);
	image_set_number(op, IMAGE_MODULATE_SATURATION, saturation);
	image_set_number(op, IMAGE_MODULATE_HUE, hue);
	return 0;
}

int cdn_pixelate(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	(void)err;
	image_set_number(image_plan_add(build->plan, IMAGE_PIXELATE),
			 IMAGE_PIXELATE_SIZE,
			 args->values[CDN_PIXELATE_AMOUNT].number);
	return 0;
}

int cdn_oil_paint(struct cdn_build *build, const struct cdn_args *args,
		  struct err *err)
{
	(void)err;
	image_set_number(image_plan_add(build->plan, IMAGE_OIL),
			 IMAGE_OIL_RADIUS,
			 args->values[CDN_OIL_PAINT_AMOUNT].number);
	return 0;
}

/* What a preset does, in this order; 0: nothing. */
struct preset {
	double balance;                 /* percent */
	bool stretches;                 /* the contrast, to what there is */
	double gamma_least, gamma_most; /* as far as the picture needs */
	double contrast;
	double saturation; /* percent */
	double median;     /* times */
};

/* In the order of the table's words. The vendor says what they are for and not
 * what they do. */
static const struct preset presets[] = {
	{.stretches = true, .gamma_least = 0.8, .gamma_most = 1.25},
	{.stretches = true, .saturation = 130},
	{.gamma_least = 1, .gamma_most = 1.15, .saturation = 105, .median = 1},
	{.gamma_least = 1, .gamma_most = 1.3, .saturation = 110, .median = 2},
	{.gamma_least = 1, .gamma_most = 2.5},
	{.median = 1},
	{.balance = 100},
	{.balance = 50, .stretches = true, .saturation = 115},
	{.gamma_least = 0.7,
	 .gamma_most = 1,
	 .contrast = 20,
	 .saturation = 140},
};

static void adapt_gamma(struct cdn_build *build, const struct preset *preset)
{
	struct image_op *op = image_plan_add(build->plan, IMAGE_GAMMA);
	image_set_number(op, IMAGE_GAMMA_LEAST, preset->gamma_least);
	image_set_number(op, IMAGE_GAMMA_MOST, preset->gamma_most);
}

int cdn_enhance(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	const struct preset *preset =
		&presets[args->values[CDN_ENHANCE_PRESET].word];
	struct image_plan *plan = build->plan;
	(void)err;
	if (preset->median > 0)
		image_set_number(image_plan_add(plan, IMAGE_MEDIAN),
				 IMAGE_MEDIAN_TIMES, preset->median);
	if (preset->balance > 0)
		image_set_number(image_plan_add(plan, IMAGE_BALANCE),
				 IMAGE_BALANCE_PERCENT, preset->balance);
	if (preset->stretches)
		image_plan_add(plan, IMAGE_CONTRAST);
	if (preset->gamma_least > 0)
		adapt_gamma(build, preset);
	if (preset->contrast > 0)
		image_set_number(image_plan_add(plan, IMAGE_CONTRAST),
				 IMAGE_CONTRAST_AMOUNT, preset->contrast);
	if (preset->saturation > 0)
		image_set_number(image_plan_add(plan, IMAGE_MODULATE),
				 IMAGE_MODULATE_SATURATION, preset->saturation);
	return 0;
}
