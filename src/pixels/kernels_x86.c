/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SSE4.1 and AVX2. Both multiply and add pairs of 16 bits (pmaddwd): samples of
 * two rows, or of two neighbours, which are put side by side for it.
 */
#include "pixels/kernels_arch.h"

#ifdef __x86_64__

#include <immintrin.h>
#include <string.h>

#define SSE4 __attribute__((target("sse4.1")))
#define AVX2 __attribute__((target("avx2")))

#define DOWN_SHIFT (WEIGHT_BITS - MIDDLE_BITS)
#define DOWN_HALF (1 << (DOWN_SHIFT - 1))
#define OUT_SHIFT (WEIGHT_BITS + MIDDLE_BITS)
#define OUT_HALF (1 << (OUT_SHIFT - 1))

/* Two weights, or four samples of 8 bits. */
static int load_int(const void *p)
{
	int value;
	memcpy(&value, p, sizeof(value));
	return value;
}

static void store_int(void *p, int value)
{
	memcpy(p, &value, sizeof(value));
}

/*
 * SSE4.1
 */

static SSE4 inline __m128i load4(const void *p)
{
	return _mm_loadu_si128(p);
}

static SSE4 void vertical_sse4(const uint8_t *const *rows,
			       const int16_t *weights, unsigned count, size_t n,
			       int16_t *out)
{
	const __m128i half = _mm_set1_epi32(DOWN_HALF);
	const __m128i zero = _mm_setzero_si128();
	for (size_t at = 0; at < n; at += 16) {
		__m128i a = half, b = half, c = half, d = half;
		for (unsigned t = 0; t < count; t += 2) {
			__m128i w = _mm_set1_epi32(load_int(weights + t));
			__m128i p = load4(rows[t] + at);
			__m128i q = load4(rows[t + 1] + at);
			__m128i low = _mm_unpacklo_epi8(p, q);
			__m128i high = _mm_unpackhi_epi8(p, q);
			a = _mm_add_epi32(
				a, _mm_madd_epi16(_mm_cvtepu8_epi16(low), w));
			b = _mm_add_epi32(
				b, _mm_madd_epi16(_mm_unpackhi_epi8(low, zero),
						  w));
			c = _mm_add_epi32(
				c, _mm_madd_epi16(_mm_cvtepu8_epi16(high), w));
			d = _mm_add_epi32(
				d, _mm_madd_epi16(_mm_unpackhi_epi8(high, zero),
						  w));
		}
		a = _mm_packs_epi32(_mm_srai_epi32(a, DOWN_SHIFT),
				    _mm_srai_epi32(b, DOWN_SHIFT));
		c = _mm_packs_epi32(_mm_srai_epi32(c, DOWN_SHIFT),
				    _mm_srai_epi32(d, DOWN_SHIFT));
		_mm_storeu_si128((__m128i *)(out + at), a);
		_mm_storeu_si128((__m128i *)(out + at + 8), c);
	}
}

/* Four sums to four samples. */
static SSE4 inline int samples_sse4(__m128i sums)
{
	sums = _mm_add_epi32(sums, _mm_set1_epi32(OUT_HALF));
	sums = _mm_srai_epi32(sums, OUT_SHIFT);
	sums = _mm_packs_epi32(sums, sums);
	return _mm_cvtsi128_si32(_mm_packus_epi16(sums, sums));
}

static SSE4 inline __m128i dot_sse4(const int16_t *p, const int16_t *weights,
				    unsigned count)
{
	__m128i sum = _mm_setzero_si128();
	for (unsigned t = 0; t < count; t += 8)
		sum = _mm_add_epi32(
			sum, _mm_madd_epi16(load4(p + t), load4(weights + t)));
	return sum;
}

static SSE4 void horizontal_sse4(const int16_t *in, const struct taps *taps,
				 uint8_t *out)
{
	const int16_t *w = taps->weights;
	const unsigned count = taps->count, stride = taps->stride;
	for (unsigned i = 0; i < taps->n; i += 4, w += (size_t)4 * stride) {
		const uint32_t *first = taps->first + i;
		__m128i a = dot_sse4(in + first[0], w, count);
		__m128i b = dot_sse4(in + first[1], w + stride, count);
		__m128i c = dot_sse4(in + first[2], w + 2 * stride, count);
		__m128i d = dot_sse4(in + first[3], w + 3 * stride, count);
		store_int(out + i,
			  samples_sse4(_mm_hadd_epi32(_mm_hadd_epi32(a, b),
						      _mm_hadd_epi32(c, d))));
	}
}

static SSE4 void horizontal4_sse4(const int16_t *in, const struct taps *taps,
				  uint8_t *out)
{
	/* two pixels to four pairs of a channel */
	const __m128i pairs = _mm_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12,
					    13, 6, 7, 14, 15);
	const int16_t *w = taps->weights;
	for (unsigned i = 0; i < taps->n; i++, w += taps->stride) {
		const int16_t *p = in + (size_t)4 * taps->first[i];
		__m128i sum = _mm_setzero_si128();
		for (unsigned t = 0; t < taps->count; t += 2)
			sum = _mm_add_epi32(
				sum, _mm_madd_epi16(
					     _mm_shuffle_epi8(load4(p + 4 * t),
							      pairs),
					     _mm_set1_epi32(load_int(w + t))));
		store_int(out + (size_t)4 * i, samples_sse4(sum));
	}
}

/* v / 255 to nearest, of 16 bits */
static SSE4 inline __m128i divide_sse4(__m128i v)
{
	v = _mm_add_epi16(v, _mm_set1_epi16(128));
	return _mm_srli_epi16(_mm_add_epi16(v, _mm_srli_epi16(v, 8)), 8);
}

static SSE4 void premultiply_sse4(uint8_t *rgba, size_t n)
{
	const __m128i alphas = _mm_setr_epi8(3, -1, 3, -1, 3, -1, -1, -1, 7, -1,
					     7, -1, 7, -1, -1, -1);
	/* alpha itself times 255 */
	const __m128i own = _mm_set1_epi64x(INT64_C(255) << 48);
	const __m128i zero = _mm_setzero_si128();
	for (size_t i = 0; i < n; i += 16) {
		__m128i v = load4(rgba + i);
		__m128i a = _mm_or_si128(_mm_shuffle_epi8(v, alphas), own);
		__m128i b = _mm_or_si128(
			_mm_shuffle_epi8(_mm_srli_si128(v, 8), alphas), own);
		__m128i low = _mm_mullo_epi16(_mm_cvtepu8_epi16(v), a);
		__m128i high = _mm_mullo_epi16(_mm_unpackhi_epi8(v, zero), b);
		_mm_storeu_si128(
			(__m128i *)(rgba + i),
			_mm_packus_epi16(divide_sse4(low), divide_sse4(high)));
	}
}

static const struct kernels sse4 = {
	.name = "SSE4.1",
	.vertical = vertical_sse4,
	.horizontal = horizontal_sse4,
	.horizontal4 = horizontal4_sse4,
	.premultiply = premultiply_sse4,
};

/*
 * AVX2, whose unpacking and packing stay within each half of 16 bytes.
 */

static AVX2 inline __m256i load8(const void *p)
{
	return _mm256_loadu_si256(p);
}

/* sum + the products of what is in bytes p0 q0 p1 q1 ... */
static AVX2 inline __m256i add_low(__m256i sum, __m256i bytes, __m256i w)
{
	return _mm256_add_epi32(
		sum, _mm256_madd_epi16(_mm256_unpacklo_epi8(
					       bytes, _mm256_setzero_si256()),
				       w));
}

static AVX2 inline __m256i add_high(__m256i sum, __m256i bytes, __m256i w)
{
	return _mm256_add_epi32(
		sum, _mm256_madd_epi16(_mm256_unpackhi_epi8(
					       bytes, _mm256_setzero_si256()),
				       w));
}

static AVX2 inline __m256i middle_avx2(__m256i a, __m256i b)
{
	return _mm256_packs_epi32(_mm256_srai_epi32(a, DOWN_SHIFT),
				  _mm256_srai_epi32(b, DOWN_SHIFT));
}

static AVX2 void vertical_avx2(const uint8_t *const *rows,
			       const int16_t *weights, unsigned count, size_t n,
			       int16_t *out)
{
	const __m256i half = _mm256_set1_epi32(DOWN_HALF);
	for (size_t at = 0; at < n; at += 32) {
		__m256i a = half, b = half, c = half, d = half;
		for (unsigned t = 0; t < count; t += 2) {
			__m256i w = _mm256_set1_epi32(load_int(weights + t));
			__m256i p = load8(rows[t] + at);
			__m256i q = load8(rows[t + 1] + at);
			__m256i low = _mm256_unpacklo_epi8(p, q);
			__m256i high = _mm256_unpackhi_epi8(p, q);
			a = add_low(a, low, w);
			b = add_high(b, low, w);
			c = add_low(c, high, w);
			d = add_high(d, high, w);
		}
		/* samples 0 to 7 and 16 to 23, and those between */
		a = middle_avx2(a, b);
		c = middle_avx2(c, d);
		_mm256_storeu_si256((__m256i *)(out + at),
				    _mm256_permute2x128_si256(a, c, 0x20));
		_mm256_storeu_si256((__m256i *)(out + at + 16),
				    _mm256_permute2x128_si256(a, c, 0x31));
	}
}

static AVX2 inline __m256i dot_avx2(const int16_t *p, const int16_t *weights,
				    unsigned count)
{
	__m256i sum = _mm256_madd_epi16(load8(p), load8(weights));
	for (unsigned t = 16; t < count; t += 16)
		sum = _mm256_add_epi32(
			sum,
			_mm256_madd_epi16(load8(p + t), load8(weights + t)));
	return sum;
}

/* The sums of four pixels, each in two halves. */
static AVX2 inline __m256i four_avx2(const int16_t *in, const uint32_t *first,
				     const int16_t *w, const struct taps *taps)
{
	const unsigned count = taps->count, stride = taps->stride;
	__m256i a = dot_avx2(in + first[0], w, count);
	__m256i b = dot_avx2(in + first[1], w + stride, count);
	__m256i c = dot_avx2(in + first[2], w + 2 * stride, count);
	__m256i d = dot_avx2(in + first[3], w + 3 * stride, count);
	return _mm256_hadd_epi32(_mm256_hadd_epi32(a, b),
				 _mm256_hadd_epi32(c, d));
}

static AVX2 inline void store_samples_avx2(uint8_t *out, __m256i sums)
{
	sums = _mm256_add_epi32(sums, _mm256_set1_epi32(OUT_HALF));
	sums = _mm256_srai_epi32(sums, OUT_SHIFT);
	__m128i words = _mm_packs_epi32(_mm256_castsi256_si128(sums),
					_mm256_extracti128_si256(sums, 1));
	_mm_storel_epi64((__m128i *)out, _mm_packus_epi16(words, words));
}

static AVX2 void horizontal_avx2(const int16_t *in, const struct taps *taps,
				 uint8_t *out)
{
	const size_t four = (size_t)4 * taps->stride;
	const int16_t *w = taps->weights;
	for (unsigned i = 0; i < taps->n; i += 8, w += 2 * four) {
		const uint32_t *first = taps->first + i;
		__m256i a = four_avx2(in, first, w, taps);
		__m256i b = four_avx2(in, first + 4, w + four, taps);
		store_samples_avx2(
			out + i,
			_mm256_add_epi32(
				_mm256_permute2x128_si256(a, b, 0x20),
				_mm256_permute2x128_si256(a, b, 0x31)));
	}
}

/* The sums of one pixel's channels, each in two halves; four source pixels at
 * once. */
static AVX2 inline __m256i channels_avx2(const int16_t *p, const int16_t *w,
					 unsigned count)
{
	const __m256i pairs = _mm256_setr_epi8(
		0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8,
		9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
	const __m256i spread = _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1);
	__m256i sum = _mm256_setzero_si256();
	for (unsigned t = 0; t < count; t += 4) {
		__m256i weights = _mm256_permutevar8x32_epi32(
			_mm256_castsi128_si256(
				_mm_loadl_epi64((const __m128i *)(w + t))),
			spread);
		__m256i v = _mm256_shuffle_epi8(load8(p + 4 * t), pairs);
		sum = _mm256_add_epi32(sum, _mm256_madd_epi16(v, weights));
	}
	return sum;
}

static AVX2 void horizontal4_avx2(const int16_t *in, const struct taps *taps,
				  uint8_t *out)
{
	const int16_t *w = taps->weights;
	const unsigned count = taps->count;
	for (unsigned i = 0; i < taps->n; i += 2) {
		const uint32_t *first = taps->first + i;
		__m256i a = channels_avx2(in + (size_t)4 * first[0], w, count);
		w += taps->stride;
		__m256i b = channels_avx2(in + (size_t)4 * first[1], w, count);
		w += taps->stride;
		store_samples_avx2(
			out + (size_t)4 * i,
			_mm256_add_epi32(
				_mm256_permute2x128_si256(a, b, 0x20),
				_mm256_permute2x128_si256(a, b, 0x31)));
	}
}

static const struct kernels avx2 = {
	.name = "AVX2",
	.vertical = vertical_avx2,
	.horizontal = horizontal_avx2,
	.horizontal4 = horizontal4_avx2,
	/* it is bound by memory */
	.premultiply = premultiply_sse4,
};

unsigned kernels_of_processor(const struct kernels *out[])
{
	unsigned n = 0;
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2"))
		out[n++] = &avx2;
	if (__builtin_cpu_supports("sse4.1"))
		out[n++] = &sse4;
	return n;
}

#endif
