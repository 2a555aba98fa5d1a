/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is said of an image, its size first, is the same whoever is asked, and
 * costs no more than a picture of it.
 */
#include "image_wait.h"
#include "render_case.h"

/* 1 x 1 */
static const char bmp[] =
	"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0"
	"\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

static const char document[] =
	"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
	"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>endobj\n"
	"trailer<</Root 1 0 R>>\n%%EOF\n";

/* What is asked of the header, of all there is, and of a picture. */
static void assert_same_numbers(struct renderers *renderers,
				const GString *bytes, struct arena *arena)
{
	const struct image_source source = {
		.fd = -1,
		.bytes = str_of_gstring(bytes),
		.arena = arena,
	};
	struct image_info info;
	struct image_metadata metadata = {0};
	struct render_one one;
	struct err err;
	if (inspect_and_wait(renderers, &source, &info, &err) < 0 ||
	    metadata_and_wait(renderers, &source, &metadata, &err) < 0)
		fail_msg("%.9s: %s", bytes->str, err.text);
	render_case("encode(format=png)", bytes, &one);
	assert_int_equal(one.status, RENDER_OK);
	assert_int_equal(one.picture.width, info.width);
	assert_int_equal(one.picture.height, info.height);
	assert_int_equal(metadata.width, info.width);
	assert_int_equal(metadata.height, info.height);
	VipsImage *got = decoded(one.bytes, "");
	assert_int_equal(vips_image_hasalpha(got), metadata.has_transparency);
	g_object_unref(got);
	g_string_free(one.bytes, TRUE);
}

static struct renderers *make_renderers(void)
{
	const struct renderers_options options = {
		.program = getenv("STOWAGE_RENDER"),
		.helpers = 1,
		.timeout_ms = 600000,
		.queue_max = 10,
	};
	struct renderers *renderers = NULL;
	struct err err;
	assert_int_equal(renderers_new(&renderers, &options, &err), 0);
	return renderers;
}

static void numbers_are_those_of_inspection(void **state)
{
	(void)state;
	static const char *const formats[] = {".png", ".jpg",  ".webp", ".gif",
					      ".tif", ".avif", ".jxl"};
	static const char *const drawings[] = {
		"width='30' height='20'",
		"width='30.5' height='20.4'",
		"width='1in' height='2cm'",
		"viewBox='0 0 158 33'",
		"width='50%' height='50%' viewBox='0 0 40 80'",
		"width='100' viewBox='0 0 40 80'",
		"",
	};
	struct renderers *renderers = make_renderers();
	VipsImage *picture = make_picture(120, 80, 3);
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(formats); i++) {
		g_autoptr(GString) bytes = saved(picture, formats[i]);
		if (bytes) /* else not built in */
			assert_same_numbers(renderers, bytes, &arena);
	}
	for (size_t i = 0; i < COUNT(drawings); i++) {
		g_autoptr(GString) svg = g_string_new("");
		g_string_printf(svg,
				"<svg xmlns='http://www.w3.org/2000/svg' %s>"
				"<circle cx='9' cy='9' r='4'/></svg>",
				drawings[i]);
		assert_same_numbers(renderers, svg, &arena);
	}
	g_autoptr(GString) small = g_string_new_len(bmp, sizeof(bmp) - 1);
	assert_same_numbers(renderers, small, &arena);
	g_object_unref(picture);
	renderers_free(renderers);
	arena_release(&arena);
}

static void assert_not_inspected(struct renderers *renderers,
				 const GString *bytes, enum err_code code)
{
	struct arena arena;
	struct image_info info;
	struct image_metadata metadata = {0};
	struct err err = {0};
	arena_init(&arena);
	const struct image_source source = {
		.fd = -1,
		.bytes = str_of_gstring(bytes),
		.arena = &arena,
	};
	assert_int_equal(inspect_and_wait(renderers, &source, &info, &err), -1);
	assert_int_equal(err.code, code);
	assert_int_equal(metadata_and_wait(renderers, &source, &metadata, &err),
			 -1);
	assert_int_equal(err.code, code);
	arena_release(&arena);
}

static void inspection_is_bounded_as_pictures_are(void **state)
{
	(void)state;
	struct renderers *renderers = make_renderers();
	g_autoptr(GString) svg =
		g_string_new("<svg xmlns='http://www.w3.org/"
			     "2000/svg' width='9' height='9'>");
	g_autoptr(GString) pdf = g_string_new(document);
	for (int i = 0; i < 100000; i++)
		g_string_append(svg, "<g/>");
	g_string_append(svg, "</svg>");
	assert_not_inspected(renderers, svg, ERR_TOO_LARGE);
	/* by its bytes, whatever they say */
	g_string_assign(svg, "<svg xmlns='http://www.w3.org/2000/svg' "
			     "width='9' height='9'><!--");
	gsize n = svg->len;
	g_string_set_size(svg, 41 << 20);
	memset(svg->str + n, 'x', svg->len - n);
	g_string_append(svg, "--></svg>");
	assert_not_inspected(renderers, svg, ERR_TOO_LARGE);
	g_string_assign(svg, "\x1f\x8b<svg");
	assert_not_inspected(renderers, svg, ERR_INVALID);
	assert_not_inspected(renderers, pdf, ERR_INVALID);
	renderers_free(renderers);
}

/* Pages and the size of one, where documents are asked for. */
static void documents_have_pages(void **state)
{
	(void)state;
	struct renderers *renderers = make_renderers();
	g_autoptr(GString) two = g_string_new(
		"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
		"2 0 obj<</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>>endobj\n"
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"
		"endobj\n"
		"4 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 7]>>endobj\n"
		"trailer<</Root 1 0 R>>\n%%EOF\n");
	g_autoptr(GString) cut = g_string_new("%PDF-1.4\n1 0 obj<<");
	VipsImage *picture = make_picture(12, 8, 3);
	g_autoptr(GString) png = saved(picture, ".png");
	const struct {
		const GString *bytes;
		unsigned page, width, height, pages;
		bool is_document;
	} rows[] = {
		{two, 0, 595, 842, 2, true},     {two, 1, 595, 842, 2, true},
		{two, 2, 9, 7, 2, true},         {two, 3, 0, 0, 0, false},
		{two, UINT_MAX, 0, 0, 0, false}, {png, 0, 12, 8, 1, false},
		{png, 1, 12, 8, 1, false},       {png, 2, 0, 0, 0, false},
		{cut, 0, 0, 0, 0, false},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_source source = {
			.fd = -1,
			.bytes = str_of_gstring(rows[i].bytes),
			.arena = &arena,
			.document = true,
			.page = rows[i].page,
		};
		struct image_info info = {0};
		struct err err;
		int result = inspect_and_wait(renderers, &source, &info, &err);
		assert_int_equal(result, rows[i].pages ? 0 : -1);
		assert_int_equal(info.is_document, rows[i].is_document);
		assert_int_equal(info.width, rows[i].width);
		assert_int_equal(info.height, rows[i].height);
		assert_int_equal(info.pages, rows[i].pages);
		if (result < 0)
			assert_int_equal(err.code, ERR_INVALID);
	}
	g_object_unref(picture);
	renderers_free(renderers);
	arena_release(&arena);
}

/* As the file says it; nothing is made up. */
static void densities_are_told_where_there_are_any(void **state)
{
	(void)state;
	struct renderers *renderers = make_renderers();
	VipsImage *picture = make_picture(12, 8, 3), *dense = NULL;
	assert_int_equal(vips_copy(picture, &dense, "xres", 150 / 25.4, "yres",
				   150 / 25.4, NULL),
			 0);
	g_autoptr(GString) with = saved(dense, ".png");
	g_autoptr(GString) without = saved(picture, ".webp");
	const struct {
		const GString *bytes;
		unsigned density;
	} rows[] = {{with, 150}, {without, 0}};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_source source = {
			.fd = -1,
			.bytes = str_of_gstring(rows[i].bytes),
			.arena = &arena,
		};
		struct image_info info = {0};
		struct err err;
		assert_int_equal(
			inspect_and_wait(renderers, &source, &info, &err), 0);
		assert_int_equal(info.density, rows[i].density);
	}
	g_object_unref(picture);
	g_object_unref(dense);
	renderers_free(renderers);
	arena_release(&arena);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_those_of_inspection),
		cmocka_unit_test(inspection_is_bounded_as_pictures_are),
		cmocka_unit_test(documents_have_pages),
		cmocka_unit_test(densities_are_told_where_there_are_any),
	};
	int failed = cmocka_run_group_tests_name(
		"inspection", tests, render_case_start, render_case_stop);
	vips_shutdown();
	return failed;
}
