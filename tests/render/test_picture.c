/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turning and filling pictures: each orientation against what EXIF says of it.
 */
#include "unit.h"

#include "pixels/picture.h"

#include <glib.h>

#define WIDTH 37
#define HEIGHT 70

static struct picture picture_of(unsigned width, unsigned height,
				 unsigned channels)
{
	struct picture p = {
		.width = width, .height = height, .channels = channels};
	struct err err;
	assert_int_equal(picture_init(&p, &err), 0);
	return p;
}

static void number_pixels(const struct picture *p)
{
	for (unsigned y = 0; y < p->height; y++)
		for (unsigned x = 0; x < p->width * p->channels; x++)
			picture_row(p, y)[x] = (uint8_t)(x * 7 + y * 31);
}

static const uint8_t *pixel(const struct picture *p, unsigned x, unsigned y)
{
	return picture_row(p, y) + (size_t)x * p->channels;
}

/* Where what is shown at (x, y) is stored, by "the 0th row is the visual ...
 * side, the 0th column the visual ... side". */
static void stored_at(unsigned orientation, unsigned *x, unsigned *y)
{
	const unsigned right = WIDTH - 1, bottom = HEIGHT - 1;
	const unsigned u = *x, v = *y;
	const unsigned table[9][2] = {
		[1] = {u, v},                  /* top, left */
		[2] = {right - u, v},          /* top, right */
		[3] = {right - u, bottom - v}, /* bottom, right */
		[4] = {u, bottom - v},         /* bottom, left */
		[5] = {v, u},                  /* left, top */
		[6] = {v, bottom - u},         /* right, top */
		[7] = {right - v, bottom - u}, /* right, bottom */
		[8] = {right - v, u},          /* left, bottom */
	};
	*x = table[orientation][0], *y = table[orientation][1];
}

static void orientations_are_those_of_exif(void **state)
{
	(void)state;
	for (unsigned channels = 1; channels <= 4; channels += 3) {
		struct picture in = picture_of(WIDTH, HEIGHT, channels);
		number_pixels(&in);
		for (unsigned o = 1; o <= 8; o++) {
			bool swaps = orientation_swaps(o);
			struct picture out =
				picture_of(swaps ? HEIGHT : WIDTH,
					   swaps ? WIDTH : HEIGHT, channels);
			picture_turn(&in, o, &out);
			for (unsigned y = 0; y < out.height; y++) {
				for (unsigned x = 0; x < out.width; x++) {
					unsigned u = x, v = y;
					stored_at(o, &u, &v);
					assert_memory_equal(pixel(&out, x, y),
							    pixel(&in, u, v),
							    channels);
				}
			}
			picture_release(&out);
		}
		picture_release(&in);
	}
}

static struct picture turned(const struct picture *in, unsigned orientation)
{
	bool swaps = orientation_swaps(orientation);
	struct picture out = picture_of(swaps ? in->height : in->width,
					swaps ? in->width : in->height, 1);
	picture_turn(in, orientation, &out);
	return out;
}

static void one_orientation_is_as_two(void **state)
{
	(void)state;
	struct picture in = picture_of(5, 3, 1);
	number_pixels(&in);
	for (unsigned a = 1; a <= 8; a++) {
		struct picture half = turned(&in, a);
		for (unsigned b = 1; b <= 8; b++) {
			struct picture two = turned(&half, b);
			struct picture one =
				turned(&in, orientation_then(a, b));
			assert_int_equal(one.width, two.width);
			for (unsigned y = 0; y < one.height; y++)
				assert_memory_equal(picture_row(&one, y),
						    picture_row(&two, y),
						    one.width);
			picture_release(&one);
			picture_release(&two);
		}
		picture_release(&half);
	}
	picture_release(&in);
}

static void a_picture_is_filled_and_nothing_beside_it(void **state)
{
	(void)state;
	static const uint8_t colour[4] = {1, 2, 3, 4};
	for (unsigned channels = 1; channels <= 4; channels += 3) {
		struct picture out = picture_of(7, 5, channels), part = out;
		number_pixels(&out);
		part.pixels = picture_row(&out, 1) + 4 * channels;
		part.width = 3, part.height = 2;
		picture_fill(&part, colour);
		for (unsigned y = 0; y < 5; y++) {
			for (unsigned x = 0; x < 7; x++) {
				bool within = x >= 4 && y >= 1 && y < 3;
				uint8_t first =
					(uint8_t)(x * channels * 7 + y * 31);
				assert_int_equal(*pixel(&out, x, y),
						 within ? 1 : first);
			}
		}
		picture_release(&out);
	}
}

static void what_is_too_large_is_refused(void **state)
{
	(void)state;
	struct err err;
	const struct picture bad[] = {
		{.width = 0, .height = 1, .channels = 1},
		{.width = 1, .height = 0, .channels = 1},
		{.width = 65536, .height = 1, .channels = 1},
		{.width = 1, .height = UINT32_MAX, .channels = 4},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct picture p = bad[i];
		assert_int_equal(picture_init(&p, &err), -1);
		assert_int_equal(err.code, ERR_TOO_LARGE);
		picture_release(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(orientations_are_those_of_exif),
		cmocka_unit_test(one_orientation_is_as_two),
		cmocka_unit_test(a_picture_is_filled_and_nothing_beside_it),
		cmocka_unit_test(what_is_too_large_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
