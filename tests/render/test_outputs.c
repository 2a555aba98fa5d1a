/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pictures are written as besides images' own formats, and colours for
 * print, by the real stowage-render in its sandbox.
 */
#include "image/pgm.h"
#include "render_case.h"

#define WIDTH 96
#define HEIGHT 64

static GString *made(const char *plan, const GString *source)
{
	struct render_one one;
	render_case(plan, source, &one);
	if (one.status != RENDER_OK)
		fail_msg("%s: status %u", plan, one.status);
	return one.bytes;
}

static GString *soft_jpeg(int quality)
{
	VipsImage *image = make_picture(WIDTH, HEIGHT, 3);
	GString *jpeg = save_picture(image, ".jpg", quality);
	g_object_unref(image);
	return jpeg;
}

static bool has(const GString *bytes, const char *text)
{
	return memmem(bytes->str, bytes->len, text, strlen(text)) != NULL;
}

static void assert_alike(const GString *a, const GString *b, int most)
{
	VipsImage *x = decoded(a, ""), *y = decoded(b, "");
	assert_int_equal(x->Xsize, y->Xsize);
	assert_int_equal(x->Ysize, y->Ysize);
	for (int row = 1; row < x->Ysize - 1; row++)
		for (int column = 1; column < x->Xsize - 1; column++) {
			const VipsPel *p = pixel(y, column, row);
			const int want[] = {p[0], p[1], p[2], 255};
			assert_pixel(x, column, row, want, most);
		}
	g_object_unref(x);
	g_object_unref(y);
}

/* Drawn again, it is the picture. */
static void a_page_holds_the_pixels(void **state)
{
	(void)state;
	static const struct {
		const char *plan, *filter;
		int most;
	} rows[] = {
		{"encode(format=pdf,quality=95)", "/Filter/DCTDecode", 12},
		{"encode(format=pdf,lossless=true)", "/Filter/FlateDecode", 1},
		{"encode(format=pdf,colorspace=cmyk,quality=95)",
		 "/ColorSpace/DeviceCMYK", 255},
	};
	g_autoptr(GString) source = soft_jpeg(95);
	g_autoptr(GString) png = made("encode(format=png)", source);
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) pdf = made(rows[i].plan, source);
		g_autoptr(GString) again = made(rows[i].plan, source);
		g_autoptr(GString) drawn = made("encode(format=png)", pdf);
		assert_true(g_str_has_prefix(pdf->str, "%PDF-1.4\n"));
		assert_true(g_string_equal(pdf, again));
		assert_true(has(pdf, rows[i].filter));
		assert_true(has(pdf, "/MediaBox[0 0 96.00 64.00]"));
		assert_alike(drawn, png, rows[i].most);
	}
}

static void pages_have_sizes(void **state)
{
	(void)state;
	static const struct {
		const char *of, *box, *place;
	} rows[] = {
		{"paper=a4", "[0 0 841.89 595.28]",
		 "q 841.89 0 0 561.26 0.00 17.01 cm"},
		{"paper=a4,orientation=portrait", "[0 0 595.28 841.89]",
		 "q 595.28 0 0 396.85 0.00 222.52 cm"},
		{"paper=letter,orientation=landscape", "[0 0 792.00 612.00]",
		 "q 792.00 0 0 528.00 0.00 42.00 cm"},
		{"density=36", "[0 0 192.00 128.00]",
		 "q 192.00 0 0 128.00 0.00 0.00 cm"},
		{"density=60000", "[0 0 3.00 3.00]",
		 "q 3.00 0 0 3.00 0.00 0.00 cm"},
		{"density=1", "[0 0 6912.00 4608.00]", "q 6912.00"},
	};
	g_autoptr(GString) source = soft_jpeg(80);
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plan =
			g_strdup_printf("encode(format=pdf,%s)", rows[i].of);
		g_autoptr(GString) pdf = made(plan, source);
		if (!has(pdf, rows[i].box) || !has(pdf, rows[i].place))
			fail_msg("%s", plan);
	}
}

static void assert_drawn_alike(const GString *a, const GString *b,
			       const char *plan)
{
	g_autofree char *of_page = g_strdup_printf(
		"image(page=%s,density=144)|encode(format=png)", plan);
	g_autoptr(GString) x = made("image(density=144)|encode(format=png)", a);
	g_autoptr(GString) y = made(of_page, b);
	assert_alike(x, y, 40);
}

static uint32_t refused(const char *plan, const GString *source)
{
	struct render_one one;
	render_case(plan, source, &one);
	if (one.bytes)
		g_string_free(one.bytes, TRUE);
	return one.status;
}

/* Nothing of a document becomes pixels that is none. */
static void pages_of_documents_stay_drawings(void **state)
{
	(void)state;
	g_autoptr(GString) pdf = make_pdf();
	g_autoptr(GString) first =
		made("image(page=1)|encode(format=pdf)", pdf);
	g_autoptr(GString) second =
		made("image(page=2)|encode(format=pdf)", pdf);
	g_autoptr(GString) again =
		made("image(page=2)|encode(format=pdf)", pdf);
	g_autoptr(GString) pixels =
		made("turn(angle=90)|encode(format=pdf)", pdf);
	assert_true(g_string_equal(second, again));
	assert_drawn_alike(first, pdf, "1");
	assert_drawn_alike(second, pdf, "2");
	assert_false(has(first, "DCTDecode"));
	assert_false(has(second, "/CreationDate"));
	assert_true(has(pixels, "DCTDecode"));
	g_autoptr(GString) blue = made(
		"image(page=2)|background(color=#0000ffff)|encode(format=pdf)",
		pdf);
	g_autoptr(GString) drawn = made("encode(format=png)", blue);
	VipsImage *image = decoded(drawn, "");
	assert_pixel(image, 50, 50, (int[]){255, 0, 0, 255}, 0);
	assert_pixel(image, 150, 50, (int[]){0, 0, 255, 255}, 0);
	g_object_unref(image);
	assert_false(has(blue, "DCTDecode"));
	assert_int_equal(refused("image(page=3)|encode(format=pdf)", pdf),
			 RENDER_IMPOSSIBLE);
	g_autoptr(GString) cut = g_string_new("%PDF-1.4\n1 0 obj<<");
	assert_int_equal(refused("encode(format=pdf)", cut), RENDER_UNREADABLE);
}

static void documents_keep_their_pages(void **state)
{
	(void)state;
	static const struct {
		const char *plan;
		unsigned width, height, pages;
	} rows[] = {
		{"encode(format=pdf)", 300, 100, 2},
		{"image(page=2)|encode(format=pdf)", 200, 100, 1},
		{"encode(format=pdf,paper=a4)", 842, 595, 2},
		{"encode(format=pdf,paper=a4,orientation=portrait)", 595, 842,
		 2},
	};
	g_autoptr(GString) pdf = make_pdf();
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct render_one one;
		render_case(rows[i].plan, pdf, &one);
		assert_int_equal(one.status, RENDER_OK);
		assert_int_equal(one.picture.format, RENDER_PDF);
		assert_int_equal(one.picture.width, rows[i].width);
		assert_int_equal(one.picture.height, rows[i].height);
		assert_int_equal(one.picture.pages, rows[i].pages);
		g_string_free(one.bytes, TRUE);
	}
}

/* The same as if its number had been said; of other sources the number. */
static void quality_can_be_the_source_s(void **state)
{
	(void)state;
	g_autoptr(GString) source = soft_jpeg(63);
	g_autoptr(GString) plain = made("blur|encode(quality=63)", source);
	g_autoptr(GString) own =
		made("blur|encode(quality=90,source-quality=true)", source);
	assert_true(g_string_equal(plain, own));
	g_autoptr(GString) png = made("encode(format=png)", source);
	g_autoptr(GString) fixed = made("encode(format=jpg,quality=90)", png);
	g_autoptr(GString) same =
		made("encode(format=jpg,quality=90,source-quality=true)", png);
	assert_true(g_string_equal(fixed, same));
}

static int bands_of(const GString *bytes)
{
	VipsImage *image = decoded(bytes, "");
	int bands = image->Bands;
	g_object_unref(image);
	return bands;
}

static void colours_can_be_for_print(void **state)
{
	(void)state;
	g_autoptr(GString) source = soft_jpeg(95);
	g_autoptr(GString) cmyk =
		made("encode(colorspace=cmyk,quality=95)", source);
	assert_int_equal(bands_of(cmyk), 4);
	g_autoptr(GString) kept = made("encode(colorspace=source)", cmyk);
	assert_int_equal(bands_of(kept), 4);
	g_autoptr(GString) back = made("encode", cmyk);
	assert_int_equal(bands_of(back), 3);
	g_autoptr(GString) same = made("encode(colorspace=source)", source);
	assert_int_equal(bands_of(same), 3);
	/* formats that cannot have them */
	g_autoptr(GString) png =
		made("encode(format=png,colorspace=cmyk)", source);
	assert_int_equal(bands_of(png), 3);
	/* there and back: what inks cannot show is lost */
	g_autoptr(GString) before =
		made("resize(width=2)|encode(format=png)", source);
	g_autoptr(GString) after =
		made("resize(width=2)|encode(format=png)", cmyk);
	VipsImage *x = decoded(before, ""), *y = decoded(after, "");
	for (int i = 0; i < 3; i++)
		assert_in_range(abs(pixel(x, 0, 0)[i] - pixel(y, 0, 0)[i]), 0,
				40);
	g_object_unref(x);
	g_object_unref(y);
}

/* Left half black, right half white. */
static GString *halves(int width, int height)
{
	g_autofree char *svg = g_strdup_printf(
		"<svg xmlns='http://www.w3.org/2000/svg' width='%d' "
		"height='%d'><rect width='100%%' height='100%%' fill='white'/>"
		"<rect width='50%%' height='100%%'/></svg>",
		width, height);
	return g_string_new(svg);
}

static void letters_show_a_picture(void **state)
{
	(void)state;
	g_autoptr(GString) source = halves(48, 20);
	g_autoptr(GString) plain = made("encode(format=ascii)", source);
	assert_true(g_str_has_prefix(plain->str, "<!DOCTYPE html>\n"));
	assert_true(has(plain, "background:#ffffff}"));
	assert_true(has(plain, "monospace;color:#000000}"));
	assert_true(has(plain, "<pre>\n@@@%.   \n@@@%.   \n</pre>"));
	g_autoptr(GString) reverse =
		made("encode(format=ascii,reverse=true,size=50,"
		     "foreground=#00cc00ff,background=#00000080)",
		     source);
	assert_true(has(reverse, "<pre>\n .%@\n</pre>"));
	assert_true(has(reverse, "background:#00000080}"));
	assert_true(has(reverse, "monospace;color:#00cc00}"));
}

/* Each has the colour that it stands for; alike neighbours share it. */
static void letters_have_colours(void **state)
{
	(void)state;
	static const int red[] = {255, 0, 0, 255}, none[] = {255, 0, 0, 0};
	g_autoptr(GString) flat = make_flat(24, 20, red);
	g_autoptr(GString) html =
		made("encode(format=ascii,colored=true)", flat);
	assert_true(has(html, "<pre>\n<b style=color:#f00>****</b>\n"
			      "<b style=color:#f00>****</b>\n</pre>"));
	g_autoptr(GString) clear = make_flat(24, 20, none);
	g_autoptr(GString) blank =
		made("encode(format=ascii,colored=true)", clear);
	assert_true(has(blank, "<pre>\n    \n    \n</pre>"));
}

/* However large the picture is. */
static void letters_are_bounded(void **state)
{
	(void)state;
	takes_long();
	static const int grey[] = {120, 120, 120, 255};
	static const int sides[][2] = {{9000, 9000}, {60000, 9}, {9, 60000}};
	for (size_t i = 0; i < COUNT(sides); i++) {
		g_autoptr(GString) flat =
			make_flat(sides[i][0], sides[i][1], grey);
		g_autoptr(GString) html = made("encode(format=ascii)", flat);
		assert_in_range(html->len, 300, 260000);
	}
}

/* Its pixels, behind the one head that there may be; the picture is upright. */
static const uint8_t *grey_of(const char *plan, const GString *source,
			      struct render_one *one)
{
	char buffer[IMAGE_PGM_HEAD_MAX];
	render_case(plan, source, one);
	if (one->status != RENDER_OK)
		fail_msg("%s: status %u", plan, one->status);
	assert_int_equal(one->picture.format, RENDER_PGM);
	assert_int_equal(one->picture.pages, 1);
	struct str head =
		image_pgm_head(one->picture.width, one->picture.height, buffer);
	assert_int_equal(one->bytes->len, head.n + (size_t)one->picture.width *
							   one->picture.height);
	assert_memory_equal(one->bytes->str, head.p, head.n);
	return (const uint8_t *)one->bytes->str + head.n;
}

static void assert_grey(const GString *source, unsigned want)
{
	struct render_one one;
	const uint8_t *p = grey_of("encode(format=pgm)", source, &one);
	assert_in_range(p[0], want > 1 ? want - 2 : 0, want + 2);
	g_string_free(one.bytes, TRUE);
}

static VipsImage *interpreted(VipsImage *in, VipsInterpretation as)
{
	VipsImage *out = NULL;
	assert_int_equal(vips_colourspace(in, &out, as, NULL), 0);
	return out;
}

static void grey_is_that_of_any_colours(void **state)
{
	(void)state;
	static const struct {
		int rgba[4];
		unsigned want;
	} rows[] = {
		{{255, 255, 255, 255}, 255}, {{0, 0, 0, 255}, 0},
		{{77, 77, 77, 255}, 77},     {{255, 0, 0, 255}, 77},
		{{0, 255, 0, 255}, 149},     {{0, 0, 255, 255}, 29},
		{{0, 0, 0, 0}, 255},         {{0, 0, 0, 128}, 127},
	};
	static const VipsInterpretation kinds[] = {
		VIPS_INTERPRETATION_B_W,
		VIPS_INTERPRETATION_RGB16,
		VIPS_INTERPRETATION_GREY16,
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) flat = make_flat(9, 7, rows[i].rgba);
		assert_grey(flat, rows[i].want);
	}
	g_autoptr(GString) flat = make_flat(9, 7, (int[]){77, 77, 77, 255});
	VipsImage *image = decoded(flat, "");
	for (size_t i = 0; i < COUNT(kinds); i++) {
		VipsImage *other = interpreted(image, kinds[i]);
		g_autoptr(GString) png = saved(other, ".png");
		g_autoptr(GString) tiff = saved(other, ".tif");
		assert_grey(png, 77);
		assert_grey(tiff, 77);
		g_object_unref(other);
	}
	g_autoptr(GString) palette = saved(image, ".png[palette]");
	g_autoptr(GString) gif = saved(image, ".gif");
	g_autoptr(GString) webp = saved(image, ".webp[lossless]");
	assert_grey(palette, 77);
	assert_grey(gif, 77);
	assert_grey(webp, 77);
	g_object_unref(image);
}

/* Inks become what they are seen as, but for what they cannot show. */
static void grey_is_that_of_inks(void **state)
{
	(void)state;
	struct render_one plain, print;
	g_autoptr(GString) source = soft_jpeg(95);
	g_autoptr(GString) cmyk =
		made("encode(colorspace=cmyk,quality=95)", source);
	const uint8_t *want = grey_of("encode(format=pgm)", source, &plain);
	const uint8_t *got = grey_of("encode(format=pgm)", cmyk, &print);
	int off = 0;
	for (size_t at = 0; at < WIDTH * HEIGHT; at++)
		off += abs(got[at] - want[at]);
	assert_in_range(off / (WIDTH * HEIGHT), 0, 12);
	g_string_free(plain.bytes, TRUE);
	g_string_free(print.bytes, TRUE);
}

/* sRGB's green has red in it in a wider space. */
static void grey_is_that_of_a_profile(void **state)
{
	(void)state;
	g_autoptr(GString) flat = make_flat(9, 7, (int[]){0, 255, 0, 255});
	VipsImage *image = decoded(flat, ""), *wide = NULL;
	assert_int_equal(vips_icc_export(image, &wide, "output_profile", "p3",
					 "depth", 8, NULL),
			 0);
	g_autoptr(GString) png = saved(wide, ".png");
	VipsImage *stored = decoded(png, "");
	assert_in_range(pixel(stored, 0, 0)[0], 80, 130);
	assert_grey(png, 149);
	g_object_unref(image);
	g_object_unref(wide);
	g_object_unref(stored);
}

/* A page, at the density that is asked for, and the first frame of what moves.
 */
static void grey_is_of_one_page(void **state)
{
	(void)state;
	struct render_one one;
	g_autoptr(GString) pdf = make_pdf();
	const uint8_t *p = grey_of(
		"image(page=2,density=144)|encode(format=pgm)", pdf, &one);
	assert_int_equal(one.picture.width, 400);
	assert_int_equal(one.picture.height, 200);
	assert_in_range(p[400 * 100 + 100], 75, 79);
	assert_in_range(p[400 * 100 + 300], 254, 255);
	g_string_free(one.bytes, TRUE);
	VipsImage *frames[] = {make_picture(20, 10, 1),
			       make_picture(20, 10, 2)};
	VipsImage *both = NULL;
	assert_int_equal(vips_arrayjoin(frames, &both, 2, "across", 1, NULL),
			 0);
	vips_image_set_int(both, VIPS_META_PAGE_HEIGHT, 10);
	g_autoptr(GString) gif = saved(both, ".gif");
	grey_of("encode(format=pgm)", gif, &one);
	assert_int_equal(one.picture.width, 20);
	assert_int_equal(one.picture.height, 10);
	g_string_free(one.bytes, TRUE);
	g_object_unref(both);
	g_object_unref(frames[0]);
	g_object_unref(frames[1]);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_page_holds_the_pixels),
		cmocka_unit_test(pages_have_sizes),
		cmocka_unit_test(pages_of_documents_stay_drawings),
		cmocka_unit_test(documents_keep_their_pages),
		cmocka_unit_test(quality_can_be_the_source_s),
		cmocka_unit_test(colours_can_be_for_print),
		cmocka_unit_test(letters_show_a_picture),
		cmocka_unit_test(letters_have_colours),
		cmocka_unit_test(letters_are_bounded),
		cmocka_unit_test(grey_is_that_of_any_colours),
		cmocka_unit_test(grey_is_that_of_inks),
		cmocka_unit_test(grey_is_that_of_a_profile),
		cmocka_unit_test(grey_is_of_one_page),
	};
	return cmocka_run_group_tests(tests, render_case_start,
				      render_case_stop);
}
