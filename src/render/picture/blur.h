/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gauss's blur, of any width for about the same work.
 */
#ifndef RENDER_PICTURE_BLUR_H
#define RENDER_PICTURE_BLUR_H

#include "render/decode.h"

/* *out is the caller's, floats as good as sigma (> 0, in pixels) says to 1 %;
 * edges go on as they are. Bands are blurred each for itself: multiply alpha in
 * first. -1: libvips has complained. */
int blur_floats(VipsImage *in, double sigma, VipsImage **out);

/* The same with a kernel that ends at a radius, of at most 100 pixels. */
int blur_within(VipsImage *in, double sigma, int radius, VipsImage **out);

/* Of a picture's pixels, as bytes, with its alpha taken care of. */
int blur_pixels(VipsImage *in, double sigma, VipsImage **out);

#endif
