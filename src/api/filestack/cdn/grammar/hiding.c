/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a picture, made unrecognisable.
 */
#include "api/filestack/cdn/grammar/build.h"

#include <math.h>

#define OF_REGION 4 /* numbers: x y width height */
#define AT_ONCE (IMAGE_LIST_MAX / OF_REGION * OF_REGION)

/* The same parameters of a task's values. */
struct hiding {
	unsigned effect; /* an IMAGE_REDACT_* */
	const struct cdn_value *amount, *blur, *type;
};

/* Tasks that name parts have their parameters at the same places, and so have
 * those that look for faces. */
_Static_assert((int)CDN_PARTIAL_BLUR_TYPE == (int)CDN_PARTIAL_PIXELATE_TYPE,
	       "parts");
_Static_assert((int)CDN_BLUR_FACES_TYPE == (int)CDN_PIXELATE_FACES_TYPE,
	       "faces");

static struct image_op *hide(struct cdn_build *build,
			     const struct hiding *hiding)
{
	/* in the order of the table's words */
	static const unsigned shapes[] = {IMAGE_SHAPE_RECT, IMAGE_SHAPE_OVAL};
	struct image_op *op = image_plan_add(build->plan, IMAGE_REDACT);
	image_set_word(op, IMAGE_REDACT_EFFECT, hiding->effect);
	image_set_number(op, IMAGE_REDACT_AMOUNT, hiding->amount->number);
	image_set_number(op, IMAGE_REDACT_FEATHER, hiding->blur->number);
	image_set_word(op, IMAGE_REDACT_SHAPE, shapes[hiding->type->word]);
	return op;
}

/* What is left of a region within the picture's first edges: apps move a frame
 * over a face at the border. */
static bool add_region(const double *from, struct image_list *out)
{
	for (unsigned i = 0; i < 2; i++) {
		double at = fmax(from[i], 0);
		double size = from[i + 2] + fmin(from[i], 0);
		if (size <= 0)
			return false;
		out->items[out->n + i].number = at;
		out->items[out->n + i + 2].number = size;
	}
	out->n += OF_REGION;
	return true;
}

/* As many operations as it takes to name all regions. */
static void hide_regions(struct cdn_build *build, const struct hiding *hiding,
			 const struct cdn_value *objects)
{
	struct image_list region = {0};
	for (size_t i = 0; i < objects->n_numbers; i += OF_REGION) {
		bool is_last = i + OF_REGION == objects->n_numbers;
		(void)add_region(objects->numbers + i, &region);
		if (region.n == 0 || (region.n < AT_ONCE && !is_last))
			continue;
		image_set_list(hide(build, hiding), IMAGE_REDACT_REGION,
			       &region);
		region.n = 0;
	}
}

static int hide_parts(struct cdn_build *build, const struct cdn_args *args,
		      unsigned effect, struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct hiding hiding = {
		.effect = effect,
		.amount = &values[CDN_PARTIAL_BLUR_AMOUNT],
		.blur = &values[CDN_PARTIAL_BLUR_BLUR],
		.type = &values[CDN_PARTIAL_BLUR_TYPE],
	};
	if (cdn_args_need(args, CDN_PARTIAL_BLUR_OBJECTS, err) < 0)
		return -1;
	if (hiding.amount->number > 0)
		hide_regions(build, &hiding, &values[CDN_PARTIAL_BLUR_OBJECTS]);
	return 0;
}

int cdn_partial_blur(struct cdn_build *build, const struct cdn_args *args,
		     struct err *err)
{
	return hide_parts(build, args, IMAGE_REDACT_BLUR, err);
}

int cdn_partial_pixelate(struct cdn_build *build, const struct cdn_args *args,
			 struct err *err)
{
	return hide_parts(build, args, IMAGE_REDACT_PIXELATE, err);
}

static int hide_faces(struct cdn_build *build, const struct cdn_args *args,
		      unsigned effect)
{
	const struct cdn_value *values = args->values;
	const struct hiding hiding = {
		.effect = effect,
		.amount = &values[CDN_BLUR_FACES_AMOUNT],
		.blur = &values[CDN_BLUR_FACES_BLUR],
		.type = &values[CDN_BLUR_FACES_TYPE],
	};
	if (hiding.amount->number > 0)
		hide(build, &hiding);
	return 0;
}

int cdn_blur_faces(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	(void)err;
	return hide_faces(build, args, IMAGE_REDACT_BLUR);
}

int cdn_pixelate_faces(struct cdn_build *build, const struct cdn_args *args,
		       struct err *err)
{
	(void)err;
	return hide_faces(build, args, IMAGE_REDACT_PIXELATE);
}
