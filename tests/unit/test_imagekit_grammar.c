/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ImageKit's transformations as plans: the canonical text of each parameter's.
 */
#include "api/imagekit/delivery/grammar/grammar.h"
#include "imagekit_plans.h"
#include "unit.h"

#include <math.h>

static struct str resolve(const void *user, struct str name)
{
	(void)user;
	if (str_eq(name, STR("thumb")))
		return STR("tr:w-100,h-100,c-at_max");
	return str_eq(name, STR("two")) ? STR("w-1:rt-90") : STR_NONE;
}

/* As a browser on a sharp screen asks for a picture that is 106 pixels wide in
 * its page, of a file with an area of its own. */
static struct imagekit_transformation asked(const char *query)
{
	return (struct imagekit_transformation){
		.query = str_of(query),
		.resolve = resolve,
		.hints = {.accept = STR("text/html, image/webp;q=0.8, "
					"image/avif, */*"),
			  .width = STR("212"),
			  .dpr = STR("2")},
		.custom_coordinates = STR("10,20,300,200"),
	};
}

static struct str plan_of(const struct imagekit_transformation *in,
			  struct arena *arena)
{
	struct err err;
	struct str text;
	struct imagekit_wanted wanted;
	if (imagekit_grammar(in, arena, &wanted, &err) < 0 ||
	    image_plan_text(&wanted.plan, arena, &text, &err) < 0)
		fail_msg("%.*s: %s", STR_ARG(in->query), err.text);
	return wanted.is_original ? STR("original") : text;
}

/* What a parameter cannot have is as if it were not there, wherever it stands:
 * the last good one of a repeated key counts. */
static void what_is_malformed_leaves_an_earlier_value(void **state)
{
	(void)state;
	static const struct {
		const char *with, *good, *bad[8];
	} rows[] = {
		{"", "w-300", {"w-65536", "w-bw_div_2", "w-1e9", "w-N5"}},
		{"", "h-200", {"h-auto", "h-0", "h-x"}},
		{"w-300",
		 "ar-4-3",
		 {"ar-0-3", "ar-4-3-2", "ar-wide", "ar", "ar--1"}},
		{"w-9,h-9",
		 "fo-top",
		 {"fo-up", "fo-", "fo-Top_up", "fo", "fo-zzz"}},
		{"w-9,h-9,cm-extract",
		 "x-3",
		 {"x-auto", "x-70000", "x-iw_foo_2"}},
		{"w-9,h-9,cm-extract", "xc-3", {"xc-N3", "xc-a"}},
		{"w-9,h-9,fo-face", "z-2", {"z-101", "z-0", "z-big"}},
		{"w-9", "dpr-2", {"dpr-0", "dpr-9", "dpr-x"}},
		{"", "r-5", {"r-a", "r-1_2", "r-1_2_3_4_5", "r", "r-N4"}},
		{"", "r-1_2_3_4", {"r-max_", "r-5_max", "r--1"}},
		{"",
		 "b-5_FFF000",
		 {"b-x_FFF000", "b-0", "b", "b-5_ZZZ", "b-N5"}},
		{"", "t-20", {"t-100", "t-x", "t-0"}},
		{"", "t-false", {"t-100", "t-yes"}},
		{"", "rt-90", {"rt-361", "rt-x", "rt", "rt-N400"}},
		{"", "fl-h", {"fl-x", "fl-hv", "fl"}},
		{"", "o-50", {"o-101", "o-N1", "o-half"}},
		{"", "bl-20", {"bl-0", "bl-101", "bl-x", "bl-true"}},
		{"",
		 "e-sharpen-10",
		 {"e-sharpen-0", "e-sharpen-101", "e-sharpen-x"}},
		{"",
		 "e-usm-3-3-1-0.1",
		 {"e-usm-x", "e-usm-1-2-3-4-5", "e-usm-1--2"}},
		{"",
		 "e-distort-a-30",
		 {"e-distort-a-400", "e-distort-p-1_2", "e-distort",
		  "e-distort-x"}},
		{"",
		 "e-shadow-bl-5",
		 {"e-shadow-x", "e-shadow-5", "e-shadow-zz_5"}},
		{"", "e-gradient-ld-top", {"e-gradient-x", "e-gradient-top"}},
		{"", "e-colorize-co-red", {"e-colorize-x", "e-colorize-red"}},
		{"", "cr-FF0000_20", {"cr-x", "cr", "cr-_20"}},
		{"", "pg-3", {"pg-0", "pg-x", "pg-N2"}},
		{"", "q-50", {"q-0", "q-101", "q-0.4", "q-iw", "q-x"}},
		{"", "f-png", {"f-bmp", "f-", "f", "f-pgm"}},
		{"", "bg-red", {"bg-zzz", "bg-blurred_101", "bg"}},
		{"l-text,i-a", "pa-5", {"pa-x", "pa-1_2_3_4_5", "pa-N5"}},
		{"l-text,i-a", "tg-b", {"tg-x", "tg-"}},
		{"l-text,i-a", "al-5", {"al-10", "al-0", "al-x"}},
		{"l-text,i-a", "fs-20", {"fs-0", "fs-2001", "fs-x"}},
		{"l-image,i-a.png", "lx-5", {"lx-auto", "lx-70000", "lx-x"}},
		{"l-image,i-a.png", "w-bw_div_2", {"w-bx_div_2", "w-0"}},
		{"ot-a", "otp-5", {"otp-x"}},
		{"ot-a", "ots-20", {"ots-0", "ots-x"}},
		{"oi-a.png", "or-5", {"or-x", "or-1_2"}},
		{"oi-a.png", "oib-5_red", {"oib-x", "oib-0_red"}},
		{"oi-a.png,ow-9", "oiar-4-3", {"oiar-0-3", "oiar-x"}},
		{"oi-a.png,ow-9,oh-9", "oifo-top", {"oifo-x"}},
		{"oi-a.png", "oit-false", {"oit-x", "oit-100"}},
		{"oi-a.png", "ow-bw_div_2", {"ow-0", "ow-x"}},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		arena_init(&arena);
		const char *comma = *rows[i].with ? "," : "";
		struct str good = arena_printf(&arena, "%s%s%s", rows[i].with,
					       comma, rows[i].good);
		struct imagekit_transformation in = asked(good.p);
		struct str wanted = plan_of(&in, &arena);
		for (size_t k = 0; k < 8 && rows[i].bad[k]; k++) {
			struct str both = arena_printf(
				&arena, "%s%s%s,%s", rows[i].with, comma,
				rows[i].good, rows[i].bad[k]);
			in = asked(both.p);
			if (!str_eq(plan_of(&in, &arena), wanted))
				fail_msg("%s", both.p);
		}
		/* it is not that the parameter says nothing */
		in = asked(rows[i].with);
		if (strcmp(rows[i].good, "t-false"))
			assert_false(str_eq(plan_of(&in, &arena), wanted));
		arena_release(&arena);
	}
}

static void each_parameter_has_its_plan(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(golden); i++) {
		struct arena arena;
		struct imagekit_transformation in = asked(golden[i].query);
		arena_init(&arena);
		assert_str(plan_of(&in, &arena), str_of(golden[i].plan));
		in.path = in.query;
		in.query = STR_NONE;
		/* only queries write blanks as plusses */
		if (str_find(in.path, '+') < 0)
			assert_str(plan_of(&in, &arena),
				   str_of(golden[i].plan));
		arena_release(&arena);
	}
}

static void what_takes_a_model_is_refused_by_name(void **state)
{
	(void)state;
	static const struct {
		const char *query, *name;
	} rows[] = {
		{"e-bgremove", "e-bgremove"},
		{"w-300,e-removedotbg:w-1", "e-removedotbg"},
		{"e-dropshadow-az-215_el-45", "e-dropshadow"},
		{"e-changebg-prompt-a%20car", "e-changebg"},
		{"e-edit-prompte-YQ%3D%3D", "e-edit"},
		{"e-retouch", "e-retouch"},
		{"e-upscale", "e-upscale"},
		{"e-genvar", "e-genvar"},
		{"w-1,h-1,cm-pad_resize,bg-genfill", "bg-genfill"},
		{"bg-genfill-prompt-trees", "bg-genfill"},
		{"l-image,i-a.png,e-bgremove,l-end", "e-bgremove"},
		{"if-w_gt_1,e-bgremove,if-end", "e-bgremove"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err = {0};
		struct imagekit_wanted wanted;
		struct imagekit_transformation in = asked(rows[i].query);
		arena_init(&arena);
		int result = imagekit_grammar(&in, &arena, &wanted, &err);
		if (result == 0 || err.code != ERR_UNSUPPORTED ||
		    !strstr(err.text, rows[i].name))
			fail_msg("%s: %s", rows[i].query, err.text);
		arena_release(&arena);
	}
}

static void only_unknown_names_are_invalid(void **state)
{
	(void)state;
	struct arena arena;
	struct err err = {0};
	struct imagekit_wanted wanted;
	struct imagekit_transformation in = asked("w-300,n-nobody");
	arena_init(&arena);
	assert_int_equal(imagekit_grammar(&in, &arena, &wanted, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	assert_non_null(strstr(err.text, "nobody"));
	in.resolve = NULL;
	in.query = STR("n-thumb");
	assert_int_equal(imagekit_grammar(&in, &arena, &wanted, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	arena_release(&arena);
}

static void what_a_plan_cannot_hold_is_refused(void **state)
{
	(void)state;
	static const char *const steps[] = {
		"bl-5:",    "l-image,i-a.png,l-end:",
		"foo-bar,", "l-image,i-a.png,",
		"n-two,",   "if-w_gt_1,",
	};
	for (size_t i = 0; i < COUNT(steps); i++) {
		struct arena arena;
		struct buf query;
		struct err err = {0};
		struct imagekit_wanted wanted;
		struct imagekit_transformation in = asked("");
		arena_init(&arena);
		buf_init(&query, &arena, 64 * 1024);
		for (unsigned n = 0; n < 1200; n++)
			buf_add(&query, str_of(steps[i]));
		in.query = buf_str(&query);
		assert_int_equal(imagekit_grammar(&in, &arena, &wanted, &err),
				 -1);
		assert_int_equal(err.code, ERR_LIMIT);
		arena_release(&arena);
	}
}

static void the_path_goes_before_the_query(void **state)
{
	(void)state;
	struct arena arena;
	struct imagekit_transformation in = asked("rt-90,q-20");
	arena_init(&arena);
	in.path = STR("w-300,q-10");
	assert_str(plan_of(&in, &arena),
		   STR("resize(width=300)|turn(angle=90)|encode(quality=20)"));
	arena_release(&arena);
}

static void a_plus_is_a_blank_in_queries_only(void **state)
{
	(void)state;
	struct arena arena;
	struct imagekit_transformation in = asked(NULL);
	arena_init(&arena);
	in.path = STR("l-text,i-C++,l-end:ot-old+text");
	assert_str(plan_of(&in, &arena),
		   STR("overlay(plan={text(text=\"C++\")})|"
		       "overlay(plan={text(text=\"old text\")})|encode"));
	in.query = STR("w-5,+h-5:l-text,i-a+b+,l-end:l-text,ie-fn5+,l-end");
	in.path = STR_NONE;
	assert_str(plan_of(&in, &arena),
		   STR("resize(width=5,height=5)|"
		       "overlay(plan={text(text=\"a b \")})|"
		       "overlay(plan={text(text=\"~~~\")})|encode"));
	arena_release(&arena);
}

static void formats_are_those_that_the_client_names(void **state)
{
	(void)state;
	static const struct {
		const char *query, *accept, *plan;
		bool automatic, thumbnail;
		unsigned vary;
	} rows[] = {
		{"f-auto", NULL, "encode(format=smallest)", false, false,
		 IMAGEKIT_VARY_ACCEPT},
		{"f-auto", "image/*,*/*", "encode(format=smallest)", false,
		 false, IMAGEKIT_VARY_ACCEPT},
		{"f-auto", "image/webp;q=0, image/avif;q=0.1",
		 "encode(format=smallest,avif=true)", false, false,
		 IMAGEKIT_VARY_ACCEPT},
		{"f-auto", "Image/WebP", "encode(format=smallest,webp=true)",
		 false, false, IMAGEKIT_VARY_ACCEPT},
		{"w-1", "image/webp", "resize(width=1)|encode", false, false,
		 0},
		{"w-1", "image/webp",
		 "resize(width=1)|encode(format=smallest,webp=true)", true,
		 false, IMAGEKIT_VARY_ACCEPT},
		{"", "image/webp", "encode(format=smallest,webp=true)", true,
		 false, IMAGEKIT_VARY_ACCEPT},
		{"", "image/png", "original", true, false,
		 IMAGEKIT_VARY_ACCEPT},
		{"f-png", "image/webp", "encode(format=png)", true, false, 0},
		{"f-orig", "image/webp", "original", true, false, 0},
		{"orig-true", "image/webp", "original", true, false, 0},
		{"", "image/webp", "encode(format=jpg)", true, true, 0},
		{"f-webp", NULL, "encode(format=webp)", true, true, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err;
		struct imagekit_wanted wanted;
		struct imagekit_transformation in = asked(rows[i].query);
		arena_init(&arena);
		in.hints.accept = str_of(rows[i].accept);
		in.automatic_format = rows[i].automatic;
		in.is_thumbnail = rows[i].thumbnail;
		assert_str(plan_of(&in, &arena), str_of(rows[i].plan));
		assert_int_equal(imagekit_grammar(&in, &arena, &wanted, &err),
				 0);
		assert_int_equal(wanted.vary, rows[i].vary);
		arena_release(&arena);
	}
}

static void hints_say_how_large(void **state)
{
	(void)state;
	static const struct {
		const char *query, *width, *dpr, *plan;
		double content_dpr;
		unsigned vary;
	} rows[] = {
		{"w-auto,dpr-auto", "600", "2", "resize(width=600)|encode", 2,
		 IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-auto,dpr-auto", "212", "2", "resize(width=300)|encode",
		 2.83, IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-auto,dpr-auto", "150", "2", "resize(width=200)|encode",
		 2.67, IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-auto", "150", NULL, "resize(width=200)|encode", 0,
		 IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-auto,dpr-auto,h-50", NULL, "2",
		 "resize(height=50,scale=2)|encode", 2,
		 IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-100,dpr-auto", NULL, "2",
		 "resize(width=100,scale=2)|encode", 2, IMAGEKIT_VARY_DPR},
		{"w-100,dpr-auto", "600", NULL, "resize(width=100)|encode", 0,
		 IMAGEKIT_VARY_DPR},
		{"w-100,dpr-auto", NULL, "99", "resize(width=100)|encode", 0,
		 IMAGEKIT_VARY_DPR},
		{"w-auto", "1e9", "2", "original", 0,
		 IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-auto", "65501", "2", "original", 0,
		 IMAGEKIT_VARY_WIDTH | IMAGEKIT_VARY_DPR},
		{"w-100,dpr-2", "600", "3", "resize(width=100,scale=2)|encode",
		 0, 0},
		{"w-auto,orig-true", "600", "3", "original", 0, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err;
		struct imagekit_wanted wanted;
		struct imagekit_transformation in = asked(rows[i].query);
		arena_init(&arena);
		in.hints.width = str_of(rows[i].width);
		in.hints.dpr = str_of(rows[i].dpr);
		assert_str(plan_of(&in, &arena), str_of(rows[i].plan));
		assert_int_equal(imagekit_grammar(&in, &arena, &wanted, &err),
				 0);
		assert_int_equal(wanted.vary, rows[i].vary);
		assert_true(fabs(wanted.content_dpr - rows[i].content_dpr) <
			    0.01);
		arena_release(&arena);
	}
}

static void custom_coordinates_are_those_of_the_file(void **state)
{
	(void)state;
	static const char *const none[] = {
		NULL,      "",        "1,2,3",    "1,2,3,4,5",
		"a,b,c,d", "1,2,0,4", "-1,2,3,4",
	};
	for (size_t i = 0; i < COUNT(none); i++) {
		struct arena arena;
		struct imagekit_transformation in = asked("w-9,h-9,fo-custom");
		arena_init(&arena);
		in.custom_coordinates = str_of(none[i]);
		assert_str(plan_of(&in, &arena),
			   STR("resize(width=9,height=9)|encode"));
		arena_release(&arena);
	}
}

static void what_stands_in_for_a_missing_file_is_told(void **state)
{
	(void)state;
	static const struct {
		const char *query, *instead;
	} rows[] = {
		{"di-a.jpg,w-1", "a.jpg"},
		{"di-/folder@@a.jpg@@", "folder/a.jpg"},
		{"w-1,di-a%20b:di-", "a b"},
		{"w-1", ""},
		{"l-image,i-a,di-b,l-end", ""},
		{"di-a,orig-true", "a"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct err err;
		struct imagekit_wanted wanted;
		struct imagekit_transformation in = asked(rows[i].query);
		arena_init(&arena);
		assert_int_equal(imagekit_grammar(&in, &arena, &wanted, &err),
				 0);
		assert_str(wanted.instead, str_of(rows[i].instead));
		arena_release(&arena);
	}
}

static void steps_of_names_alone_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *path, *query;
		bool is_named;
	} rows[] = {
		{"n-thumb", NULL, true},
		{NULL, "n-thumb", true},
		{"n-thumb", "n-two", true},
		{"n-thumb:n-two", NULL, true},
		{"n-thumb%3An-two", NULL, true},
		{NULL, NULL, false},
		{"", "", false},
		{"n-", NULL, false},
		{"n-thumb:", NULL, false},
		{"n-thumb,w-1", NULL, false},
		{"n-thumb%2Cw-1", NULL, false},
		{"n-thumb,n-two", NULL, false},
		{"n-thumb:w-1", NULL, false},
		{"n-thumb", "w-1", false},
		{"w-1", "n-thumb", false},
		{"orig-true", NULL, false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct arena arena;
		struct imagekit_transformation in = asked(rows[i].query);
		arena_init(&arena);
		in.path = str_of(rows[i].path);
		assert_int_equal(imagekit_grammar_is_named(&in, &arena),
				 rows[i].is_named);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_parameter_has_its_plan),
		cmocka_unit_test(what_is_malformed_leaves_an_earlier_value),
		cmocka_unit_test(what_takes_a_model_is_refused_by_name),
		cmocka_unit_test(only_unknown_names_are_invalid),
		cmocka_unit_test(what_a_plan_cannot_hold_is_refused),
		cmocka_unit_test(the_path_goes_before_the_query),
		cmocka_unit_test(a_plus_is_a_blank_in_queries_only),
		cmocka_unit_test(formats_are_those_that_the_client_names),
		cmocka_unit_test(hints_say_how_large),
		cmocka_unit_test(custom_coordinates_are_those_of_the_file),
		cmocka_unit_test(what_stands_in_for_a_missing_file_is_told),
		cmocka_unit_test(steps_of_names_alone_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
