/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Steps into operations. Within a step the order of parameters says nothing:
 *
 *     trim, resize, turn, flip, distort, grayscale, contrast, colorize,
 * recolor, sharpen, unsharp, blur, gradient, shadow, opacity, background,
 * border, round
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_STEP_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_STEP_H

#include "api/imagekit/delivery/grammar/context.h"

/* resize.c: `w` to `dpr`, and `bg` where something is padded; whether it took
 * care of `bg`. */
bool tr_resize(struct tr_context *context, const struct tr_values *values,
	       struct image_plan *plan);

/* effects.c: the e-... of a step, `bl` and `cr` */
void tr_effects(struct tr_context *context, const struct tr_values *values,
		struct image_plan *plan);

/* step.c: What begins a plan besides pictures has taken its size and
 * background itself. */
enum tr_made {
	TR_FROM_FILE,
	TR_FROM_BOX,
};
void tr_step_operations(struct tr_context *context,
			const struct tr_values *values, enum tr_made made,
			struct image_plan *plan);

/* hints.c */

/* w-auto: pixels, 0 when the client said none. */
double tr_hinted_width(struct tr_context *context);
/* dpr-auto, likewise. */
double tr_hinted_dpr(struct tr_context *context);

/* output.c: the encode that ends the outermost plan; whether it does anything
 * to a file. */
bool tr_output(struct tr_context *context);

#endif
