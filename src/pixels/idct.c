/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each axis is a product with a matrix of cosines, taken apart into what is the
 * same for both ends and what differs in its sign. Processors can multiply
 * pairs of 16 bits and add them, which does more at once than the algorithms
 * with the fewest multiplications; that and narrowing are all that is not
 * written in the compiler's own vectors.
 */
#include "pixels/idct.h"

#include <string.h>

#ifdef __x86_64__
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define POINT 13 /* bits of a constant behind the point, */
#define KEPT 2   /* and of what lies between the two passes */
/* a transform of each axis leaves a factor of the root of 8 */
#define SCALE 3

#define INLINE static inline __attribute__((always_inline))

typedef int16_t half8 __attribute__((vector_size(16)));
typedef int32_t word4 __attribute__((vector_size(16)));
/* sums, which a broken file may make overflow */
typedef uint32_t sum4 __attribute__((vector_size(16)));
typedef uint8_t byte16 __attribute__((vector_size(16)));

#define ONE (1 << POINT)

#define PAIRS(a, b) ((half8){a, b, a, b, a, b, a, b})

/* Of each pair of neighbours: a0 * b0 + a1 * b1. */
INLINE sum4 multiply_add(half8 a, half8 b)
{
#ifdef __x86_64__
	return (sum4)_mm_madd_epi16((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
	int32x4_t low = vmull_s16(vget_low_s16((int16x8_t)a),
				  vget_low_s16((int16x8_t)b));
	int32x4_t high = vmull_high_s16((int16x8_t)a, (int16x8_t)b);
	return (sum4)vpaddq_s32(low, high);
#else
	sum4 out;
	for (unsigned i = 0; i < 4; i++)
		out[i] = (uint32_t)(a[2 * i] * b[2 * i]) +
			 (uint32_t)(a[2 * i + 1] * b[2 * i + 1]);
	return out;
#endif
}

/* What is out of range becomes the end of the range. */
INLINE half8 narrow(word4 a, word4 b)
{
#ifdef __x86_64__
	return (half8)_mm_packs_epi32((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
	return (half8)vqmovn_high_s32(vqmovn_s32((int32x4_t)a), (int32x4_t)b);
#else
	half8 out;
	for (unsigned i = 0; i < 8; i++) {
		int32_t v = i < 4 ? a[i] : b[i - 4];
		out[i] = (int16_t)(v < INT16_MIN   ? INT16_MIN
				   : v > INT16_MAX ? INT16_MAX
						   : v);
	}
	return out;
#endif
}

INLINE byte16 narrow_bytes(half8 a, half8 b)
{
#ifdef __x86_64__
	return (byte16)_mm_packus_epi16((__m128i)a, (__m128i)b);
#elif defined(__aarch64__)
	return (byte16)vqmovun_high_s16(vqmovun_s16((int16x8_t)a),
					(int16x8_t)b);
#else
	byte16 out;
	for (unsigned i = 0; i < 16; i++) {
		int16_t v = i < 8 ? a[i] : b[i - 8];
		out[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
	}
	return out;
#endif
}

/* a0 b0 a1 b1 a2 b2 a3 b3, and the same of what is left. */
INLINE half8 low_pairs(half8 a, half8 b)
{
	return __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

INLINE half8 high_pairs(half8 a, half8 b)
{
	return __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

INLINE word4 descale(sum4 sum, unsigned shift)
{
	return (word4)sum >> shift;
}

INLINE sum4 rounding(unsigned shift)
{
	const uint32_t half = 1u << (shift - 1);
	return (sum4){half, half, half, half};
}

/*
 * A whole block. Four columns: of pairs of rows, to sums for both ends.
 *
 * The numbers are the square root of 2 times a cosine of some sixteenths of pi,
 * in units of 1 / ONE; the last digit of some is as libjpeg has it, which adds
 * them up from others.
 */

struct quarter {
	half8 rows04, rows26, rows13, rows57;
};

INLINE void transform(const struct quarter *in, unsigned shift, word4 out[8])
{
	const sum4 half = rounding(shift);
	const sum4 sum = multiply_add(in->rows04, PAIRS(ONE, ONE)) + half;
	const sum4 difference =
		multiply_add(in->rows04, PAIRS(ONE, -ONE)) + half;
	const sum4 e0 = multiply_add(in->rows26, PAIRS(10703, 4433));
	const sum4 e1 = multiply_add(in->rows26, PAIRS(4433, -10704));
	const sum4 even[4] = {sum + e0, difference + e1, difference - e1,
			      sum - e0};
	const half8 a = in->rows13, b = in->rows57;
	const sum4 odd[4] = {
		multiply_add(a, PAIRS(11363, 9633)) +
			multiply_add(b, PAIRS(6437, 2260)),
		multiply_add(a, PAIRS(9633, -2259)) +
			multiply_add(b, PAIRS(-11362, -6436)),
		multiply_add(a, PAIRS(6437, -11362)) +
			multiply_add(b, PAIRS(2261, 9633)),
		multiply_add(a, PAIRS(2260, -6436)) +
			multiply_add(b, PAIRS(9633, -11363)),
	};
	for (unsigned i = 0; i < 4; i++) {
		out[i] = descale(even[i] + odd[i], shift);
		out[7 - i] = descale(even[i] - odd[i], shift);
	}
}

INLINE void pass(half8 v[8], unsigned shift)
{
	const struct quarter left = {
		low_pairs(v[0], v[4]), low_pairs(v[2], v[6]),
		low_pairs(v[1], v[3]), low_pairs(v[5], v[7])};
	const struct quarter right = {
		high_pairs(v[0], v[4]), high_pairs(v[2], v[6]),
		high_pairs(v[1], v[3]), high_pairs(v[5], v[7])};
	word4 a[8], b[8];
	transform(&left, shift, a);
	transform(&right, shift, b);
	for (unsigned i = 0; i < 8; i++)
		v[i] = narrow(a[i], b[i]);
}

INLINE void transpose(half8 v[8])
{
	for (unsigned round = 0; round < 3; round++) {
		half8 w[8];
		for (unsigned i = 0; i < 4; i++) {
			w[2 * i] = low_pairs(v[i], v[i + 4]);
			w[2 * i + 1] = high_pairs(v[i], v[i + 4]);
		}
		memcpy(v, w, sizeof(w));
	}
}

void idct_whole(const int16_t block[64], uint8_t *out, size_t stride)
{
	half8 v[8];
	memcpy(v, block, sizeof(v));
	pass(v, POINT - KEPT);
	transpose(v);
	pass(v, POINT + KEPT + SCALE);
	transpose(v);
	for (unsigned i = 0; i < 8; i += 2) {
		byte16 rows = narrow_bytes(v[i] + 128, v[i + 1] + 128);
		memcpy(out + i * stride, &rows, 8);
		memcpy(out + (i + 1) * stride, (uint8_t *)&rows + 8, 8);
	}
}

/*
 * Half a block, two rows in a vector.
 */

INLINE void pass_half(half8 v[2], unsigned shift)
{
	const sum4 half = rounding(shift);
	const half8 rows02 = low_pairs(v[0], v[1]);
	const half8 rows13 = high_pairs(v[0], v[1]);
	const sum4 sum = multiply_add(rows02, PAIRS(ONE, ONE)) + half;
	const sum4 difference = multiply_add(rows02, PAIRS(ONE, -ONE)) + half;
	const sum4 o0 = multiply_add(rows13, PAIRS(10703, 4433));
	const sum4 o1 = multiply_add(rows13, PAIRS(4433, -10703));
	v[0] = narrow(descale(sum + o0, shift),
		      descale(difference + o1, shift));
	v[1] = narrow(descale(difference - o1, shift),
		      descale(sum - o0, shift));
}

INLINE void transpose_half(half8 v[2])
{
	half8 a = low_pairs(v[0], v[1]), b = high_pairs(v[0], v[1]);
	v[0] = low_pairs(a, b);
	v[1] = high_pairs(a, b);
}

void idct_half(const int16_t block[16], uint8_t *out, size_t stride)
{
	half8 v[2];
	memcpy(v, block, sizeof(v));
	pass_half(v, POINT - KEPT);
	transpose_half(v);
	pass_half(v, POINT + KEPT + SCALE);
	transpose_half(v);
	byte16 rows = narrow_bytes(v[0] + 128, v[1] + 128);
	for (unsigned i = 0; i < 4; i++)
		memcpy(out + i * stride, (uint8_t *)&rows + (size_t)4 * i, 4);
}

/*
 * Less than that.
 */

uint8_t idct_average(int coefficient)
{
	int x = 128 + ((coefficient + (1 << (SCALE - 1))) >> SCALE);
	return (uint8_t)(x < 0 ? 0 : x > 255 ? 255 : x);
}

void idct_quarter(const int16_t block[4], uint8_t *out, size_t stride)
{
	const int sum = block[0] + block[1], across = block[0] - block[1];
	const int down = block[2] + block[3], both = block[2] - block[3];
	out[0] = idct_average(sum + down);
	out[1] = idct_average(across + both);
	out[stride] = idct_average(sum - down);
	out[stride + 1] = idct_average(across - both);
}
