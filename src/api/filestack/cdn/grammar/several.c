/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What takes more files than one.
 */
#include "api/filestack/cdn/grammar/build.h"

static const struct image_plan *scaled(struct cdn_build *build, struct str path,
				       double percent)
{
	struct image_plan *plan = arena_alloc(build->arena, sizeof(*plan));
	image_plan_init(plan, build->arena);
	image_set_text(image_plan_add(plan, IMAGE_IMAGE), IMAGE_IMAGE_PATH,
		       path);
	if (percent != 100) {
		struct image_expression width =
			cdn_times(IMAGE_TERM_SOURCE_WIDTH, percent / 100);
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
	struct str file = values[CDN_WATERMARK_FILE].text;
	if (cdn_args_need(args, CDN_WATERMARK_FILE, err) < 0 ||
	    check_path("watermark", file, err) < 0)
		return -1;
	struct image_op *op = image_plan_add(build->plan, IMAGE_OVERLAY);
	image_set_plan(op, IMAGE_OVERLAY_PLAN,
		       scaled(build, file, values[CDN_WATERMARK_SIZE].number));
	image_set_word(op, IMAGE_OVERLAY_FOCUS,
		       values[CDN_WATERMARK_POSITION].place);
	return 0;
}

int cdn_zip(struct cdn_build *build, const struct cdn_args *args,
	    struct err *err)
{
	(void)args, (void)err;
	build->out->answer = CDN_ZIP;
	return 0;
}
