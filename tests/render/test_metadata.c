/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server learns of an image, asked of the real stowage-render in its
 * sandbox (its path is in STOWAGE_RENDER), with images made here.
 */
#include "base/metrics.h"
#include "helpers/child/sandbox.h"
#include "image_wait.h"
#include "json/json.h"
#include "pictures.h"
#include "unit.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define NO_EXIF                                                                \
	"{\"image\":{},\"thumbnail\":{},\"exif\":{},\"gps\":{},"               \
	"\"interoperability\":{},\"makernote\":{}}"

static struct renderers *pool;
static struct arena arena;

static int start(void **state)
{
	(void)state;
	const char *program = getenv("STOWAGE_RENDER");
	const struct renderers_options options = {
		.program = program,
		.helpers = 1,
		.timeout_ms = 600000,
		.queue_max = 10,
	};
	struct err err;
	arena_init(&arena);
	return program ? renderers_new(&pool, &options, &err) : -1;
}

static int stop(void **state)
{
	(void)state;
	renderers_free(pool);
	arena_release(&arena);
	return 0;
}

/* A file, or bytes. */
static struct image_source source_of(int fd, const GString *image)
{
	return (struct image_source){
		.fd = fd,
		.bytes = image ? str_of_gstring(image) : STR_NONE,
		.arena = &arena,
		.embedded = true,
	};
}

static struct image_metadata metadata_of(const GString *image)
{
	const struct image_source source = source_of(-1, image);
	struct image_metadata out = {0};
	struct err err = {0};
	if (metadata_and_wait(pool, &source, &out, &err) != 0)
		fail_msg("%s", err.text);
	return out;
}

static struct str embedded_of(const GString *image)
{
	const struct image_source source = source_of(-1, image);
	struct image_info out = {0};
	struct err err = {0};
	if (inspect_and_wait(pool, &source, &out, &err) != 0)
		fail_msg("%s", err.text);
	return out.embedded;
}

static GString *make_full_jpeg(void)
{
	static const struct iptc_entry entries[] = {
		{25, "one"}, {25, "two"}, {80, "Ann"}, {0}};
	VipsImage *image = make_picture(64, 48, 1);
	g_autoptr(GString) pixels = save_picture(image, ".jpg", 83);
	g_autoptr(GString) exif = make_known_exif();
	g_autoptr(GString) iptc = make_iptc(entries);
	g_autoptr(GString) xmp = make_xmp(
		"xmp:Rating='4' tiff:Make='Other'",
		"<dc:title><rdf:Alt><rdf:li xml:lang='x-default'>T</rdf:li>"
		"</rdf:Alt></dc:title><dc:subject><rdf:Bag><rdf:li>s</rdf:li>"
		"</rdf:Bag></dc:subject>");
	g_object_unref(image);
	return make_jpeg(pixels, exif, iptc, xmp);
}

static void embedded_metadata_is_one_flat_object(void **state)
{
	(void)state;
	g_autoptr(GString) jpeg = make_full_jpeg();
	struct image_info info;
	struct err err;
	struct str got = embedded_of(jpeg);
	json_auto_t *object =
		json_loadb(got.p, got.n, JSON_REJECT_DUPLICATES, NULL);
	json_auto_t *some = json_pack(
		"{s:s, s:s, s:[s,s], s:s, s:i, s:s, s:[s]}", "Make", "Acme",
		"Orientation", "Rotate 90 CW", "Keywords", "one", "two",
		"Byline", "Ann", "Rating", 4, "Title", "T", "Subject", "s");
	const char *name;
	json_t *value;
	json_object_foreach (some, name, value)
		assert_true(json_equal(value, json_object_get(object, name)));
	assert_int_equal(json_object_size(object), 27 + 5);
	/* not wanted, and nothing else is different */
	struct image_source source = source_of(-1, jpeg);
	source.embedded = false;
	assert_int_equal(inspect_and_wait(pool, &source, &info, &err), 0);
	assert_null(info.embedded.p);
	assert_int_equal(info.orientation, 6);
	assert_int_equal(info.width, 64);
}

static void image_without_any_has_none(void **state)
{
	(void)state;
	static const char *const formats[] = {".jpg[strip]", ".png[strip]",
					      ".gif", ".tif[strip]"};
	VipsImage *image = make_picture(20, 10, 1);
	for (size_t i = 0; i < COUNT(formats); i++) {
		g_autoptr(GString) plain = save_picture(image, formats[i], 0);
		assert_str(embedded_of(plain), STR_NONE);
		assert_str(metadata_of(plain).exif, STR(NO_EXIF));
	}
	g_object_unref(image);
}

static void other_formats_carry_metadata_too(void **state)
{
	(void)state;
	static const char *const formats[] = {".png", ".webp", ".tif"};
	g_autoptr(GString) jpeg = make_full_jpeg();
	VipsImage *image =
		vips_image_new_from_buffer(jpeg->str, jpeg->len, "", NULL);
	for (size_t i = 0; i < COUNT(formats); i++) {
		g_autoptr(GString) other = save_picture(image, formats[i], 0);
		struct str got = embedded_of(other);
		assert_true(str_contains(got, STR("\"Title\":\"T\"")));
		if (i < 2)
			assert_true(str_contains(got, STR("\"ISO\":400")));
	}
	g_object_unref(image);
}

static void metadata_tells_all_of_an_image(void **state)
{
	(void)state;
	g_autoptr(GString) jpeg = make_full_jpeg();
	struct image_metadata got = metadata_of(jpeg);
	assert_int_equal(got.width, 64);
	assert_int_equal(got.height, 48);
	assert_string_equal(got.format, "jpg");
	assert_false(got.has_color_profile);
	assert_false(got.has_transparency);
	assert_int_equal(got.quality, 83);
	assert_int_equal(got.density, 300);
	assert_int_equal(strlen(got.phash), 16);
	assert_int_equal(strspn(got.phash, "0123456789abcdef"), 16);
	assert_true(str_contains(got.exif, STR("\"ISO\":400")));
}

/* A picture as it is saved in other ways. */
static VipsImage *convert(VipsImage *image, int alpha, bool deep)
{
	VipsImage *wide = NULL, *out = NULL;
	if (vips_colourspace(image, &wide,
			     deep ? VIPS_INTERPRETATION_RGB16
				  : VIPS_INTERPRETATION_sRGB,
			     NULL) != 0)
		fail();
	if (alpha < 0)
		return wide;
	if (vips_bandjoin_const1(wide, &out, deep ? alpha * 257 : alpha,
				 NULL) != 0)
		fail();
	g_object_unref(wide);
	return out;
}

static void transparency_is_a_pixel_that_is_not_opaque(void **state)
{
	(void)state;
	static const struct {
		const char *format;
		int alpha; /* -1: none */
		bool deep, transparent;
	} rows[] = {
		{".png", -1, false, false},   {".png", 255, false, false},
		{".png", 254, false, true},   {".png", 255, true, false},
		{".png", 128, true, true},    {".webp", 128, false, true},
		{".webp", 255, false, false}, {".gif", 0, false, true},
		{".gif", 255, false, false},  {".tif", 128, false, true},
	};
	VipsImage *image = make_picture(40, 30, 2);
	for (size_t i = 0; i < COUNT(rows); i++) {
		VipsImage *other = convert(image, rows[i].alpha, rows[i].deep);
		g_autoptr(GString) saved =
			save_picture(other, rows[i].format, 0);
		struct image_metadata got = metadata_of(saved);
		if (got.has_transparency != rows[i].transparent)
			fail_msg("row %zu", i);
		assert_true(g_str_has_prefix(rows[i].format + 1, got.format) ||
			    !strcmp(got.format, "tiff"));
		assert_int_equal(got.quality, 0);
		assert_int_equal(got.density, 72);
		g_object_unref(other);
	}
	g_object_unref(image);
}

static unsigned distance(const char *a, const char *b)
{
	uint64_t bits =
		g_ascii_strtoull(a, NULL, 16) ^ g_ascii_strtoull(b, NULL, 16);
	return (unsigned)__builtin_popcountll(bits);
}

static struct image_metadata saved(VipsImage *image, const char *format,
				   int quality)
{
	g_autoptr(GString) bytes = save_picture(image, format, quality);
	return metadata_of(bytes);
}

static void alike_pictures_have_close_hashes(void **state)
{
	(void)state;
	static const struct {
		const char *format;
		int quality;
		double scale;
	} rows[] = {
		{".jpg", 90, 1},  {".jpg", 30, 1},           {".webp", 75, 1},
		{".png", 0, 0.5}, {".jpg", 80, 0.5},         {".jpg", 80, 0.21},
		{".png", 0, 1.7}, {".jpg[interlace]", 0, 1}, {".tif", 0, 1},
	};
	for (unsigned seed = 0; seed < 8; seed++) {
		VipsImage *image = make_picture(600, 410, seed);
		struct image_metadata first = saved(image, ".png", 0);
		for (size_t i = 0; i < COUNT(rows); i++) {
			VipsImage *scaled = NULL;
			if (vips_resize(image, &scaled, rows[i].scale, NULL))
				fail();
			struct image_metadata other =
				saved(scaled, rows[i].format, rows[i].quality);
			if (distance(first.phash, other.phash) > 6)
				fail_msg("seed %u, row %zu: %s %s", seed, i,
					 first.phash, other.phash);
			g_object_unref(scaled);
		}
		g_object_unref(image);
	}
}

static void other_pictures_have_distant_hashes(void **state)
{
	(void)state;
	enum {
		PICTURES = 12
	};
	char hashes[PICTURES][17];
	for (unsigned i = 0; i < PICTURES; i++) {
		VipsImage *image = make_picture(200, 150, 100 + i);
		g_strlcpy(hashes[i], saved(image, ".png", 0).phash, 17);
		g_object_unref(image);
		for (unsigned k = 0; k < i; k++)
			if (distance(hashes[i], hashes[k]) <= 16)
				fail_msg("%s %s", hashes[i], hashes[k]);
	}
}

static void tiny_and_flat_pictures_have_hashes(void **state)
{
	(void)state;
	static const int sizes[][2] = {{1, 1}, {2, 1}, {1, 500}, {31, 33}};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		VipsImage *black = NULL;
		if (vips_black(&black, sizes[i][0], sizes[i][1], "bands", 3,
			       NULL))
			fail();
		assert_string_equal(saved(black, ".png", 0).phash,
				    "0000000000000000");
		assert_string_equal(saved(black, ".jpg", 50).phash,
				    "0000000000000000");
		g_object_unref(black);
	}
}

/* Brightness, and two differences of colours, in 64 steps. */
static void constants_of(const struct image_metadata *image, int out[3])
{
	gsize n;
	g_autofree guchar *hash = g_base64_decode(image->thumbhash, &n);
	assert_in_range(n, 15, 25);
	uint32_t bits =
		hash[0] | (uint32_t)hash[1] << 8 | (uint32_t)hash[2] << 16;
	for (int i = 0; i < 3; i++)
		out[i] = (int)(bits >> 6 * i & 63);
}

static void thumbhashes_have_the_colours_in_every_format(void **state)
{
	(void)state;
	static const char *const formats[] = {
		".png", ".jpg", ".webp", ".webp[lossless]", ".gif", ".tif"};
	const double colour[] = {255, 128, 0};
	/* (1 + 0.5 + 0) / 3, (1 + 0.5) / 2 - 0, 1 - 0.5 */
	static const int want[] = {32, 55, 47};
	VipsImage *black = NULL;
	if (vips_black(&black, 300, 200, NULL))
		fail();
	VipsImage *plain = vips_image_new_from_image(black, colour, 3);
	VipsImage *image = convert(plain, -1, false);
	for (size_t i = 0; i < COUNT(formats); i++) {
		struct image_metadata got = saved(image, formats[i], 0);
		int is[3];
		constants_of(&got, is);
		for (int k = 0; k < 3; k++)
			if (abs(is[k] - want[k]) > 1)
				fail_msg("%s: %d is %d", formats[i], k, is[k]);
	}
	g_object_unref(image);
	g_object_unref(plain);
	g_object_unref(black);
}

static void colours_of_print_are_read(void **state)
{
	(void)state;
	VipsImage *image = make_picture(300, 200, 5), *cmyk = NULL;
	if (vips_colourspace(image, &cmyk, VIPS_INTERPRETATION_CMYK, NULL))
		fail();
	struct image_metadata rgb = saved(image, ".jpg", 90);
	struct image_metadata print = saved(cmyk, ".jpg", 90);
	/* ink has fewer colours, but the picture is no negative */
	assert_in_range(distance(rgb.phash, print.phash), 0, 20);
	g_object_unref(cmyk);
	g_object_unref(image);
}

/* A file without its pixels: width and height are claimed. */
static GString *claim_size(const GString *jpeg, unsigned width, unsigned height)
{
	GString *out = g_string_new_len(jpeg->str, (gssize)jpeg->len);
	for (size_t i = 0; i + 8 < out->len; i++)
		if (!memcmp(out->str + i, "\xff\xc0\0\x11\x08", 5)) {
			out->str[i + 5] = (char)(height >> 8);
			out->str[i + 6] = (char)height;
			out->str[i + 7] = (char)(width >> 8);
			out->str[i + 8] = (char)width;
			return out;
		}
	fail_msg("no frame");
	return out;
}

static void assert_refused(int fd, const GString *image, enum err_code code)
{
	const struct image_source source = source_of(fd, image);
	struct image_metadata out;
	struct err err = {0};
	assert_int_equal(metadata_and_wait(pool, &source, &out, &err), -1);
	assert_int_equal(err.code, code);
}

static void too_large_images_are_not_decoded(void **state)
{
	(void)state;
	g_autoptr(GString) jpeg = make_full_jpeg();
	g_autoptr(GString) vast = claim_size(jpeg, 20000, 20000);
	assert_refused(-1, vast, ERR_TOO_LARGE);
	int fd = memfd_create("zeros", MFD_CLOEXEC);
	assert_int_equal(write(fd, jpeg->str, jpeg->len), jpeg->len);
	assert_int_equal(ftruncate(fd, 100 << 20), 0);
	assert_refused(fd, NULL, ERR_TOO_LARGE);
	/* its header can be read all the same */
	struct image_info info;
	struct err err;
	const struct image_source source = source_of(fd, NULL);
	assert_int_equal(inspect_and_wait(pool, &source, &info, &err), 0);
	assert_int_equal(info.width, 64);
	assert_true(info.embedded.n > 0);
	assert_int_equal(pwrite(fd, "\xff\xd8\xff\0\0\0", 6, 0), 6);
	assert_int_equal(ftruncate(fd, 4), 0);
	assert_int_equal(ftruncate(fd, 100 << 20), 0);
	assert_refused(fd, NULL, ERR_INVALID);
	close(fd);
}

/* Over 100 MiB of pixels, which libvips would put into a file; and as many as
 * may be decoded. */
static void large_images_are_read(void **state)
{
	takes_long();
	static const struct {
		int edge;
		bool alpha;
		const char *format;
	} rows[] = {
		{6000, false, ".webp[effort=0]"},
		{10000, true, ".webp[effort=0,lossless]"},
	};
	(void)state;
	/* there is no limit of memory to try with sanitizers, which are slow */
	size_t n = SANDBOX_SANITIZED ? 1 : COUNT(rows);
	for (size_t i = 0; i < n; i++) {
		VipsImage *black = NULL;
		if (vips_black(&black, rows[i].edge, rows[i].edge, "bands", 3,
			       NULL))
			fail();
		VipsImage *image =
			convert(black, rows[i].alpha ? 0 : -1, false);
		struct image_metadata got = saved(image, rows[i].format, 0);
		assert_int_equal(got.width, rows[i].edge);
		assert_int_equal(got.has_transparency, rows[i].alpha);
		g_object_unref(image);
		g_object_unref(black);
	}
}

static void damaged_webps_are_refused(void **state)
{
	(void)state;
	VipsImage *image = make_picture(64, 48, 1);
	g_autoptr(GString) whole = save_picture(image, ".webp", 80);
	for (gsize n = 40; n < whole->len; n += whole->len / 9) {
		g_autoptr(GString) part =
			g_string_new_len(whole->str, (gssize)n);
		assert_refused(-1, part, ERR_INVALID);
	}
	g_object_unref(image);
}

static void damaged_images_are_refused_or_read(void **state)
{
	(void)state;
	g_autoptr(GString) jpeg = make_full_jpeg();
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);
	struct image_metadata out;
	struct err err = {0};
	for (int round = 0; round < 300; round++) {
		g_autoptr(GString) bad =
			g_string_new_len(jpeg->str, (gssize)jpeg->len);
		for (int i = 0; i < 8; i++)
			bad->str[g_rand_int_range(rand, 2, (int)bad->len)] =
				(char)g_rand_int(rand);
		if (round % 3 == 0)
			g_string_truncate(bad, (gsize)g_rand_int_range(
						       rand, 1, (int)bad->len));
		const struct image_source source = source_of(-1, bad);
		int result = metadata_and_wait(pool, &source, &out, &err);
		assert_true(result == 0 || err.code == ERR_INVALID ||
			    err.code == ERR_TOO_LARGE);
	}
	assert_int_equal(metadata_of(jpeg).quality, 83);
	/* none died of it, nor of the tests before; some may have grown, and
	 * been replaced */
	assert_int_equal(metric_get(METRIC_RENDER_DEATHS), 0);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(embedded_metadata_is_one_flat_object),
		cmocka_unit_test(image_without_any_has_none),
		cmocka_unit_test(other_formats_carry_metadata_too),
		cmocka_unit_test(metadata_tells_all_of_an_image),
		cmocka_unit_test(transparency_is_a_pixel_that_is_not_opaque),
		cmocka_unit_test(alike_pictures_have_close_hashes),
		cmocka_unit_test(other_pictures_have_distant_hashes),
		cmocka_unit_test(tiny_and_flat_pictures_have_hashes),
		cmocka_unit_test(thumbhashes_have_the_colours_in_every_format),
		cmocka_unit_test(colours_of_print_are_read),
		cmocka_unit_test(too_large_images_are_not_decoded),
		cmocka_unit_test(large_images_are_read),
		cmocka_unit_test(damaged_webps_are_refused),
		cmocka_unit_test(damaged_images_are_refused_or_read),
	};
	int failed =
		cmocka_run_group_tests_name("metadata", tests, start, stop);
	vips_shutdown();
	return failed;
}
