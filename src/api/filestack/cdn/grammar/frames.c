/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Edges and what is around the picture.
 */
#include "api/filestack/cdn/grammar/build.h"

#include <math.h>

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

int cdn_shadow(struct cdn_build *build, const struct cdn_args *args,
	       struct err *err)
{
	const struct cdn_value *values = args->values;
	const double *vector = values[CDN_SHADOW_VECTOR].numbers;
	(void)err;
	struct image_op *op = image_plan_add(build->plan, IMAGE_DROP_SHADOW);
	image_set_number(op, IMAGE_DROP_SHADOW_BLUR,
			 values[CDN_SHADOW_BLUR].number);
	image_set_number(op, IMAGE_DROP_SHADOW_OPACITY,
			 values[CDN_SHADOW_OPACITY].number);
	image_set_number(op, IMAGE_DROP_SHADOW_X, vector[0]);
	image_set_number(op, IMAGE_DROP_SHADOW_Y, vector[1]);
	image_set_color(op, IMAGE_DROP_SHADOW_COLOR,
			values[CDN_SHADOW_COLOR].color);
	cdn_put_below(build, values[CDN_SHADOW_BACKGROUND].color);
	return 0;
}

int cdn_vignette(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	/* in the order of the table's words */
	static const unsigned falloffs[] = {IMAGE_FALLOFF_GAUSSIAN,
					    IMAGE_FALLOFF_LINEAR};
	const struct cdn_value *values = args->values;
	(void)err;
	struct image_op *op = image_plan_add(build->plan, IMAGE_VIGNETTE);
	image_set_number(op, IMAGE_VIGNETTE_AMOUNT,
			 values[CDN_VIGNETTE_AMOUNT].number);
	image_set_word(op, IMAGE_VIGNETTE_FALLOFF,
		       falloffs[values[CDN_VIGNETTE_BLURMODE].word]);
	cdn_put_below(build, values[CDN_VIGNETTE_BACKGROUND].color);
	return 0;
}

int cdn_polaroid(struct cdn_build *build, const struct cdn_args *args,
		 struct err *err)
{
	const struct cdn_value *values = args->values;
	(void)err;
	image_set_color(image_plan_add(build->plan, IMAGE_POLAROID),
			IMAGE_POLAROID_COLOR, values[CDN_POLAROID_COLOR].color);
	if (values[CDN_POLAROID_ROTATE].number != 0)
		image_set_number(image_plan_add(build->plan, IMAGE_TURN),
				 IMAGE_TURN_ANGLE,
				 values[CDN_POLAROID_ROTATE].number);
	cdn_put_below(build, values[CDN_POLAROID_BACKGROUND].color);
	return 0;
}

int cdn_torn_edges(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	const double *spread = args->values[CDN_TORN_EDGES_SPREAD].numbers;
	double least = fmin(spread[0], spread[1]);
	(void)err;
	struct image_op *op = image_plan_add(build->plan, IMAGE_TEAR);
	image_set_number(op, IMAGE_TEAR_LEAST, least);
	image_set_number(op, IMAGE_TEAR_MOST, spread[0] + spread[1] - least);
	cdn_put_below(build, args->values[CDN_TORN_EDGES_BACKGROUND].color);
	return 0;
}
