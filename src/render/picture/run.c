/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation after the other, each for as many frames as it can keep.
 */
#include "render/layers/layers.h"
#include "render/ops/op.h"
#include "render/picture/colour.h"
#include "render/picture/source.h"
#include "render/several/several.h"

enum frames {
	FIRST, /* an animation becomes a still picture */
	EACH,  /* one after the other, all alike */
	WHOLE, /* takes care of them by itself */
};

/* Gets all frames, and pixels that may have to be computed. */
static int op_if(struct picture *picture, const struct image_op *op,
		 struct err *err)
{
	const struct image_plan *plan = image_branch(op, &picture->sizes);
	return plan ? picture_run(picture, plan->first, err) : 0;
}

/* What is laid on it is a picture of its own until then. */
static int op_overlay(struct picture *picture, const struct image_op *op,
		      struct err *err)
{
	struct picture layer = {
		.job = picture->job,
		.sizes.base_width = picture->sizes.width,
		.sizes.base_height = picture->sizes.height,
	};
	int result = picture_follow(
		&layer, image_inner_plan(op, IMAGE_OVERLAY_PLAN), err);
	if (result == 0)
		result = colour_normalise(&layer, err);
	if (result == 0)
		result = picture_settle(&layer, err);
	if (result == 0)
		result = layer_lay(picture, &layer, op, err);
	picture_close(&layer);
	return result;
}

static const struct step {
	int (*run)(struct picture *picture, const struct image_op *op,
		   struct err *err);
	enum frames frames;
	bool takes_source; /* pixels as they come from the decoder, in order */
} steps[IMAGE_OPERATION_COUNT] = {
	[IMAGE_RESIZE] = {op_resize, EACH, true},
	[IMAGE_TRIM] = {op_trim, FIRST, false},
	[IMAGE_TURN] = {op_turn, EACH, false},
	[IMAGE_FLIP] = {op_flip, EACH, false},
	[IMAGE_BLUR] = {op_blur, EACH, false},
	[IMAGE_SHARPEN] = {op_sharpen, EACH, false},
	[IMAGE_UNSHARP] = {op_unsharp, EACH, false},
	[IMAGE_MEDIAN] = {op_median, EACH, false},
	[IMAGE_PIXELATE] = {op_pixelate, EACH, false},
	[IMAGE_OIL] = {op_oil, EACH, false},
	[IMAGE_REDACT] = {op_redact, EACH, false},
	[IMAGE_CONTRAST] = {op_contrast, EACH, false},
	[IMAGE_GRAYSCALE] = {op_grayscale, EACH, false},
	[IMAGE_NEGATE] = {op_negate, EACH, false},
	[IMAGE_THRESHOLD] = {op_threshold, EACH, false},
	[IMAGE_SEPIA] = {op_sepia, EACH, false},
	[IMAGE_MODULATE] = {op_modulate, EACH, false},
	[IMAGE_GAMMA] = {op_gamma, EACH, false},
	[IMAGE_BALANCE] = {op_balance, EACH, false},
	[IMAGE_SHADOW] = {op_shadow, FIRST, false},
	[IMAGE_DROP_SHADOW] = {op_drop_shadow, EACH, false},
	[IMAGE_VIGNETTE] = {op_vignette, EACH, false},
	[IMAGE_POLAROID] = {op_polaroid, EACH, false},
	[IMAGE_TEAR] = {op_tear, EACH, false},
	[IMAGE_GRADIENT] = {op_gradient, EACH, false},
	[IMAGE_DISTORT] = {op_distort, FIRST, false},
	[IMAGE_COLORIZE] = {op_colorize, EACH, false},
	[IMAGE_RECOLOR] = {op_recolor, EACH, false},
	[IMAGE_OPACITY] = {op_opacity, EACH, false},
	[IMAGE_ROUND] = {op_round, EACH, false},
	[IMAGE_BORDER] = {op_border, EACH, false},
	[IMAGE_BACKGROUND] = {op_background, EACH, false},
	[IMAGE_OVERLAY] = {op_overlay, WHOLE, false},
	[IMAGE_COLLAGE] = {op_collage, FIRST, true},
	[IMAGE_ANIMATE] = {op_animate, FIRST, true},
	[IMAGE_IF] = {op_if, WHOLE, true},
	/* beginnings */
	[IMAGE_TEXT] = {layer_text, FIRST, true},
	[IMAGE_CANVAS] = {layer_canvas, FIRST, true},
};

/* What a plan can begin with; done when it was opened. */
static bool is_beginning(enum image_operation kind)
{
	return kind == IMAGE_IMAGE || kind == IMAGE_TEXT ||
	       kind == IMAGE_CANVAS;
}

static int run_once(struct picture *picture, const struct image_op *op,
		    struct err *err)
{
	VipsImage *before = picture->scope;
	picture->scope = vips_image_new();
	int result = steps[op->kind].run(picture, op, err);
	g_object_unref(picture->scope);
	picture->scope = before;
	return result;
}

static VipsImage *cut_frame(VipsImage *all, unsigned n, unsigned frame)
{
	int height = vips_image_get_height(all) / (int)n;
	VipsImage *out = NULL;
	if (vips_extract_area(all, &out, 0, (int)frame * height,
			      vips_image_get_width(all), height, NULL) != 0)
		return NULL;
	return out;
}

static int keep_first(struct picture *picture, struct err *err)
{
	VipsImage *first = cut_frame(picture->image, picture->frames, 0);
	if (first == NULL)
		return picture_failed(err);
	g_object_unref(picture->image);
	picture->image = first;
	picture->frames = 1;
	return picture_settle(picture, err);
}

/* All of them together, as soon as one is known. */
static int check_frames(const struct picture *picture, unsigned n,
			struct err *err)
{
	if (picture->sizes.width * picture->sizes.height * n > IMAGE_PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE, "too large an animation");
	return 0;
}

/* Below each other; all must have come out alike. */
static int join(VipsImage **frames, unsigned n, VipsImage **out,
		struct err *err)
{
	for (unsigned i = 1; i < n; i++)
		if (frames[i]->Xsize != frames[0]->Xsize ||
		    frames[i]->Ysize != frames[0]->Ysize ||
		    frames[i]->Bands != frames[0]->Bands)
			return err_set(err, ERR_INVALID,
				       "frames of different sizes");
	if (vips_arrayjoin(frames, out, (int)n, "across", 1, NULL) != 0)
		return picture_failed(err);
	return 0;
}

/* Each frame is computed and done with before the next one begins: a decoder
 * gives them in order, and once. */
static int run_each(struct picture *picture, const struct image_op *op,
		    struct err *err)
{
	unsigned n = picture->frames;
	const struct picture start = *picture;
	g_autofree VipsImage **frames = g_new0(VipsImage *, n);
	VipsImage *all = NULL;
	int result = 0;
	for (unsigned i = 0; i < n && result == 0; i++) {
		struct picture_found found = picture->found;
		*picture = start;
		picture->found = found;
		picture->frame = i;
		picture->frames = 1;
		picture->image = cut_frame(start.image, n, i);
		picture->is_memory = false;
		if (picture->image == NULL)
			result = picture_failed(err);
		if (result == 0 && !steps[op->kind].takes_source)
			result = picture_settle(picture, err);
		if (result == 0)
			result = run_once(picture, op, err);
		if (result == 0)
			result = check_frames(picture, n, err);
		if (result == 0)
			result = picture_settle(picture, err);
		frames[i] = picture->image;
	}
	if (result == 0)
		result = join(frames, n, &all, err);
	for (unsigned i = 0; i < n; i++)
		g_clear_object(&frames[i]);
	g_object_unref(start.image);
	picture->image = all;
	picture->frames = n;
	picture->frame = 0;
	picture->is_memory = false;
	return result < 0 ? -1 : picture_settle(picture, err);
}

static int run_step(struct picture *picture, const struct image_op *op,
		    struct err *err)
{
	const struct step *step = &steps[op->kind];
	if (step->frames == FIRST && picture->frames > 1 &&
	    keep_first(picture, err) < 0)
		return -1;
	if (!step->takes_source && (colour_normalise(picture, err) < 0 ||
				    picture_settle(picture, err) < 0))
		return -1;
	if (step->frames == EACH && picture->frames > 1)
		return run_each(picture, op, err);
	return run_once(picture, op, err);
}

int picture_run(struct picture *picture, const struct image_op *from,
		struct err *err)
{
	for (const struct image_op *op = from; op; op = op->next) {
		if (op->kind == IMAGE_ENCODE || is_beginning(op->kind))
			continue;
		if (op->kind == IMAGE_WITH) {
			picture->with = picture->with ? picture->with : op;
			continue;
		}
		if (steps[op->kind].run == NULL)
			return err_set(err, ERR_INVALID, "no such operation");
		if (run_step(picture, op, err) < 0)
			return -1;
		picture->with = NULL;
	}
	return 0;
}

static bool stands_still(const struct image_plan *plan)
{
	for (const struct image_op *op = plan->first; op; op = op->next)
		if (steps[op->kind].run && steps[op->kind].frames == FIRST)
			return true;
	return false;
}

/* source: how it begins when it is an image. */
static int begin(struct picture *picture, const struct image_plan *plan,
		 int (*source)(struct picture *picture,
			       const struct image_plan *plan, struct err *err),
		 struct err *err)
{
	const struct image_op *first = plan->first;
	picture->scope = vips_image_new();
	picture->frames = 1;
	picture->stands_still = stands_still(plan);
	if (first && is_beginning(first->kind) && steps[first->kind].run)
		return run_once(picture, first, err);
	return source(picture, plan, err);
}

int picture_follow(struct picture *picture, const struct image_plan *plan,
		   struct err *err)
{
	if (begin(picture, plan, source_begin, err) < 0)
		return -1;
	return picture_run(picture, plan->first, err);
}

int picture_measure(struct picture *picture, const struct image_plan *plan,
		    struct err *err)
{
	if (begin(picture, plan, source_measure, err) < 0)
		return -1;
	for (const struct image_op *op = plan->first; op; op = op->next)
		if (image_size_after(op, &picture->sizes, err) < 0)
			return -1;
	return 0;
}
