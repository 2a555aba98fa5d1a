/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ThumbHashes against a decoder of our own, written from the format alone.
 */
#include "render/reduce.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static struct thumb thumb;

struct hash {
	uint8_t bytes[THUMBHASH_MAX];
	size_t n;
};

static struct hash hash_of_thumb(void)
{
	struct hash hash;
	hash.n = thumbhash_of(&thumb, hash.bytes);
	return hash;
}

static void fill(unsigned width, unsigned height, struct thumb_pixel colour)
{
	thumb.width = width;
	thumb.height = height;
	for (unsigned i = 0; i < width * height; i++)
		thumb.pixels[i] = colour;
}

/* The decoder. */

static uint32_t bits(const struct hash *h, unsigned from, unsigned n)
{
	uint32_t value = 0;
	for (unsigned i = 0; i < n; i++) {
		unsigned at = from + i;
		value |= (h->bytes[at / 8] >> at % 8 & 1u) << i;
	}
	return value;
}

static bool has_alpha(const struct hash *h)
{
	return bits(h, 23, 1) != 0;
}

/* A channel at x, y (0 to 1), whose coefficients begin at a nibble. */
static double wave(const struct hash *h, unsigned *nibble, const unsigned n[2],
		   const double at[2], double constant, double reach)
{
	double sum = constant;
	for (unsigned cy = 0; cy < n[1]; cy++)
		for (unsigned cx = 0; cx * n[1] < n[0] * (n[1] - cy); cx++) {
			if (cx == 0 && cy == 0)
				continue;
			double c = bits(h, 4 * (*nibble)++, 4) / 7.5 - 1;
			double twice = (cx ? 2 : 1) * (cy ? 2 : 1);
			sum += twice * c * reach * cos(M_PI * cx * at[0]) *
			       cos(M_PI * cy * at[1]);
		}
	return sum;
}

static struct thumb_pixel shown(const struct hash *h, double x, double y)
{
	static const unsigned three[] = {3, 3}, five[] = {5, 5};
	unsigned most = has_alpha(h) ? 5 : 7, less = bits(h, 24, 3);
	unsigned other = less < 3 ? 3 : less;
	bool is_wide = bits(h, 39, 1) != 0;
	const unsigned n[] = {is_wide ? most : other, is_wide ? other : most};
	const double at[] = {x, y};
	unsigned nibble = has_alpha(h) ? 12 : 10;
	double l = wave(h, &nibble, n, at, bits(h, 0, 6) / 63.0,
			bits(h, 18, 5) / 31.0);
	double p = wave(h, &nibble, three, at, bits(h, 6, 6) / 31.5 - 1,
			bits(h, 27, 6) / 63.0);
	double q = wave(h, &nibble, three, at, bits(h, 12, 6) / 31.5 - 1,
			bits(h, 33, 6) / 63.0);
	double a = 1;
	if (has_alpha(h))
		a = wave(h, &nibble, five, at, bits(h, 40, 4) / 15.0,
			 bits(h, 44, 4) / 15.0);
	double blue = l - 2 * p / 3, red = (3 * l - blue + q) / 2;
	assert_int_equal((nibble + 1) / 2, h->n);
	return (struct thumb_pixel){(float)red, (float)(red - q), (float)blue,
				    (float)a};
}

static void assert_near(struct thumb_pixel got, struct thumb_pixel want,
			double most)
{
	if (fabs(got.red - want.red) > most ||
	    fabs(got.green - want.green) > most ||
	    fabs(got.blue - want.blue) > most ||
	    fabs(got.alpha - want.alpha) > most)
		fail_msg("%.2f %.2f %.2f %.2f, wanted %.2f %.2f %.2f %.2f",
			 got.red, got.green, got.blue, got.alpha, want.red,
			 want.green, want.blue, want.alpha);
}

static void one_colour_is_that_colour(void **state)
{
	(void)state;
	static const struct thumb_pixel colours[] = {
		{0, 0, 0, 1}, {1, 1, 1, 1},       {1, 0, 0, 1},
		{0, 1, 0, 1}, {0.2f, 0.4f, 1, 1}, {0.5f, 0.5f, 0, 0.5f},
	};
	for (size_t i = 0; i < COUNT(colours); i++) {
		fill(40, 30, colours[i]);
		struct hash h = hash_of_thumb();
		assert_int_equal(has_alpha(&h), colours[i].alpha < 1);
		assert_near(shown(&h, 0.3, 0.8), colours[i], 0.06);
	}
	fill(9, 9, (struct thumb_pixel){0});
	struct hash h = hash_of_thumb();
	assert_near(shown(&h, 0.5, 0.5), thumb.pixels[0], 0.02);
}

static void shape_is_told(void **state)
{
	(void)state;
	static const struct {
		unsigned width, height, less;
		bool is_wide;
	} rows[] = {
		{100, 100, 7, false}, {100, 57, 4, true}, {57, 100, 4, false},
		{100, 1, 1, true},    {1, 100, 1, false}, {1, 1, 7, false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		fill(rows[i].width, rows[i].height,
		     (struct thumb_pixel){0.5f, 0.5f, 0.5f, 1});
		struct hash h = hash_of_thumb();
		assert_int_equal(bits(&h, 24, 3), rows[i].less);
		assert_int_equal(bits(&h, 39, 1), rows[i].is_wide);
		assert_in_range(h.n, 15, THUMBHASH_MAX);
	}
}

static struct thumb_pixel smooth(double x, double y, bool alpha)
{
	return (struct thumb_pixel){
		(float)(0.5 + 0.4 * cos(M_PI * x)),
		(float)(0.5 + 0.3 * cos(M_PI * y)),
		(float)(0.4 + 0.2 * cos(M_PI * x) * cos(M_PI * y)),
		alpha ? (float)(0.6 + 0.3 * cos(M_PI * y)) : 1,
	};
}

static void a_smooth_picture_is_seen_again(void **state)
{
	(void)state;
	static const unsigned sizes[][2] = {{100, 70}, {60, 100}, {32, 32}};
	for (size_t i = 0; i < COUNT(sizes) * 2; i++) {
		unsigned width = sizes[i / 2][0], height = sizes[i / 2][1];
		double difference = 0;
		fill(width, height, (struct thumb_pixel){0});
		for (unsigned k = 0; k < width * height; k++)
			thumb.pixels[k] =
				smooth((k % width + 0.5) / width,
				       (k / width + 0.5) / height, i % 2);
		struct hash h = hash_of_thumb();
		assert_int_equal(has_alpha(&h), i % 2);
		for (int k = 0; k < 64; k++) {
			double x = (k % 8 + 0.5) / 8, y = (k / 8 + 0.5) / 8;
			struct thumb_pixel got = shown(&h, x, y);
			struct thumb_pixel want = smooth(x, y, i % 2);
			/* colours are laid over their mean, see there */
			if (i % 2 == 0)
				difference += fabs(got.red - want.red) +
					      fabs(got.green - want.green) +
					      fabs(got.blue - want.blue);
			difference += fabs(got.alpha - want.alpha);
		}
		if (difference / 64 > 0.2)
			fail_msg("%zu: %.3f", i, difference / 64);
	}
}

static void rows_become_small_and_upright(void **state)
{
	(void)state;
	/* red where the picture begins: at its left, in its upper half */
	static const unsigned at[9][2] = {{0, 0}, {0, 0}, {1, 0},
					  {1, 1}, {0, 1}, {0, 0},
					  {1, 0}, {1, 1}, {0, 1}};
	const struct reduce_shape of = {400, 200, 3, false};
	struct reduction *small = calloc(1, sizeof(*small));
	uint8_t row[400 * 3] = {0};
	reduce_begin(small, &of);
	for (unsigned y = 0; y < 200; y++) {
		for (unsigned x = 0; x < 200; x++)
			row[3 * x] = y < 100 ? 255 : 0;
		reduce_row(small, y, row);
	}
	for (unsigned i = 1; i <= 8; i++) {
		reduce_end(small, i, &thumb);
		assert_int_equal(thumb.width, i < 5 ? 100 : 50);
		assert_int_equal(thumb.height, i < 5 ? 50 : 100);
		for (unsigned k = 0; k < 4; k++) {
			unsigned x = (1 + 2 * (k % 2)) * thumb.width / 4;
			unsigned y = (1 + 2 * (k / 2)) * thumb.height / 4;
			bool is_red = k % 2 == at[i][0] && k / 2 == at[i][1];
			assert_true(thumb.pixels[x + y * thumb.width].red ==
				    (is_red ? 1 : 0));
		}
	}
	free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_colour_is_that_colour),
		cmocka_unit_test(shape_is_told),
		cmocka_unit_test(a_smooth_picture_is_seen_again),
		cmocka_unit_test(rows_become_small_and_upright),
	};
	return cmocka_run_group_tests_name("thumbhash", tests, NULL, NULL);
}
