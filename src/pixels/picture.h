/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole pictures in memory, and what needs no arithmetic on them: turning,
 * mirroring, filling.
 */
#ifndef PIXELS_PICTURE_H
#define PIXELS_PICTURE_H

#include "base/err.h"

#include <stdint.h>

#define PICTURE_SIZE_MAX 65535u /* pixels of a side */

struct picture {
	unsigned width, height; /* 1 to PICTURE_SIZE_MAX */
	unsigned channels;      /* bytes a pixel: 1 or 4 */
	size_t stride;          /* bytes from row to row */
	uint8_t *pixels;        /* may point into another's */
};

/* Pixels for width, height and channels, which are given; the rest is set.
 * What they are at first is not said. ERR_TOO_LARGE: no memory, or beyond the
 * bounds. */
int picture_init(struct picture *picture, struct err *err) MUST_CHECK;
/* Of picture_init() alone, or all zero. */
void picture_release(struct picture *picture);

static inline uint8_t *picture_row(const struct picture *picture, unsigned y)
{
	return picture->pixels + y * picture->stride;
}

/* All of it in one colour, of which as many bytes count as there are
 * channels. */
void picture_fill(const struct picture *picture, const uint8_t colour[4]);

/*
 * Orientations are those of EXIF 2.32 (4.6.4 A, Orientation): 1 is upright, and
 * each number says how what is stored is to be turned or mirrored to be
 * upright: 2 left to right, 3 by 180 degrees, 4 upside down, 5 transposed, 6 by
 * 90 degrees clockwise, 7 along the other diagonal, 8 by 270.
 */
static inline bool orientation_swaps(unsigned orientation)
{
	return orientation >= 5;
}

/* Whether its stored columns, or rows, are shown from the last to the first
 * (as columns or, swapped, as rows). */
static inline bool orientation_mirrors_columns(unsigned orientation)
{
	return orientation == 2 || orientation == 3 || orientation >= 7;
}

static inline bool orientation_mirrors_rows(unsigned orientation)
{
	return orientation == 3 || orientation == 4 || orientation == 6 ||
	       orientation == 7;
}

/* `out` has the sides of `in`, swapped for 5 to 8; it is other memory. */
void picture_turn(const struct picture *in, unsigned orientation,
		  const struct picture *out);

/* The orientation that is `first` and then `second`. */
unsigned orientation_then(unsigned first, unsigned second);

#endif
