/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inner loops of resampling: in plain C, and for the instructions of some
 * processors. All give the same bytes: sums of products of integers that
 * cannot overflow, in whatever order.
 */
#ifndef PIXELS_KERNELS_H
#define PIXELS_KERNELS_H

#include "pixels/taps.h"

#include <stddef.h>

#define MIDDLE_BITS 6 /* of a sample behind the point, between the passes */

/* A row is read and written in whole blocks: its memory goes on up to a
 * multiple, and a row between the passes by a block more. */
#define KERNEL_BLOCK 64 /* bytes, or pixels between the passes */

struct kernels {
	const char *name;
	/* out[i] = the sum over all t < count of weights[t] * rows[t][i], for
	 * i < n; count is even, n a multiple of KERNEL_BLOCK. */
	void (*vertical)(const uint8_t *const *rows, const int16_t *weights,
			 unsigned count, size_t n, int16_t *out);
	/* All pixels of a row, of 1 channel and of 4. */
	void (*horizontal)(const int16_t *in, const struct taps *taps,
			   uint8_t *out);
	void (*horizontal4)(const int16_t *in, const struct taps *taps,
			    uint8_t *out);
	/* RGBA of n bytes in place: colour * alpha / 255, to nearest; n a
	 * multiple of KERNEL_BLOCK. */
	void (*premultiply)(uint8_t *rgba, size_t n);
};

/* Those that this processor has, the fastest first, the last one plain C. */
#define KERNELS_MAX 3
unsigned kernels_here(const struct kernels *out[KERNELS_MAX]);

#endif
