/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture on a larger canvas, and what the rest of that is filled with
 * (IMAGE_FILLS).
 */
#ifndef RENDER_PICTURE_FILL_H
#define RENDER_PICTURE_FILL_H

#include "render/picture/picture.h"

#define FILL_SIGMA_AUTO (-1.0)

struct fill {
	unsigned kind;          /* IMAGE_FILL_* */
	uint32_t color;         /* IMAGE_FILL_COLOR: 0xRRGGBBAA */
	double sigma;           /* IMAGE_FILL_BLURRED; pixels of the canvas */
	double brightness;      /* the same; levels, -255 to 255 */
	unsigned colors;        /* IMAGE_FILL_GRADIENT: 2 or 4 */
	unsigned width, height; /* of the canvas */
	unsigned left, top;     /* the picture's place on it */
};

/* A picture that is in memory. */
int fill_around(struct picture *picture, const struct fill *fill,
		struct err *err) MUST_CHECK;
/* Only what is behind it: a canvas of the picture's size, which the picture is
 * not laid on. *out is the caller's. */
int fill_canvas(struct picture *picture, const struct fill *fill,
		VipsImage **out, struct err *err) MUST_CHECK;

/* The colour that most pixels of a part of a picture in memory have,
 * 0xRRGGBBff.
 */
uint32_t fill_dominant(VipsImage *image, const VipsRect *part);

#endif
