/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects: `e-...`, `bl` and `cr`.
 */
#include "api/imagekit/delivery/grammar/step.h"

#include <math.h>

/* A parameter from a number, which may be below zero with an N. */
static void set_number(struct image_op *op, unsigned param, struct str text)
{
	double number;
	if (tr_number(text, &number))
		image_set_number(op, param, number);
}

static void add_distort(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	struct tr_distortion distortion;
	struct image_list points = {.n = 8};
	if (!tr_distortion(text, &distortion))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_DISTORT);
	if (distortion.is_arc) {
		image_set_word(op, IMAGE_DISTORT_KIND, IMAGE_DISTORT_ARC);
		image_set_number(op, IMAGE_DISTORT_DEGREES, distortion.degrees);
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		points.items[i].number = distortion.corners[i];
	image_set_list(op, IMAGE_DISTORT_POINTS, &points);
}

static void add_colorize(struct tr_context *context, struct str text,
			 struct image_plan *plan)
{
	(void)context;
	struct image_op *op = image_plan_add(plan, IMAGE_COLORIZE);
	tr_set_color(op, IMAGE_COLORIZE_COLOR,
		     tr_part(text, tr_colorize_parts, "co"));
	set_number(op, IMAGE_COLORIZE_INTENSITY,
		   tr_part(text, tr_colorize_parts, "in"));
}

static void add_recolor(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	uint32_t to;
	struct str rest;
	if (!tr_recolor(text, &to, &rest))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_RECOLOR);
	image_set_color(op, IMAGE_RECOLOR_TO, to);
	set_number(op, IMAGE_RECOLOR_TOLERANCE, str_split(&rest, '_'));
	tr_set_color(op, IMAGE_RECOLOR_FROM, rest);
}

static void add_sharpen(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	bool on;
	double amount;
	if (!tr_sharpness(text, &on, &amount) || !on)
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_SHARPEN);
	if (amount > 0)
		image_set_number(op, IMAGE_SHARPEN_AMOUNT, amount);
}

static void add_unsharp(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	static const unsigned params[] = {
		IMAGE_UNSHARP_RADIUS,
		IMAGE_UNSHARP_SIGMA,
		IMAGE_UNSHARP_AMOUNT,
		IMAGE_UNSHARP_THRESHOLD,
	};
	struct tr_mask mask;
	if (!tr_mask(text, &mask) || !mask.on)
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_UNSHARP);
	for (unsigned i = 0; i < mask.n; i++)
		image_set_number(op, params[i], mask.numbers[i]);
}

static void add_blur(struct tr_context *context, struct str text,
		     struct image_plan *plan)
{
	(void)context;
	double sigma;
	if (!tr_blur(text, &sigma))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_BLUR);
	if (sigma > 0)
		image_set_number(op, IMAGE_BLUR_SIGMA, sigma);
}

/* Where it runs to: a place or degrees, of which 0 is up. */
static void set_direction(struct image_op *op, struct str text)
{
	static const struct tr_word directions[] = {
		{"top", 0},
		{"top_right", 45},
		{"right", 90},
		{"bottom_right", 135},
		{"bottom", 180},
		{"bottom_left", 225},
		{"left", 270},
		{"top_left", 315},
		{"right_top", 45},
		{"right_bottom", 135},
		{"left_bottom", 225},
		{"left_top", 315},
		{NULL, 0},
	};
	const struct tr_word *word = tr_word(directions, text);
	double degrees;
	if (word)
		image_set_number(op, IMAGE_GRADIENT_DIRECTION, word->value);
	else if (tr_number(text, &degrees) && fabs(degrees) <= 360)
		image_set_number(op, IMAGE_GRADIENT_DIRECTION,
				 fmod(degrees + 360, 360));
}

static void add_gradient(struct tr_context *context, struct str text,
			 struct image_plan *plan)
{
	struct image_op *op = image_plan_add(plan, IMAGE_GRADIENT);
	set_direction(op, tr_part(text, tr_gradient_parts, "ld"));
	tr_set_color(op, IMAGE_GRADIENT_FROM,
		     tr_part(text, tr_gradient_parts, "from"));
	tr_set_color(op, IMAGE_GRADIENT_TO,
		     tr_part(text, tr_gradient_parts, "to"));
	tr_set(context, op, IMAGE_GRADIENT_STOP,
	       tr_part(text, tr_gradient_parts, "sp"));
}

static void add_shadow(struct tr_context *context, struct str text,
		       struct image_plan *plan)
{
	(void)context;
	struct image_op *op = image_plan_add(plan, IMAGE_SHADOW);
	set_number(op, IMAGE_SHADOW_BLUR, tr_part(text, tr_shadow_parts, "bl"));
	set_number(op, IMAGE_SHADOW_STRENGTH,
		   tr_part(text, tr_shadow_parts, "st"));
	set_number(op, IMAGE_SHADOW_X, tr_part(text, tr_shadow_parts, "x"));
	set_number(op, IMAGE_SHADOW_Y, tr_part(text, tr_shadow_parts, "y"));
}

/* What SDKs write behind these says no more than they do. */
static void add_grayscale(struct tr_context *context, struct str text,
			  struct image_plan *plan)
{
	(void)context, (void)text;
	image_plan_add(plan, IMAGE_GRAYSCALE);
}

static void add_contrast(struct tr_context *context, struct str text,
			 struct image_plan *plan)
{
	(void)context, (void)text;
	image_plan_add(plan, IMAGE_CONTRAST);
}

void tr_effects(struct tr_context *context, const struct tr_values *values,
		struct image_plan *plan)
{
	static const struct {
		enum tr_parameter parameter;
		void (*add)(struct tr_context *context, struct str text,
			    struct image_plan *plan);
	} rows[] = {
		{TR_DISTORT, add_distort},   {TR_GRAYSCALE, add_grayscale},
		{TR_CONTRAST, add_contrast}, {TR_COLORIZE, add_colorize},
		{TR_CR, add_recolor},        {TR_SHARPEN, add_sharpen},
		{TR_USM, add_unsharp},       {TR_BL, add_blur},
		{TR_GRADIENT, add_gradient}, {TR_SHADOW, add_shadow},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct str text = values->of[rows[i].parameter];
		if (values->has[rows[i].parameter] &&
		    !str_eq(text, STR("false")))
			rows[i].add(context, text, plan);
	}
}
