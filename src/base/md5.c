/* SPDX-License-Identifier: Apache-2.0 */
#include "base/md5.h"

#include <glib.h>

/* The same word of four streams. */
typedef uint32_t words_t __attribute__((vector_size(16)));

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

#define F(x, y, z) ((z) ^ ((x) & ((y) ^ (z))))
#define G(x, y, z) (((z) & (x)) + ((y) & ~(z)))
#define H(x, y, z) ((x) ^ (y) ^ (z))
#define I(x, y, z) ((y) ^ ((x) | ~(z)))

#define STEP(f, a, b, c, d, i, word, turn)                                     \
	a += w[(word) % 16] + sines[i];                                        \
	a += f(b, c, d);                                                       \
	a = b + ((a << (turn)) | (a >> (32 - (turn))))

#define FOUR(f, i, first, by, r, s, t, u)                                      \
	STEP(f, a, b, c, d, i, first, r);                                      \
	STEP(f, d, a, b, c, (i) + 1, (first) + (by), s);                       \
	STEP(f, c, d, a, b, (i) + 2, (first) + 2 * (by), t);                   \
	STEP(f, b, c, d, a, (i) + 3, (first) + 3 * (by), u)

#define ROUND(f, i, first, by, ...)                                            \
	FOUR(f, i, first, by, __VA_ARGS__);                                    \
	FOUR(f, (i) + 4, (first) + 4 * (by), by, __VA_ARGS__);                 \
	FOUR(f, (i) + 8, (first) + 8 * (by), by, __VA_ARGS__);                 \
	FOUR(f, (i) + 12, (first) + 12 * (by), by, __VA_ARGS__)

/* Of numbers or of vectors: state[4], and w[16], a block in words. */
#define COMPRESS(state, type)                                                  \
	do {                                                                   \
		type a = (state)[0], b = (state)[1];                           \
		type c = (state)[2], d = (state)[3];                           \
		ROUND(F, 0, 0, 1, 7, 12, 17, 22);                              \
		ROUND(G, 16, 1, 5, 5, 9, 14, 20);                              \
		ROUND(H, 32, 5, 3, 4, 11, 16, 23);                             \
		ROUND(I, 48, 0, 7, 6, 10, 15, 21);                             \
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
		COMPRESS(state, uint32_t);
	}
}

static words_t from_little_endian(words_t w)
{
	if (G_BYTE_ORDER == G_LITTLE_ENDIAN)
		return w;
	return w << 24 | (w & 0xff00) << 8 | (w >> 8 & 0xff00) | w >> 24;
}

/* Four words of each of four streams: the rows become columns. */
static void load_words(const struct md5_lane lanes[MD5_LANES], size_t at,
		       words_t out[4])
{
	words_t row[MD5_LANES];
	for (size_t i = 0; i < MD5_LANES; i++) {
		memcpy(&row[i], lanes[i].data + at, sizeof(row[i]));
		row[i] = from_little_endian(row[i]);
	}
	words_t a = __builtin_shufflevector(row[0], row[1], 0, 4, 1, 5);
	words_t b = __builtin_shufflevector(row[2], row[3], 0, 4, 1, 5);
	words_t c = __builtin_shufflevector(row[0], row[1], 2, 6, 3, 7);
	words_t d = __builtin_shufflevector(row[2], row[3], 2, 6, 3, 7);
	out[0] = __builtin_shufflevector(a, b, 0, 1, 4, 5);
	out[1] = __builtin_shufflevector(a, b, 2, 3, 6, 7);
	out[2] = __builtin_shufflevector(c, d, 0, 1, 4, 5);
	out[3] = __builtin_shufflevector(c, d, 2, 3, 6, 7);
}

static void compress_four(words_t state[4],
			  const struct md5_lane lanes[MD5_LANES], size_t blocks)
{
	words_t w[16];
	for (size_t at = 0; at < blocks * MD5_BLOCK; at += MD5_BLOCK) {
		for (size_t i = 0; i < 4; i++)
			load_words(lanes, at + 16 * i, w + 4 * i);
		COMPRESS(state, words_t);
	}
}

void md5_update_lanes(const struct md5_lane *lanes, size_t n, size_t blocks)
{
	struct md5_lane four[MD5_LANES];
	words_t state[4];
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
		four[i] = lanes[i < n ? i : 0];
		for (size_t k = 0; k < 4; k++)
			state[k][i] = four[i].md5->state[k];
	}
	compress_four(state, four, blocks);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 4; k++)
			lanes[i].md5->state[k] = state[k][i];
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
