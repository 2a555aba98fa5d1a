/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For each pixel of an axis of the result: which source pixels it is made of,
 * and how much of each.
 */
#ifndef PIXELS_TAPS_H
#define PIXELS_TAPS_H

#include "pixels/resample.h"

#define WEIGHT_BITS 14 /* behind the point */

/* An axis is made smaller by its kernel up to this much; what is more is to be
 * averaged away before (taps_average()). */
#define TAPS_SCALE_MAX 16
#define TAPS_MAX (2 * 3 * TAPS_SCALE_MAX + 2)

#define TAPS_PIXELS 8 /* the kernels take so many at once */
#define TAPS_STRIDE 16

/*
 * Pixel i is made of `count` source pixels from first[i] on, all of which
 * exist, by weights[i * stride] and so on; these sum up to 1 << WEIGHT_BITS and
 * fill up with 0 to the stride. Behind the last pixel come some of weight 0 up
 * to a multiple of TAPS_PIXELS.
 */
struct taps {
	unsigned n;      /* pixels, rounded up */
	unsigned count;  /* at most TAPS_MAX */
	unsigned stride; /* a multiple of TAPS_STRIDE, larger than count */
	uint32_t *first;
	int16_t *weights; /* aligned to 64 bytes */
	bool identity;    /* pixel i is source pixel first[0] + i, untouched */
};

/* How many source pixels are to be averaged to one first, or 1; *axis becomes
 * that of the averages. ERR_INVALID: beyond the bounds of resample.h. */
int taps_average(struct resample_axis *axis, unsigned *n,
		 struct err *err) MUST_CHECK;

/* Of an axis that taps_average() has seen. ERR_TOO_LARGE: no memory. */
int taps_init(struct taps *taps, const struct resample_axis *axis,
	      struct err *err) MUST_CHECK;
void taps_release(struct taps *taps);

#endif
