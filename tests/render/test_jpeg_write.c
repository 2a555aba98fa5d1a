/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is written as JPEG, and what else is in it.
 */
#include "unit.h"

#include "jpegs.h"
#include "scale/jpeg/jpeg_write.h"

#include <stdlib.h>

static const struct jpeg_options usual = {.quality = 95,
					  .background = 0xffffffff};

/* The markers up to the first scan, as their last bytes. */
static GString *markers_of(struct str bytes)
{
	GString *out = g_string_new(NULL);
	size_t at = 2;
	while (at + 4 <= bytes.n) {
		unsigned marker = (uint8_t)bytes.p[at + 1];
		g_string_append_printf(out, "%x ", marker);
		if (marker == 0xda)
			break;
		at += 2 + ((size_t)(uint8_t)bytes.p[at + 2] << 8 |
			   (uint8_t)bytes.p[at + 3]);
	}
	return out;
}

static void files_hold_a_picture_and_nothing_else(void **state)
{
	(void)state;
	for (unsigned progressive = 0; progressive < 2; progressive++) {
		struct picture picture = {
			.width = 33, .height = 21, .channels = 4};
		struct jpeg_options options = usual;
		struct bytes out;
		struct err err;
		options.progressive = progressive;
		assert_int_equal(picture_init(&picture, &err), 0);
		picture_fill(&picture, (const uint8_t[]){200, 90, 30, 255});
		assert_int_equal(
			jpeg_write_rgba(&picture, &options, &out, &err), 0);
		struct str bytes = {(char *)out.p, out.n};
		g_autoptr(GString) markers = markers_of(bytes);
		assert_string_equal(markers->str,
				    progressive
					    ? "e0 db db c2 c4 c4 da "
					    : "e0 db db c0 c4 c4 c4 c4 da ");
		struct picture back = jpeg_decoded(bytes);
		const uint8_t *p = picture_row(&back, 20) + 4 * 32;
		assert_in_range(p[0], 197, 203);
		assert_in_range(p[1], 87, 93);
		assert_in_range(p[2], 27, 33);
		picture_release(&back);
		picture_release(&picture);
		free(out.p);
	}
}

static void transparency_lies_on_the_background(void **state)
{
	(void)state;
	static const struct {
		uint8_t pixel[4];
		uint32_t background;
		uint8_t want[3];
	} table[] = {
		{{0, 0, 0, 0}, 0xffffffff, {255, 255, 255}},
		{{9, 9, 9, 0}, 0x204060ff, {0x20, 0x40, 0x60}},
		{{0, 0, 0, 128}, 0xffffffff, {127, 127, 127}},
		{{200, 100, 0, 255}, 0x00ff00ff, {200, 100, 0}},
		{{0, 0, 0, 0}, 0x00000080, {127, 127, 127}},
		{{0, 0, 0, 0}, 0x00000000, {255, 255, 255}},
	};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct picture picture = {
			.width = 16, .height = 16, .channels = 4};
		struct jpeg_options options = usual;
		struct bytes out;
		struct err err;
		options.background = table[i].background;
		assert_int_equal(picture_init(&picture, &err), 0);
		picture_fill(&picture, table[i].pixel);
		assert_int_equal(
			jpeg_write_rgba(&picture, &options, &out, &err), 0);
		struct picture back =
			jpeg_decoded((struct str){(char *)out.p, out.n});
		for (unsigned c = 0; c < 3; c++)
			assert_true(abs(picture_row(&back, 8)[32 + c] -
					table[i].want[c]) <= 3);
		picture_release(&back);
		picture_release(&picture);
		free(out.p);
	}
}

/* Beyond what may be held as coefficients: one scan, whatever was asked. */
static void large_pictures_are_written_in_one_scan(void **state)
{
	(void)state;
	struct planes planes = {
		.n = 1,
		.plane = {{.width = 4100, .height = 4000, .channels = 1}}};
	struct jpeg_options options = {.quality = 10, .progressive = true};
	struct bytes out;
	struct err err;
	assert_int_equal(picture_init(&planes.plane[0], &err), 0);
	picture_fill(&planes.plane[0], (const uint8_t[4]){77});
	assert_int_equal(jpeg_write_planes(&planes, &options, &out, &err), 0);
	g_autoptr(GString) markers =
		markers_of((struct str){(char *)out.p, out.n});
	assert_string_equal(markers->str, "e0 db c0 c4 c4 da ");
	free(out.p);
	planes_release(&planes);
}

static int colour_factor(struct str bytes)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, (const unsigned char *)bytes.p, bytes.n);
	jpeg_read_header(&jpeg, TRUE);
	int factor = jpeg.max_h_samp_factor * jpeg.max_v_samp_factor;
	jpeg_destroy_decompress(&jpeg);
	return factor;
}

static void high_quality_keeps_all_colour(void **state)
{
	(void)state;
	static const struct {
		unsigned quality;
		int factor;
	} table[] = {{80, 4}, {89, 4}, {90, 1}, {100, 1}};
	for (size_t i = 0; i < COUNT(table); i++) {
		struct picture picture = {
			.width = 20, .height = 30, .channels = 4};
		struct jpeg_options options = usual;
		struct bytes out;
		struct err err;
		options.quality = table[i].quality;
		assert_int_equal(picture_init(&picture, &err), 0);
		picture_fill(&picture, (const uint8_t[]){1, 2, 3, 255});
		assert_int_equal(
			jpeg_write_rgba(&picture, &options, &out, &err), 0);
		assert_int_equal(
			colour_factor((struct str){(char *)out.p, out.n}),
			table[i].factor);
		picture_release(&picture);
		free(out.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_hold_a_picture_and_nothing_else),
		cmocka_unit_test(transparency_lies_on_the_background),
		cmocka_unit_test(high_quality_keeps_all_colour),
		cmocka_unit_test(large_pictures_are_written_in_one_scan),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
