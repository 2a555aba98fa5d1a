/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a layer comes to lie on its base (layers.h has the rules). Pure.
 */
#ifndef RENDER_LAYERS_PLACE_H
#define RENDER_LAYERS_PLACE_H

#include "image/plan.h"

struct layer_sizes {
	double base_width, base_height; /* of a frame */
	double width, height;           /* of the layer */
};

struct layer_place {
	int left, top; /* may be outside of the base */
};

/* Of an IMAGE_OVERLAY, by its coordinates if it has any. of: what its
 * expressions speak of. */
struct layer_place layer_place(const struct image_op *op,
			       const struct layer_sizes *sizes,
			       const struct image_sizes *of);
/* By its focus. */
struct layer_place layer_place_focus(const struct image_op *op,
				     const struct layer_sizes *sizes);

#endif
