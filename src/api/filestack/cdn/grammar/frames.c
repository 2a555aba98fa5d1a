/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edges and what is around the picture.
 */
#include "api/filestack/cdn/grammar/build.h"

static void round_off(struct cdn_build *build, double radius, double feather)
{
	const struct image_list corners = {.n = 1,
					   .items = {{.number = radius}}};
	struct image_op *op = image_plan_add(build->plan, IMAGE_ROUND);
	image_set_list(op, IMAGE_ROUND_RADIUS, &corners);
	image_set_number(op, IMAGE_ROUND_FEATHER, feather);
}

int cdn_rounded_corners(struct cdn_build *build, const struct cdn_args *args,
			struct err *err)
{
	const struct cdn_value *radius =
		&args->values[CDN_ROUNDED_CORNERS_RADIUS];
	(void)err;
	round_off(build, radius->word >= 0 ? IMAGE_SIDE_MAX : radius->number,
		  args->values[CDN_ROUNDED_CORNERS_BLUR].number);
	cdn_put_below(build,
		      args->values[CDN_ROUNDED_CORNERS_BACKGROUND].color);
	return 0;
}

int cdn_circle(struct cdn_build *build, const struct cdn_args *args,
	       struct err *err)
{
	(void)err;
	cdn_cut_square(build, 1, IMAGE_FOCUS_CENTER);
	round_off(build, IMAGE_SIDE_MAX, 0);
	cdn_put_below(build, args->values[CDN_CIRCLE_BACKGROUND].color);
	return 0;
}

int cdn_border(struct cdn_build *build, const struct cdn_args *args,
	       struct err *err)
{
	const struct cdn_value *values = args->values;
	(void)err;
	cdn_put_below(build, values[CDN_BORDER_BACKGROUND].color);
	if (values[CDN_BORDER_WIDTH].number == 0)
		return 0;
	struct image_op *op = image_plan_add(build->plan, IMAGE_BORDER);
	image_set_number(op, IMAGE_BORDER_WIDTH,
			 values[CDN_BORDER_WIDTH].number);
	image_set_color(op, IMAGE_BORDER_COLOR, values[CDN_BORDER_COLOR].color);
	return 0;
}
