/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ThumbHash (https://evanw.github.io/thumbhash/): a picture as some 25 bytes,
 * enough to show its shapes and colours, blurred, until it has come.
 *
 * Colours, laid over their mean where they can be seen through, become
 * brightness and two differences of colours. Of each the lowest frequencies of
 * the two-dimensional DCT-II are kept, those with x / nx + y / ny < 1: nx is 7
 * for the brightness of the longer side (5 with alpha), less for the other one,
 * 3 for the differences, 5 for alpha. Three bytes tell the constants, two the
 * shape and how far the rest reaches, one more alpha's constant and reach; then
 * each other coefficient is four bits.
 */
#ifndef RENDER_THUMBHASH_H
#define RENDER_THUMBHASH_H

#include <stddef.h>
#include <stdint.h>

#define THUMBHASH_EDGE 100 /* pixels of a side, at most */
#define THUMBHASH_MAX 25   /* bytes */

/* Colours are 0 to 1 and not multiplied by alpha. */
struct thumb_pixel {
	float red, green, blue, alpha;
};

struct thumb {
	unsigned width, height; /* 1 to THUMBHASH_EDGE */
	struct thumb_pixel pixels[THUMBHASH_EDGE * THUMBHASH_EDGE]; /* rows */
};

/* The number of bytes. */
size_t thumbhash_of(const struct thumb *thumb, uint8_t out[THUMBHASH_MAX]);

#endif
