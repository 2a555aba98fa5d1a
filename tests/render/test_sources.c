/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pictures are made of: formats, orientations, colours, frames, pages; and
 * what they become when nobody says.
 */
#include "render_case.h"

#define WIDTH 120
#define HEIGHT 80

static VipsImage *picture;

static int make_sources(void **state)
{
	VipsImage *lazy = make_picture(WIDTH, HEIGHT, 3);
	picture = vips_image_copy_memory(lazy);
	g_object_unref(lazy);
	return render_case_start(state);
}

static int drop_sources(void **state)
{
	g_object_unref(picture);
	return render_case_stop(state);
}

static struct render_picture answer_of(const char *plan, const GString *source,
				       uint32_t status)
{
	struct render_one one;
	render_case(plan, source, &one);
	if (one.status != status)
		fail_msg("%s: status %u, wanted %u", plan, one.status, status);
	if (one.bytes)
		g_string_free(one.bytes, TRUE);
	return one.picture;
}

/* As PNG, decoded; the caller's. */
static VipsImage *shown(const char *plan, const GString *source)
{
	g_autofree char *whole = g_strdup_printf("%s%sencode(format=png)", plan,
						 *plan ? "|" : "");
	struct render_one one;
	render_case(whole, source, &one);
	if (one.status != RENDER_OK)
		fail_msg("%s: status %u", plan, one.status);
	VipsImage *image = decoded(one.bytes, "");
	g_string_free(one.bytes, TRUE);
	return image;
}

static double difference(VipsImage *a, VipsImage *b)
{
	double sum = 0;
	assert_int_equal(a->Xsize, b->Xsize);
	assert_int_equal(a->Ysize, b->Ysize);
	for (int y = 0; y < a->Ysize; y++)
		for (int x = 0; x < a->Xsize; x++)
			for (int i = 0; i < 3; i++) {
				double d = pixel(a, x, y)[i % a->Bands] -
					   pixel(b, x, y)[i % b->Bands];
				sum += d * d;
			}
	return sqrt(sum / (3.0 * a->Xsize * a->Ysize));
}

static void assert_shows(const char *plan, const GString *source, double most)
{

	VipsImage *got = shown(plan, source);
	VipsImage *want = rendered(plan, picture);
	double is = difference(got, want);
	if (is > most)
		fail_msg("\"%s\" of %.4s: differs by %.2f", plan, source->str,
			 is);
	g_object_unref(got);
	g_object_unref(want);
}

static void every_format_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *format;
		double most;
		uint32_t becomes;
	} rows[] = {
		{".png", 0, RENDER_PNG},
		{".jpg[Q=95]", 3, RENDER_JPG},
		{".webp[lossless]", 0, RENDER_WEBP},
		{".gif", 16, RENDER_GIF},
		{".tif", 0, RENDER_JPG},
		{".tif[tile,tile-width=16,tile-height=16]", 0, RENDER_JPG},
		{".avif[Q=90]", 4, RENDER_AVIF},
		{".heic[Q=90]", 4, RENDER_JPG},
		{".jxl[lossless]", 1, RENDER_JPG},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) source = saved(picture, rows[i].format);
		if (source == NULL)
			continue;
		assert_shows("", source, rows[i].most);
		assert_shows("resize(width=50)", source, rows[i].most);
		assert_int_equal(
			answer_of("resize(width=50)", source, RENDER_OK).format,
			rows[i].becomes);
	}
}

/* A file of one, two rows of three pixels, its last row first. */
static GString *make_bmp(unsigned bits, const char *palette,
			 const GString *pixels)
{
	const uint32_t at = palette ? 62 : 54;
	const uint32_t head[] = {70,
				 0,
				 at,
				 40,
				 3,
				 2,
				 1 | bits << 16,
				 0,
				 0,
				 0,
				 0,
				 palette ? 2 : 0,
				 0};
	GString *out = g_string_new("BM");
	g_string_append_len(out, (const char *)head, sizeof(head));
	if (palette)
		g_string_append_len(out, palette, 8);
	return g_string_append_len(out, pixels->str, (gssize)pixels->len);
}

static void bitmaps_are_read(void **state)
{
	(void)state;
	static const struct {
		unsigned bits;
		const char *palette;
		const char *pixels;
		size_t n;
	} rows[] = {
		{24, NULL,
		 "\xff\0\0\xff\0\0\xff\0\0ppp"
		 "\0\0\xff\0\xff\0\0\0\xffppp",
		 24},
		{32, NULL,
		 "\xff\0\0p\xff\0\0p\xff\0\0p"
		 "\0\0\xffp\0\xff\0p\0\0\xffp",
		 24},
		{16, NULL,
		 "\x1f\0\x1f\0\x1f\0pp"
		 "\0\x7c\xe0\3\0\x7cpp",
		 16},
		{8, "\xff\0\0\0\0\0\xff", "\0\0\0p\1\1\1p", 8},
		{1, "\xff\0\0\0\0\0\xff", "\x0fppp\xefppp", 8},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) pixels =
			g_string_new_len(rows[i].pixels, (gssize)rows[i].n);
		g_autoptr(GString) bmp =
			make_bmp(rows[i].bits, rows[i].palette, pixels);
		VipsImage *got = shown("", bmp);
		assert_int_equal(got->Xsize, 3);
		assert_int_equal(got->Ysize, 2);
		assert_pixel(got, 0, 0, (int[]){255, 0, 0}, 0);
		assert_pixel(got, 1, 1, (int[]){0, 0, 255}, 0);
		if (rows[i].palette == NULL)
			assert_pixel(got, 1, 0, (int[]){0, 255, 0}, 0);
		g_object_unref(got);
		/* it ends early: black, and nothing beyond is read */
		g_string_truncate(bmp, bmp->len - 7);
		assert_int_equal(answer_of("blur", bmp, RENDER_OK).width, 3);
		bmp->str[30] = 1; /* run lengths */
		answer_of("blur", bmp, RENDER_UNREADABLE);
	}
}

static void alpha_that_says_nothing_is_none(void **state)
{
	(void)state;
	VipsImage *opaque = NULL;
	if (vips_bandjoin_const1(picture, &opaque, 255, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	g_autoptr(GString) png = saved(opaque, ".png");
	VipsImage *got = shown("resize(width=60)", png);
	assert_int_equal(got->Bands, 3);
	g_object_unref(got);
	assert_int_equal(
		answer_of("encode(format=smallest)", png, RENDER_OK).format,
		RENDER_JPG);
	g_object_unref(opaque);
}

static void others_are_no_images(void **state)
{
	(void)state;
	static const char *const texts[] = {"x", "P5 1 1 255 x",
					    "<html></html>", "%PDF-1.4\n",
					    "<svg xmlns='http://www.w3.org/"
					    "2000/svg'>"};
	for (size_t i = 0; i < COUNT(texts); i++) {
		g_autoptr(GString) source = g_string_new(texts[i]);
		answer_of("resize(width=50)", source, RENDER_UNREADABLE);
	}
}

static GString *oriented(const char *format, int orientation)
{
	VipsImage *copy = NULL;
	if (vips_copy(picture, &copy, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	vips_image_set_int(copy, VIPS_META_ORIENTATION, orientation);
	GString *out = saved(copy, format);
	g_object_unref(copy);
	return out;
}

/* What a picture that is stored so looks like. */
static const char *const upright[] = {
	"",
	"flip(horizontal=true)",
	"turn(angle=180)",
	"flip(vertical=true)",
	"turn(angle=90)|flip(horizontal=true)",
	"turn(angle=90)",
	"turn(angle=270)|flip(horizontal=true)",
	"turn(angle=270)",
};

static void orientation_comes_first(void **state)
{
	(void)state;
	for (int i = 1; i <= 8; i++) {
		g_autoptr(GString) jpeg = oriented(".jpg[Q=95]", i);
		g_autoptr(GString) plain = saved(picture, ".jpg[Q=95]");
		VipsImage *want = shown(upright[i - 1], plain);
		VipsImage *got = shown("", jpeg);
		assert_true(difference(got, want) < 0.01);
		g_object_unref(got);
		g_object_unref(want);
		/* decoded smaller, where halves of pixels count */
		g_autofree char *plan = g_strdup_printf(
			"%s%sresize(width=27,height=31,fit=stretch)",
			upright[i - 1], *upright[i - 1] ? "|" : "");
		want = shown(plan, plain);
		got = shown("resize(width=27,height=31,fit=stretch)", jpeg);
		assert_true(difference(got, want) < 3);
		g_object_unref(got);
		g_object_unref(want);
		struct render_picture answer = answer_of(
			"resize(width=60)|encode(format=jpg,metadata=true)",
			jpeg, RENDER_OK);
		assert_int_equal(answer.height, i < 5 ? 40 : 90);
	}
}

/* 1333 rows at a half are 667, of which the last one is half outside. */
static void smaller_decoding_moves_nothing(void **state)
{
	(void)state;
	VipsImage *lazy = make_picture(401, 267, 5);
	VipsImage *large = vips_image_copy_memory(lazy);
	g_autoptr(GString) jpeg = save_picture(large, ".jpg", 98);
	static const char *const plans[] = {
		"resize(width=130)",
		"resize(width=60)",
		"resize(width=30)",
		"resize(width=41,height=33)",
		"resize(width=41,height=33,focus=bottom-right)",
	};
	for (size_t i = 0; i < COUNT(plans); i++) {
		VipsImage *want = rendered(plans[i], large);
		VipsImage *got = shown(plans[i], jpeg);
		double is = difference(got, want);
		if (is > 2)
			fail_msg("%s: differs by %.2f", plans[i], is);
		g_object_unref(want);
		g_object_unref(got);
	}
	g_object_unref(lazy);
	g_object_unref(large);
}

static VipsImage *in_space(VipsInterpretation space, const char *profile)
{
	VipsImage *out = NULL;
	int failed = profile ? vips_icc_transform(picture, &out, profile, NULL)
			     : vips_colourspace(picture, &out, space, NULL);
	if (failed)
		fail_msg("%s", vips_error_buffer());
	VipsImage *memory = vips_image_copy_memory(out);
	g_object_unref(out);
	return memory;
}

static void colours_become_srgb(void **state)
{
	(void)state;
	VipsImage *p3 = in_space(VIPS_INTERPRETATION_sRGB, "p3");
	VipsImage *deep = in_space(VIPS_INTERPRETATION_RGB16, NULL);
	VipsImage *print = in_space(VIPS_INTERPRETATION_CMYK, "cmyk");
	static const struct {
		const char *plan;
		double most;
	} plans[] = {{"", 3},
		     {"resize(width=50)", 3},
		     {"resize(width=60,height=60,focus=attention)", 6}};
	for (size_t i = 0; i < COUNT(plans); i++) {
		g_autoptr(GString) png = saved(p3, ".png");
		assert_shows(plans[i].plan, png, plans[i].most);
		g_autoptr(GString) jpeg = saved(p3, ".jpg[Q=98]");
		assert_shows(plans[i].plan, jpeg, plans[i].most + 1);
		g_autoptr(GString) deep_png = saved(deep, ".png");
		assert_shows(plans[i].plan, deep_png, 1);
		g_autoptr(GString) cmyk = saved(print, ".jpg[Q=98]");
		/* print has fewer colours */
		assert_shows(plans[i].plan, cmyk, 20);
	}
	/* the numbers of another profile are others */
	assert_true(difference(p3, picture) > 3);
	g_object_unref(p3);
	g_object_unref(deep);
	g_object_unref(print);
}

static void grey_and_deep_transparency_are_kept(void **state)
{
	(void)state;
	static const VipsPel grey[] = {200, 100};
	static const unsigned short deep[] = {51400, 257, 0, 25700};
	VipsImage *one =
		vips_image_new_from_memory(grey, 2, 1, 1, 2, VIPS_FORMAT_UCHAR);
	VipsImage *four = vips_image_new_from_memory(deep, 8, 1, 1, 4,
						     VIPS_FORMAT_USHORT);
	VipsImage *typed[2];
	if (vips_copy(one, &typed[0], "interpretation", VIPS_INTERPRETATION_B_W,
		      NULL) != 0 ||
	    vips_copy(four, &typed[1], "interpretation",
		      VIPS_INTERPRETATION_RGB16, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	static const int want[][4] = {{200, 200, 200, 100}, {200, 1, 0, 100}};
	for (int i = 0; i < 2; i++) {
		g_autoptr(GString) png = saved(typed[i], ".png");
		VipsImage *got = shown("resize(width=3,height=3)", png);
		assert_int_equal(got->Bands, 4);
		assert_pixel(got, 1, 1, want[i], 1);
		g_object_unref(got);
		g_object_unref(typed[i]);
	}
	g_object_unref(one);
	g_object_unref(four);
}

static void transparency_becomes_white(void **state)
{
	(void)state;
	static const VipsPel p[] = {0, 0, 0, 0};
	VipsImage *dot =
		vips_image_new_from_memory(p, 4, 1, 1, 4, VIPS_FORMAT_UCHAR);
	VipsImage *clear = NULL;
	if (vips_copy(dot, &clear, "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	g_autoptr(GString) png = saved(clear, ".png");
	struct render_one one;
	render_case("resize(width=8)|encode(format=jpg)", png, &one);
	VipsImage *got = decoded(one.bytes, "");
	assert_pixel(got, 4, 4, (int[]){255, 255, 255}, 0);
	g_object_unref(got);
	g_string_free(one.bytes, TRUE);
	render_case("background(color=#ff0000ff)|encode(format=jpg)", png,
		    &one);
	got = decoded(one.bytes, "");
	assert_pixel(got, 0, 0, (int[]){255, 0, 0}, 2);
	g_object_unref(got);
	g_string_free(one.bytes, TRUE);
	g_object_unref(clear);
	g_object_unref(dot);
}

static bool has_segment(const GString *jpeg, const char *name)
{
	return memmem(jpeg->str, jpeg->len, name, strlen(name)) != NULL;
}

static void headers_have_what_was_asked_for(void **state)
{
	(void)state;
	VipsImage *p3 = in_space(VIPS_INTERPRETATION_sRGB, "p3");
	g_autoptr(GString) pixels = saved(p3, ".jpg");
	g_autoptr(GString) exif = make_known_exif();
	g_autoptr(GString) source = make_jpeg(pixels, exif, NULL, NULL);
	static const struct {
		const char *plan;
		bool exif, profile, any;
	} rows[] = {
		{"encode", false, false, false},
		{"encode(metadata=true)", true, false, true},
		{"encode(profile=true)", false, true, true},
		{"encode(density=150)", false, false, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct render_one one;
		render_case(rows[i].plan, source, &one);
		assert_int_equal(one.status, RENDER_OK);
		assert_int_equal(has_segment(one.bytes, "Acme"), rows[i].exif);
		assert_int_equal(has_segment(one.bytes, "ICC_PROFILE"),
				 rows[i].profile);
		/* quantisation follows the start, or an APPn does */
		assert_int_equal(((uint8_t)one.bytes->str[3] & 0xf0) == 0xe0,
				 rows[i].any);
		VipsImage *got = decoded(one.bytes, "");
		/* make_known_exif() lies on its side */
		assert_int_equal(got->Xsize, HEIGHT);
		assert_int_equal(vips_image_get_orientation(got), 1);
		if (!rows[i].exif && !strstr(rows[i].plan, "density"))
			assert_false(has_segment(one.bytes, "Exif"));
		if (strstr(rows[i].plan, "density"))
			assert_true(fabs(got->Xres - 150 / 25.4) < 0.05);
		g_object_unref(got);
		g_string_free(one.bytes, TRUE);
	}
	g_object_unref(p3);
}

static void webp_has_what_was_asked_for(void **state)
{
	(void)state;
	g_autoptr(GString) pixels = saved(picture, ".jpg");
	g_autoptr(GString) exif = make_known_exif();
	g_autoptr(GString) source = make_jpeg(pixels, exif, NULL, NULL);
	static const struct {
		const char *plan;
		bool exif, features;
	} rows[] = {
		{"blur|encode(format=webp)", false, false},
		{"round(radius=20:5:10:0)|encode(format=webp)", false, true},
		{"blur|encode(format=webp,metadata=true)", true, true},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct render_one one;
		render_case(rows[i].plan, source, &one);
		assert_int_equal(one.status, RENDER_OK);
		assert_int_equal(has_segment(one.bytes, "EXIF"), rows[i].exif);
		assert_int_equal(has_segment(one.bytes, "Acme"), rows[i].exif);
		assert_int_equal(has_segment(one.bytes, "VP8X"),
				 rows[i].features);
		VipsImage *got = decoded(one.bytes, "");
		assert_int_equal(got->Xsize, HEIGHT);
		assert_true(vips_image_get_typeof(got, "exif-data") != 0 ||
			    !rows[i].exif);
		g_object_unref(got);
		g_string_free(one.bytes, TRUE);
	}
}

/* Frames of one colour each, 100 ms, three times. */
static GString *animation(int frames, const char *format)
{
	VipsImage **t = g_new0(VipsImage *, frames);
	VipsImage *all = NULL, *copy = NULL;
	g_autofree int *delays = g_new0(int, frames);
	for (int i = 0; i < frames; i++) {
		double color[] = {i * 80.0, 255 - i * 80.0, 40};
		VipsImage *black = NULL;
		if (vips_black(&black, 40, 20, NULL) != 0)
			fail_msg("%s", vips_error_buffer());
		t[i] = vips_image_new_from_image(black, color, 3);
		g_object_unref(black);
		delays[i] = 100 * (i + 1);
	}
	if (vips_arrayjoin(t, &all, frames, "across", 1, NULL) != 0 ||
	    vips_copy(all, &copy, "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	vips_image_set_int(copy, VIPS_META_PAGE_HEIGHT, 20);
	vips_image_set_int(copy, "loop", 3);
	vips_image_set_array_int(copy, "delay", delays, frames);
	GString *out = saved(copy, format);
	for (int i = 0; i < frames; i++)
		g_object_unref(t[i]);
	g_free(t);
	g_object_unref(all);
	g_object_unref(copy);
	return out;
}

static void assert_frames(const char *plan, const GString *source, int width,
			  int height)
{
	struct render_one one;
	int *delays, n, loop;
	render_case(plan, source, &one);
	assert_int_equal(one.status, RENDER_OK);
	assert_int_equal(one.picture.pages, 3);
	assert_int_equal(one.picture.width, width);
	assert_int_equal(one.picture.height, height);
	VipsImage *got = decoded(one.bytes, "n=-1");
	assert_int_equal(got->Xsize, width);
	assert_int_equal(got->Ysize, 3 * height);
	for (int i = 0; i < 3; i++)
		assert_pixel(got, width / 2, i * height + height / 2,
			     (int[]){i * 80, 255 - i * 80, 40, 255}, 12);
	assert_int_equal(vips_image_get_array_int(got, "delay", &delays, &n),
			 0);
	assert_int_equal(n, 3);
	assert_int_equal(delays[1], 200);
	assert_int_equal(vips_image_get_int(got, "loop", &loop), 0);
	assert_int_equal(loop, 3);
	assert_false(has_segment(one.bytes, "EXIF"));
	g_object_unref(got);
	g_string_free(one.bytes, TRUE);
}

static void animations_stay_animations(void **state)
{
	(void)state;
	static const char *const formats[] = {".gif", ".webp[lossless]"};
	for (size_t i = 0; i < COUNT(formats); i++) {
		g_autoptr(GString) source = animation(3, formats[i]);
		assert_frames("encode", source, 40, 20);
		assert_frames("resize(width=20)", source, 20, 10);
		assert_frames("resize(width=15,height=10)|turn(angle=90)|blur"
			      "|encode(format=webp)",
			      source, 10, 15);
		assert_frames("resize(width=10,height=10,focus=attention)"
			      "|encode(format=gif)",
			      source, 10, 10);
		assert_frames("negate|negate|modulate(hue=360)|gamma(value=1)|"
			      "balance(percent=0)|median|pixelate|oil|redact|"
			      "vignette(amount=1)|tear(most=2)|round(radius=9,"
			      "feather=2)|"
			      "drop-shadow(blur=0,x=2,y=3)",
			      source, 42, 23);
		assert_frames("flip(horizontal=true)|resize(width=50,height=50,"
			      "fit=pad)|if(test=[cw 10 >],then={sharpen})"
			      "|encode(format=smallest,webp=true)",
			      source, 50, 50);
	}
}

static void others_are_first_frames(void **state)
{
	(void)state;
	g_autoptr(GString) source = animation(3, ".gif");
	static const char *const plans[] = {
		"encode(format=jpg)",
		"encode(format=png)",
		"encode(format=webp,still=true)",
		"image(page=1)|encode(format=gif)",
		"trim",
	};
	for (size_t i = 0; i < COUNT(plans); i++)
		assert_int_equal(answer_of(plans[i], source, RENDER_OK).pages,
				 1);
	VipsImage *got = shown("image(page=3)", source);
	assert_pixel(got, 9, 9, (int[]){160, 95, 40, 255}, 8);
	g_object_unref(got);
	answer_of("image(page=4)", source, RENDER_IMPOSSIBLE);
}

static void a_file_without_pages_is_shown_for_any(void **state)
{
	(void)state;
	g_autoptr(GString) source = animation(1, ".gif");
	answer_of("image(page=4)|encode(format=png)", source, RENDER_OK);
}

static void drawings_are_drawn_at_their_size(void **state)
{
	(void)state;
	g_autoptr(GString) svg = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 158 33'>"
		"<rect width='79' height='33' fill='red'/></svg>");
	struct render_picture got = answer_of("", svg, RENDER_OK);
	assert_int_equal(got.width, 158);
	assert_int_equal(got.height, 33);
	assert_int_equal(got.format, RENDER_PNG);
	got = answer_of("resize(width=200)|encode(format=jpg)", svg, RENDER_OK);
	assert_int_equal(got.width, 200);
	assert_int_equal(got.height, 42);
	VipsImage *image = shown("resize(width=1580)", svg);
	/* the edge is sharp as it was not enlarged */
	assert_pixel(image, 788, 100, (int[]){255, 0, 0, 255}, 0);
	assert_pixel(image, 791, 100, (int[]){0, 0, 0, 0}, 0);
	g_object_unref(image);

	g_autoptr(GString) pdf = make_pdf();
	image = shown("image(page=2)|resize(width=400)", pdf);
	assert_int_equal(image->Ysize, 200);
	assert_pixel(image, 198, 100, (int[]){255, 0, 0}, 0);
	assert_pixel(image, 202, 100, (int[]){255, 255, 255}, 0);
	g_object_unref(image);
	got = answer_of("image(density=144)", pdf, RENDER_OK);
	assert_int_equal(got.width, 600);
	assert_int_equal(got.format, RENDER_JPG);
	/* letters of a font that the file does not have */
	image = shown("", pdf);
	int dark = 0;
	for (int y = 0; y < image->Ysize; y++)
		for (int x = 0; x < image->Xsize; x++)
			dark += pixel(image, x, y)[0] < 64;
	g_object_unref(image);
	assert_true(dark > 200);
}

static void drawings_reach_nothing_outside(void **state)
{
	(void)state;
	char path[] = "/tmp/stowage-outside-XXXXXX.png";
	int fd = mkstemps(path, 4);
	g_autoptr(GString) png = save_picture(picture, ".png", 0);
	assert_int_equal(write(fd, png->str, png->len), (ssize_t)png->len);
	close(fd);
	g_autoptr(GString) svg = g_string_new("");
	g_string_printf(svg,
			"<svg xmlns='http://www.w3.org/2000/svg' "
			"xmlns:xlink='http://www.w3.org/1999/xlink' "
			"width='50' height='50'>"
			"<image width='50' height='50' xlink:href='file://%s'/>"
			"<image width='50' height='50' href='%s'/></svg>",
			path, path);
	VipsImage *image = shown("", svg);
	unlink(path);
	for (int y = 0; y < 50; y++)
		for (int x = 0; x < 50; x++)
			assert_int_equal(pixel(image, x, y)[3], 0);
	g_object_unref(image);
}

static void formats_are_those_that_were_asked_for(void **state)
{
	(void)state;
	static const struct {
		const char *word;
		uint32_t format;
		const char *saved;
	} rows[] = {
		{"jpg", RENDER_JPG, ".jpg"},    {"png", RENDER_PNG, ".png"},
		{"webp", RENDER_WEBP, ".webp"}, {"gif", RENDER_GIF, ".gif"},
		{"avif", RENDER_AVIF, ".avif"}, {"jxl", RENDER_JXL, ".jxl"},
	};
	g_autoptr(GString) png = save_picture(picture, ".png", 0);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct render_one one;
		g_autofree char *plan =
			g_strdup_printf("encode(format=%s)", rows[i].word);
		g_autoptr(GString) can = saved(picture, rows[i].saved);
		render_case(plan, png, &one);
		if (can == NULL) {
			assert_int_equal(one.status, RENDER_UNSUPPORTED);
			continue;
		}
		assert_int_equal(one.status, RENDER_OK);
		assert_int_equal(one.picture.format, rows[i].format);
		VipsImage *got = decoded(one.bytes, "");
		assert_true(difference(got, picture) < 20);
		g_object_unref(got);
		g_string_free(one.bytes, TRUE);
	}
}

static void smallest_is_the_smallest(void **state)
{
	(void)state;
	g_autoptr(GString) png = save_picture(picture, ".png", 0);
	size_t least = SIZE_MAX;
	static const char *const alone[] = {"encode(format=jpg)",
					    "encode(format=webp)",
					    "encode(format=png)"};
	struct render_one one;
	for (size_t i = 0; i < COUNT(alone); i++) {
		render_case(alone[i], png, &one);
		least = MIN(least, one.bytes->len);
		g_string_free(one.bytes, TRUE);
	}
	render_case("encode(format=smallest,webp=true)", png, &one);
	assert_int_equal(one.bytes->len, least);
	g_string_free(one.bytes, TRUE);
}

/* Of a source that not every client takes, neither is what it gets. */
static void smallest_is_for_all_whom_it_names(void **state)
{
	(void)state;
	VipsImage *clear = NULL;
	if (vips_bandjoin_const1(picture, &clear, 128, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	g_autoptr(GString) webp = saved(picture, ".webp");
	g_autoptr(GString) clear_webp = saved(clear, ".webp");
	g_autoptr(GString) moving = animation(3, ".webp");
	g_autoptr(GString) avif = saved(picture, ".avif");
	g_autoptr(GString) heic = saved(picture, ".heic");
	const struct {
		const GString *source;
		const char *plan;
		uint32_t format;
	} rows[] = {
		{webp, "encode(format=smallest)", RENDER_JPG},
		{clear_webp, "encode(format=smallest)", RENDER_PNG},
		{clear_webp, "encode(format=smallest,webp=true)", RENDER_WEBP},
		{moving, "encode(format=smallest)", RENDER_GIF},
		{avif, "encode(format=smallest)", RENDER_JPG},
		{avif, "encode(format=smallest,avif=true)", RENDER_AVIF},
		{heic, "encode(format=smallest,avif=true)", RENDER_JPG},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (rows[i].source)
			assert_int_equal(answer_of(rows[i].plan, rows[i].source,
						   RENDER_OK)
						 .format,
					 rows[i].format);
	g_object_unref(clear);
}

/* AVIF would take too long, WebP ends at 16383. */
static void large_pictures_are_something_else(void **state)
{
	(void)state;
	VipsImage *black = NULL;
	if (vips_black(&black, 2500, 2000, "bands", 3, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	g_autoptr(GString) png = saved(black, ".png");
	uint32_t format =
		answer_of("encode(format=avif)", png, RENDER_OK).format;
	assert_true(format == RENDER_WEBP || format == RENDER_JPG);
	answer_of("resize(width=20000,height=50,fit=stretch)|encode(format="
		  "webp)",
		  png, RENDER_TOO_LARGE);
	assert_int_equal(answer_of("resize(width=20000,height=50,fit=stretch)|"
				   "encode(format=smallest,webp=true)",
				   png, RENDER_OK)
				 .width,
			 20000);
	g_object_unref(black);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_format_is_read),
		cmocka_unit_test(bitmaps_are_read),
		cmocka_unit_test(alpha_that_says_nothing_is_none),
		cmocka_unit_test(others_are_no_images),
		cmocka_unit_test(orientation_comes_first),
		cmocka_unit_test(smaller_decoding_moves_nothing),
		cmocka_unit_test(colours_become_srgb),
		cmocka_unit_test(grey_and_deep_transparency_are_kept),
		cmocka_unit_test(transparency_becomes_white),
		cmocka_unit_test(headers_have_what_was_asked_for),
		cmocka_unit_test(webp_has_what_was_asked_for),
		cmocka_unit_test(animations_stay_animations),
		cmocka_unit_test(others_are_first_frames),
		cmocka_unit_test(a_file_without_pages_is_shown_for_any),
		cmocka_unit_test(drawings_are_drawn_at_their_size),
		cmocka_unit_test(drawings_reach_nothing_outside),
		cmocka_unit_test(formats_are_those_that_were_asked_for),
		cmocka_unit_test(smallest_is_the_smallest),
		cmocka_unit_test(smallest_is_for_all_whom_it_names),
		cmocka_unit_test(large_pictures_are_something_else),
	};
	int failed = cmocka_run_group_tests_name("sources", tests, make_sources,
						 drop_sources);
	vips_shutdown();
	return failed;
}
