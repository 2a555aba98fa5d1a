/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our reader of baseline scans against libjpeg: the same picture in several
 * scans has the same coefficients, and is not for our reader.
 */
#include "unit.h"

#include "jpegs.h"
#include "scale/jpeg/jpeg_read.h"
#include "scale/jpeg/jpeg_scan.h"

static struct jpeg_reader reader;

static void read_whole(const GString *jpeg, struct planes *planes)
{
	struct err err;
	struct str bytes = {jpeg->str, jpeg->len};
	if (jpeg_reader_open(&reader, bytes, &err) < 0)
		fail_msg("%s", err.text);
	const struct shape_cut cut = {
		.kept = {0, 0, reader.width, reader.height},
		.width = reader.width,
		.height = reader.height,
		.orientation = 1,
		.canvas_width = reader.width,
		.canvas_height = reader.height,
	};
	if (jpeg_read_planes(&reader, &cut, planes, &err) < 0)
		fail_msg("%s", err.text);
	jpeg_reader_close(&reader);
}

static void assert_same(const struct planes *a, const struct planes *b)
{
	assert_int_equal(a->n, b->n);
	for (unsigned i = 0; i < a->n; i++)
		for (unsigned y = 0; y < a->plane[i].height; y++)
			assert_memory_equal(picture_row(&a->plane[i], y),
					    picture_row(&b->plane[i], y),
					    a->plane[i].width);
}

static bool is_for_us(const GString *jpeg)
{
	static struct jpeg_scan scan;
	struct err err;
	struct str bytes = {jpeg->str, jpeg->len};
	assert_int_equal(jpeg_reader_open(&reader, bytes, &err), 0);
	bool result = jpeg_scan_init(&scan, &reader.jpeg);
	jpeg_reader_close(&reader);
	return result;
}

static const struct jpeg_kind kinds[] = {
	{.width = 203, .height = 157, .across = 2, .down = 2},
	{.width = 203, .height = 157, .across = 2, .down = 1},
	{.width = 203, .height = 157, .across = 1, .down = 2},
	{.width = 203, .height = 157, .across = 1, .down = 1},
	{.width = 203, .height = 157, .across = 4, .down = 1},
	{.width = 203, .height = 157, .across = 1, .down = 4},
	{.width = 203, .height = 157, .space = JCS_GRAYSCALE},
	{.width = 1, .height = 1},
	{.width = 16, .height = 333},
	{.width = 333, .height = 8},
};

/* From next to nothing to codes that are as long as can be. */
static void scans_are_those_of_libjpeg(void **state)
{
	(void)state;
	static const int qualities[] = {1, 10, 50, 80, 95, 100};
	for (size_t k = 0; k < COUNT(kinds); k++) {
		for (size_t i = 0; i < 3 * COUNT(qualities); i++) {
			struct jpeg_kind kind = kinds[k];
			struct planes ours = {0}, theirs = {0};
			kind.quality = qualities[i / 3];
			kind.noise = (unsigned)(i % 3) * 100;
			kind.restart = (unsigned)(i % 4) * 3;
			g_autoptr(GString) one = jpeg_made(&kind);
			kind.progressive = true;
			g_autoptr(GString) more = jpeg_made(&kind);
			assert_true(is_for_us(one));
			assert_false(is_for_us(more));
			read_whole(one, &ours);
			read_whole(more, &theirs);
			assert_same(&ours, &theirs);
			planes_release(&ours);
			planes_release(&theirs);
		}
	}
}

/* What is broken is read by libjpeg, which finds a restart again. */
static void a_missing_restart_costs_its_rows_alone(void **state)
{
	(void)state;
	const struct jpeg_kind kind = {.width = 256,
				       .height = 256,
				       .across = 1,
				       .down = 1,
				       .noise = 40,
				       .restart = 32};
	struct planes whole = {0}, broken = {0};
	g_autoptr(GString) jpeg = jpeg_made(&kind);
	read_whole(jpeg, &whole);
	char *marker = jpeg->str;
	while (memcmp(marker, "\xff\xd3", 2) != 0)
		marker++;
	memset(marker - 6, 0x55, 4);
	read_whole(jpeg, &broken);
	for (unsigned y = 0; y < 256; y++)
		if (y < 24 || y >= 32)
			assert_memory_equal(picture_row(&whole.plane[0], y),
					    picture_row(&broken.plane[0], y),
					    256);
	planes_release(&whole);
	planes_release(&broken);
}

/* The scan ends in the middle of a code, at each place: never read on. */
static void the_end_is_seen_at_any_byte(void **state)
{
	(void)state;
	const struct jpeg_kind kind = {.width = 40, .height = 24, .noise = 60};
	g_autoptr(GString) jpeg = jpeg_made(&kind);
	size_t head = jpeg->len;
	while (memcmp(jpeg->str + head - 2, "\xff\xda", 2) != 0)
		head--;
	for (size_t n = head + 12; n < jpeg->len; n++) {
		g_autoptr(GString) part =
			g_string_new_len(jpeg->str, (gssize)n);
		struct planes planes = {0};
		read_whole(part, &planes);
		assert_int_equal(planes.plane[0].width, 40);
		planes_release(&planes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scans_are_those_of_libjpeg),
		cmocka_unit_test(a_missing_restart_costs_its_rows_alone),
		cmocka_unit_test(the_end_is_seen_at_any_byte),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
