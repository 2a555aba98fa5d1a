/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is laid over pictures, by the real stowage-render in its sandbox. Where
 * letters come to stand was measured on pictures of ImageKit's.
 */
#include "render_case.h"

#define INPUTS_MAX RENDER_INPUTS_MAX

static const int blue[4] = {0, 100, 200, 255};
static const int red[4] = {250, 0, 0, 255};

static VipsImage *render_on(const GString *base, const char *plan)
{
	GString *const inputs[] = {(GString *)(uintptr_t)base, NULL};
	return rendered_of(plan, inputs);
}

static bool is_color(const VipsPel *p, const int color[4])
{
	return p[0] == color[0] && p[1] == color[1] && p[2] == color[2];
}

/* The least rectangle with all pixels that are not the base's. */
static VipsRect changed(VipsImage *image, const int base[4])
{
	int left = image->Xsize, right = -1, top = image->Ysize, bottom = -1;
	for (int y = 0; y < image->Ysize; y++) {
		for (int x = 0; x < image->Xsize; x++) {
			if (is_color(pixel(image, x, y), base))
				continue;
			left = MIN(left, x), right = MAX(right, x);
			top = MIN(top, y), bottom = MAX(bottom, y);
		}
	}
	return (VipsRect){left, top, right - left + 1, bottom - top + 1};
}

static void assert_rect(const char *what, VipsRect got, VipsRect expected,
			int slack)
{
	if (abs(got.left - expected.left) > slack ||
	    abs(got.top - expected.top) > slack ||
	    abs(got.left + got.width - expected.left - expected.width) >
		    slack ||
	    abs(got.top + got.height - expected.top - expected.height) > slack)
		fail_msg("%s: %d,%d %dx%d, not %d,%d %dx%d", what, got.left,
			 got.top, got.width, got.height, expected.left,
			 expected.top, expected.width, expected.height);
}

/* Without room for what the font has above and beside its letters. */
static void letters_stand_where_the_vendor_has_them(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_flat(600, 600, blue);
	VipsImage *image =
		render_on(base, "overlay(plan={text(text=\"overlay made easy\","
				"color=#00ffffff)})|encode(format=png)");
	assert_rect("letters", changed(image, blue),
		    (VipsRect){108, 282, 386, 45}, 1);
	g_object_unref(image);
}

static void boxes_of_texts_are_as_large_as_the_vendors(void **state)
{
	(void)state;
	static const struct {
		const char *padding;
		VipsRect box;
	} rows[] = {
		{"0", {95, 271, 410, 58}},
		{"25:75", {20, 246, 560, 108}},
		{"25:75:60", {20, 229, 560, 143}},
		{"25:50:75:100", {20, 221, 560, 158}},
		{"25:75:25:75", {20, 246, 560, 108}},
		{"10", {85, 261, 430, 78}},
	};
	g_autoptr(GString) base = make_flat(600, 600, blue);
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plan = g_strdup_printf(
			"overlay(plan={text(text=\"overlay made easy\","
			"padding=%s,background=#ffffffcc)})|encode(format=png)",
			rows[i].padding);
		VipsImage *image = render_on(base, plan);
		/* 80 percent of white */
		const int white[4] = {204, 224, 244, 255};
		assert_rect(rows[i].padding, changed(image, blue), rows[i].box,
			    0);
		assert_pixel(image, rows[i].box.left, rows[i].box.top, white,
			     0);
		assert_pixel(image, rows[i].box.left + rows[i].box.width - 1,
			     rows[i].box.top + rows[i].box.height - 1, white,
			     0);
		g_object_unref(image);
	}
}

static VipsRect box_of(const char *text)
{
	g_autoptr(GString) base = make_flat(900, 900, blue);
	g_autofree char *plan = g_strdup_printf(
		"overlay(plan={text(%s,background=#00ff00ff)},x=0,y=0)|"
		"encode(format=png)",
		text);
	VipsImage *image = render_on(base, plan);
	VipsRect rect = changed(image, blue);
	g_object_unref(image);
	return rect;
}

static VipsRect ink_of(const char *text)
{
	g_autoptr(GString) base = make_flat(900, 900, blue);
	g_autofree char *plan = g_strdup_printf(
		"overlay(plan={text(%s,color=#ff0000ff)},x=0,y=0)|"
		"encode(format=png)",
		text);
	VipsImage *image = render_on(base, plan);
	VipsRect rect = changed(image, blue);
	g_object_unref(image);
	return rect;
}

static void lines_are_broken_to_a_width(void **state)
{
	(void)state;
	VipsRect box = box_of("text=\"overlay made easy\",width=300");
	assert_int_equal(box.width, 300);
	assert_in_range(box.height, 116, 122); /* two lines of 61 */
	box = box_of("text=\"overlay made easy\",width=300,padding=10");
	assert_int_equal(box.width, 320);
	/* words that are too long are broken too */
	box = box_of("text=\"Donaudampfschifffahrt\",width=200");
	assert_int_equal(box.width, 200);
	assert_true(box.height > 116);
	box = box_of("text=\"a\",width=500");
	assert_rect("a", box, (VipsRect){0, 0, 500, 58}, 0);
	box = box_of("text=\"a%0Ab%0Ac\",line-height=100");
	assert_int_equal(box.height, 300);
}

static void letters_stand_at_their_side(void **state)
{
	(void)state;
	VipsRect left = ink_of("text=\"ab\",width=500,align=left");
	VipsRect center = ink_of("text=\"ab\",width=500");
	VipsRect right = ink_of("text=\"ab\",width=500,align=right");
	assert_in_range(left.left, 10, 16);
	assert_in_range(right.left + right.width, 484, 490);
	assert_in_range(center.left * 2 + center.width, 496, 504);
	/* also where they run from right to left */
	left = ink_of("text=\"\xd7\xa9\xd7\x9c\",width=500,align=left");
	assert_in_range(left.left, 8, 20);
	right = ink_of("text=\"\xd7\xa9\xd7\x9c\",width=500,align=right");
	assert_in_range(right.left + right.width, 480, 492);
}

static void letters_can_be_bold_slanted_and_struck(void **state)
{
	(void)state;
	VipsRect plain = ink_of("text=\"overlay\"");
	VipsRect bold = ink_of("text=\"overlay\",bold=true");
	VipsRect italic = ink_of("text=\"overlay\",italic=true");
	VipsRect strike = ink_of("text=\"....\",strike=true");
	VipsRect large = ink_of("text=\"overlay\",size=90");
	assert_true(bold.width > plain.width + 5);
	assert_true(italic.width < plain.width - 2);
	assert_true(strike.height > 10); /* from the line to the dots */
	assert_in_range(large.width, plain.width * 2 - 3, plain.width * 2 + 3);
	VipsRect mono = ink_of("text=\"overlay\",font=\"DejaVu Sans Mono\"");
	assert_true(mono.width > plain.width + 20);
	VipsRect unknown = ink_of("text=\"overlay\",font=\"No Such Family\"");
	assert_rect("unknown", unknown, plain, 0);
}

static void texts_are_no_markup(void **state)
{
	(void)state;
	VipsRect plain = ink_of("text=\"bbb\"");
	VipsRect tags = ink_of("text=\"<b>bbb</b>\"");
	VipsRect entity = ink_of("text=\"&lt;bbb\"");
	assert_true(tags.width > plain.width * 2);
	assert_true(entity.width > plain.width * 2 - 10);
	/* what is no character has no meaning either */
	assert_true(ink_of("text=\"a%01%7F%1Bb\"").width > plain.width / 2);
}

static void large_texts_are_refused_and_hostile_ones_drawn(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_flat(100, 100, blue);
	GString *const inputs[] = {base, NULL};
	g_autoptr(GString) letters = g_string_new(NULL);
	g_autoptr(GString) marks = g_string_new("e");
	g_autoptr(GString) lines = g_string_new(NULL);
	g_autoptr(GString) turns = g_string_new(NULL);
	for (int i = 0; i < 2000; i++) {
		g_string_append(letters, "W");
		g_string_append(lines, "%0A");
		g_string_append(turns, i % 2 ? "\xe2\x80\xae" : "a");
	}
	for (int i = 0; i < 3999; i++)
		g_string_append(marks, "\xcc\x81");
	const struct {
		const char *text, *rest;
		uint32_t status;
	} rows[] = {
		{letters->str, "size=2000", RENDER_TOO_LARGE},
		{letters->str, "size=2000,width=16383", RENDER_TOO_LARGE},
		{letters->str, "size=2000,width=1,line-height=1",
		 RENDER_TOO_LARGE},
		{letters->str, "size=1,width=100,line-height=4000",
		 RENDER_TOO_LARGE},
		{lines->str, "size=2000", RENDER_TOO_LARGE},
		{"a", "padding=65535", RENDER_TOO_LARGE},
		{"a", "padding=8000", RENDER_TOO_LARGE},
		{letters->str, "size=1", RENDER_OK},
		{marks->str, "size=45", RENDER_OK},
		{marks->str, "size=2000", RENDER_OK},
		{turns->str, "size=5,width=200", RENDER_OK},
		{" ", "size=45", RENDER_OK},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plan =
			g_strdup_printf("overlay(plan={text(text=\"%s\",%s)})",
					rows[i].text, rows[i].rest);
		uint32_t status = status_of_all(plan, inputs);
		if (status != rows[i].status)
			fail_msg("%zu, %s: %u", i, rows[i].rest, status);
	}
}

/* A font that a user brings: monospaced, which no default is. */
static void fonts_can_be_files(void **state)
{
	(void)state;
	static const char path[] =
		"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf";
	static const char plan[] = "overlay(plan={text(text=\"overlay\",font="
				   "\"f/F.ttf\")},x=0,y=0)"
				   "|encode(format=png)";
	g_autoptr(GString) base = make_flat(900, 900, blue);
	g_autofree char *bytes = NULL;
	gsize n;
	assert_true(g_file_get_contents(path, &bytes, &n, NULL));
	g_autoptr(GString) font = g_string_new_len(bytes, (gssize)n);
	g_autoptr(GString) half = g_string_new_len(bytes, (gssize)n / 3);
	g_autoptr(GString) none = g_string_new("no font");
	VipsRect plain = ink_of("text=\"overlay\"");
	VipsRect mono = ink_of("text=\"overlay\",font=\"DejaVu Sans Mono\"");
	for (int i = 0; i < 3; i++) {
		GString *const inputs[] = {base, font, NULL};
		VipsImage *image = rendered_of(plan, inputs);
		assert_rect("of a file", changed(image, blue), mono, 0);
		g_object_unref(image);
	}
	assert_rect("of none", ink_of("text=\"overlay\""), plain, 0);
	GString *const without[] = {base, none, NULL};
	assert_int_equal(status_of_all(plan, without), RENDER_UNREADABLE);
	GString *const cut[] = {base, half, NULL};
	assert_int_not_equal(status_of_all(plan, cut), RENDER_DIED);
	GString *const missing[] = {base, NULL};
	assert_int_not_equal(status_of_all(plan, missing), RENDER_OK);
	assert_rect("after all", ink_of("text=\"overlay\""), plain, 0);
}

/* An overlay of 20 x 10 on 100 x 60. */
static void layers_come_to_their_place(void **state)
{
	(void)state;
	static const struct {
		const char *place;
		VipsRect expected;
	} rows[] = {
		{"", {40, 25, 20, 10}},
		{",focus=top", {40, 0, 20, 10}},
		{",focus=left", {0, 25, 20, 10}},
		{",focus=bottom", {40, 50, 20, 10}},
		{",focus=right", {80, 25, 20, 10}},
		{",focus=top-left", {0, 0, 20, 10}},
		{",focus=top-right", {80, 0, 20, 10}},
		{",focus=bottom-left", {0, 50, 20, 10}},
		{",focus=bottom-right", {80, 50, 20, 10}},
		{",focus=face", {40, 25, 20, 10}},
		{",x=7", {7, 0, 20, 10}},
		{",y=7", {0, 7, 20, 10}},
		{",x=7,y=9,focus=bottom", {7, 9, 20, 10}},
		{",x=-7,y=9", {73, 9, 20, 10}},
		{",x=7,y=-9", {7, 41, 20, 10}},
		{",x=0,from-right=true,y=0,from-bottom=true", {80, 50, 20, 10}},
		{",xc=50,yc=30", {40, 25, 20, 10}},
		{",xc=0,yc=0", {0, 0, 10, 5}},
		{",xc=50", {40, 0, 20, 10}},
		{",x=90,y=55", {90, 55, 10, 5}},
		{",x=-95,y=-55", {0, 0, 5, 5}},
		{",x=[bw 0.1 *],y=[bh 0.5 *]", {10, 30, 20, 10}},
		{",x=[bw cw -],y=[bh ch -]", {80, 50, 20, 10}},
		{",x=3,y=4,anchor=center", {53, 34, 20, 10}},
		{",x=-20,y=-10,anchor=bottom-right", {80, 50, 20, 10}},
		{",xc=0,yc=0,anchor=center", {40, 25, 20, 10}},
	};
	g_autoptr(GString) base = make_flat(100, 60, blue);
	g_autoptr(GString) layer = make_flat(20, 10, red);
	GString *const inputs[] = {base, layer, NULL};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plan =
			g_strdup_printf("overlay(plan={image(path=\"a\")}%s)|"
					"encode(format=png)",
					rows[i].place);
		VipsImage *image = rendered_of(plan, inputs);
		assert_rect(rows[i].place, changed(image, blue),
			    rows[i].expected, 0);
		assert_pixel(image, rows[i].expected.left, rows[i].expected.top,
			     red, 0);
		g_object_unref(image);
	}
	/* wholly outside, and covering all */
	VipsImage *image =
		rendered_of("overlay(plan={image(path=\"a\")},x=100,y=0)"
			    "|encode(format=png)",
			    inputs);
	assert_int_equal(changed(image, blue).width, -100);
	g_object_unref(image);
	image = rendered_of(
		"overlay(plan={image(path=\"a\")|resize(width=500)})"
		"|encode(format=png)",
		inputs);
	assert_int_equal(changed(image, blue).width, 100);
	assert_int_equal(image->Xsize, 100);
	g_object_unref(image);
}

static void inputs_are_taken_in_order(void **state)
{
	(void)state;
	static const int green[4] = {0, 200, 0, 255};
	g_autoptr(GString) base = make_flat(100, 60, blue);
	g_autoptr(GString) first = make_flat(20, 10, red);
	g_autoptr(GString) second = make_flat(10, 20, green);
	GString *const inputs[] = {base, first, second, NULL};
	/* the same name twice, with another one each */
	VipsImage *image =
		rendered_of("overlay(plan={image(path=\"a\")},x=0,y=0)|"
			    "overlay(plan={image(path=\"a\")},x=50,y=0)|"
			    "encode(format=png)",
			    inputs);
	assert_pixel(image, 5, 5, red, 0);
	assert_pixel(image, 55, 5, green, 0);
	g_object_unref(image);
	/* the outer before the one in it */
	image = rendered_of(
		"overlay(plan={image(path=\"a\")|"
		"overlay(plan={image(path=\"b\")|resize(width=4,height=4,"
		"fit=stretch)},focus=bottom-right)},"
		"focus=top-left)|encode(format=png)",
		inputs);
	assert_pixel(image, 5, 5, red, 0);
	assert_pixel(image, 16, 6, green, 0);
	assert_pixel(image, 19, 9, green, 0);
	assert_pixel(image, 15, 9, red, 0);
	assert_pixel(image, 20, 9, blue, 0);
	g_object_unref(image);
	GString *const missing[] = {base, first, NULL};
	assert_int_not_equal(status_of_all("overlay(plan={image(path=\"a\")})|"
					   "overlay(plan={image(path=\"b\")})",
					   missing),
			     RENDER_OK);
}

static void opacity_is_exact(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_flat(10, 10, blue);
	/* every alpha, on an opaque base */
	for (unsigned alpha = 0; alpha < 256; alpha++) {
		g_autofree char *plan = g_strdup_printf(
			"overlay(plan={canvas(color=#fa3000%02x)})|"
			"encode(format=png)",
			alpha);
		VipsImage *image = render_on(base, plan);
		int expected[4] = {0, 0, 0, 255};
		const unsigned top[3] = {0xfa, 0x30, 0};
		for (int i = 0; i < 3; i++)
			expected[i] = (int)lrint(
				(top[i] * alpha + blue[i] * (255.0 - alpha)) /
				255);
		assert_pixel(image, 5, 5, expected, 0);
		g_object_unref(image);
	}
}

static void layers_add_to_what_is_transparent(void **state)
{
	(void)state;
	static const int half[4] = {0, 100, 200, 128};
	static const int none[4] = {9, 9, 9, 0};
	g_autoptr(GString) base = make_flat(10, 10, half);
	VipsImage *image =
		render_on(base, "overlay(plan={canvas(color=#ff000080)})|"
				"encode(format=png)");
	/* 128 + 128 * 127 / 255 */
	static const int both[4] = {170, 33, 66, 192};
	assert_pixel(image, 5, 5, both, 0);
	g_object_unref(image);
	g_autoptr(GString) empty = make_flat(10, 10, none);
	image = render_on(empty, "overlay(plan={canvas(color=#ff000080,"
				 "width=5)},x=0)|encode(format=png)");
	static const int alone[4] = {255, 0, 0, 128};
	assert_pixel(image, 2, 5, alone, 0);
	assert_int_equal(pixel(image, 7, 5)[3], 0);
	g_object_unref(image);
}

static void layers_blend(void **state)
{
	(void)state;
	static const int product[4] = {0, 39, 39, 255};
	static const int half[4] = {0, 70, 120, 255};
	static const int inside[4] = {0, 100, 200, 255};
	g_autoptr(GString) base = make_flat(40, 40, blue);
	VipsImage *image = render_on(
		base, "overlay(plan={canvas(width=20,height=20,"
		      "color=#ff6432ff)},blend=multiply)|encode(format=png)");
	assert_pixel(image, 20, 20, product, 0);
	assert_pixel(image, 2, 2, blue, 0);
	g_object_unref(image);
	image = render_on(base, "overlay(plan={canvas(width=20,height=20,"
				"color=#ff643280)},blend=multiply)|"
				"encode(format=png)");
	const VipsPel *p = pixel(image, 20, 20);
	assert_in_range(p[1], half[1] - 1, half[1] + 1);
	assert_in_range(p[2], half[2] - 1, half[2] + 1);
	g_object_unref(image);
	image = render_on(base, "overlay(plan={canvas(width=20,height=20)},"
				"blend=cutter)|encode(format=png)");
	assert_int_equal(image->Bands, 4);
	assert_pixel(image, 20, 20, inside, 0);
	assert_int_equal(pixel(image, 9, 20)[3], 0);
	assert_int_equal(pixel(image, 10, 10)[3], 255);
	assert_int_equal(pixel(image, 30, 20)[3], 0);
	g_object_unref(image);
	image = render_on(base, "overlay(plan={canvas(width=20,height=20,"
				"color=#000000cc)},blend=cutout)|"
				"encode(format=png)");
	assert_int_equal(pixel(image, 20, 20)[3], 51);
	assert_int_equal(pixel(image, 9, 20)[3], 255);
	g_object_unref(image);
}

/* On a slope from left to right a pixel says where it comes from. */
static void layers_displace(void **state)
{
	(void)state;
	VipsImage *slope = NULL, *grey = NULL, *rgb = NULL;
	assert_int_equal(vips_xyz(&slope, 200, 50, NULL), 0);
	assert_int_equal(vips_extract_band(slope, &grey, 0, NULL), 0);
	VipsImage *bands[3] = {grey, grey, grey};
	VipsImage *joined = NULL;
	assert_int_equal(vips_bandjoin(bands, &joined, 3, NULL), 0);
	assert_int_equal(vips_cast(joined, &rgb, VIPS_FORMAT_UCHAR, NULL), 0);
	VipsImage *srgb = NULL;
	assert_int_equal(vips_copy(rgb, &srgb, "interpretation",
				   VIPS_INTERPRETATION_sRGB, NULL),
			 0);
	g_autoptr(GString) base = save_picture(srgb, ".png", 0);
	VipsImage *image =
		render_on(base, "overlay(plan={canvas(width=100,height=50,"
				"color=#ff8000ff)},blend=displace,x=20,y=0)|"
				"encode(format=png)");
	assert_int_equal(pixel(image, 100, 25)[0], 120);
	assert_int_equal(pixel(image, 10, 25)[0], 10);
	g_object_unref(image);
	/* beyond the edge there is the edge */
	image = render_on(base, "overlay(plan={canvas(color=#00800080)},"
				"blend=displace,x=1000,y=-30000)|"
				"encode(format=png)");
	assert_int_equal(pixel(image, 100, 25)[0], 0);
	g_object_unref(image);
	g_object_unref(slope);
	g_object_unref(grey);
	g_object_unref(joined);
	g_object_unref(rgb);
	g_object_unref(srgb);
}

static void a_circle_is_round(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_flat(600, 600, blue);
	VipsImage *image = render_on(
		base,
		"overlay(plan={canvas(width=300,height=300,"
		"color=#ffffffcc)|round(radius=150)})|encode(format=png)");
	static const int white[4] = {204, 224, 244, 255};
	assert_rect("circle", changed(image, blue),
		    (VipsRect){150, 150, 300, 300}, 0);
	assert_pixel(image, 300, 300, white, 0);
	assert_pixel(image, 193, 193, blue, 0); /* 151.3 from the middle */
	assert_pixel(image, 196, 196, white, 0);
	g_object_unref(image);
	image = render_on(base, "overlay(plan={canvas(width=500,height=80,"
				"color=#00ffffcc)|round(radius=40)},"
				"focus=bottom)|encode(format=png)");
	assert_rect("block", changed(image, blue), (VipsRect){50, 520, 500, 80},
		    0);
	g_object_unref(image);
}

/* Frames of 40 x 30, no two alike. */
static GString *make_animation(int frames)
{
	g_autoptr(GString) png = make_flat(40, 30 * frames, blue);
	VipsImage *memory = decoded(png, ""), *marked = NULL;
	int delays[3] = {100, 100, 100};
	void *p;
	size_t n;
	for (int i = 0; i < frames; i++)
		VIPS_IMAGE_ADDR(memory, 0, i * 30)[0] = (VipsPel)(i * 20);
	assert_int_equal(vips_copy(memory, &marked, NULL), 0);
	vips_image_set_int(marked, "page-height", 30);
	vips_image_set_array_int(marked, "delay", delays, MIN(frames, 3));
	assert_int_equal(
		vips_webpsave_buffer(marked, &p, &n, "lossless", TRUE, NULL),
		0);
	g_object_unref(memory);
	g_object_unref(marked);
	GString *webp = g_string_new_len(p, (gssize)n);
	g_free(p);
	return webp;
}

static void every_frame_gets_its_layer(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_animation(3);
	g_autoptr(GString) layer = make_animation(2);
	GString *const inputs[] = {base, layer, NULL};
	VipsImage *image = rendered_of(
		"overlay(plan={canvas(width=10,height=20,color=#fa0000ff)},"
		"x=-5,y=20)|encode(format=webp,lossless=true)",
		(GString *const[]){base, NULL});
	assert_int_equal(image->Xsize, 40);
	assert_int_equal(image->Ysize, 90);
	for (int i = 0; i < 3; i++) {
		assert_pixel(image, 30, i * 30 + 20, red, 0);
		assert_pixel(image, 30, i * 30 + 29, red, 0);
		assert_pixel(image, 30, i * 30 + 19, blue, 0);
		/* cut off at the frame's end */
		assert_pixel(image, 30, i * 30 + 5, blue, 0);
	}
	g_object_unref(image);
	/* of a layer that moves it is the first */
	image = rendered_of(
		"overlay(plan={image(path=\"a\")|resize(width=10)})|"
		"encode(format=webp,lossless=true)",
		inputs);
	assert_int_equal(image->Ysize, 90);
	g_object_unref(image);
}

static void layers_that_are_no_image_fail_alone(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_flat(100, 60, blue);
	g_autoptr(GString) layer = make_flat(200, 100, red);
	g_autoptr(GString) none = g_string_new("no image");
	static const char plan[] = "overlay(plan={image(path=\"a\")})";
	GString *const inputs[] = {base, none, NULL};
	assert_int_equal(status_of_all(plan, inputs), RENDER_UNREADABLE);
	g_string_truncate(layer, layer->len / 2);
	GString *const cut[] = {base, layer, NULL};
	assert_int_not_equal(status_of_all(plan, cut), RENDER_DIED);
	g_object_unref(render_on(base, "overlay(plan={text(text=\"a\")})|"
				       "encode(format=png)"));
}

static void layers_lie_in_layers(void **state)
{
	(void)state;
	g_autoptr(GString) base = make_flat(100, 60, blue);
	g_autoptr(GString) plan = g_string_new(NULL);
	for (int i = 0; i < 6; i++)
		g_string_append_printf(
			plan,
			"%soverlay(plan={canvas(width=%d,height=%d,"
			"color=#%s0000ff)",
			i ? "|" : "", 60 - i * 10, 60 - i * 10,
			i == 5 ? "fa" : "10");
	for (int i = 0; i < 6; i++)
		g_string_append(plan, "})");
	g_string_append(plan, "|encode(format=png)");
	VipsImage *image = render_on(base, plan->str);
	assert_pixel(image, 50, 30, red, 0);
	g_object_unref(image);
	/* as many as there may be */
	GString *inputs[INPUTS_MAX + 1] = {base};
	g_string_truncate(plan, 0);
	for (int i = 1; i < INPUTS_MAX; i++) {
		inputs[i] = make_flat(10, 10, red);
		g_string_append_printf(
			plan, "overlay(plan={image(path=\"%d\")},x=%d,y=%d)|",
			i, i % 8 * 12, i / 8 * 12);
	}
	g_string_append(plan, "encode(format=png)");
	image = rendered_of(plan->str, inputs);
	for (int i = 1; i < INPUTS_MAX; i++) {
		assert_pixel(image, i % 8 * 12 + 5, i / 8 * 12 + 5, red, 0);
		g_string_free(inputs[i], TRUE);
	}
	g_object_unref(image);
}

/* SVG has no fonts but the machine's. */
static void svg_has_letters(void **state)
{
	(void)state;
	static const char svg[] =
		"<svg xmlns='http://www.w3.org/2000/svg' width='300' "
		"height='80'>"
		"<rect width='300' height='80' fill='#0064c8'/>"
		"<text x='20' y='60' font-family='Open Sans' font-size='45' "
		"fill='red'>overlay</text></svg>";
	g_autoptr(GString) source = g_string_new(svg);
	VipsImage *image = render_on(source, "background|encode(format=png)");
	VipsRect ink = changed(image, blue);
	assert_rect("letters of SVG", ink,
		    (VipsRect){22, 26, ink_of("text=\"overlay\"").width, 45},
		    3);
	g_object_unref(image);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(letters_stand_where_the_vendor_has_them),
		cmocka_unit_test(boxes_of_texts_are_as_large_as_the_vendors),
		cmocka_unit_test(lines_are_broken_to_a_width),
		cmocka_unit_test(letters_stand_at_their_side),
		cmocka_unit_test(letters_can_be_bold_slanted_and_struck),
		cmocka_unit_test(texts_are_no_markup),
		cmocka_unit_test(
			large_texts_are_refused_and_hostile_ones_drawn),
		cmocka_unit_test(fonts_can_be_files),
		cmocka_unit_test(layers_come_to_their_place),
		cmocka_unit_test(inputs_are_taken_in_order),
		cmocka_unit_test(opacity_is_exact),
		cmocka_unit_test(layers_add_to_what_is_transparent),
		cmocka_unit_test(layers_blend),
		cmocka_unit_test(layers_displace),
		cmocka_unit_test(a_circle_is_round),
		cmocka_unit_test(every_frame_gets_its_layer),
		cmocka_unit_test(layers_that_are_no_image_fail_alone),
		cmocka_unit_test(layers_lie_in_layers),
		cmocka_unit_test(svg_has_letters),
	};
	return cmocka_run_group_tests_name("layers", tests, render_case_start,
					   render_case_stop);
}
