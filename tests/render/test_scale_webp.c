/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebP in and out of stowage-scale: src/scale/webp/webp_read.h,
 * src/scale/webp/webp_write.h.
 */
#include "pictures.h"
#include "scale/webp/webp_read.h"
#include "scale/webp/webp_write.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>

static GString *save(VipsImage *image, bool lossless, bool alpha)
{
	VipsImage *out = image;
	void *p;
	size_t n;
	g_object_ref(image);
	if (alpha) {
		VipsImage *clear = NULL;
		assert_int_equal(vips_extract_band(image, &clear, 0, NULL), 0);
		g_object_unref(out);
		assert_int_equal(vips_bandjoin2(image, clear, &out, NULL), 0);
		g_object_unref(clear);
	}
	assert_int_equal(
		vips_webpsave_buffer(out, &p, &n, "lossless", lossless, NULL),
		0);
	GString *bytes = g_string_new_len(p, (gssize)n);
	g_free(p);
	g_object_unref(out);
	return bytes;
}

static uint8_t *load_by_vips(struct str bytes, size_t *n)
{
	VipsImage *image =
		vips_image_new_from_buffer(bytes.p, bytes.n, "", NULL);
	assert_non_null(image);
	if (image->Bands == 3) {
		VipsImage *wide = NULL;
		assert_int_equal(vips_addalpha(image, &wide, NULL), 0);
		g_object_unref(image);
		image = wide;
	}
	VipsImage *narrow = NULL;
	assert_int_equal(vips_cast_uchar(image, &narrow, NULL), 0);
	uint8_t *out = vips_image_write_to_memory(narrow, n);
	g_object_unref(narrow);
	g_object_unref(image);
	return out;
}

static const struct {
	int width, height;
	bool lossless, alpha;
} kinds[] = {
	{64, 48, false, false}, {33, 21, false, true}, {1, 1, false, false},
	{31, 44, true, false},  {50, 9, true, true},
};

static void all_kinds_are_read_as_by_libvips(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		VipsImage *image =
			make_picture(kinds[i].width, kinds[i].height, 1);
		g_autoptr(GString) bytes =
			save(image, kinds[i].lossless, kinds[i].alpha);
		struct webp_reader webp;
		struct picture got;
		struct err err;
		size_t n;
		assert_int_equal(
			webp_read_open(&webp, str_of_gstring(bytes), &err), 0);
		assert_int_equal(webp.width, kinds[i].width);
		assert_int_equal(webp.height, kinds[i].height);
		assert_int_equal(webp.has_alpha, kinds[i].alpha);
		assert_int_equal(webp.lossy, !kinds[i].lossless);
		assert_int_equal(webp_read_rgba(&webp, &got, &err), 0);
		g_autofree uint8_t *want =
			load_by_vips(str_of_gstring(bytes), &n);
		for (unsigned y = 0; y < got.height; y++)
			assert_memory_equal(picture_row(&got, y),
					    want + 4 * (size_t)got.width * y,
					    4 * (size_t)got.width);
		picture_release(&got);
		g_object_unref(image);
	}
}

static void assert_elsewhere(struct str bytes)
{
	struct webp_reader webp;
	struct picture picture;
	struct err err;
	int result = webp_read_open(&webp, bytes, &err);
	if (result == 0)
		result = webp_read_rgba(&webp, &picture, &err);
	assert_int_equal(result, -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
}

static void cut_files_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		VipsImage *image =
			make_picture(kinds[i].width, kinds[i].height, 2);
		g_autoptr(GString) bytes =
			save(image, kinds[i].lossless, kinds[i].alpha);
		for (size_t n = 0; n + 1 < bytes->len; n++) {
			/* no byte more than there is: for the sanitizer */
			g_autofree char *cut = g_memdup2(bytes->str, n);
			assert_elsewhere((struct str){cut, n});
		}
		g_object_unref(image);
	}
}

static void flipped_bits_do_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		VipsImage *image =
			make_picture(kinds[i].width, kinds[i].height, 2);
		g_autoptr(GString) bytes =
			save(image, kinds[i].lossless, kinds[i].alpha);
		for (size_t bit = 0; bit < 8 * bytes->len; bit += 3) {
			struct webp_reader webp;
			struct picture picture;
			struct err err;
			bytes->str[bit / 8] ^= (char)(1 << bit % 8);
			if (webp_read_open(&webp, str_of_gstring(bytes),
					   &err) == 0 &&
			    webp_read_rgba(&webp, &picture, &err) == 0)
				picture_release(&picture);
			bytes->str[bit / 8] ^= (char)(1 << bit % 8);
		}
		g_object_unref(image);
	}
}

static void animations_and_large_ones_are_refused(void **state)
{
	(void)state;
	VipsImage *image = make_picture(20, 40, 2), *pages = NULL;
	void *p;
	size_t n;
	assert_int_equal(vips_copy(image, &pages, NULL), 0);
	vips_image_set_int(pages, VIPS_META_PAGE_HEIGHT, 20);
	vips_image_set_int(pages, VIPS_META_N_PAGES, 2);
	assert_int_equal(vips_webpsave_buffer(pages, &p, &n, NULL), 0);
	assert_elsewhere((struct str){p, n});
	g_free(p);
	g_object_unref(pages);
	g_object_unref(image);

	/* a lossless one of 16384 x 16384, as its header says */
	static const char large[] = "RIFF\x1a\0\0\0WEBPVP8L\x0e\0\0\0\x2f"
				    "\xff\xff\xff\x0f\0\0\0\0\0\0\0\0\0\0";
	assert_elsewhere((struct str){large, sizeof(large) - 1});
	assert_elsewhere(STR_NONE);
}

static struct picture load(struct bytes bytes)
{
	struct webp_reader webp;
	struct picture out;
	struct err err;
	struct str s = {(const char *)bytes.p, bytes.n};
	assert_int_equal(webp_read_open(&webp, s, &err), 0);
	assert_int_equal(webp_read_rgba(&webp, &out, &err), 0);
	return out;
}

/* Soft, with alpha if wanted. */
static struct picture make_rgba(unsigned width, unsigned height, bool alpha)
{
	struct picture out = {.width = width, .height = height, .channels = 4};
	struct err err;
	assert_int_equal(picture_init(&out, &err), 0);
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++) {
			uint8_t *p = picture_row(&out, y) + 4 * (size_t)x;
			p[0] = (uint8_t)(x * 255 / width);
			p[1] = (uint8_t)(y * 255 / height);
			p[2] = (uint8_t)(255 - p[0]);
			p[3] = alpha ? (uint8_t)(p[1] / 2 + 100) : 255;
		}
	return out;
}

static double likeness(const struct picture *a, const struct picture *b)
{
	double sum = 0;
	for (unsigned y = 0; y < a->height; y++)
		for (size_t i = 0; i < 4 * (size_t)a->width; i++) {
			double d = picture_row(a, y)[i] - picture_row(b, y)[i];
			sum += d * d;
		}
	sum /= 4.0 * a->width * a->height;
	return sum > 0 ? 10 * log10(255 * 255 / sum) : 99;
}

static void pictures_are_written_as_asked(void **state)
{
	(void)state;
	static const struct {
		bool alpha, lossless;
		unsigned quality;
		double least; /* dB */
	} rows[] = {
		{false, true, 80, 99},  {true, true, 1, 99},
		{false, false, 80, 36}, {true, false, 80, 36},
		{false, false, 1, 20},  {false, false, 100, 40},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct webp_options options = {rows[i].quality,
						     rows[i].lossless};
		struct picture in = make_rgba(75, 50, rows[i].alpha);
		struct bytes bytes;
		struct err err;
		assert_int_equal(webp_write_rgba(&in, &options, &bytes, &err),
				 0);
		struct picture got = load(bytes);
		double db = likeness(&got, &in);
		if (db < rows[i].least)
			fail_msg("%zu: %.1f dB", i, db);
		free(bytes.p);
		picture_release(&got);
		picture_release(&in);
	}
}

static void long_sides_are_refused(void **state)
{
	(void)state;
	const struct webp_options options = {80, false};
	struct picture in = make_rgba(WEBP_SIDE_MAX + 1, 1, false);
	struct bytes bytes;
	struct err err;
	assert_int_equal(webp_write_rgba(&in, &options, &bytes, &err), -1);
	assert_int_equal(err.code, ERR_UNSUPPORTED);
	in.width--;
	assert_int_equal(webp_write_rgba(&in, &options, &bytes, &err), 0);
	free(bytes.p);
	picture_release(&in);
}

/* Brightness of JPEG (JFIF 1.02) from red, green and blue. */
static double luma_of(const uint8_t *p)
{
	return 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
}

static void planes_are_read_in_the_full_range(void **state)
{
	(void)state;
	VipsImage *image = make_picture(75, 49, 4);
	g_autoptr(GString) bytes = save(image, false, false);
	struct webp_reader webp;
	struct picture rgba;
	struct planes planes;
	struct err err;
	double off = 0;
	assert_int_equal(webp_read_open(&webp, str_of_gstring(bytes), &err), 0);
	assert_int_equal(webp_read_rgba(&webp, &rgba, &err), 0);
	assert_int_equal(webp_read_planes(&webp, &planes, &err), 0);
	assert_int_equal(planes.n, 3);
	assert_int_equal(planes.plane[0].width, 75);
	assert_int_equal(planes.plane[1].width, 38);
	assert_int_equal(planes.plane[2].height, 25);
	for (unsigned y = 0; y < 49; y++)
		for (unsigned x = 0; x < 75; x++) {
			double want = luma_of(picture_row(&rgba, y) + 4 * x);
			double d = picture_row(&planes.plane[0], y)[x] - want;
			off += d * d;
		}
	off /= 75 * 49;
	if (off > 1) /* of 255, squared: what clipped colours lose */
		fail_msg("%f", off);
	planes_release(&planes);
	picture_release(&rgba);
	g_object_unref(image);
}

/* All levels, with no colour or a little; back again they are what they were,
 * but for what compression loses. */
static void planes_are_written_with_their_colours(void **state)
{
	(void)state;
	static const uint8_t colours[][2] = {
		{128, 128}, {100, 150}, {200, 90}, {60, 60}};
	const struct webp_options options = {100, false};
	for (size_t i = 0; i < 2 * COUNT(colours); i++) {
		bool gray = i == 0; /* one plane is enough then */
		const uint8_t *colour = colours[i / 2];
		struct planes planes = {.n = gray ? 1 : 3};
		struct planes again;
		struct webp_reader webp;
		struct bytes bytes;
		struct err err;
		for (unsigned k = 0; k < planes.n; k++) {
			struct picture *plane = &planes.plane[k];
			*plane = (struct picture){.width = k ? 65 : 129,
						  .height = k ? 17 : 33,
						  .channels = 1};
			assert_int_equal(picture_init(plane, &err), 0);
			for (unsigned y = 0; y < plane->height; y++)
				for (unsigned x = 0; x < plane->width; x++)
					picture_row(plane, y)[x] =
						k ? colour[k - 1]
						  : (uint8_t)(x * 2);
		}
		assert_int_equal(
			webp_write_planes(&planes, &options, &bytes, &err), 0);
		struct str s = {(const char *)bytes.p, bytes.n};
		assert_int_equal(webp_read_open(&webp, s, &err), 0);
		assert_int_equal(webp.width, 129);
		assert_int_equal(webp.height, 33);
		assert_int_equal(webp_read_planes(&webp, &again, &err), 0);
		for (unsigned x = 0; x < 128; x += 9)
			assert_in_range(picture_row(&again.plane[0], 16)[x] +
						4 - x * 2,
					0, 8);
		for (unsigned k = 1; k < 3; k++)
			assert_in_range(picture_row(&again.plane[k], 8)[30] +
						3 - colour[k - 1],
					0, 6);
		planes_release(&planes);
		planes_release(&again);
		free(bytes.p);
	}
}

static int start_vips(void **state)
{
	(void)state;
	return VIPS_INIT("test_scale_webp");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_are_read_as_by_libvips),
		cmocka_unit_test(cut_files_are_refused),
		cmocka_unit_test(flipped_bits_do_no_harm),
		cmocka_unit_test(animations_and_large_ones_are_refused),
		cmocka_unit_test(pictures_are_written_as_asked),
		cmocka_unit_test(long_sides_are_refused),
		cmocka_unit_test(planes_are_read_in_the_full_range),
		cmocka_unit_test(planes_are_written_with_their_colours),
	};
	return cmocka_run_group_tests(tests, start_vips, NULL);
}
