/* SPDX-License-Identifier: Apache-2.0 */
#include "base/md5.h"

#include <glib.h>
#ifdef __x86_64__
#include <immintrin.h>
#endif

/* The same word of several streams. */
typedef uint32_t four_t __attribute__((vector_size(16)));
typedef uint32_t eight_t __attribute__((vector_size(32)));

/* The integer part of 2^32 times |sin(i + 1)|. */
static const uint32_t sines[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
	0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
	0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
	0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
	0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
	0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
	0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
	0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
};

/* The newest word is x, and what is made of it comes last. */
#define PLAIN_F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define PLAIN_G(x, y, z) (((z) & (x)) + ((y) & ~(z)))
#define PLAIN_H(x, y, z) ((x) ^ ((y) ^ (z)))
#define PLAIN_I(x, y, z) ((y) ^ ((x) | ~(z)))

#define PLAIN_STEPS PLAIN_F, PLAIN_G, PLAIN_H, PLAIN_I

/* What comes late is added last, whatever a compiler makes of sums. */
#define AS_IT_STANDS(a)
#ifdef __x86_64__
#define VECTOR_AS_IT_STANDS(a) __asm__("" : "+v"(a))
#else
#define VECTOR_AS_IT_STANDS(a)
#endif

#define STEP(f, keep, a, b, c, d, i, word, turn)                               \
	a += w[(word) % 16] + sines[i];                                        \
	keep(a);                                                               \
	a += f(b, c, d);                                                       \
	a = b + ((a << (turn)) | (a >> (32 - (turn))))

#define FOUR(f, keep, i, first, by, r, s, t, u)                                \
	STEP(f, keep, a, b, c, d, i, first, r);                                \
	STEP(f, keep, d, a, b, c, (i) + 1, (first) + (by), s);                 \
	STEP(f, keep, c, d, a, b, (i) + 2, (first) + 2 * (by), t);             \
	STEP(f, keep, b, c, d, a, (i) + 3, (first) + 3 * (by), u)

#define ROUND(f, keep, i, first, by, ...)                                      \
	FOUR(f, keep, i, first, by, __VA_ARGS__);                              \
	FOUR(f, keep, (i) + 4, (first) + 4 * (by), by, __VA_ARGS__);           \
	FOUR(f, keep, (i) + 8, (first) + 8 * (by), by, __VA_ARGS__);           \
	FOUR(f, keep, (i) + 12, (first) + 12 * (by), by, __VA_ARGS__)

/* Of numbers or of vectors: state[4], and w[16], a block in words. */
#define COMPRESS(state, type, keep, f, g, h, i)                                \
	do {                                                                   \
		type a = (state)[0], b = (state)[1];                           \
		type c = (state)[2], d = (state)[3];                           \
		ROUND(f, keep, 0, 0, 1, 7, 12, 17, 22);                        \
		ROUND(g, keep, 16, 1, 5, 5, 9, 14, 20);                        \
		ROUND(h, keep, 32, 5, 3, 4, 11, 16, 23);                       \
		ROUND(i, keep, 48, 0, 7, 6, 10, 15, 21);                       \
		(state)[0] += a;                                               \
		(state)[1] += b;                                               \
		(state)[2] += c;                                               \
		(state)[3] += d;                                               \
	} while (0)

static void compress_one(uint32_t state[4], const uint8_t *data, size_t blocks)
{
	uint32_t w[16];
	for (; blocks; blocks--, data += MD5_BLOCK) {
		memcpy(w, data, MD5_BLOCK);
		for (size_t i = 0; i < G_N_ELEMENTS(w); i++)
			w[i] = GUINT32_FROM_LE(w[i]);
		COMPRESS(state, uint32_t, AS_IT_STANDS, PLAIN_F, PLAIN_G,
			 PLAIN_H, PLAIN_I);
	}
}

/* Unpacking as processors do it: in each half of 32 bytes by itself. */
#define LOW_four_t 0, 4, 1, 5
#define HIGH_four_t 2, 6, 3, 7
#define FIRST_four_t 0, 1, 4, 5
#define SECOND_four_t 2, 3, 6, 7
#define LOW_eight_t 0, 8, 1, 9, 4, 12, 5, 13
#define HIGH_eight_t 2, 10, 3, 11, 6, 14, 7, 15
#define FIRST_eight_t 0, 1, 8, 9, 4, 5, 12, 13
#define SECOND_eight_t 2, 3, 10, 11, 6, 7, 14, 15

#define SWAPPED(w)                                                             \
	((w) << 24 | ((w)&0xff00) << 8 | ((w) >> 8 & 0xff00) | (w) >> 24)
#define FROM_LITTLE_ENDIAN(w)                                                  \
	(G_BYTE_ORDER == G_LITTLE_ENDIAN ? (w) : SWAPPED(w))

/* Four words of a stream; of those of eight, of a stream and the fourth after
 * it. */
#define LOAD_four_t(row, data, at) memcpy(&(row), *(data) + (at), sizeof(row))
#define LOAD_eight_t(row, data, at)                                            \
	do {                                                                   \
		four_t low, high;                                              \
		memcpy(&low, (data)[0] + (at), sizeof(low));                   \
		memcpy(&high, (data)[4] + (at), sizeof(high));                 \
		row = __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6,  \
					      7);                              \
	} while (0)

/* The rows become columns. */
#define LOAD_WORDS(type, w, data, at)                                          \
	do {                                                                   \
		type row[4];                                                   \
		for (size_t i = 0; i < 4; i++) {                               \
			LOAD_##type(row[i], (data) + i, at);                   \
			row[i] = FROM_LITTLE_ENDIAN(row[i]);                   \
		}                                                              \
		type a = __builtin_shufflevector(row[0], row[1], LOW_##type);  \
		type b = __builtin_shufflevector(row[2], row[3], LOW_##type);  \
		type c = __builtin_shufflevector(row[0], row[1], HIGH_##type); \
		type d = __builtin_shufflevector(row[2], row[3], HIGH_##type); \
		(w)[0] = __builtin_shufflevector(a, b, FIRST_##type);          \
		(w)[1] = __builtin_shufflevector(a, b, SECOND_##type);         \
		(w)[2] = __builtin_shufflevector(c, d, FIRST_##type);          \
		(w)[3] = __builtin_shufflevector(c, d, SECOND_##type);         \
	} while (0)

/* Macros, as a function of its own would have a target of its own. */
#define COMPRESS_STREAMS(name, type, n, steps)                                 \
	static void name(uint32_t *const states[n],                            \
			 const uint8_t *const data[n], size_t blocks)          \
	{                                                                      \
		type state[4], w[16];                                          \
		for (size_t k = 0; k < 4; k++)                                 \
			for (size_t i = 0; i < (n); i++)                       \
				state[k][i] = states[i][k];                    \
		for (size_t at = 0; at < blocks * MD5_BLOCK;                   \
		     at += MD5_BLOCK) {                                        \
			for (size_t k = 0; k < 4; k++)                         \
				LOAD_WORDS(type, w + 4 * k, data,              \
					   at + 16 * k);                       \
			COMPRESS(state, type, VECTOR_AS_IT_STANDS, steps);     \
		}                                                              \
		for (size_t k = 0; k < 4; k++)                                 \
			for (size_t i = 0; i < (n); i++)                       \
				states[i][k] = state[k][i];                    \
	}

COMPRESS_STREAMS(compress_four, four_t, 4, PLAIN_STEPS)

#ifdef __x86_64__
/* Eight at a time are as fast as four. */
__attribute__((target("avx2")))
COMPRESS_STREAMS(compress_eight_avx2, eight_t, 8, PLAIN_STEPS)

/* It turns words in one step, and has each function as its table. */
#define AVX512 __attribute__((target("avx512f,avx512vl")))
#define TABLE4(x, y, z, table)                                                 \
	(four_t) _mm_ternarylogic_epi32((__m128i)(x), (__m128i)(y),            \
					(__m128i)(z), table)
#define FOUR_F(x, y, z) TABLE4(x, y, z, 0xca)
#define FOUR_G(x, y, z) TABLE4(x, y, z, 0xe4)
#define FOUR_H(x, y, z) TABLE4(x, y, z, 0x96)
#define FOUR_I(x, y, z) TABLE4(x, y, z, 0x39)
#define FOUR_STEPS FOUR_F, FOUR_G, FOUR_H, FOUR_I
#define TABLE8(x, y, z, table)                                                 \
	(eight_t) _mm256_ternarylogic_epi32((__m256i)(x), (__m256i)(y),        \
					    (__m256i)(z), table)
#define EIGHT_F(x, y, z) TABLE8(x, y, z, 0xca)
#define EIGHT_G(x, y, z) TABLE8(x, y, z, 0xe4)
#define EIGHT_H(x, y, z) TABLE8(x, y, z, 0x96)
#define EIGHT_I(x, y, z) TABLE8(x, y, z, 0x39)
#define EIGHT_STEPS EIGHT_F, EIGHT_G, EIGHT_H, EIGHT_I

	AVX512 COMPRESS_STREAMS(compress_four_avx512, four_t, 4, FOUR_STEPS)
AVX512 COMPRESS_STREAMS(compress_eight_avx512, eight_t, 8, EIGHT_STEPS)
#endif

struct md5_way {
	void (*four)(uint32_t *const states[4], const uint8_t *const data[4],
		     size_t blocks);
	/* NULL: four, and then the others */
	void (*eight)(uint32_t *const states[8], const uint8_t *const data[8],
		      size_t blocks);
};

static const struct md5_way way_plain = {compress_four, NULL};
#ifdef __x86_64__
static const struct md5_way way_avx2 = {compress_four, compress_eight_avx2};
static const struct md5_way way_avx512 = {compress_four_avx512,
					  compress_eight_avx512};
#endif

unsigned md5_ways(const struct md5_way *out[MD5_WAYS_MAX])
{
	unsigned n = 0;
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512vl"))
		out[n++] = &way_avx512;
	if (__builtin_cpu_supports("avx2"))
		out[n++] = &way_avx2;
#endif
	out[n++] = &way_plain;
	return n;
}

void md5_update_lanes_by(const struct md5_way *way,
			 const struct md5_lane *lanes, size_t n, size_t blocks)
{
	uint32_t *states[MD5_LANES], nobodys[4] = {0};
	const uint8_t *data[MD5_LANES];
	g_assert(n <= MD5_LANES);
	for (size_t i = 0; i < n; i++) {
		g_assert(lanes[i].md5->size % MD5_BLOCK == 0);
		lanes[i].md5->size += blocks * MD5_BLOCK;
	}
	if (n == 1)
		compress_one(lanes[0].md5->state, lanes[0].data, blocks);
	if (n < 2)
		return;
	/* who has no stream does what the first one does, for nothing */
	for (size_t i = 0; i < MD5_LANES; i++) {
		states[i] = i < n ? lanes[i].md5->state : nobodys;
		data[i] = lanes[i < n ? i : 0].data;
	}
	if (n > 4 && way->eight) {
		way->eight(states, data, blocks);
		return;
	}
	way->four(states, data, blocks);
	if (n > 4)
		way->four(states + 4, data + 4, blocks);
}

void md5_update_lanes(const struct md5_lane *lanes, size_t n, size_t blocks)
{
	const struct md5_way *ways[MD5_WAYS_MAX];
	(void)md5_ways(ways);
	md5_update_lanes_by(ways[0], lanes, n, blocks);
}

void md5_init(struct md5 *md5)
{
	*md5 = (struct md5){
		.state = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476}};
}

void md5_update(struct md5 *md5, struct str data)
{
	size_t has = md5->size % MD5_BLOCK;
	if (data.n == 0)
		return;
	md5->size += data.n;
	if (has + data.n < MD5_BLOCK) {
		memcpy(md5->rest + has, data.p, data.n);
		return;
	}
	if (has) {
		memcpy(md5->rest + has, data.p, MD5_BLOCK - has);
		compress_one(md5->state, md5->rest, 1);
		data = str_skip(data, MD5_BLOCK - has);
	}
	size_t blocks = data.n / MD5_BLOCK;
	compress_one(md5->state, (const uint8_t *)data.p, blocks);
	data = str_skip(data, blocks * MD5_BLOCK);
	if (data.n)
		memcpy(md5->rest, data.p, data.n);
}

void md5_final(struct md5 *md5, uint8_t out[MD5_BYTES])
{
	static const char padding[MD5_BLOCK] = {(char)0x80};
	const uint64_t bits = GUINT64_TO_LE(md5->size * 8);
	size_t has = (md5->size + sizeof(bits)) % MD5_BLOCK;
	md5_update(md5, (struct str){padding, MD5_BLOCK - has});
	md5_update(md5, (struct str){(const char *)&bits, sizeof(bits)});
	for (size_t i = 0; i < 4; i++)
		md5->state[i] = GUINT32_TO_LE(md5->state[i]);
	memcpy(out, md5->state, MD5_BYTES);
}
