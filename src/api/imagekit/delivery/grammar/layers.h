/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What layers begin with and where they come to stand; and overlays as they
 * were written before there were layers, as layers.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_LAYERS_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_LAYERS_H

#include "api/imagekit/delivery/grammar/step.h"

/* The operation that a layer's plan begins with: an image, a text, a block.
 * `whole` are the parameters of all its steps, `first` those of its first. On
 * failure the plan stays empty: a layer of another kind, or of nothing. */
bool tr_layer_begin(struct tr_context *context, struct str kind,
		    const struct tr_values *whole,
		    const struct tr_values *first, struct image_plan *plan);

/* Whether that is a file, and not a box that was made. */
bool tr_layer_is_file(const struct image_plan *plan);

/* `al`, which counts for all of a text or a block. */
void tr_layer_opacity(const struct tr_values *whole, struct image_plan *plan);

/* Where it stands, and how it mixes. */
void tr_layer_place(struct tr_context *context, const struct tr_values *whole,
		    struct image_op *overlay);

/* old.c */

enum tr_old {
	TR_OLD_BLOCK,
	TR_OLD_IMAGE,
	TR_OLD_TEXT,
	TR_OLD_COUNT,
};
/* A step's old overlay of that sort as a layer's parameters; *kind is that of
 * the layer. False: it has none. */
bool tr_old_layer(const struct tr_values *values, enum tr_old sort,
		  struct str *kind, struct tr_values *out);

#endif
