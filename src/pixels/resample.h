/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resampling by Lanczos's kernel of three lobes, row by row: rows of the source
 * go in, rows of the result come out, and no more of either is kept than the
 * kernel spans. Pictures have 8 bits a channel, and are taken as they are: in
 * gamma-corrected values, each channel for itself.
 *
 * Pixel i of a row is the interval [i, i + 1). What is read from the source may
 * begin and end anywhere within it: half of a picture of 1333 rows that was
 * decoded as 667 has 666.5, and a plane of half as many columns 666.5 / 2.
 *
 * How exact: weights have 14 bits and sum up to one, so that a colour stays
 * itself; 6 bits behind the point are kept between the passes; the result is
 * rounded to nearest. The same everywhere, to the bit (kernels.h).
 */
#ifndef PIXELS_RESAMPLE_H
#define PIXELS_RESAMPLE_H

#include "base/err.h"

#include <stdint.h>

#define RESAMPLE_SIZE_MAX 65535u /* pixels of a side, in and out */

/*
 * One axis: `out` pixels that cover the interval [start, start + extent) of
 * `in` stored ones. The centre of each must lie within what is stored; the
 * kernel sees all that is stored and nothing else, so for a part of a picture
 * that its surroundings must not bleed into, only that part is pushed.
 */
struct resample_axis {
	unsigned in, out;
	double start, extent;
};

struct resample_options {
	/* 1: a plane. 4: red, green, blue and alpha, which is not multiplied
	 * in; the colour of a transparent pixel counts for nothing. */
	unsigned channels;
	struct resample_axis x, y;
};

struct resampler;

/* NULL with ERR_INVALID: an axis beyond its bounds; ERR_TOO_LARGE: no memory.
 * What it takes is 8 source rows to enlarge, up to 100 to make smaller, and
 * some megabytes for the longest axes. */
struct resampler *resampler_new(const struct resample_options *options,
				struct err *err) MUST_CHECK;
void resampler_free(struct resampler *resampler); /* may be NULL */

/* The next row of y.in; x.in pixels, which are copied. Before each one,
 * resampler_pull() must have said that there is nothing. */
void resampler_push(struct resampler *resampler, const uint8_t *row);

/* Writes the next row of y.out, x.out pixels, if enough has been pushed. After
 * y.in rows all of them are there. */
bool resampler_pull(struct resampler *resampler, uint8_t *row);

#endif
