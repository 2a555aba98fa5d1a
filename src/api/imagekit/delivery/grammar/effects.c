/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Effects: `e-...`, `bl` and `cr`.
 */
#include "api/imagekit/delivery/grammar/step.h"

#include <math.h>

static bool begins(struct str text, const char *name)
{
	size_t n = strlen(name);
	return text.n > n && text.p[n] == '-' && memcmp(text.p, name, n) == 0;
}

/* Parts of an effect's value, "bl-15_st-40": what follows "bl-". A part that
 * none of the names begins goes on with the one before it, so that values may
 * hold '_' themselves. */
static struct str part(struct str text, const char *const *names,
		       const char *name)
{
	struct str found = STR_NONE;
	for (struct str rest = text; rest.p;) {
		const char *from = rest.p;
		struct str one = str_split(&rest, '_');
		const char *const *row = names;
		while (*row && !begins(one, *row))
			row++;
		if (*row && found.p)
			break;
		if (*row && strcmp(*row, name) == 0)
			found = str_skip(one, strlen(name) + 1);
		else if (found.p)
			found.n = (size_t)(from + one.n - found.p);
	}
	return found;
}

/* A parameter from a number, which may be below zero with an N. */
static void set_number(struct image_op *op, unsigned param, struct str text)
{
	double number;
	if (tr_number(text, &number))
		image_set_number(op, param, number);
}

static void set_color(struct image_op *op, unsigned param, struct str text)
{
	uint32_t color;
	enum tr_color_form form;
	if (tr_color(text, &color, &form))
		image_set_color(op, param, color);
}

static void add_distort(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	double numbers[8];
	struct image_list points = {.n = 8};
	if (str_starts(text, STR("a-")) &&
	    tr_number(str_skip(text, 2), &numbers[0])) {
		struct image_op *op = image_plan_add(plan, IMAGE_DISTORT);
		image_set_word(op, IMAGE_DISTORT_KIND, IMAGE_DISTORT_ARC);
		image_set_number(op, IMAGE_DISTORT_DEGREES, numbers[0]);
		return;
	}
	if (!str_starts(text, STR("p-")) ||
	    tr_numbers(str_skip(text, 2), '_', numbers, 8) != 8)
		return;
	for (unsigned i = 0; i < 8; i++)
		points.items[i].number = numbers[i];
	struct image_op *op = image_plan_add(plan, IMAGE_DISTORT);
	image_set_list(op, IMAGE_DISTORT_POINTS, &points);
}

static void add_colorize(struct tr_context *context, struct str text,
			 struct image_plan *plan)
{
	(void)context;
	static const char *const names[] = {"co", "in", NULL};
	struct image_op *op = image_plan_add(plan, IMAGE_COLORIZE);
	set_color(op, IMAGE_COLORIZE_COLOR, part(text, names, "co"));
	set_number(op, IMAGE_COLORIZE_INTENSITY, part(text, names, "in"));
}

/* "FF0000", "FF0000_100", "FF0000_100_0000FF" */
static void add_recolor(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	uint32_t to;
	enum tr_color_form form;
	struct str first = str_split(&text, '_');
	if (!tr_color(first, &to, &form))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_RECOLOR);
	image_set_color(op, IMAGE_RECOLOR_TO, to);
	set_number(op, IMAGE_RECOLOR_TOLERANCE, str_split(&text, '_'));
	set_color(op, IMAGE_RECOLOR_FROM, text);
}

static void add_sharpen(struct tr_context *context, struct str text,
			struct image_plan *plan)
{
	(void)context;
	double amount;
	bool on = true;
	if (tr_number(text, &amount)) {
		if (amount > 0 && amount <= 100)
			image_set_number(image_plan_add(plan, IMAGE_SHARPEN),
					 IMAGE_SHARPEN_AMOUNT, amount);
	} else if (tr_flag(text, &on) && on) {
		image_plan_add(plan, IMAGE_SHARPEN);
	}
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
	double numbers[4];
	unsigned n = tr_numbers(text, '-', numbers, 4);
	bool on = true;
	if (n == 0 && (!tr_flag(text, &on) || !on))
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_UNSHARP);
	for (unsigned i = 0; i < n; i++)
		image_set_number(op, params[i], numbers[i]);
}

static void add_blur(struct tr_context *context, struct str text,
		     struct image_plan *plan)
{
	(void)context;
	double sigma;
	if (text.p == NULL)
		image_plan_add(plan, IMAGE_BLUR);
	else if (tr_number(text, &sigma) && sigma >= 1 && sigma <= 100)
		image_set_number(image_plan_add(plan, IMAGE_BLUR),
				 IMAGE_BLUR_SIGMA, sigma);
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
	static const char *const names[] = {"ld", "from", "to", "sp", NULL};
	struct image_op *op = image_plan_add(plan, IMAGE_GRADIENT);
	set_direction(op, part(text, names, "ld"));
	set_color(op, IMAGE_GRADIENT_FROM, part(text, names, "from"));
	set_color(op, IMAGE_GRADIENT_TO, part(text, names, "to"));
	tr_set(context, op, IMAGE_GRADIENT_STOP, part(text, names, "sp"));
}

static void add_shadow(struct tr_context *context, struct str text,
		       struct image_plan *plan)
{
	(void)context;
	static const char *const names[] = {"bl", "st", "x", "y", NULL};
	struct image_op *op = image_plan_add(plan, IMAGE_SHADOW);
	set_number(op, IMAGE_SHADOW_BLUR, part(text, names, "bl"));
	set_number(op, IMAGE_SHADOW_STRENGTH, part(text, names, "st"));
	set_number(op, IMAGE_SHADOW_X, part(text, names, "x"));
	set_number(op, IMAGE_SHADOW_Y, part(text, names, "y"));
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
