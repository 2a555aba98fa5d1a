/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/grammar/build.h"

static cdn_make *const makers[CDN_TASK_COUNT] = {
	[CDN_TASK_RESIZE] = cdn_resize,
	[CDN_TASK_CROP] = cdn_crop,
	[CDN_TASK_ROTATE] = cdn_rotate,
	[CDN_TASK_FLIP] = cdn_flip,
	[CDN_TASK_FLOP] = cdn_flop,
	[CDN_TASK_SMART_CROP] = cdn_smart_crop,
	[CDN_TASK_CROP_FACES] = cdn_crop_faces,
	[CDN_TASK_UPSCALE] = cdn_upscale,
	[CDN_TASK_BLUR] = cdn_blur,
	[CDN_TASK_SHARPEN] = cdn_sharpen,
	[CDN_TASK_MONOCHROME] = cdn_monochrome,
	[CDN_TASK_NEGATIVE] = cdn_negative,
	[CDN_TASK_BLACKWHITE] = cdn_blackwhite,
	[CDN_TASK_SEPIA] = cdn_sepia,
	[CDN_TASK_MODULATE] = cdn_modulate,
	[CDN_TASK_PIXELATE] = cdn_pixelate,
	[CDN_TASK_OIL_PAINT] = cdn_oil_paint,
	[CDN_TASK_PARTIAL_BLUR] = cdn_partial_blur,
	[CDN_TASK_PARTIAL_PIXELATE] = cdn_partial_pixelate,
	[CDN_TASK_BLUR_FACES] = cdn_blur_faces,
	[CDN_TASK_PIXELATE_FACES] = cdn_pixelate_faces,
	[CDN_TASK_ENHANCE] = cdn_enhance,
	[CDN_TASK_ROUNDED_CORNERS] = cdn_rounded_corners,
	[CDN_TASK_CIRCLE] = cdn_circle,
	[CDN_TASK_BORDER] = cdn_border,
	[CDN_TASK_SHADOW] = cdn_shadow,
	[CDN_TASK_VIGNETTE] = cdn_vignette,
	[CDN_TASK_POLAROID] = cdn_polaroid,
	[CDN_TASK_TORN_EDGES] = cdn_torn_edges,
	[CDN_TASK_WATERMARK] = cdn_watermark,
	[CDN_TASK_COLLAGE] = cdn_collage,
	[CDN_TASK_ANIMATE] = cdn_animate,
	[CDN_TASK_ZIP] = cdn_zip,
	[CDN_TASK_OUTPUT] = cdn_output,
	[CDN_TASK_QUALITY] = cdn_quality,
	[CDN_TASK_COMPRESS] = cdn_compress,
	[CDN_TASK_PJPG] = cdn_pjpg,
	[CDN_TASK_AUTO_IMAGE] = cdn_auto_image,
	[CDN_TASK_NO_METADATA] = cdn_no_metadata,
	[CDN_TASK_ASCII] = cdn_ascii,
	[CDN_TASK_METADATA] = cdn_metadata,
	[CDN_TASK_IMAGESIZE] = cdn_imagesize,
	[CDN_TASK_PDFINFO] = cdn_pdfinfo,
	[CDN_TASK_OCR] = cdn_ocr,
	[CDN_TASK_DEBUG] = cdn_debug,
	[CDN_TASK_URLSCREENSHOT] = cdn_urlscreenshot,
	[CDN_TASK_CACHE] = cdn_cache,
	[CDN_TASK_SECURITY] = cdn_security,
	[CDN_TASK_STORE] = cdn_store,
	[CDN_TASK_FALLBACK] = cdn_fallback,
};

/* In which run over the chain a task has its turn: what a failure's answer
 * needs, what the plan begins with, the picture. */
enum run {
	FIRST,
	REQUEST,
	PICTURE,
	RUNS
};

static enum run run_of(enum cdn_task task)
{
	if (task == CDN_TASK_DEBUG || task == CDN_TASK_SECURITY)
		return FIRST;
	switch (cdn_tasks[task].group) {
	case CDN_SHAPE:
	case CDN_EFFECT:
	case CDN_FRAME:
	case CDN_SEVERAL:
		return PICTURE;
	default:
		return REQUEST;
	}
}

static int check_task(const struct chain_task *task, struct err *err)
{
	enum cdn_task known = cdn_task_of(task->name);
	if (known == CDN_TASK_COUNT)
		return err_set(err, ERR_INVALID, "unknown task `%.*s`",
			       STR_ARG(str_cut(task->name, 64)));
	if (cdn_tasks[known].group == CDN_REFUSED)
		return err_set(err, ERR_UNSUPPORTED, "`%s` task %s",
			       cdn_tasks[known].name, cdn_tasks[known].help);
	return 0;
}

static int run(struct cdn_build *build, enum run which, struct err *err)
{
	struct cdn_args *args = arena_alloc(build->arena, sizeof(*args));
	for (const struct chain_task *task = build->in->chain->tasks; task;
	     task = task->next) {
		enum cdn_task known = cdn_task_of(task->name);
		if (which == REQUEST && check_task(task, err) < 0)
			return -1;
		if (known == CDN_TASK_COUNT || run_of(known) != which)
			continue;
		if (cdn_args_read(task, build->arena, args, err) < 0 ||
		    makers[known](build, args, err) < 0)
			return -1;
	}
	return 0;
}

/* The plan is finished: its encode is an operation of it. */
static void choose_answer(struct cdn_build *build)
{
	struct cdn_wanted *out = build->out;
	bool is_pdf = str_eq(out->document.format, STR("pdf"));
	if (out->answer != CDN_FILE)
		return;
	if (out->document.format.p && !is_pdf)
		out->answer = CDN_DOCUMENT;
	else if (out->has_picture)
		out->answer = CDN_PICTURE;
	out->keeps_pages = is_pdf && out->plan.n == 1 &&
			   build->output.paper == IMAGE_PAPER_NONE;
}

int cdn_grammar(const struct cdn_transformation *in, struct arena *arena,
		struct cdn_wanted *out, struct err *err)
{
	struct cdn_build build = {
		.in = in,
		.arena = arena,
		.out = out,
		.plan = &out->plan,
	};
	*out = (struct cdn_wanted){0};
	image_plan_init(&out->plan, arena);
	if (run(&build, FIRST, err) < 0 || run(&build, REQUEST, err) < 0)
		return -1;
	cdn_output_begin(&build);
	if (run(&build, PICTURE, err) < 0)
		return -1;
	out->has_picture = out->plan.n > 0 || build.output.does;
	cdn_output_end(&build);
	choose_answer(&build);
	if (out->answer == CDN_OCR && out->has_picture)
		return err_set(err, ERR_UNSUPPORTED,
			       "`ocr` task with others that make a picture is "
			       "not offered here: it reads the source");
	return image_plan_finish(&out->plan, err);
}
