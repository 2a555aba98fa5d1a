/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes: `w h ar c cm fo x y xc yc z dpr`, and `bg` of what is padded.
 */
#include "api/imagekit/delivery/grammar/fill.h"
#include "api/imagekit/delivery/grammar/step.h"

struct fit {
	const char *text;
	unsigned fit;
	bool no_enlarge, no_shrink;
};

static const struct fit fits[] = {
	{"maintain_ratio", IMAGE_FIT_COVER, false, false},
	{"maintain_ratio_no_enlarge", IMAGE_FIT_COVER, true, false},
	{"force", IMAGE_FIT_STRETCH, false, false},
	/* what would be enlarged is the original */
	{"at_max", IMAGE_FIT_INSIDE, true, false},
	{"at_max_enlarge", IMAGE_FIT_INSIDE, false, false},
	{"at_least", IMAGE_FIT_OUTSIDE, false, false},
	{"extract", IMAGE_FIT_EXTRACT, false, false},
	{"pad_resize", IMAGE_FIT_PAD, false, false},
	{"pad_resize_no_enlarge", IMAGE_FIT_PAD, true, false},
	{"pad_extract", IMAGE_FIT_PAD_EXTRACT, false, false},
	{"pad_extract_no_shrink", IMAGE_FIT_PAD_EXTRACT, false, true},
};

static const struct fit *find_fit(struct str text)
{
	for (size_t i = 0; i < sizeof(fits) / sizeof(*fits); i++)
		if (str_eq(text, str_of(fits[i].text)))
			return &fits[i];
	return NULL;
}

/* People confuse c and cm, so each takes the values of both. */
static const struct fit *fit_of(const struct tr_values *values)
{
	const struct fit *fit = find_fit(values->of[TR_CM]);
	if (fit == NULL)
		fit = find_fit(values->of[TR_C]);
	return fit ? fit : &fits[0];
}

/* In place of a missing side, exact: 8 wide at 16:9 is 4.5 high, and only the
 * renderer rounds. */
static bool other_side(struct image_expression *side,
		       const struct image_expression *mul,
		       const struct image_expression *div)
{
	return tr_combine(side, mul, IMAGE_TERM_MUL) &&
	       tr_combine(side, div, IMAGE_TERM_DIV);
}

/* As they are wanted, of the parameters that say how large. */
struct sides {
	bool has_width, has_height, is_hinted;
	struct image_expression width, height;
};

static bool read_width(struct tr_context *context, struct str text,
		       struct sides *sides)
{
	if (!str_eq(text, STR("auto")))
		return tr_length(context, text, IMAGE_TERM_SOURCE_WIDTH,
				 &sides->width);
	double width = tr_hinted_width(context);
	sides->is_hinted = width > 0;
	sides->width = tr_expression_of(width);
	return sides->is_hinted;
}

static void read_sides(struct tr_context *context,
		       const struct tr_values *values, struct sides *out)
{
	struct tr_aspect aspect;
	*out = (struct sides){0};
	out->has_width = read_width(context, values->of[TR_W], out);
	out->has_height = tr_length(context, values->of[TR_H],
				    IMAGE_TERM_SOURCE_HEIGHT, &out->height);
	if (out->has_width == out->has_height ||
	    !tr_aspect(values->of[TR_AR], context->arithmetic, &aspect))
		return;
	struct image_expression other =
		out->has_width ? out->width : out->height;
	if (out->has_width &&
	    other_side(&other, &aspect.height, &aspect.width)) {
		out->has_height = true;
		out->height = other;
	} else if (out->has_height &&
		   other_side(&other, &aspect.width, &aspect.height)) {
		out->has_width = true;
		out->width = other;
	}
}

static bool set_region(const struct tr_context *context, struct image_op *op)
{
	double sides[4];
	struct image_list list = {.n = 4};
	if (tr_numbers(context->in->custom_coordinates, ',', sides, 4) != 4 ||
	    sides[2] < 1 || sides[3] < 1)
		return false;
	for (unsigned i = 0; i < 4; i++)
		list.items[i].number = sides[i];
	if (!image_set_list(op, IMAGE_RESIZE_REGION, &list))
		return false;
	image_set_word(op, IMAGE_RESIZE_FOCUS, IMAGE_FOCUS_REGION);
	return true;
}

/* Whether there is a focus that zoom works on. */
static bool set_focus(const struct tr_context *context, struct str text,
		      struct image_op *op)
{
	struct tr_focus focus;
	if (!tr_focus(text, &focus))
		return false;
	if (focus.focus == IMAGE_FOCUS_REGION)
		return set_region(context, op);
	image_set_word(op, IMAGE_RESIZE_FOCUS, focus.focus);
	return focus.zooms;
}

/* Corners and centres are of what is cut out at its own size. */
static void set_place(const struct tr_context *context,
		      const struct tr_values *values, struct image_op *op)
{
	static const struct {
		enum tr_parameter from;
		unsigned to;
	} rows[] = {
		{TR_X, IMAGE_RESIZE_X},
		{TR_Y, IMAGE_RESIZE_Y},
		{TR_XC, IMAGE_RESIZE_XC},
		{TR_YC, IMAGE_RESIZE_YC},
	};
	unsigned fit = image_word(op, IMAGE_RESIZE_FIT);
	if (fit != IMAGE_FIT_EXTRACT && fit != IMAGE_FIT_PAD_EXTRACT)
		return;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		tr_set(context, op, rows[i].to, values->of[rows[i].from]);
}

static void set_scale(struct tr_context *context, struct str text,
		      const struct sides *sides, struct image_op *op)
{
	double number;
	struct image_expression scale;
	if (str_eq(text, STR("auto"))) {
		number = tr_hinted_dpr(context);
		/* the hinted width counts the screen's pixels already */
		if (number == 0 || sides->is_hinted ||
		    !image_set_number(op, IMAGE_RESIZE_SCALE, number))
			return;
		context->out->content_dpr = number;
	} else if (!sides->is_hinted &&
		   tr_expression(text, context->arithmetic, &scale)) {
		image_set_expression(op, IMAGE_RESIZE_SCALE, &scale);
	}
}

static bool set_fill(const struct tr_values *values, struct image_op *op)
{
	struct tr_fill fill;
	unsigned fit = image_word(op, IMAGE_RESIZE_FIT);
	if ((fit != IMAGE_FIT_PAD && fit != IMAGE_FIT_PAD_EXTRACT) ||
	    !tr_fill_read(values->of[TR_BG], &fill))
		return false;
	image_set_word(op, IMAGE_RESIZE_FILL, fill.kind);
	/* what shows through is filled once, behind all of it */
	if (fill.kind == IMAGE_FILL_COLOR)
		image_set_color(op, IMAGE_RESIZE_BACKGROUND,
				(fill.color & 0xff) == 0xff ? fill.color : 0);
	if (fill.kind == IMAGE_FILL_GRADIENT)
		image_set_number(op, IMAGE_RESIZE_COLORS, fill.colors);
	if (fill.blur > 0)
		image_set_number(op, IMAGE_RESIZE_BLUR, fill.blur);
	if (fill.brightness != 0)
		image_set_number(op, IMAGE_RESIZE_BRIGHTNESS, fill.brightness);
	return fill.kind != IMAGE_FILL_COLOR;
}

static void set_sides(struct tr_context *context,
		      const struct tr_values *values, const struct sides *sides,
		      struct image_op *op)
{
	const struct fit *fit = fit_of(values);
	image_set_word(op, IMAGE_RESIZE_FIT, fit->fit);
	image_set_flag(op, IMAGE_RESIZE_NO_ENLARGE, fit->no_enlarge);
	image_set_flag(op, IMAGE_RESIZE_NO_SHRINK, fit->no_shrink);
	if (sides->has_width)
		image_set_expression(op, IMAGE_RESIZE_WIDTH, &sides->width);
	if (sides->has_height)
		image_set_expression(op, IMAGE_RESIZE_HEIGHT, &sides->height);
	set_place(context, values, op);
	set_scale(context, values->of[TR_DPR], sides, op);
}

bool tr_resize(struct tr_context *context, const struct tr_values *values,
	       struct image_plan *plan)
{
	struct sides sides;
	struct str focus = values->of[TR_FO];
	read_sides(context, values, &sides);
	bool has_sides = sides.has_width || sides.has_height;
	/* without sides only a region says what to keep */
	if (!has_sides && (!str_eq(focus, STR("custom")) ||
			   context->in->custom_coordinates.n == 0))
		return false;
	struct image_op *op = image_plan_add(plan, IMAGE_RESIZE);
	if (has_sides)
		set_sides(context, values, &sides, op);
	if (set_focus(context, focus, op))
		tr_set(context, op, IMAGE_RESIZE_ZOOM, values->of[TR_Z]);
	struct tr_aspect aspect;
	if (!has_sides &&
	    tr_aspect(values->of[TR_AR], context->arithmetic, &aspect) &&
	    tr_combine(&aspect.width, &aspect.height, IMAGE_TERM_DIV))
		image_set_expression(op, IMAGE_RESIZE_ASPECT, &aspect.width);
	return set_fill(values, op);
}
