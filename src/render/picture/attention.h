/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What draws the eye in a picture: edges, skin, strong colours. No detector of
 * anything.
 */
#ifndef RENDER_PICTURE_ATTENTION_H
#define RENDER_PICTURE_ATTENTION_H

#include "render/picture/picture.h"

/* Where a box of the size that *kept has lies best; whole pixels if it has
 * whole ones. `bytes` is the picture, as bytes of 1, 3 or 4 bands, which may be
 * stored smaller than it is, in memory. ERR_INVALID, ERR_TOO_LARGE. */
int attention_find(struct picture *picture, VipsImage *bytes,
		   struct image_box *kept, struct err *err) MUST_CHECK;

#endif
