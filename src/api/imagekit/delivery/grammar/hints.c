/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Client hints: the width that a picture is shown in, in the screen's pixels,
 * and how many of those are one of the page's.
 */
#include "api/imagekit/delivery/grammar/step.h"

#include <math.h>

#define WIDTH_STEP 100.0 /* so that not each width is a picture of its own */

static double hint(struct str text, double most)
{
	double number;
	return image_number_parse(str_trim(text), &number) && number > 0 &&
			       number <= most
		       ? number
		       : 0;
}

static double dpr_of(const struct tr_context *context)
{
	return hint(context->in->hints.dpr, 10);
}

double tr_hinted_width(struct tr_context *context)
{
	double shown = hint(context->in->hints.width, IMAGE_SIDE_MAX);
	double width = ceil(shown / WIDTH_STEP) * WIDTH_STEP;
	double dpr = dpr_of(context);
	context->out->vary |= IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR;
	if (width > IMAGE_SIDE_MAX || shown == 0)
		return 0;
	if (dpr > 0)
		context->out->content_dpr = width / (shown / dpr);
	return width;
}

double tr_hinted_dpr(struct tr_context *context)
{
	double dpr = dpr_of(context);
	context->out->vary |= IMAGEKIT_VARY_DPR;
	return dpr;
}
