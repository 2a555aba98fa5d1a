/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans, their values and their canonical text: image/plan.h.
 */
#include "image/plan.h"
#include "arena_fixture.h"

#include <glib.h>
#include <math.h>

/* What is written again of a text; "" when it is none. */
static struct str again(struct str text)
{
	struct image_plan plan;
	struct str out;
	struct err err;
	if (image_plan_parse(text, &arena, &plan, &err) < 0)
		return STR("");
	assert_int_equal(image_plan_text(&plan, &arena, &out, &err), 0);
	return out;
}

static void assert_text(const char *given, const char *expected)
{
	struct str got = again(str_of(given));
	if (!str_eq(got, str_of(expected)))
		fail_msg("%s: \"%.*s\", not \"%s\"", given, STR_ARG(got),
			 expected);
}

static void texts_have_one_spelling(void **state)
{
	(void)state;
	assert_text("", "encode");
	assert_text("encode", "encode");
	assert_text("resize(height=200,width=300.50)",
		    "resize(width=300.5,height=200)|encode");
	assert_text("resize(width=300,fit=cover,zoom=1)",
		    "resize(width=300)|encode");
	assert_text("resize(width=[iw 2 /])|encode(quality=80)",
		    "resize(width=[iw 2 /])|encode");
	assert_text("resize(width=[300])", "resize(width=300)|encode");
	assert_text("blur(sigma=.5)|flip(horizontal=true,vertical=false)",
		    "blur(sigma=0.5)|flip(horizontal=true)|encode");
	assert_text("border(color=#00FF00cc)",
		    "border(color=#00ff00cc)|encode");
	assert_text("round(radius=10:[cw 2 /]:0:7)",
		    "round(radius=10:[cw 2 /]:0:7)|encode");
	assert_text(
		"overlay(plan={text(text=\"a%22 %25|}\xc3\xa9\")|blur},x=-3)",
		"overlay(plan={text(text=\"a%22 %25|}\xc3\xa9\")|blur},"
		"x=-3)|encode");
	assert_text("if(test=[cw 100 > ch 2 < and],then={grayscale})|grayscale",
		    "if(test=[cw 100 > ch 2 < and],then={grayscale})|grayscale"
		    "|encode");
	assert_text("with(plan={image(path=\"b\")|flip})|with(plan={canvas})|"
		    "collage(height=200,width=300,layout=rows,margin=10)",
		    "with(plan={image(path=\"b\")|flip})|with(plan={canvas})|"
		    "collage(width=300,height=200)|encode");
	assert_text("animate(loop=0,delay=40,fit=pad,background=#00000000)",
		    "animate(delay=40,background=#00000000)|encode");
	assert_text(
		"overlay(plan={canvas|with(plan={canvas})|collage})",
		"overlay(plan={canvas|with(plan={canvas})|collage})|encode");
	/* one frame, where without it all would be shown */
	assert_text("image(page=1)", "image(page=1)|encode");
	assert_text("image(page=2)|encode(format=webp)",
		    "image(page=2)|encode(format=webp)");
}

#define TEN_ONES "1:1:1:1:1:1:1:1:1:1:"
_Static_assert(IMAGE_LIST_MAX == 64, "a list of 65 is one too long");

static void what_is_no_plan_is_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"|",
		"blur|",
		"blurr",
		"blur()",
		"blur(sigma)",
		"blur(sigma=)",
		"blur(sigma=1,)",
		"blur(sigma=1",
		"blur(sigma=1))",
		"blur(sigma=1,sigma=2)",
		"blur(size=1)",
		"blur(sigma=1e3)",
		"blur(sigma=inf)",
		"blur(sigma=--1)",
		"blur(sigma=1.2.3)",
		"blur(sigma=251)",
		"blur(sigma=.)",
		"blur(sigma=[])",
		"blur(sigma=[iw iw])",
		"blur(sigma=[iw +])",
		"blur(sigma=[iw 2 /)",
		"flip(horizontal=1)",
		"resize(fit=nothing)",
		"resize(fit=)",
		"border(color=#fff)",
		"border(color=ff00ff00)",
		"border(color=#ff00ff0g)",
		"round(radius=" TEN_ONES TEN_ONES TEN_ONES TEN_ONES TEN_ONES
			TEN_ONES "1:1:1:1:1)", /* IMAGE_LIST_MAX + 1 */
		"round(radius=)",
		"encode|blur",
		"encode|encode",
		"if(then={encode})",
		"if(then={image})",
		"image(path=\"x\")",
		"blur|image",
		"text(text=\"x\")",
		"overlay",
		"overlay(plan={})",
		"overlay(plan={blur})",
		"overlay(plan={image})",
		"overlay(plan={image(path=\"\")})",
		"overlay(plan={image(path=\"a)})",
		"overlay(plan={image(path=\"%\")})",
		"overlay(plan={image(path=\"%4\")})",
		"overlay(plan={image(path=\"%zz\")})",
		"overlay(plan={image(path=\"%00\")})",
		"overlay(plan={image(path=\"\xff\")})",
		"overlay(plan={image(path=\"a\")|text(text=\"b\")})",
		"with|collage",
		"with(plan={canvas})",
		"with(plan={canvas})|encode",
		"with(plan={canvas})|blur|collage",
		"with(plan={blur})|collage",
		"with(plan={})|collage",
		"if(then={with(plan={canvas})})|collage",
		"collage(layout=auto)",
		"collage(width=0)",
		"animate(delay=10001)",
		"animate(fit=extract)",
		"overlay(plan={canvas|animate})",
		"overlay(plan={canvas|if(then={animate})})",
		"with(plan={canvas|animate})|collage",
	};
	for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
		if (again(str_of(wrong[i])).n)
			fail_msg("taken: %s", wrong[i]);
}

static struct str repeated(const char *part, unsigned n, const char *between)
{
	struct buf text;
	buf_init(&text, &arena, 1 << 20);
	for (unsigned i = 0; i < n; i++) {
		if (i)
			buf_add(&text, str_of(between));
		buf_add(&text, str_of(part));
	}
	return buf_str(&text);
}

static void plans_are_bounded(void **state)
{
	(void)state;
	assert_true(again(repeated("blur", IMAGE_PLAN_OPS_MAX - 1, "|")).n > 0);
	assert_int_equal(again(repeated("blur", IMAGE_PLAN_OPS_MAX, "|")).n, 0);
	assert_int_equal(again(repeated("if(then={blur})", 64, "|")).n, 0);
	static const char over[] = "overlay(plan={image(path=\"a\")})";
	assert_true(again(repeated(over, IMAGE_PLAN_INPUTS_MAX, "|")).n > 0);
	assert_int_equal(
		again(repeated(over, IMAGE_PLAN_INPUTS_MAX + 1, "|")).n, 0);
	for (unsigned depth = 1; depth < 5000; depth += depth < 10 ? 1 : 1000) {
		struct str open = repeated("if(then={blur|", depth, "");
		struct str close = repeated("})", depth, "");
		open.n--; /* the last '|' */
		assert_int_equal(again(arena_join(&arena, open, close)).n > 0,
				 depth <= IMAGE_PLAN_DEPTH_MAX);
	}
	assert_int_equal(again(repeated(" ", IMAGE_PLAN_TEXT_MAX + 1, "")).n,
			 0);
}

static double value_of(const char *text)
{
	static const struct image_sizes sizes = {
		.source_width = 600,
		.source_height = 400,
		.width = 300,
		.height = 100,
		.base_width = 50,
		.base_height = 20,
	};
	struct image_expression expression;
	assert_true(image_expression_parse(str_of(text), &expression));
	return image_expression_value(&expression, &sizes);
}

static void expressions_have_values(void **state)
{
	(void)state;
	assert_true(value_of("iw 2 /") == 300);
	assert_true(value_of("ih cw +") == 700);
	assert_true(value_of("iar") == 1.5);
	assert_true(value_of("car bar -") == 0.5);
	assert_true(value_of("bw bh mod") == 10);
	assert_true(value_of("2 3 ^") == 8);
	assert_true(value_of("2 3 ^ iw -") == -592);
	assert_true(value_of("cw 300 == ch 100 != or") == 1);
	assert_true(value_of("cw 300 < ch 100 >= and") == 0);
	assert_false(isfinite(value_of("iw 0 /")));
}

static void values_are_checked(void **state)
{
	(void)state;
	static const struct image_sizes sizes = {600, 400, 600, 400, 0, 0};
	struct image_plan plan;
	struct image_expression none = {0};
	image_plan_init(&plan, &arena);
	struct image_op *op = image_plan_add(&plan, IMAGE_RESIZE);
	assert_false(image_has(op, IMAGE_RESIZE_WIDTH));
	assert_true(image_number(op, IMAGE_RESIZE_WIDTH, &sizes) ==
		    IMAGE_ABSENT);
	assert_false(image_set_number(op, IMAGE_RESIZE_WIDTH, -1));
	assert_false(image_set_number(op, IMAGE_RESIZE_WIDTH, NAN));
	assert_false(image_set_number(op, IMAGE_RESIZE_WIDTH, 65536));
	assert_false(image_set_expression(op, IMAGE_RESIZE_WIDTH, &none));
	assert_false(image_set_flag(op, IMAGE_RESIZE_WIDTH, true));
	assert_false(image_set_word(op, IMAGE_RESIZE_FIT, IMAGE_FIT_COUNT));
	assert_false(image_set_word(op, IMAGE_RESIZE_FIT, 1000000));
	assert_int_equal(op->given, 0);
	assert_true(image_set_word(op, IMAGE_RESIZE_FIT, IMAGE_FIT_PAD));
	assert_int_equal(image_word(op, IMAGE_RESIZE_FIT), IMAGE_FIT_PAD);
	assert_int_equal(image_color(op, IMAGE_RESIZE_BACKGROUND), 0xff);
	struct image_expression over;
	assert_true(image_expression_parse(STR("iw 1000 *"), &over));
	assert_true(image_set_expression(op, IMAGE_RESIZE_ZOOM, &over));
	assert_true(image_number(op, IMAGE_RESIZE_ZOOM, &sizes) == 1);
}

static void inputs_come_in_the_order_of_the_text(void **state)
{
	(void)state;
	struct image_plan plan;
	struct err err;
	struct str paths[IMAGE_PLAN_INPUTS_MAX];
	assert_int_equal(
		image_plan_parse(
			STR("overlay(plan={image(path=\"a\")|"
			    "overlay(plan={image(path=\"b\")})})|"
			    "if(then={overlay(plan={image(path=\"c\")})},"
			    "else={overlay(plan={image(path=\"a\")})})|"
			    "overlay(plan={text(font=\"f/"
			    "F.ttf\",text=\"t\")})"),
			&arena, &plan, &err),
		0);
	assert_int_equal(image_plan_inputs(&plan, paths), 5);
	assert_true(str_eq(paths[0], STR("a")));
	assert_true(str_eq(paths[1], STR("b")));
	assert_true(str_eq(paths[2], STR("c")));
	assert_true(str_eq(paths[3], STR("a")));
	assert_true(str_eq(paths[4], STR("f/F.ttf")));
}

static void what_is_of_several_pictures_says_so(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool joins;
	} rows[] = {
		{"blur", false},
		{"collage", true},
		{"with(plan={canvas})|animate|blur", true},
		{"if(then={blur},else={if(then={collage})})", true},
		{"overlay(plan={canvas|collage})", false},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct image_plan plan;
		struct err err;
		assert_int_equal(image_plan_parse(str_of(rows[i].text), &arena,
						  &plan, &err),
				 0);
		assert_int_equal(image_plan_joins(&plan), rows[i].joins);
	}
}

static void fonts_are_families_or_files(void **state)
{
	(void)state;
	static const struct {
		const char *font;
		bool is_file;
	} rows[] = {
		{"Open Sans", false}, {"", false},
		{"ttf", false},       {".ttf", false},
		{"A.ttf", true},      {"A.TTF", true},
		{"a/b", true},        {"A.woff2", true},
		{"A.otf", true},      {"Arial, Helvetica", false},
		{"A.ttf ", false},
	};
	struct image_plan plan;
	image_plan_init(&plan, &arena);
	struct image_op *op = image_plan_add(&plan, IMAGE_TEXT);
	assert_null(image_op_input(op).p);
	for (size_t i = 0; i < COUNT(rows); i++) {
		image_set_text(op, IMAGE_TEXT_FONT, str_of(rows[i].font));
		struct str path = image_op_input(op);
		if ((path.p != NULL) != rows[i].is_file)
			fail_msg("%s", rows[i].font);
	}
}

static void a_full_plan_takes_operations_and_is_refused(void **state)
{
	(void)state;
	struct err err;
	struct image_plan plan;
	image_plan_init(&plan, &arena);
	for (unsigned i = 0; i < IMAGE_PLAN_OPS_MAX - 1; i++)
		image_plan_add(&plan, IMAGE_BLUR);
	assert_int_equal(image_plan_finish(&plan, &err), 0);
	struct image_op *op = image_plan_add(&plan, IMAGE_RESIZE);
	assert_true(image_set_number(op, IMAGE_RESIZE_WIDTH, 7));
	assert_int_equal(plan.n, IMAGE_PLAN_OPS_MAX);
	assert_int_equal(image_plan_finish(&plan, &err), -1);
	assert_int_equal(err.code, ERR_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(texts_have_one_spelling),
		WITH_ARENA(what_is_no_plan_is_refused),
		WITH_ARENA(plans_are_bounded),
		WITH_ARENA(a_full_plan_takes_operations_and_is_refused),
		WITH_ARENA(expressions_have_values),
		WITH_ARENA(values_are_checked),
		WITH_ARENA(inputs_come_in_the_order_of_the_text),
		WITH_ARENA(what_is_of_several_pictures_says_so),
		WITH_ARENA(fonts_are_families_or_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
