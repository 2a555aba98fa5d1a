/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/step.h"
#include "api/imagekit/delivery/grammar/fill.h"

#include <math.h>

static void add_trim(const struct tr_values *values, struct image_plan *plan)
{
	bool on;
	double threshold;
	if (!values->has[TR_T] || !tr_trim(values->of[TR_T], &on, &threshold) ||
	    !on)
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_TRIM);
	if (threshold > 0)
		image_set_number(op, IMAGE_TRIM_THRESHOLD, threshold);
}

static void add_turn(struct str text, struct image_plan *plan)
{
	double angle;
	if (tr_angle(text, &angle) && angle > 0)
		image_set_number(image_plan_add(plan, IMAGE_TURN),
				 IMAGE_TURN_ANGLE, angle);
}

static void add_flip(struct str text, struct image_plan *plan)
{
	bool both = str_eq(text, STR("h_v")) || str_eq(text, STR("v_h"));
	bool horizontal = both || str_eq(text, STR("h"));
	bool vertical = both || str_eq(text, STR("v"));
	if (!horizontal && !vertical)
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_FLIP);
	image_set_flag(op, IMAGE_FLIP_HORIZONTAL, horizontal);
	image_set_flag(op, IMAGE_FLIP_VERTICAL, vertical);
}

static void add_opacity(struct str text, struct image_plan *plan)
{
	double percent;
	if (tr_opacity(text, &percent) && percent < 100)
		image_set_number(image_plan_add(plan, IMAGE_OPACITY),
				 IMAGE_OPACITY_PERCENT, percent);
}

/* Blurred there is only padding, which has been taken care of. */
static void add_background(struct str text, struct image_plan *plan)
{
	struct tr_fill fill;
	if (!tr_fill_read(text, &fill) || fill.kind == IMAGE_FILL_BLURRED ||
	    (fill.kind == IMAGE_FILL_COLOR && (fill.color & 0xff) == 0))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_BACKGROUND);
	image_set_word(op, IMAGE_BACKGROUND_FILL, fill.kind);
	if (fill.kind == IMAGE_FILL_COLOR)
		image_set_color(op, IMAGE_BACKGROUND_COLOR, fill.color);
	if (fill.kind == IMAGE_FILL_GRADIENT)
		image_set_number(op, IMAGE_BACKGROUND_COLORS, fill.colors);
}

static void add_border(struct tr_context *context, struct str text,
		       struct image_plan *plan)
{
	struct tr_border border;
	if (!tr_border(text, context->arithmetic, &border))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_BORDER);
	image_set_expression(op, IMAGE_BORDER_WIDTH, &border.width);
	image_set_color(op, IMAGE_BORDER_COLOR, border.color);
}

static void add_round(struct str text, struct image_plan *plan)
{
	struct image_list radius;
	double most = 0;
	if (!tr_radii(text, &radius))
		return;
	for (unsigned i = 0; i < radius.n; i++)
		most = fmax(most, radius.items[i].number);
	if (most > 0)
		image_set_list(image_plan_add(plan, IMAGE_ROUND),
			       IMAGE_ROUND_RADIUS, &radius);
}

void tr_step_operations(struct tr_context *context,
			const struct tr_values *values, enum tr_made made,
			struct image_plan *plan)
{
	bool is_filled = made == TR_FROM_BOX;
	if (made == TR_FROM_FILE) {
		add_trim(values, plan);
		is_filled = tr_resize(context, values, plan);
	}
	add_turn(values->of[TR_RT], plan);
	add_flip(values->of[TR_FL], plan);
	tr_effects(context, values, plan);
	add_opacity(values->of[TR_O], plan);
	if (!is_filled)
		add_background(values->of[TR_BG], plan);
	add_border(context, values->of[TR_B], plan);
	add_round(values->of[TR_R], plan);
}
