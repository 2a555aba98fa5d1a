/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inverse of JPEG's cosine transform (ITU-T T.81, A.3.3), of all of a block
 * or of its lowest frequencies alone: with 4 x 4 of them the block is half as
 * large, which is cheaper and also better than to make it smaller afterwards,
 * since what the smaller picture cannot hold is never put into it.
 *
 * In integers, with constants of 13 bits, as the "accurate" transform of
 * libjpeg, whose results for whole blocks these are, to the bit. Any
 * coefficients are taken; what is beyond a sample's range is cut off, and
 * garbage gives garbage. The same on every processor.
 */
#ifndef PIXELS_IDCT_H
#define PIXELS_IDCT_H

#include <stddef.h>
#include <stdint.h>

/* Rows of as many coefficients as there are rows; a block of samples, whose
 * rows are `stride` bytes apart. */
void idct_whole(const int16_t block[64], uint8_t *out, size_t stride);
void idct_half(const int16_t block[16], uint8_t *out, size_t stride);
void idct_quarter(const int16_t block[4], uint8_t *out, size_t stride);
/* All that is left of a block without any other coefficient. */
uint8_t idct_average(int coefficient);

#endif
