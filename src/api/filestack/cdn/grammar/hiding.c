/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Parts of a picture, made unrecognisable.
 */
#include "api/filestack/cdn/grammar/build.h"

#include <glib.h>

#define OF_REGION 4 /* numbers: x y width height */
#define AT_ONCE (IMAGE_LIST_MAX / OF_REGION * OF_REGION)

/* The same parameters of four tasks. */
struct hiding {
	unsigned effect; /* an IMAGE_REDACT_* */
	const struct cdn_value *amount, *blur, *type;
};

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

/* As many operations as it takes to name all regions. */
static void hide_regions(struct cdn_build *build, const struct hiding *hiding,
			 const struct cdn_value *objects)
{
	struct image_list region;
	for (size_t i = 0; i < objects->n_numbers; i += region.n) {
		region.n = (unsigned)MIN(objects->n_numbers - i, AT_ONCE);
		for (unsigned j = 0; j < region.n; j++)
			region.items[j] = (struct image_number){
				.number = objects->numbers[i + j]};
		image_set_list(hide(build, hiding), IMAGE_REDACT_REGION,
			       &region);
	}
}

int cdn_partial_blur(struct cdn_build *build, const struct cdn_args *args,
		     struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct hiding hiding = {
		.effect = IMAGE_REDACT_BLUR,
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

int cdn_partial_pixelate(struct cdn_build *build, const struct cdn_args *args,
			 struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct hiding hiding = {
		.effect = IMAGE_REDACT_PIXELATE,
		.amount = &values[CDN_PARTIAL_PIXELATE_AMOUNT],
		.blur = &values[CDN_PARTIAL_PIXELATE_BLUR],
		.type = &values[CDN_PARTIAL_PIXELATE_TYPE],
	};
	if (cdn_args_need(args, CDN_PARTIAL_PIXELATE_OBJECTS, err) < 0)
		return -1;
	hide_regions(build, &hiding, &values[CDN_PARTIAL_PIXELATE_OBJECTS]);
	return 0;
}

int cdn_blur_faces(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct hiding hiding = {
		.effect = IMAGE_REDACT_BLUR,
		.amount = &values[CDN_BLUR_FACES_AMOUNT],
		.blur = &values[CDN_BLUR_FACES_BLUR],
		.type = &values[CDN_BLUR_FACES_TYPE],
	};
	(void)err;
	if (hiding.amount->number > 0)
		hide(build, &hiding);
	return 0;
}

int cdn_pixelate_faces(struct cdn_build *build, const struct cdn_args *args,
		       struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct hiding hiding = {
		.effect = IMAGE_REDACT_PIXELATE,
		.amount = &values[CDN_PIXELATE_FACES_AMOUNT],
		.blur = &values[CDN_PIXELATE_FACES_BLUR],
		.type = &values[CDN_PIXELATE_FACES_TYPE],
	};
	(void)err;
	hide(build, &hiding);
	return 0;
}
