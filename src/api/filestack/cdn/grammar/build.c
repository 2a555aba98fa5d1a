/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/grammar/build.h"

void cdn_put_below(struct cdn_build *build, uint32_t color)
{
	if (color & 0xff)
		image_set_color(image_plan_add(build->plan, IMAGE_BACKGROUND),
				IMAGE_BACKGROUND_COLOR, color);
}

struct image_expression cdn_times(enum image_term_kind of, double share)
{
	struct image_expression out = {
		.n = 3,
		.terms = {{of, 0},
			  {IMAGE_TERM_NUMBER, share},
			  {IMAGE_TERM_MUL, 0}},
	};
	return out;
}

static const struct image_plan *square(struct cdn_build *build,
				       enum image_term_kind side, double share,
				       unsigned focus)
{
	struct image_plan *plan = arena_alloc(build->arena, sizeof(*plan));
	struct image_expression length = cdn_times(side, share);
	image_plan_init(plan, build->arena);
	struct image_op *op = image_plan_add(plan, IMAGE_RESIZE);
	image_set_expression(op, IMAGE_RESIZE_WIDTH, &length);
	image_set_expression(op, IMAGE_RESIZE_HEIGHT, &length);
	image_set_word(op, IMAGE_RESIZE_FIT, IMAGE_FIT_EXTRACT);
	image_set_word(op, IMAGE_RESIZE_FOCUS, focus);
	return plan;
}

void cdn_cut_square(struct cdn_build *build, double share, unsigned focus)
{
	const struct image_expression is_wide = {
		.n = 3,
		.terms = {{IMAGE_TERM_WIDTH, 0},
			  {IMAGE_TERM_HEIGHT, 0},
			  {IMAGE_TERM_GT, 0}},
	};
	struct image_op *op = image_plan_add(build->plan, IMAGE_IF);
	image_set_expression(op, IMAGE_IF_TEST, &is_wide);
	image_set_plan(op, IMAGE_IF_THEN,
		       square(build, IMAGE_TERM_HEIGHT, share, focus));
	image_set_plan(op, IMAGE_IF_ELSE,
		       square(build, IMAGE_TERM_WIDTH, share, focus));
}
