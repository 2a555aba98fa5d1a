/* SPDX-License-Identifier: Apache-2.0 */
#include "image/plan.h"

#include <glib.h>
#include <math.h>

static const struct image_param *param_of(const struct image_op *op,
					  unsigned param)
{
	g_assert(param < image_operations[op->kind].n_params);
	return &image_operations[op->kind].params[param];
}

void image_plan_init(struct image_plan *plan, struct arena *arena)
{
	*plan = (struct image_plan){.arena = arena};
}

struct image_op *image_plan_add(struct image_plan *plan,
				enum image_operation kind)
{
	unsigned n = image_operations[kind].n_params;
	struct image_op *op = arena_zalloc(plan->arena, sizeof(*op));
	op->kind = kind;
	op->arena = plan->arena;
	op->values = arena_zalloc(plan->arena, MAX(n, 1) * sizeof(*op->values));
	plan->is_full |= plan->n == IMAGE_PLAN_OPS_MAX;
	if (plan->is_full)
		return op;
	if (plan->last)
		plan->last->next = op;
	else
		plan->first = op;
	plan->last = op;
	plan->n++;
	return op;
}

bool image_has(const struct image_op *op, unsigned param)
{
	return op->given >> param & 1;
}

/* The parameter's value, which it has from now on. */
static union image_value *give(struct image_op *op, unsigned param)
{
	op->given |= UINT32_C(1) << param;
	return &op->values[param];
}

/* What the text form keeps of a number, so that both say the same. */
static double rounded(double value)
{
	value = round(value * 1e6) / 1e6;
	return value == 0 ? 0 : value; /* not -0 */
}

static bool is_within(const struct image_param *param, double value)
{
	return value >= param->least && value <= param->most;
}

bool image_set_number(struct image_op *op, unsigned param, double value)
{
	const struct image_param *info = param_of(op, param);
	value = rounded(value);
	if (info->type != IMAGE_TYPE_NUMBER || !is_within(info, value) ||
	    !(fabs(value) <= 1e12))
		return false;
	give(op, param)->number = (struct image_number){.number = value};
	return true;
}

static const struct image_expression *
copy_expression(struct arena *arena, const struct image_expression *expression)
{
	struct image_expression *copy = arena_alloc(arena, sizeof(*copy));
	*copy = *expression;
	for (unsigned i = 0; i < copy->n; i++)
		copy->terms[i].number = rounded(copy->terms[i].number);
	return copy;
}

static bool is_constant(const struct image_expression *expression)
{
	return expression->n == 1 &&
	       expression->terms[0].kind == IMAGE_TERM_NUMBER;
}

bool image_set_expression(struct image_op *op, unsigned param,
			  const struct image_expression *expression)
{
	if (param_of(op, param)->type != IMAGE_TYPE_NUMBER ||
	    !image_expression_is_whole(expression))
		return false;
	if (is_constant(expression))
		return image_set_number(op, param, expression->terms[0].number);
	give(op, param)->number.expression =
		copy_expression(op->arena, expression);
	return true;
}

bool image_set_flag(struct image_op *op, unsigned param, bool value)
{
	if (param_of(op, param)->type != IMAGE_TYPE_FLAG)
		return false;
	give(op, param)->number = (struct image_number){.number = value};
	return true;
}

bool image_set_word(struct image_op *op, unsigned param, unsigned word)
{
	const struct image_param *info = param_of(op, param);
	if (info->type != IMAGE_TYPE_WORD)
		return false;
	for (unsigned i = 0; i <= word; i++)
		if (info->words[i] == NULL)
			return false;
	give(op, param)->number = (struct image_number){.number = word};
	return true;
}

bool image_set_color(struct image_op *op, unsigned param, uint32_t rgba)
{
	if (param_of(op, param)->type != IMAGE_TYPE_COLOR)
		return false;
	give(op, param)->color = rgba;
	return true;
}

bool image_set_text(struct image_op *op, unsigned param, struct str text)
{
	const struct image_param *info = param_of(op, param);
	if (info->type != IMAGE_TYPE_TEXT || text.n == 0 ||
	    (double)text.n > info->most || !str_is_utf8(text))
		return false;
	give(op, param)->text = arena_str(op->arena, text);
	return true;
}

bool image_set_list(struct image_op *op, unsigned param,
		    const struct image_list *list)
{
	const struct image_param *info = param_of(op, param);
	if (info->type != IMAGE_TYPE_LIST || list->n == 0 ||
	    list->n > IMAGE_LIST_MAX)
		return false;
	struct image_list *copy = arena_alloc(op->arena, sizeof(*copy));
	*copy = *list;
	for (unsigned i = 0; i < copy->n; i++) {
		struct image_number *item = &copy->items[i];
		item->number = rounded(item->number);
		if (item->expression &&
		    !image_expression_is_whole(item->expression))
			return false;
		if (item->expression)
			item->expression =
				copy_expression(op->arena, item->expression);
		else if (!is_within(info, item->number))
			return false;
	}
	give(op, param)->list = copy;
	return true;
}

bool image_set_plan(struct image_op *op, unsigned param,
		    const struct image_plan *plan)
{
	if (param_of(op, param)->type != IMAGE_TYPE_PLAN)
		return false;
	give(op, param)->plan = plan;
	return true;
}

/* NaN: no value that the parameter can have. */
static double value_of(const struct image_param *info,
		       const struct image_number *number,
		       const struct image_sizes *sizes)
{
	double value = number->number;
	if (number->expression)
		value = rounded(
			image_expression_value(number->expression, sizes));
	return is_within(info, value) ? value : NAN;
}

double image_number(const struct image_op *op, unsigned param,
		    const struct image_sizes *sizes)
{
	const struct image_param *info = param_of(op, param);
	if (!image_has(op, param))
		return info->fallback;
	double value = value_of(info, &op->values[param].number, sizes);
	return isnan(value) ? info->fallback : value;
}

bool image_flag(const struct image_op *op, unsigned param)
{
	const struct image_param *info = param_of(op, param);
	return image_has(op, param) ? op->values[param].number.number != 0
				    : info->fallback != 0;
}

unsigned image_word(const struct image_op *op, unsigned param)
{
	const struct image_param *info = param_of(op, param);
	return (unsigned)(image_has(op, param) ? op->values[param].number.number
					       : info->fallback);
}

uint32_t image_color(const struct image_op *op, unsigned param)
{
	const struct image_param *info = param_of(op, param);
	return image_has(op, param) ? op->values[param].color
				    : (uint32_t)info->fallback;
}

struct str image_text(const struct image_op *op, unsigned param)
{
	return image_has(op, param) ? op->values[param].text : STR_NONE;
}

unsigned image_list_values(const struct image_op *op, unsigned param,
			   const struct image_sizes *sizes, double *out)
{
	if (!image_has(op, param))
		return 0;
	const struct image_param *info = param_of(op, param);
	const struct image_list *list = op->values[param].list;
	for (unsigned i = 0; i < list->n; i++) {
		double value = value_of(info, &list->items[i], sizes);
		out[i] = isnan(value) ? 0 : value;
	}
	return list->n;
}

const struct image_plan *image_inner_plan(const struct image_op *op,
					  unsigned param)
{
	return image_has(op, param) ? op->values[param].plan : NULL;
}

static bool is_font_file(struct str font)
{
	static const char *const ends[] = {".ttf", ".otf", ".ttc", ".woff",
					   ".woff2"};
	if (str_find(font, '/') >= 0)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
		struct str end = str_of(ends[i]);
		if (font.n > end.n &&
		    str_eq_nocase(str_skip(font, font.n - end.n), end))
			return true;
	}
	return false;
}

struct str image_op_input(const struct image_op *op)
{
	struct str font;
	if (op->kind == IMAGE_IMAGE)
		return image_text(op, IMAGE_IMAGE_PATH);
	if (op->kind != IMAGE_TEXT)
		return STR_NONE;
	font = image_text(op, IMAGE_TEXT_FONT);
	return is_font_file(font) ? font : STR_NONE;
}

/* Plans inside a plan, one after the other. */

typedef bool visit(void *user, const struct image_plan *plan);

static bool visit_inner(const struct image_op *op, visit *each, void *user)
{
	for (unsigned i = 0; i < image_operations[op->kind].n_params; i++) {
		if (param_of(op, i)->type == IMAGE_TYPE_PLAN &&
		    image_has(op, i) && !each(user, op->values[i].plan))
			return false;
	}
	return true;
}

enum place {
	OUTERMOST,
	OF_OVERLAY,
	OF_CONDITION,
};

/* What a plan may hold, where it stands. */
struct check {
	unsigned ops, inputs, depth;
	unsigned layers; /* that it stands in */
	enum place place;
	struct err *err;
};

static bool check_plan(void *user, const struct image_plan *plan);

static bool begins_plans(const struct image_op *op)
{
	return op->kind == IMAGE_IMAGE || op->kind == IMAGE_TEXT ||
	       op->kind == IMAGE_CANVAS;
}

static int check_begin(struct check *check, const struct image_op *op,
		       bool is_first)
{
	bool is_own =
		op->kind == IMAGE_IMAGE && !image_has(op, IMAGE_IMAGE_PATH);
	if (!is_first || check->place != (is_own ? OUTERMOST : OF_OVERLAY))
		return err_set(check->err, ERR_INVALID,
			       "%s begins no plan of this kind",
			       image_operations[op->kind].name);
	if (image_op_input(op).p && ++check->inputs > IMAGE_PLAN_INPUTS_MAX)
		return err_set(check->err, ERR_LIMIT,
			       "More than %d files are named",
			       IMAGE_PLAN_INPUTS_MAX);
	return 0;
}

/* Its plan says what a picture is, and not what becomes of this one. */
static bool brings_picture(const struct image_op *op)
{
	return op->kind == IMAGE_OVERLAY || op->kind == IMAGE_WITH;
}

static bool joins_pictures(const struct image_op *op)
{
	return op->kind == IMAGE_COLLAGE || op->kind == IMAGE_ANIMATE;
}

static bool check_inner(struct check *check, const struct image_op *op)
{
	enum place was = check->place;
	if (!brings_picture(op) && op->kind != IMAGE_IF)
		return true;
	check->place = brings_picture(op) ? OF_OVERLAY : OF_CONDITION;
	check->layers += brings_picture(op);
	check->depth++;
	bool sound = check->depth <= IMAGE_PLAN_DEPTH_MAX
			     ? visit_inner(op, check_plan, check)
			     : err_set(check->err, ERR_LIMIT,
				       "The plan is nested too deep") == 0;
	check->depth--;
	check->layers -= brings_picture(op);
	check->place = was;
	return sound;
}

static int too_many(struct check *check)
{
	return err_set(check->err, ERR_LIMIT,
		       "The plan has more than %d operations",
		       IMAGE_PLAN_OPS_MAX);
}

/* Several pictures for what makes one of them. */
static int check_joined(struct check *check, const struct image_op *op)
{
	if (op->kind == IMAGE_WITH &&
	    (!image_has(op, IMAGE_WITH_PLAN) || op->next == NULL ||
	     (op->next->kind != IMAGE_WITH && !joins_pictures(op->next))))
		return err_set(check->err, ERR_INVALID,
			       "with needs a plan, and a collage or an "
			       "animation behind it");
	if (op->kind == IMAGE_ANIMATE && check->layers)
		return err_set(check->err, ERR_INVALID,
			       "What is laid over a picture does not move");
	return 0;
}

static int check_op(struct check *check, const struct image_plan *plan,
		    const struct image_op *op)
{
	if (++check->ops > IMAGE_PLAN_OPS_MAX)
		return too_many(check);
	if (begins_plans(op) && check_begin(check, op, op == plan->first) < 0)
		return -1;
	if (op->kind == IMAGE_ENCODE && (check->depth || op->next))
		return err_set(check->err, ERR_INVALID,
			       "encode only ends a plan");
	if (op->kind == IMAGE_OVERLAY && !image_has(op, IMAGE_OVERLAY_PLAN))
		return err_set(check->err, ERR_INVALID,
			       "An overlay needs a plan");
	if (check_joined(check, op) < 0)
		return -1;
	return check_inner(check, op) ? 0 : -1;
}

static bool check_plan(void *user, const struct image_plan *plan)
{
	struct check *check = user;
	if (check->place == OF_OVERLAY &&
	    (plan->first == NULL || !begins_plans(plan->first))) {
		err_set(check->err, ERR_INVALID,
			"An overlay's plan begins with what it is");
		return false;
	}
	for (const struct image_op *op = plan->first; op; op = op->next)
		if (check_op(check, plan, op) < 0)
			return false;
	return !plan->is_full || too_many(check) == 0;
}

int image_plan_finish(struct image_plan *plan, struct err *err)
{
	struct check check = {.err = err};
	if (plan->last == NULL || plan->last->kind != IMAGE_ENCODE)
		image_plan_add(plan, IMAGE_ENCODE);
	return check_plan(&check, plan) ? 0 : -1;
}

static bool joins_nothing(void *user, const struct image_plan *plan)
{
	(void)user;
	for (const struct image_op *op = plan->first; op; op = op->next)
		if (joins_pictures(op) ||
		    (op->kind == IMAGE_IF &&
		     !visit_inner(op, joins_nothing, NULL)))
			return false;
	return true;
}

bool image_plan_joins(const struct image_plan *plan)
{
	return !joins_nothing(NULL, plan);
}

struct inputs {
	struct str *paths;
	unsigned n;
};

static bool add_inputs(void *user, const struct image_plan *plan)
{
	struct inputs *inputs = user;
	for (const struct image_op *op = plan->first; op; op = op->next) {
		struct str path = image_op_input(op);
		if (path.p && inputs->n < IMAGE_PLAN_INPUTS_MAX)
			inputs->paths[inputs->n++] = path;
		visit_inner(op, add_inputs, inputs);
	}
	return true;
}

unsigned image_plan_inputs(const struct image_plan *plan,
			   struct str paths[IMAGE_PLAN_INPUTS_MAX])
{
	struct inputs inputs = {.paths = paths};
	add_inputs(&inputs, plan);
	return inputs.n;
}
