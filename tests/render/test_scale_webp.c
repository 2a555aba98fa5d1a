/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebP in and out of stowage-scale: src/scale/webp_read.h,
 * src/scale/webp_write.h.
 */
#include "pictures.h"
#include "scale/webp_read.h"
#include "scale/webp_write.h"
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
	};
	return cmocka_run_group_tests(tests, start_vips, NULL);
}
