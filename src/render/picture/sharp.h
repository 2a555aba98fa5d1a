/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a blur takes away, added: the unsharp mask.
 */
#ifndef RENDER_PICTURE_SHARP_H
#define RENDER_PICTURE_SHARP_H

#include "render/decode.h"

struct sharp {
	double radius; /* pixels of the kernel around its middle; 0: all of it
			*/
	double sigma;
	double amount;    /* times the difference */
	double threshold; /* of 1: what differs by less than half of it stays */
};

/* The image is in memory; alpha stays. *out is the caller's. -1: libvips has
 * complained. */
int sharp_pixels(VipsImage *in, const struct sharp *sharp, VipsImage **out);

#endif
