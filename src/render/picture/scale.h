/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pixels to another size, by the resampler that the renderer without effects
 * has too (pixels/resample.h), so that both give the same picture.
 */
#ifndef RENDER_PICTURE_SCALE_H
#define RENDER_PICTURE_SCALE_H

#include "image/geometry.h"

#include <vips/vips.h>

/* A part of an image, which may begin and end within a pixel, and what it is to
 * become. */
struct scale {
	struct image_box part;
	unsigned width, height;
};

/* In memory afterwards: *out is the caller's. The image has bytes of 1, 3 or 4
 * bands and is read once, from top to bottom. ERR_INVALID: pixels cannot be
 * decoded; ERR_TOO_LARGE: no memory. */
int scale_part(VipsImage *image, const struct scale *scale, VipsImage **out,
	       struct err *err) MUST_CHECK;

#endif
