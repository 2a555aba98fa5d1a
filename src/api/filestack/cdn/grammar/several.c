/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes more files than one.
 */
#include "api/filestack/cdn/grammar/build.h"

static const struct image_plan *scaled(struct cdn_build *build, struct str path,
				       enum image_term_kind of, double percent)
{
	struct image_plan *plan = arena_alloc(build->arena, sizeof(*plan));
	image_plan_init(plan, build->arena);
	image_set_text(image_plan_add(plan, IMAGE_IMAGE), IMAGE_IMAGE_PATH,
		       path);
	if (of != IMAGE_TERM_SOURCE_WIDTH || percent != 100) {
		struct image_expression width = cdn_times(of, percent / 100);
		image_set_expression(image_plan_add(plan, IMAGE_RESIZE),
				     IMAGE_RESIZE_WIDTH, &width);
	}
	return plan;
}

/* A file by its path or an address, as far as plans can name it. */
static int check_path(const char *task, struct str path, struct err *err)
{
	if (path.n <=
	    (size_t)image_operations[IMAGE_IMAGE].params[IMAGE_IMAGE_PATH].most)
		return 0;
	return err_set(err, ERR_LIMIT,
		       "a file of `%s` task has too long a name", task);
}

int cdn_watermark(struct cdn_build *build, const struct cdn_args *args,
		  struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct cdn_value *share = &values[CDN_WATERMARK_SHARE];
	struct str file = values[CDN_WATERMARK_FILE].text;
	if (cdn_args_need(args, CDN_WATERMARK_FILE, err) < 0 ||
	    check_path("watermark", file, err) < 0)
		return -1;
	struct image_op *op = image_plan_add(build->plan, IMAGE_OVERLAY);
	image_set_plan(op, IMAGE_OVERLAY_PLAN,
		       share->has ? scaled(build, file, IMAGE_TERM_BASE_WIDTH,
					   share->number)
				  : scaled(build, file, IMAGE_TERM_SOURCE_WIDTH,
					   values[CDN_WATERMARK_SIZE].number));
	image_set_word(op, IMAGE_OVERLAY_FOCUS,
		       values[CDN_WATERMARK_POSITION].place);
	return 0;
}

static int add_with(struct cdn_build *build, const char *task, struct str path,
		    struct err *err)
{
	if (check_path(task, path, err) < 0)
		return -1;
	image_set_plan(image_plan_add(build->plan, IMAGE_WITH), IMAGE_WITH_PLAN,
		       scaled(build, path, IMAGE_TERM_SOURCE_WIDTH, 100));
	return 0;
}

/* All sources but the first, which is the picture itself. */
static int add_sources(struct cdn_build *build, const char *task,
		       struct err *err)
{
	const struct chain_source *source = build->in->chain->sources;
	build->out->takes_several = true;
	while (source && (source = source->next))
		if (add_with(build, task,
			     chain_source_text(source, build->arena), err) < 0)
			return -1;
	return 0;
}

static int add_files(struct cdn_build *build, const struct cdn_args *args,
		     unsigned param, struct err *err)
{
	struct str files[IMAGE_PLAN_INPUTS_MAX];
	const char *task = cdn_tasks[args->task].name;
	ptrdiff_t n = chain_list(build->arena, args->values[param].text, files,
				 IMAGE_PLAN_INPUTS_MAX);
	if (n < 0)
		return err_set(err, ERR_INVALID,
			       "invalid list of files for `%s` task", task);
	if (n > IMAGE_PLAN_INPUTS_MAX)
		return err_set(err, ERR_LIMIT,
			       "`%s` task takes at most %d files", task,
			       IMAGE_PLAN_INPUTS_MAX);
	for (ptrdiff_t i = 0; i < n; i++)
		if (files[i].n && add_with(build, task, files[i], err) < 0)
			return -1;
	return 0;
}

int cdn_collage(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	enum {
		CROP = 1
	};
	const struct cdn_value *values = args->values;
	if (cdn_args_need(args, CDN_COLLAGE_FILES, err) < 0 ||
	    cdn_args_need(args, CDN_COLLAGE_WIDTH, err) < 0 ||
	    cdn_args_need(args, CDN_COLLAGE_HEIGHT, err) < 0 ||
	    add_sources(build, "collage", err) < 0 ||
	    add_files(build, args, CDN_COLLAGE_FILES, err) < 0)
		return -1;
	struct image_op *op = image_plan_add(build->plan, IMAGE_COLLAGE);
	image_set_number(op, IMAGE_COLLAGE_WIDTH,
			 values[CDN_COLLAGE_WIDTH].number);
	image_set_number(op, IMAGE_COLLAGE_HEIGHT,
			 values[CDN_COLLAGE_HEIGHT].number);
	image_set_number(op, IMAGE_COLLAGE_MARGIN,
			 values[CDN_COLLAGE_MARGIN].number);
	image_set_color(op, IMAGE_COLLAGE_COLOR,
			values[CDN_COLLAGE_COLOR].color);
	image_set_word(op, IMAGE_COLLAGE_LAYOUT,
		       values[CDN_COLLAGE_FIT].word == CROP
			       ? IMAGE_LAYOUT_CELLS
			       : IMAGE_LAYOUT_ROWS);
	return 0;
}

/* "max" is what there is without. */
static void set_side(struct image_op *op, unsigned param,
		     const struct cdn_value *side)
{
	if (side->has && side->word < 0)
		image_set_number(op, param, side->number);
}

int cdn_animate(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	/* in the order of the table's words */
	static const unsigned fits[] = {IMAGE_FRAME_FIT_PAD,
					IMAGE_FRAME_FIT_STRETCH,
					IMAGE_FRAME_FIT_COVER};
	const struct cdn_value *values = args->values;
	if (add_sources(build, "animate", err) < 0)
		return -1;
	struct image_op *op = image_plan_add(build->plan, IMAGE_ANIMATE);
	image_set_number(op, IMAGE_ANIMATE_DELAY,
			 values[CDN_ANIMATE_DELAY].number);
	image_set_number(op, IMAGE_ANIMATE_LOOP,
			 values[CDN_ANIMATE_LOOP].number);
	set_side(op, IMAGE_ANIMATE_WIDTH, &values[CDN_ANIMATE_WIDTH]);
	set_side(op, IMAGE_ANIMATE_HEIGHT, &values[CDN_ANIMATE_HEIGHT]);
	image_set_word(op, IMAGE_ANIMATE_FIT,
		       fits[values[CDN_ANIMATE_FIT].word]);
	image_set_word(op, IMAGE_ANIMATE_FOCUS,
		       values[CDN_ANIMATE_ALIGN].place);
	image_set_color(op, IMAGE_ANIMATE_BACKGROUND,
			values[CDN_ANIMATE_BACKGROUND].color);
	if (!build->output.has_format && !build->output.is_smallest)
		build->output.format = IMAGE_FORMAT_GIF;
	return 0;
}

int cdn_zip(struct cdn_build *build, const struct cdn_args *args,
	    struct err *err)
{
	(void)args, (void)err;
	build->out->answer = CDN_ZIP;
	build->out->takes_several = true;
	return 0;
}
