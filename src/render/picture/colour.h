/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From what decoders give (16 bits, grey, CMYK, wide colours with a profile) to
 * the pixels that pictures are made of.
 */
#ifndef RENDER_PICTURE_COLOUR_H
#define RENDER_PICTURE_COLOUR_H

#include "render/picture/picture.h"

/* Of a picture that is raw; nothing else becomes of others. */
int colour_normalise(struct picture *picture, struct err *err) MUST_CHECK;

/*
 * The same but for the profile of pixels that have 8 bits and three colours,
 * which are then as good as others for being scaled: applying it to fewer
 * pixels is less work. *out is the caller's.
 */
int colour_to_bytes(const struct picture *picture, VipsImage **out,
		    struct err *err) MUST_CHECK;

#endif
