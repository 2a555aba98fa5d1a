/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/step.h"
#include "api/imagekit/delivery/grammar/fill.h"

#include <math.h>

static void add_trim(const struct tr_values *values, struct image_plan *plan)
{
	bool on;
	double threshold;
	struct str text = values->of[TR_T];
	if (!values->has[TR_T])
		return;
	if (tr_flag(text, &on)) {
		if (on)
			image_plan_add(plan, IMAGE_TRIM);
	} else if (tr_number(text, &threshold) && threshold >= 1 &&
		   threshold <= 99) {
		image_set_number(image_plan_add(plan, IMAGE_TRIM),
				 IMAGE_TRIM_THRESHOLD, threshold);
	}
}

/* "auto" is what happens to every picture. */
static void add_turn(struct str text, struct image_plan *plan)
{
	double angle;
	if (!tr_number(text, &angle) || fabs(angle) > 360)
		return;
	angle = fmod(angle + 360, 360);
	if (angle == 0)
		return;
	image_set_number(image_plan_add(plan, IMAGE_TURN), IMAGE_TURN_ANGLE,
			 angle);
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
	if (!tr_number(text, &percent) || percent < 0 || percent > 100)
		return;
	/* SDKs document both 0-100 and 0-1 */
	if (percent > 0 && percent < 1)
		percent *= 100;
	if (percent < 100)
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

/* "5_FFF000", "5-FFF000", "ih_div_20_FF00FF", "5" */
static void add_border(struct tr_context *context, struct str text,
		       struct image_plan *plan)
{
	uint32_t color = 0xff;
	enum tr_color_form form;
	struct image_expression width;
	ptrdiff_t end = str_rfind(text, '_');
	if (end < 0)
		end = str_rfind(text, '-');
	if (end > 0 && tr_color(str_skip(text, (size_t)end + 1), &color, &form))
		text = str_sub(text, 0, (size_t)end);
	double number;
	if (!tr_expression(text, context->arithmetic, &width) ||
	    (tr_constant(&width, &number) && !(number > 0)))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_BORDER);
	image_set_expression(op, IMAGE_BORDER_WIDTH, &width);
	image_set_color(op, IMAGE_BORDER_COLOR, color);
}

static void add_round(struct str text, struct image_plan *plan)
{
	struct image_list radius = {0};
	double most = 0;
	while (text.p) {
		double *out = &radius.items[radius.n].number;
		struct str part = str_split(&text, '_');
		if (radius.n++ == 4)
			return;
		*out = IMAGE_SIDE_MAX;
		if (!str_eq(part, STR("max")) && !tr_pixels(part, out))
			return;
		most = fmax(most, *out);
	}
	if (most > 0 && (radius.n == 1 || radius.n == 4))
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
