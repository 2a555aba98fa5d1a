/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all that makes operations shares: the parameters of a step, what is
 * known besides, and numbers into parameters of operations.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_CONTEXT_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_CONTEXT_H

#include "api/imagekit/delivery/grammar/grammar.h"
#include "api/imagekit/delivery/grammar/parameters.h"
#include "api/imagekit/delivery/grammar/forms.h"
#include "api/imagekit/delivery/grammar/values.h"

/* Parameters by their number; the last of one is what counts. */
struct tr_values {
	struct str of[TR_PARAMETER_COUNT];
	bool has[TR_PARAMETER_COUNT]; /* with STR_NONE: bare, "bl" */
};

struct tr_context {
	const struct imagekit_transformation *in;
	struct arena *arena;
	struct imagekit_wanted *out;
	struct tr_values whole; /* TR_OUTPUT and TR_FILE, of all steps */
	enum tr_arithmetic arithmetic;
};

/* An expression into a parameter, in the variables that count here. */
bool tr_set(const struct tr_context *context, struct image_op *op,
	    unsigned param, struct str text);

/* A length: fractions below 1 are of the source's width or height. */
bool tr_length(const struct tr_context *context, struct str text,
	       enum image_term_kind whole, struct image_expression *out);

#endif
