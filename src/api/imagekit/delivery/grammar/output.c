/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer's encoding: `f q pr lo cp md`. It holds for the whole picture, so
 * a parameter counts wherever it stands outside of layers, also in the branch
 * of a condition; the last of each does.
 */
#include "api/imagekit/delivery/grammar/step.h"
#include "http/syntax/accept.h"

#define AUTO IMAGE_FORMAT_COUNT /* no format of plans */

static const struct tr_word formats[] = {
	{"auto", AUTO},
	{"orig", IMAGE_FORMAT_SOURCE},
	{"jpg", IMAGE_FORMAT_JPG},
	{"jpeg", IMAGE_FORMAT_JPG},
	{"png", IMAGE_FORMAT_PNG},
	{"webp", IMAGE_FORMAT_WEBP},
	{"avif", IMAGE_FORMAT_AVIF},
	{"gif", IMAGE_FORMAT_GIF},
	{"jxl", IMAGE_FORMAT_JXL},
	{NULL, 0},
};

/* The smallest of what the client takes. The vendor makes no AVIF that keeps a
 * profile or was sharpened by a mask. */
static bool set_smallest(struct tr_context *context, struct image_op *op,
			 bool is_asked)
{
	const struct tr_values *whole = &context->whole;
	struct str accept = context->in->hints.accept;
	bool webp = accept_names(accept, STR("image/webp"));
	bool avif = accept_names(accept, STR("image/avif")) &&
		    !whole->has[TR_USM] &&
		    !image_flag(op, IMAGE_ENCODE_PROFILE);
	context->out->vary |= IMAGEKIT_VARY_ACCEPT;
	if (!is_asked && !webp && !avif)
		return false;
	image_set_word(op, IMAGE_ENCODE_FORMAT, IMAGE_FORMAT_SMALLEST);
	image_set_flag(op, IMAGE_ENCODE_WEBP, webp);
	image_set_flag(op, IMAGE_ENCODE_AVIF, avif);
	return true;
}

static bool set_format(struct tr_context *context, struct image_op *op)
{
	const struct tr_word *word = tr_word(formats, context->whole.of[TR_F]);
	if (word && word->value == AUTO)
		return set_smallest(context, op, true);
	if (word)
		return word->value != IMAGE_FORMAT_SOURCE &&
		       image_set_word(op, IMAGE_ENCODE_FORMAT, word->value);
	if (context->in->is_thumbnail)
		return image_set_word(op, IMAGE_ENCODE_FORMAT,
				      IMAGE_FORMAT_JPG);
	return context->in->automatic_format &&
	       set_smallest(context, op, false);
}

static bool set_flags(const struct tr_values *whole, struct image_op *op)
{
	static const struct {
		enum tr_parameter from;
		unsigned to;
	} rows[] = {
		{TR_PR, IMAGE_ENCODE_PROGRESSIVE},
		{TR_LO, IMAGE_ENCODE_LOSSLESS},
		{TR_CP, IMAGE_ENCODE_PROFILE},
		{TR_MD, IMAGE_ENCODE_METADATA},
	};
	bool any = false, on;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (whole->has[rows[i].from] &&
		    tr_flag(whole->of[rows[i].from], &on) && on)
			any |= image_set_flag(op, rows[i].to, true);
	return any;
}

bool tr_output(struct tr_context *context)
{
	double quality;
	struct image_op *op = image_plan_add(&context->out->plan, IMAGE_ENCODE);
	bool does = set_flags(&context->whole, op);
	does |= set_format(context, op);
	if (tr_pixels(context->whole.of[TR_Q], &quality))
		does |= image_set_number(op, IMAGE_ENCODE_QUALITY, quality);
	return does;
}
