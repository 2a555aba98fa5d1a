/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain C, in loops that a compiler turns into whatever vectors there are; and
 * who has which.
 */
#include "pixels/kernels.h"
#include "pixels/kernels_arch.h"

static int clamp(int value, int low, int high)
{
	return value < low ? low : value > high ? high : value;
}

static void vertical(const uint8_t *const *rows, const int16_t *weights,
		     unsigned count, size_t n, int16_t *out)
{
	enum {
		shift = WEIGHT_BITS - MIDDLE_BITS
	};
	for (size_t at = 0; at < n; at += KERNEL_BLOCK) {
		int sums[KERNEL_BLOCK];
		for (unsigned i = 0; i < KERNEL_BLOCK; i++)
			sums[i] = 1 << (shift - 1);
		for (unsigned t = 0; t < count; t++)
			for (unsigned i = 0; i < KERNEL_BLOCK; i++)
				sums[i] += weights[t] * rows[t][at + i];
		for (unsigned i = 0; i < KERNEL_BLOCK; i++)
			out[at + i] = (int16_t)clamp(sums[i] >> shift,
						     INT16_MIN, INT16_MAX);
	}
}

static uint8_t sample(int sum)
{
	enum {
		shift = WEIGHT_BITS + MIDDLE_BITS
	};
	return (uint8_t)clamp((sum + (1 << (shift - 1))) >> shift, 0, 255);
}

static void horizontal(const int16_t *in, const struct taps *taps, uint8_t *out)
{
	const int16_t *weights = taps->weights;
	for (unsigned i = 0; i < taps->n; i++, weights += taps->stride) {
		const int16_t *p = in + taps->first[i];
		int sum = 0;
		for (unsigned t = 0; t < taps->count; t++)
			sum += weights[t] * p[t];
		out[i] = sample(sum);
	}
}

static void horizontal4(const int16_t *in, const struct taps *taps,
			uint8_t *out)
{
	const int16_t *weights = taps->weights;
	for (unsigned i = 0; i < taps->n; i++, weights += taps->stride) {
		const int16_t *p = in + (size_t)4 * taps->first[i];
		int sums[4] = {0};
		for (unsigned t = 0; t < taps->count; t++)
			for (unsigned c = 0; c < 4; c++)
				sums[c] += weights[t] * p[4 * t + c];
		for (unsigned c = 0; c < 4; c++)
			out[4 * i + c] = sample(sums[c]);
	}
}

static void premultiply(uint8_t *rgba, size_t n)
{
	for (size_t i = 0; i < n; i += 4) {
		for (unsigned c = 0; c < 3; c++) {
			unsigned v = rgba[i + c] * rgba[i + 3] + 128u;
			rgba[i + c] = (uint8_t)((v + (v >> 8)) >> 8);
		}
	}
}

static const struct kernels plain = {
	.name = "C",
	.vertical = vertical,
	.horizontal = horizontal,
	.horizontal4 = horizontal4,
	.premultiply = premultiply,
};

unsigned kernels_here(const struct kernels *out[KERNELS_MAX])
{
	unsigned n = 0;
#ifdef KERNELS_OF_PROCESSOR
	n = kernels_of_processor(out);
#endif
	out[n++] = &plain;
	return n;
}
