/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A perceptual hash: pictures that look alike differ in few of its 64 bits.
 *
 * Of a grey picture of 32 x 32 cells the two-dimensional DCT-II is taken. The
 * 64 coefficients that follow the constant one in zigzag order, (0,1) (1,0)
 * (2,0) (1,1) (0,2) ..., are the lowest frequencies. A bit is set when its
 * coefficient is above the median of the 64 (the mean of the 32nd and 33rd);
 * the first one is the highest bit. Coefficients that rounding alone can make
 * count as zero, so a plain picture's hash is 0.
 */
#ifndef RENDER_PHASH_H
#define RENDER_PHASH_H

#include <stdint.h>

#define PHASH_EDGE 32

uint64_t phash_of(const double grey[PHASH_EDGE][PHASH_EDGE]); /* 0 to 255 */

#endif
