/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/fill.h"
#include "api/imagekit/delivery/grammar/items.h"
#include "api/imagekit/delivery/grammar/layers.h"
#include "base/encode.h"

struct builder {
	struct tr_context context;
	const char *model;  /* key of what takes one; NULL: none */
	struct str unknown; /* a name; STR_NONE */
};

static void add_steps(struct builder *builder, const struct tr_step *steps,
		      struct image_plan *plan);

/* "w-" says nothing, "bl" says on. */
static void collect(const struct tr_step *step, enum tr_arithmetic kind,
		    struct tr_values *out)
{
	for (const struct tr_item *item = step ? step->first : NULL; item;
	     item = item->next) {
		if (item->kind != TR_ITEM_PARAMETER ||
		    (item->value.p && item->value.n == 0) ||
		    !tr_parameter_takes(item->parameter, item->value, kind))
			continue;
		out->of[item->parameter] = item->value;
		out->has[item->parameter] = true;
	}
}

/* What counts wherever it stands outside of layers. */
static void collect_whole(const struct tr_step *step, struct tr_values *out)
{
	for (; step; step = step->next) {
		collect(step, TR_OF_PICTURE, out);
		for (const struct tr_item *item = step->first; item;
		     item = item->next) {
			if (item->kind != TR_ITEM_CONDITION)
				continue;
			collect_whole(item->inner, out);
			collect_whole(item->another, out);
		}
	}
}

static void look_for_models(struct builder *builder,
			    const struct tr_values *values)
{
	for (unsigned i = 0; i < TR_PARAMETER_COUNT; i++)
		if (tr_parameters[i].group == TR_MODEL && values->has[i] &&
		    !str_eq(values->of[i], STR("false")))
			builder->model = tr_parameters[i].key;
	if (tr_fill_takes_model(values->of[TR_BG]))
		builder->model = "bg-genfill";
}

static struct image_plan *new_plan(struct builder *builder)
{
	struct arena *arena = builder->context.arena;
	struct image_plan *plan = arena_alloc(arena, sizeof(*plan));
	image_plan_init(plan, arena);
	return plan;
}

/* What lies on the picture: `whole` are the parameters of all its steps,
 * `first` those of the first one, whose layers and conditions are in `items`.
 */
struct overlay {
	struct str kind;
	struct tr_values whole, first;
	const struct tr_step *steps; /* NULL: an old one */
};

static void add_inner(struct builder *builder, const struct tr_step *step,
		      struct image_plan *plan);

static void add_overlay(struct builder *builder, struct overlay *overlay,
			struct image_plan *plan)
{
	struct tr_context *context = &builder->context;
	struct image_plan *inner = new_plan(builder);
	if (!tr_layer_begin(context, overlay->kind, &overlay->whole,
			    &overlay->first, inner))
		return;
	bool is_file = tr_layer_is_file(inner);
	if (is_file && !overlay->whole.has[TR_T])
		overlay->first.has[TR_T] = true;
	look_for_models(builder, &overlay->whole);
	tr_step_operations(context, &overlay->first,
			   is_file ? TR_FROM_FILE : TR_FROM_BOX, inner);
	if (overlay->steps) {
		add_inner(builder, overlay->steps, inner);
		add_steps(builder, overlay->steps->next, inner);
	}
	tr_layer_opacity(&overlay->whole, inner);
	struct image_op *op = image_plan_add(plan, IMAGE_OVERLAY);
	image_set_plan(op, IMAGE_OVERLAY_PLAN, inner);
	tr_layer_place(context, &overlay->whole, op);
}

/* In a layer the picture below has variables too. */
static void add_below(struct builder *builder, struct overlay *overlay,
		      struct image_plan *plan)
{
	struct tr_context *context = &builder->context;
	enum tr_arithmetic was = context->arithmetic;
	context->arithmetic = TR_OF_LAYER;
	add_overlay(builder, overlay, plan);
	context->arithmetic = was;
}

static void add_layer(struct builder *builder, const struct tr_item *item,
		      struct image_plan *plan)
{
	struct overlay *overlay =
		arena_zalloc(builder->context.arena, sizeof(*overlay));
	overlay->kind = item->value;
	overlay->steps = item->inner;
	if (item->inner == NULL)
		return;
	collect(item->inner, TR_OF_LAYER, &overlay->first);
	for (const struct tr_step *step = item->inner; step; step = step->next)
		collect(step, TR_OF_LAYER, &overlay->whole);
	add_below(builder, overlay, plan);
}

static void add_old(struct builder *builder, const struct tr_values *values,
		    struct image_plan *plan)
{
	struct overlay *overlay =
		arena_zalloc(builder->context.arena, sizeof(*overlay));
	for (unsigned i = 0; i < TR_OLD_COUNT; i++) {
		if (!tr_old_layer(values, i, &overlay->kind, &overlay->first))
			continue;
		overlay->whole = overlay->first;
		add_below(builder, overlay, plan);
	}
}

static void add_condition(struct builder *builder, const struct tr_item *item,
			  struct image_plan *plan)
{
	struct image_expression test;
	struct image_plan *then = new_plan(builder);
	struct image_plan *another = new_plan(builder);
	if (!tr_expression(item->value, TR_CONDITION, &test))
		return;
	add_steps(builder, item->inner, then);
	add_steps(builder, item->another, another);
	if (then->n == 0 && another->n == 0)
		return;
	struct image_op *op = image_plan_add(plan, IMAGE_IF);
	image_set_expression(op, IMAGE_IF_TEST, &test);
	if (then->n)
		image_set_plan(op, IMAGE_IF_THEN, then);
	if (another->n)
		image_set_plan(op, IMAGE_IF_ELSE, another);
}

static void add_inner(struct builder *builder, const struct tr_step *step,
		      struct image_plan *plan)
{
	for (const struct tr_item *item = step->first; item; item = item->next)
		if (item->kind == TR_ITEM_LAYER)
			add_layer(builder, item, plan);
		else if (item->kind == TR_ITEM_CONDITION)
			add_condition(builder, item, plan);
}

static void add_steps(struct builder *builder, const struct tr_step *steps,
		      struct image_plan *plan)
{
	struct tr_values *values =
		arena_alloc(builder->context.arena, sizeof(*values));
	for (const struct tr_step *step = steps; step; step = step->next) {
		*values = (struct tr_values){0};
		collect(step, builder->context.arithmetic, values);
		look_for_models(builder, values);
		tr_step_operations(&builder->context, values, TR_FROM_FILE,
				   plan);
		add_old(builder, values, plan);
		add_inner(builder, step, plan);
	}
}

static void add_page(struct builder *builder, struct str text)
{
	double page;
	if (tr_page(text, &page))
		image_set_number(image_plan_add(&builder->context.out->plan,
						IMAGE_IMAGE),
				 IMAGE_IMAGE_PAGE, page);
}

static bool is_named(struct arena *arena, struct str raw)
{
	struct str text = percent_decode(arena, raw);
	while (text.p) {
		struct str step = str_split(&text, ':');
		if (!str_starts(step, STR("n-")) || step.n == 2 ||
		    str_find(step, ',') >= 0)
			return false;
	}
	return true;
}

bool imagekit_grammar_is_named(const struct imagekit_transformation *in,
			       struct arena *arena)
{
	return (in->path.n || in->query.n) &&
	       (in->path.n == 0 || is_named(arena, in->path)) &&
	       (in->query.n == 0 || is_named(arena, in->query));
}

static struct str resolve(const void *user, struct str name)
{
	const struct imagekit_transformation *in = user;
	struct str text = in->resolve ? in->resolve(in->user, name) : STR_NONE;
	return str_starts(text, STR("tr:")) ? str_skip(text, 3) : text;
}

static int finish(struct builder *builder, struct err *err)
{
	struct imagekit_wanted *out = builder->context.out;
	struct tr_values *whole = &builder->context.whole;
	bool is_original;
	if (whole->has[TR_ORIG] && tr_flag(whole->of[TR_ORIG], &is_original) &&
	    is_original) {
		image_plan_init(&out->plan, builder->context.arena);
		out->is_original = true;
		out->vary = 0;
		out->content_dpr = 0;
		return image_plan_finish(&out->plan, err);
	}
	if (builder->unknown.p)
		return err_set(err, ERR_INVALID,
			       "There is no named transformation \"%.*s\"",
			       STR_ARG(str_cut(builder->unknown, 64)));
	if (builder->model)
		return err_set(err, ERR_UNSUPPORTED,
			       "%s takes a model, which is not offered here",
			       builder->model);
	return image_plan_finish(&out->plan, err);
}

int imagekit_grammar(const struct imagekit_transformation *in,
		     struct arena *arena, struct imagekit_wanted *out,
		     struct err *err)
{
	struct imagekit_transformation from = *in;
	struct builder *builder = arena_zalloc(arena, sizeof(*builder));
	const struct tr_reading reading = {
		.arena = arena,
		.resolve = resolve,
		.user = &from,
		.texts = {{in->path, false}, {in->query, true}},
	};
	struct tr_tree tree;
	*out = (struct imagekit_wanted){0};
	image_plan_init(&out->plan, arena);
	if (tr_read(&reading, &tree, err) < 0)
		return -1;
	builder->context = (struct tr_context){
		.in = in,
		.arena = arena,
		.out = out,
	};
	struct tr_values *whole = &builder->context.whole;
	builder->unknown = tree.unknown;
	collect_whole(tree.steps, whole);
	add_page(builder, whole->of[TR_PG]);
	add_steps(builder, tree.steps, &out->plan);
	bool does = out->plan.n > 0;
	does |= tr_output(&builder->context);
	out->is_original = !does;
	out->instead = tr_path(arena, whole->of[TR_DI]);
	return finish(builder, err);
}

struct str imagekit_grammar_ignored(struct arena *arena, struct str text)
{
	struct str ignored = STR_NONE;
	const struct tr_reading reading = {
		.arena = arena,
		.texts = {{text, true}},
		.ignored = &ignored,
	};
	struct tr_tree tree;
	struct err err;
	if (tr_read(&reading, &tree, &err) < 0)
		return STR_NONE;
	return ignored;
}
