/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Noise: how much of it a picture has, and the picture with less.
 */
#ifndef OCR_PICTURE_GRAIN_H
#define OCR_PICTURE_GRAIN_H

#include "pixels/picture.h"

struct grain {
	double deviation; /* of pixels that should be alike, in levels */
	double specks;    /* part of pixels that are unlike all around them */
};

/* Looks at some rows. */
struct grain grain_measure(const struct picture *picture);
bool grain_is_coarse(const struct grain *grain);

/* `out` has the same sides and is other memory. What differs from most of what
 * is around it becomes like that; edges stay. */
void grain_remove(const struct picture *in, const struct picture *out);

/* Averages of squares of n x n pixels; what is left over at the right and at
 * the bottom is not in it. *out is made, and released by the caller. */
int grain_shrink(const struct picture *in, unsigned n, struct picture *out,
		 struct err *err) MUST_CHECK;

#endif
