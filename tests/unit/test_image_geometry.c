/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which part of a picture a plan keeps, and how large it comes out:
 * image/geometry.h.
 */
#include "image/geometry.h"
#include "arena_fixture.h"

#include <glib.h>
#include <math.h>

static struct image_plan parse(const char *text)
{
	struct image_plan plan;
	struct err err;
	if (image_plan_parse(str_of(text), &arena, &plan, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	return plan;
}

/* The first resize of it. */
static int cut(unsigned width, unsigned height, const char *text,
	       struct image_cut *out, struct err *err)
{
	const struct image_plan plan = parse(text);
	const struct image_sizes sizes = {width, height, width, height, 0, 0};
	const struct image_op *op = plan.first;
	while (op && op->kind != IMAGE_RESIZE)
		op = op->next;
	assert_non_null(op);
	return image_cut(op, &sizes, out, err);
}

/* What image services state about their transformations, as plans. */
static void plans_come_to_the_sizes_that_are_known(void **state)
{
	(void)state;
	static const struct row {
		unsigned width, height;
		const char *plan;
		unsigned out_width, out_height;
	} rows[] = {
		{640, 865, "resize(width=300,height=200)", 300, 200},
		{640, 865, "resize(width=300,height=200,fit=stretch)", 300,
		 200},
		{640, 865, "resize(width=300,height=200,fit=inside)", 148, 200},
		{640, 865,
		 "resize(width=850,height=1000,fit=inside,no-enlarge=true)",
		 640, 865},
		{640, 865, "resize(width=850,height=1000,fit=inside)", 740,
		 1000},
		{640, 865, "resize(width=300,height=200,fit=outside)", 300,
		 405},
		{640, 865, "resize(width=300,height=200,fit=pad)", 300, 200},
		{640, 865, "resize(width=100,height=200,fit=pad,focus=top)",
		 100, 200},
		{640, 865, "resize(width=200,height=200,fit=extract)", 200,
		 200},
		{600, 600, "resize(width=700,height=700,fit=pad-extract)", 700,
		 700},
		{600, 600, "resize(width=200)", 200, 200},
		{600, 600, "resize(width=[iw 0.4 *])", 240, 240},
		{600, 600, "resize(height=[ih 0.4 *])", 240, 240},
		{600, 600, "resize(width=400,aspect=[4 3 /])", 400, 300},
		{600, 600,
		 "resize(width=[iw 2 /],height=[ih 2 /],fit=extract,"
		 "x=[iw 0.2 *],y=[ih 0.2 *])",
		 300, 300},
		{1920, 1280, "resize(width=400,height=400)", 400, 400},
		{1000, 1000, "resize(width=400,height=300)|turn(angle=90)", 300,
		 400},
		{1000, 1000, "turn(angle=90)|resize(width=400,height=300)", 400,
		 300},
		{1000, 1000,
		 "resize(width=400,height=400)|"
		 "resize(width=500,height=400,fit=pad,focus=right)",
		 500, 400},
		{640, 865,
		 "resize(height=200,fit=pad)|"
		 "if(test=[ch 200 ==],then={resize(width=100)})|turn(angle=90)",
		 135, 100},
		{640, 865,
		 "if(test=[cw 200 ==],then={resize(width=100)},"
		 "else={resize(width=64)})",
		 64, 87},
		{640, 865, "resize(width=300,scale=2)", 600, 811},
		{640, 865, "resize(width=2600,scale=2)", 2600, 3514},
		{640, 865, "resize(width=2000,scale=2)", 2000, 2703},
		{640, 865, "resize(width=5,scale=0.1)", 5, 7},
		{158, 33, "resize(width=200)", 200, 42},
		{300, 200, "resize(width=300,height=300,fit=inside)", 300, 200},
		{1000, 500, "resize(width=300,height=300,fit=inside)", 300,
		 150},
		{100, 50,
		 "resize(width=300,height=300,fit=inside,no-enlarge=true)", 100,
		 50},
		{5, 1000, "resize(width=100,height=20,fit=inside)", 1, 20},
		{640, 865, "resize(width=0)", 640, 865},
		{640, 865, "resize(width=[iw iw -])", 640, 865},
		{640, 865, "resize(aspect=2)", 640, 865},
		{640, 865, "resize(width=609.98)", 610, 824},
		{640, 865, "border(width=5)", 650, 875},
		{640, 865, "flip(horizontal=true)", 640, 865},
		{100, 100, "turn(angle=45)", 141, 141},
		{100, 50, "turn(angle=-90)", 50, 100},
		{100, 50, "turn(angle=180)", 100, 50},
		{640, 480, "resize(width=800,height=600,no-enlarge=true)", 640,
		 480},
		{640, 480, "resize(width=800,height=800,no-enlarge=true)", 480,
		 480},
		{640, 480, "resize(width=320,height=320,no-shrink=true)", 480,
		 480},
		{640, 480,
		 "resize(width=800,height=600,fit=pad,no-enlarge=true)", 800,
		 600},
		{640, 480,
		 "resize(width=100,height=600,fit=pad-extract,no-shrink=true)",
		 640, 600},
		{640, 480, "resize(width=900,height=200,fit=extract)", 640,
		 200},
		{640, 480, "resize(width=200,fit=extract)", 200, 480},
		{640, 480, "resize(focus=region,region=10:20:100:50)", 100, 50},
		{640, 480, "resize(aspect=1,focus=region,region=10:20:100:50)",
		 100, 100},
		{640, 480, "resize(width=50,focus=region,region=10:20:100:50)",
		 50, 25},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const struct image_plan plan = parse(row->plan);
		struct image_extent out;
		struct err err;
		if (image_plan_extent(&plan, row->width, row->height, &out,
				      &err) < 0)
			fail_msg("%s: %s", row->plan, err.text);
		if (out.width != row->out_width ||
		    out.height != row->out_height)
			fail_msg("%s of %u x %u: %u x %u, want %u x %u",
				 row->plan, row->width, row->height, out.width,
				 out.height, row->out_width, row->out_height);
	}
}

static void cuts_are_where_they_are_asked_for(void **state)
{
	(void)state;
	static const struct row {
		unsigned width, height;
		const char *plan;
		struct image_cut cut;
	} rows[] = {
		/* top and bottom are cut */
		{640,
		 865,
		 "resize(width=300,height=200)",
		 {{0, 219.1666667, 640, 426.6666667},
		  false,
		  300,
		  200,
		  300,
		  200,
		  0,
		  0}},
		{1000,
		 1000,
		 "resize(width=200,height=300)",
		 {{166.6666667, 0, 666.6666667, 1000},
		  false,
		  200,
		  300,
		  200,
		  300,
		  0,
		  0}},
		{640,
		 865,
		 "resize(width=300,height=200,focus=top)",
		 {{0, 0, 640, 426.6666667}, false, 300, 200, 300, 200, 0, 0}},
		{640,
		 865,
		 "resize(width=300,height=200,focus=attention)",
		 {{0, 219.1666667, 640, 426.6666667},
		  true,
		  300,
		  200,
		  300,
		  200,
		  0,
		  0}},
		/* nothing is cut: nothing is to be found */
		{640,
		 480,
		 "resize(width=64,height=48,focus=attention)",
		 {{0, 0, 640, 480}, false, 64, 48, 64, 48, 0, 0}},
		{640,
		 865,
		 "resize(width=300,height=200,fit=pad)",
		 {{0, 0, 640, 865}, false, 148, 200, 300, 200, 76, 0}},
		{640,
		 865,
		 "resize(width=300,height=200,fit=pad,focus=left)",
		 {{0, 0, 640, 865}, false, 148, 200, 300, 200, 0, 0}},
		{640,
		 865,
		 "resize(width=100,height=200,fit=pad,focus=top)",
		 {{0, 0, 640, 865}, false, 100, 135, 100, 200, 0, 0}},
		{400,
		 400,
		 "resize(width=500,height=400,fit=pad,focus=right)",
		 {{0, 0, 400, 400}, false, 400, 400, 500, 400, 100, 0}},
		{640,
		 865,
		 "resize(width=200,height=200,fit=extract)",
		 {{220, 332, 200, 200}, false, 200, 200, 200, 200, 0, 0}},
		{640,
		 865,
		 "resize(width=300,height=300,fit=extract,focus=bottom-right)",
		 {{340, 565, 300, 300}, false, 300, 300, 300, 300, 0, 0}},
		{640,
		 865,
		 "resize(width=300,height=300,fit=extract,x=100,y=300)",
		 {{100, 300, 300, 300}, false, 300, 300, 300, 300, 0, 0}},
		{640,
		 865,
		 "resize(width=300,height=300,fit=extract,xc=300,yc=500)",
		 {{150, 350, 300, 300}, false, 300, 300, 300, 300, 0, 0}},
		/* what is not there is not shown */
		{640,
		 865,
		 "resize(width=300,height=300,fit=extract,x=600,y=-50)",
		 {{600, 0, 40, 250}, false, 40, 250, 40, 250, 0, 0}},
		{600,
		 600,
		 "resize(width=[iw 2 /],height=[ih 2 /],fit=extract,"
		 "x=[iw 0.2 *],y=[ih 0.2 *])",
		 {{120, 120, 300, 300}, false, 300, 300, 300, 300, 0, 0}},
		{600,
		 600,
		 "resize(width=700,height=700,fit=pad-extract)",
		 {{0, 0, 600, 600}, false, 600, 600, 700, 700, 50, 50}},
		{600,
		 600,
		 "resize(width=700,height=100,fit=pad-extract,x=-20,y=10)",
		 {{0, 10, 600, 100}, false, 600, 100, 700, 100, 20, 0}},
		{640,
		 480,
		 "resize(width=100,height=100,focus=region,"
		 "region=10:20:100:50)",
		 {{10, 0, 100, 100}, false, 100, 100, 100, 100, 0, 0}},
		{640,
		 480,
		 "resize(width=100,height=100,focus=region,"
		 "region=200:200:100:50,zoom=0.5)",
		 {{150, 125, 200, 200}, false, 100, 100, 100, 100, 0, 0}},
		/* a region that is not in the picture is none */
		{640,
		 480,
		 "resize(width=48,height=48,focus=region,"
		 "region=700:20:100:50)",
		 {{80, 0, 480, 480}, false, 48, 48, 48, 48, 0, 0}},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		const struct image_cut *want = &row->cut;
		struct image_cut got;
		struct err err;
		if (cut(row->width, row->height, row->plan, &got, &err) < 0)
			fail_msg("%s: %s", row->plan, err.text);
		bool same = fabs(got.kept.x - want->kept.x) < 1e-6 &&
			    fabs(got.kept.y - want->kept.y) < 1e-6 &&
			    fabs(got.kept.width - want->kept.width) < 1e-6 &&
			    fabs(got.kept.height - want->kept.height) < 1e-6 &&
			    got.search == want->search &&
			    got.width == want->width &&
			    got.height == want->height &&
			    got.canvas_width == want->canvas_width &&
			    got.canvas_height == want->canvas_height &&
			    got.left == want->left && got.top == want->top;
		if (!same)
			fail_msg("%s: %g,%g %g x %g%s to %u x %u at %u,%u "
				 "of %u x %u",
				 row->plan, got.kept.x, got.kept.y,
				 got.kept.width, got.kept.height,
				 got.search ? " searched" : "", got.width,
				 got.height, got.left, got.top,
				 got.canvas_width, got.canvas_height);
	}
}

static void a_region_is_of_the_source(void **state)
{
	(void)state;
	const struct image_plan plan =
		parse("resize(focus=region,region=100:200:50:60)");
	const struct image_sizes sizes = {1000, 1000, 500, 500, 0, 0};
	struct image_cut got;
	struct err err;
	assert_int_equal(image_cut(plan.first, &sizes, &got, &err), 0);
	assert_int_equal(got.kept.x, 50);
	assert_int_equal(got.kept.y, 100);
	assert_int_equal(got.width, 25);
	assert_int_equal(got.height, 30);
}

static void cuts_outside_of_the_picture_are_refused(void **state)
{
	(void)state;
	static const char *const plans[] = {
		"resize(width=300,height=300,fit=extract,x=640,y=0)",
		"resize(width=300,height=300,fit=extract,x=0,y=-300)",
		"resize(width=300,height=300,fit=extract,xc=700,yc=10)",
		"resize(width=300,height=300,fit=extract,xc=10,yc=866)",
		"resize(width=300,height=300,fit=pad-extract,x=5000,y=0)",
	};
	for (size_t i = 0; i < COUNT(plans); i++) {
		struct image_cut got;
		struct err err;
		assert_int_equal(cut(640, 865, plans[i], &got, &err), -1);
		assert_int_equal(err.code, ERR_INVALID);
	}
}

static void what_is_too_large_is_refused_before_it_is_made(void **state)
{
	(void)state;
	static const char *const plans[] = {
		"resize(width=65535,height=65535)",
		"resize(width=10000,height=10000,fit=stretch)",
		"resize(width=10000,height=10001,fit=pad)",
		"resize(width=65535,height=65535,fit=pad-extract)",
		"resize(width=65535)",
		"border(width=65535)",
		"resize(width=20000,height=20000)|resize(width=10)",
		"if(test=[1 1 ==],then={resize(width=20000,height=20000)|"
		"resize(width=10)})",
		"resize(height=1,width=65535,fit=stretch)|turn(angle=45)",
	};
	for (size_t i = 0; i < COUNT(plans); i++) {
		const struct image_plan plan = parse(plans[i]);
		struct image_extent out;
		struct err err;
		if (image_plan_extent(&plan, 100, 100, &out, &err) == 0)
			fail_msg("%s: %u x %u", plans[i], out.width,
				 out.height);
		assert_int_equal(err.code, ERR_TOO_LARGE);
	}
}

/* Whatever is asked for of whatever picture: what is kept lies in the picture,
 * what it becomes lies on the canvas. */
static void every_cut_is_sound(void **state)
{
	(void)state;
	static const double sides[] = {0, 1, 2, 7, 100, 333, 5000, 65535};
	static const double sources[] = {1, 2, 3, 99, 640, 65535};
	const struct image_plan plan = parse("resize(width=1)");
	struct image_op *op = plan.first;
	const unsigned n = COUNT(sides), m = COUNT(sources);
	for (unsigned i = 0; i < IMAGE_FIT_COUNT * 3 * n * n * m * m; i++) {
		unsigned k = i;
		struct image_cut got;
		struct err err;
		image_set_word(op, IMAGE_RESIZE_FIT, k % IMAGE_FIT_COUNT);
		k /= IMAGE_FIT_COUNT;
		image_set_flag(op, IMAGE_RESIZE_NO_ENLARGE, k % 3 == 1);
		image_set_flag(op, IMAGE_RESIZE_NO_SHRINK, k % 3 == 2);
		k /= 3;
		image_set_number(op, IMAGE_RESIZE_WIDTH, sides[k % n]);
		k /= n;
		image_set_number(op, IMAGE_RESIZE_HEIGHT, sides[k % n]);
		k /= n;
		double width = sources[k % m], height = sources[k / m];
		const struct image_sizes sizes = {width,  height, width,
						  height, 0,      0};
		if (image_cut(op, &sizes, &got, &err) < 0)
			continue;
		assert_true(got.kept.x >= 0 && got.kept.y >= 0);
		assert_true(got.kept.width > 0 && got.kept.height > 0);
		assert_true(got.kept.x + got.kept.width <= width + 1e-6);
		assert_true(got.kept.y + got.kept.height <= height + 1e-6);
		assert_true(got.width > 0 && got.height > 0);
		assert_true(got.left + got.width <= got.canvas_width);
		assert_true(got.top + got.height <= got.canvas_height);
	}
}

static void plans_about_shape_alone_are_plain(void **state)
{
	(void)state;
	static const struct row {
		const char *plan;
		bool plain;
	} rows[] = {
		{"resize(width=300,height=200)", true},
		{"resize(width=300,focus=region,region=1:2:3:4)", true},
		{"resize(width=300,height=10,fit=pad,background=#ff0000ff)",
		 true},
		{"turn(angle=90)|flip(horizontal=true)", true},
		{"turn(angle=-270)", true},
		{"encode(format=webp,quality=10)", true},
		{"encode(format=smallest,webp=true)", true},
		{"if(test=[iw 300 >],then={resize(width=300)})", true},
		{"encode(format=smallest,webp=true,avif=true)", false},
		{"encode(format=avif)", false},
		{"encode(format=gif)", false},
		{"encode(metadata=true)", false},
		{"encode(profile=true)", false},
		{"encode(density=300)", false},
		{"turn(angle=45)", false},
		{"turn(angle=[iw])", false},
		{"resize(width=300,height=3,focus=attention)", false},
		{"resize(width=300,aspect=2,focus=face)", false},
		{"resize(width=9,height=3,fit=extract,focus=attention)", false},
		/* nothing is cut off, or filled */
		{"resize(width=300,focus=attention)", true},
		{"resize(width=9,height=3,fit=inside,focus=attention)", true},
		{"resize(width=9,height=3,fit=pad,focus=attention)", true},
		{"resize(width=300,height=3,fill=dominant)", true},
		{"resize(width=300,height=3,fit=pad,fill=dominant)", false},
		{"background(color=#ff0000ff)", true},
		{"background(fill=dominant)", false},
		{"blur(sigma=3)", false},
		{"image(page=1)|resize(width=9)", true},
		{"image(page=2)", false},
		{"image(page=1,density=72)", false},
		{"encode(format=pdf)", false},
		{"encode(source-quality=true)", false},
		{"encode(colorspace=cmyk)", false},
		{"collage", false},
		{"if(test=[iw 300 >],then={blur})", false},
		{"if(test=[iw 300 >],else={blur})", false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_plan plan = parse(rows[i].plan);
		if (image_plan_is_plain(&plan) != rows[i].plain)
			fail_msg("%s", rows[i].plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(plans_come_to_the_sizes_that_are_known),
		WITH_ARENA(cuts_are_where_they_are_asked_for),
		WITH_ARENA(a_region_is_of_the_source),
		WITH_ARENA(cuts_outside_of_the_picture_are_refused),
		WITH_ARENA(what_is_too_large_is_refused_before_it_is_made),
		WITH_ARENA(every_cut_is_sound),
		WITH_ARENA(plans_about_shape_alone_are_plain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
