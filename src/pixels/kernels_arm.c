/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NEON, which every processor of 64-bit ARM has.
 */
#include "pixels/kernels_arch.h"

#ifdef __aarch64__

#include <arm_neon.h>

#define DOWN_SHIFT (WEIGHT_BITS - MIDDLE_BITS)
#define OUT_SHIFT (WEIGHT_BITS + MIDDLE_BITS)

/* Rounds to nearest as C does: half goes up. */
static inline int16x8_t middle(int32x4_t low, int32x4_t high)
{
	return vcombine_s16(vqrshrn_n_s32(low, DOWN_SHIFT),
			    vqrshrn_n_s32(high, DOWN_SHIFT));
}

static void vertical(const uint8_t *const *rows, const int16_t *weights,
		     unsigned count, size_t n, int16_t *out)
{
	for (size_t at = 0; at < n; at += 16) {
		int32x4_t a = vdupq_n_s32(0), b = a, c = a, d = a;
		for (unsigned t = 0; t < count; t++) {
			uint8x16_t v = vld1q_u8(rows[t] + at);
			int16x8_t low =
				vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(v)));
			int16x8_t high =
				vreinterpretq_s16_u16(vmovl_high_u8(v));
			const int16_t w = weights[t];
			a = vmlal_n_s16(a, vget_low_s16(low), w);
			b = vmlal_high_n_s16(b, low, w);
			c = vmlal_n_s16(c, vget_low_s16(high), w);
			d = vmlal_high_n_s16(d, high, w);
		}
		vst1q_s16(out + at, middle(a, b));
		vst1q_s16(out + at + 8, middle(c, d));
	}
}

/* Eight sums to eight samples. */
static inline uint8x8_t samples(int32x4_t low, int32x4_t high)
{
	return vqmovun_s16(
		vcombine_s16(vqmovn_s32(vrshrq_n_s32(low, OUT_SHIFT)),
			     vqmovn_s32(vrshrq_n_s32(high, OUT_SHIFT))));
}

static inline int32x4_t dot(const int16_t *p, const int16_t *weights,
			    unsigned count)
{
	int32x4_t a = vdupq_n_s32(0), b = a;
	for (unsigned t = 0; t < count; t += 8) {
		int16x8_t v = vld1q_s16(p + t), w = vld1q_s16(weights + t);
		a = vmlal_s16(a, vget_low_s16(v), vget_low_s16(w));
		b = vmlal_high_s16(b, v, w);
	}
	return vaddq_s32(a, b);
}

/* The sums of four pixels. */
static inline int32x4_t four(const int16_t *in, const uint32_t *first,
			     const int16_t *w, const struct taps *taps)
{
	const unsigned count = taps->count, stride = taps->stride;
	int32x4_t a = dot(in + first[0], w, count);
	int32x4_t b = dot(in + first[1], w + stride, count);
	int32x4_t c = dot(in + first[2], w + 2 * stride, count);
	int32x4_t d = dot(in + first[3], w + 3 * stride, count);
	return vpaddq_s32(vpaddq_s32(a, b), vpaddq_s32(c, d));
}

static void horizontal(const int16_t *in, const struct taps *taps, uint8_t *out)
{
	const size_t next = (size_t)4 * taps->stride;
	const int16_t *w = taps->weights;
	for (unsigned i = 0; i < taps->n; i += 8, w += 2 * next) {
		const uint32_t *first = taps->first + i;
		vst1_u8(out + i, samples(four(in, first, w, taps),
					 four(in, first + 4, w + next, taps)));
	}
}

static inline int32x4_t channels(const int16_t *p, const int16_t *w,
				 unsigned count)
{
	int32x4_t a = vdupq_n_s32(0), b = a;
	for (unsigned t = 0; t < count; t += 2) {
		int16x8_t v = vld1q_s16(p + 4 * t);
		a = vmlal_n_s16(a, vget_low_s16(v), w[t]);
		b = vmlal_high_n_s16(b, v, w[t + 1]);
	}
	return vaddq_s32(a, b);
}

static void horizontal4(const int16_t *in, const struct taps *taps,
			uint8_t *out)
{
	const int16_t *w = taps->weights;
	const unsigned count = taps->count;
	for (unsigned i = 0; i < taps->n; i += 2) {
		const uint32_t *first = taps->first + i;
		int32x4_t a = channels(in + (size_t)4 * first[0], w, count);
		w += taps->stride;
		int32x4_t b = channels(in + (size_t)4 * first[1], w, count);
		w += taps->stride;
		vst1_u8(out + (size_t)4 * i, samples(a, b));
	}
}

/* (v + 128 + (v + 128) / 256) / 256 is v / 255 to nearest. */
static inline uint8x8_t scale(uint8x8_t colour, uint8x8_t alpha)
{
	uint16x8_t v = vaddq_u16(vmull_u8(colour, alpha), vdupq_n_u16(128));
	return vshrn_n_u16(vsraq_n_u16(v, v, 8), 8);
}

static void premultiply(uint8_t *rgba, size_t n)
{
	for (size_t i = 0; i < n; i += 32) {
		uint8x8x4_t v = vld4_u8(rgba + i);
		for (unsigned c = 0; c < 3; c++)
			v.val[c] = scale(v.val[c], v.val[3]);
		vst4_u8(rgba + i, v);
	}
}

static const struct kernels neon = {
	.name = "NEON",
	.vertical = vertical,
	.horizontal = horizontal,
	.horizontal4 = horizontal4,
	.premultiply = premultiply,
};

unsigned kernels_of_processor(const struct kernels *out[])
{
	out[0] = &neon;
	return 1;
}

#endif
