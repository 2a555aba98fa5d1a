/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/context.h"

#include <math.h>

bool tr_set(const struct tr_context *context, struct image_op *op,
	    unsigned param, struct str text)
{
	struct image_expression value;
	return tr_expression(text, context->arithmetic, &value) &&
	       image_set_expression(op, param, &value);
}

bool tr_length(const struct tr_context *context, struct str text,
	       enum image_term_kind whole, struct image_expression *out)
{
	double number;
	struct image_expression value;
	if (!tr_expression(text, context->arithmetic, &value))
		return false;
	if (tr_constant(&value, &number)) {
		if (!(number > 0) || floor(number + 0.5) > IMAGE_SIDE_MAX)
			return false;
		struct image_expression of = {.n = 1, .terms = {{whole, 0}}};
		value = tr_expression_of(number < 1 ? number
						    : floor(number + 0.5));
		if (number < 1 && !tr_combine(&of, &value, IMAGE_TERM_MUL))
			return false;
		if (number < 1)
			value = of;
	}
	*out = value;
	return true;
}
