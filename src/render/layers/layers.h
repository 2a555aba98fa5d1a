/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lies on a picture: how it begins when it is no image, and how it is laid
 * on. What happens to it in between are operations as on any picture.
 */
#ifndef RENDER_LAYERS_LAYERS_H
#define RENDER_LAYERS_LAYERS_H

#include "render/picture/picture.h"

/* Of an IMAGE_TEXT and an IMAGE_CANVAS: the picture has nothing yet but the
 * sizes of what it will lie on. ERR_TOO_LARGE; ERR_INVALID: a font that is
 * none.
 */
int layer_text(struct picture *picture, const struct image_op *op,
	       struct err *err) MUST_CHECK;
int layer_canvas(struct picture *picture, const struct image_op *op,
		 struct err *err) MUST_CHECK;

/*
 * Of an IMAGE_OVERLAY: the layer, of one frame, onto every frame of the base.
 * Pixels of both are in memory. Parts outside of the base are cut off.
 *
 * x, y: how far its left and upper edge, xc, yc: its middle, are from the
 * anchor, a place of the base. From the upper left corner a negative x or y, or
 * from-right and from-bottom, say how far its right or lower edge is from the
 * base's. One that is missing is 0; without any of them the focus says at which
 * edges it stands. In halves of pixels it goes to the right and down.
 *
 * multiply: colours are multiplied. cutter, cutout: the base is left where the
 * layer is opaque, or is not. displace: each pixel is taken from up to x and y
 * pixels aside, by the layer's red and green, 127.5 being no way; the focus
 * says where the layer stands.
 */
int layer_lay(struct picture *base, const struct picture *layer,
	      const struct image_op *op, struct err *err) MUST_CHECK;

/* An image onto another one that nobody else has, from a pixel of that on;
 * both are in memory, what does not fit is cut off. */
void layer_stamp(VipsImage *base, VipsImage *layer, int left, int top);

#endif
