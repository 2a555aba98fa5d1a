/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resizes: what is kept, where it stands, and what is around it.
 */
#include "render_case.h"

static VipsImage *picture;

/* A block of another colour in grey. */
static VipsImage *block(int width, int height, const VipsRect *r)
{
	double grey[] = {128, 128, 128}, red[] = {250, 20, 10};
	VipsImage *black = NULL, *out = NULL;
	if (vips_black(&black, width, height, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	VipsImage *plain = vips_image_new_from_image(black, grey, 3);
	if (vips_copy(plain, &out, "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	VipsImage *memory = vips_image_copy_memory(out);
	if (r && vips_draw_rect(memory, red, 3, r->left, r->top, r->width,
				r->height, "fill", TRUE, NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	g_object_unref(black);
	g_object_unref(plain);
	g_object_unref(out);
	return memory;
}

static int make_sources(void **state)
{
	VipsImage *lazy = make_picture(640, 865, 3);
	picture = vips_image_copy_memory(lazy);
	g_object_unref(lazy);
	return render_case_start(state);
}

static int drop_sources(void **state)
{
	g_object_unref(picture);
	return render_case_stop(state);
}

/* The vendor's own numbers. */
static void sizes_are_those_of_geometry(void **state)
{
	(void)state;
	static const struct {
		const char *plan;
		unsigned width, height;
	} rows[] = {
		{"resize(width=300,height=200)", 300, 200},
		{"resize(width=300,height=200,fit=stretch)", 300, 200},
		{"resize(width=300,height=200,fit=inside)", 148, 200},
		{"resize(width=850,height=1000,fit=inside,no-enlarge=true)",
		 640, 865},
		{"resize(width=850,height=1000,fit=inside)", 740, 1000},
		{"resize(width=300,height=200,fit=outside)", 300, 405},
		{"resize(width=300,height=200,fit=pad)", 300, 200},
		{"resize(width=200,height=200,fit=extract)", 200, 200},
		{"resize(width=700,height=900,fit=pad-extract)", 700, 900},
		{"resize(width=100)|turn(angle=90)", 135, 100},
		{"resize(width=[iw 2 /])", 320, 433},
		{"resize(width=300,height=200,focus=attention)", 300, 200},
		{"resize(width=300,height=200,focus=face)", 300, 200},
	};
	g_autoptr(GString) jpeg = save_picture(picture, ".jpg", 90);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct render_one one;
		render_case(rows[i].plan, jpeg, &one);
		assert_int_equal(one.status, RENDER_OK);
		VipsImage *got = decoded(one.bytes, "");
		assert_int_equal(got->Xsize, rows[i].width);
		assert_int_equal(got->Ysize, rows[i].height);
		assert_int_equal(one.picture.width, rows[i].width);
		assert_int_equal(one.picture.height, rows[i].height);
		g_object_unref(got);
		g_string_free(one.bytes, TRUE);
	}
}

static void what_is_outside_is_impossible(void **state)
{
	(void)state;
	struct render_one one;
	g_autoptr(GString) jpeg = save_picture(picture, ".jpg", 90);
	render_case("resize(width=10,height=10,fit=extract,x=5000,y=0)", jpeg,
		    &one);
	assert_int_equal(one.status, RENDER_IMPOSSIBLE);
	render_case("resize(width=60000,height=60000)", jpeg, &one);
	assert_int_equal(one.status, RENDER_TOO_LARGE);
}

static void what_draws_the_eye_is_kept(void **state)
{
	(void)state;
	static const VipsRect places[] = {
		{20, 60, 30, 30}, {300, 50, 30, 30}, {180, 70, 25, 25}};
	for (size_t i = 0; i < COUNT(places); i++) {
		VipsImage *source = block(400, 150, &places[i]);
		VipsImage *got = rendered(
			"resize(width=100,height=100,focus=attention)", source);
		int red = 0;
		for (int y = 0; y < 100; y++)
			for (int x = 0; x < 100; x++)
				red += pixel(got, x, y)[0] > 200 &&
				       pixel(got, x, y)[1] < 80;
		double scale = 100.0 / 150;
		double all = places[i].width * places[i].height * scale * scale;
		assert_true(red > 0.8 * all);
		g_object_unref(got);
		g_object_unref(source);
	}
}

static void padding_has_its_colour_and_place(void **state)
{
	(void)state;
	VipsImage *source = block(100, 50, NULL);
	static const struct {
		const char *more;
		int x, y; /* in the picture */
		int out_x, out_y;
	} rows[] = {
		{"", 50, 26, 50, 20},
		{",focus=top", 50, 1, 50, 90},
		{",focus=bottom", 50, 98, 50, 10},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plan = g_strdup_printf(
			"resize(width=100,height=100,fit=pad,background=#"
			"102030ff%s)",
			rows[i].more);
		VipsImage *got = rendered(plan, source);
		assert_int_equal(got->Bands, 3);
		assert_pixel(got, rows[i].x, rows[i].y, (int[]){128, 128, 128},
			     0);
		assert_pixel(got, rows[i].out_x, rows[i].out_y,
			     (int[]){16, 32, 48}, 0);
		g_object_unref(got);
	}
	/* half as opaque */
	VipsImage *got = rendered("resize(width=100,height=100,fit=pad,"
				  "background=#10203080)",
				  source);
	assert_pixel(got, 50, 5, (int[]){16, 32, 48, 128}, 0);
	assert_pixel(got, 50, 50, (int[]){128, 128, 128, 255}, 0);
	g_object_unref(got);
	g_object_unref(source);
}

static void dominant_is_what_most_of_the_edge_is(void **state)
{
	(void)state;
	const VipsRect middle = {10, 10, 80, 30};
	VipsImage *source = block(100, 50, &middle);
	VipsImage *got = rendered(
		"resize(width=100,height=100,fit=pad,fill=dominant)", source);
	assert_pixel(got, 50, 5, (int[]){128, 128, 128}, 0);
	assert_pixel(got, 50, 50, (int[]){250, 20, 10}, 0);
	g_object_unref(got);
	g_object_unref(source);
}

static void gradients_go_from_side_to_side(void **state)
{
	(void)state;
	const VipsRect right = {50, 0, 50, 100};
	VipsImage *source = block(100, 100, &right);
	VipsImage *got = rendered(
		"resize(width=300,height=100,fit=pad,fill=gradient)", source);
	assert_pixel(got, 0, 50, (int[]){128, 128, 128}, 1);
	assert_pixel(got, 299, 50, (int[]){250, 20, 10}, 1);
	/* a sixth of the way */
	assert_pixel(got, 50, 0, (int[]){148, 110, 108}, 2);
	g_object_unref(got);
	got = rendered("resize(width=100,height=300,fit=pad,fill=gradient,"
		       "colors=4)",
		       source);
	assert_pixel(got, 0, 0, (int[]){128, 128, 128}, 1);
	assert_pixel(got, 99, 0, (int[]){250, 20, 10}, 1);
	assert_pixel(got, 99, 299, (int[]){250, 20, 10}, 1);
	g_object_unref(got);
	g_object_unref(source);
}

/* Covering, from the middle, blurred, then lighter: a picture of stripes. */
static void blurred_is_the_picture_itself(void **state)
{
	(void)state;
	const VipsRect right = {150, 0, 150, 300};
	VipsImage *source = block(300, 300, &right);
	/* 400 x 400 of it behind, of which the middle 300 rows are seen */
	VipsImage *got = rendered("resize(width=400,height=300,fit=pad,"
				  "fill=blurred,blur=20)",
				  source);
	assert_pixel(got, 10, 150, (int[]){128, 128, 128}, 1);
	assert_pixel(got, 390, 150, (int[]){250, 20, 10}, 1);
	assert_pixel(got, 200, 10, (int[]){250, 20, 10}, 1);
	g_object_unref(got);
	got = rendered("resize(width=400,height=300,fit=pad,fill=blurred,"
		       "blur=20,brightness=-30)",
		       source);
	double dark = 128 * (1 - 30 / 450.0) - 30;
	assert_pixel(got, 10, 150, (int[]){(int)dark, (int)dark, (int)dark}, 1);
	assert_pixel(got, 60, 150, (int[]){128, 128, 128}, 1);
	g_object_unref(got);
	/* above and below: the edge between the halves is soft, by 20 */
	got = rendered("resize(width=300,height=400,fit=pad,fill=blurred,"
		       "blur=20)",
		       source);
	double share = 0.5 * (1 + erf(20 / (20 * sqrt(2))));
	assert_pixel(got, 170, 10,
		     (int[]){(int)(128 + 122 * share), (int)(128 - 108 * share),
			     (int)(128 - 118 * share)},
		     3);
	g_object_unref(got);
	g_object_unref(source);
}

static void fills_of_clear_pictures_are_behind_them(void **state)
{
	(void)state;
	static const VipsPel half[] = {0, 0, 255, 128};
	VipsImage *dot =
		vips_image_new_from_memory(half, 4, 1, 1, 4, VIPS_FORMAT_UCHAR);
	VipsImage *clear = NULL;
	if (vips_copy(dot, &clear, "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	VipsImage *got = rendered("resize(width=9,height=9)|background(color=#"
				  "ff0000ff)",
				  clear);
	assert_int_equal(got->Bands, 3);
	assert_pixel(got, 4, 4, (int[]){127, 0, 128}, 1);
	g_object_unref(got);
	got = rendered("resize(width=9,height=27,fit=pad,background=#ff0000ff)",
		       clear);
	assert_pixel(got, 4, 13, (int[]){0, 0, 255, 128}, 1);
	assert_pixel(got, 4, 2, (int[]){255, 0, 0, 255}, 0);
	g_object_unref(got);
	g_object_unref(clear);
	g_object_unref(dot);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_those_of_geometry),
		cmocka_unit_test(what_is_outside_is_impossible),
		cmocka_unit_test(what_draws_the_eye_is_kept),
		cmocka_unit_test(padding_has_its_colour_and_place),
		cmocka_unit_test(dominant_is_what_most_of_the_edge_is),
		cmocka_unit_test(gradients_go_from_side_to_side),
		cmocka_unit_test(blurred_is_the_picture_itself),
		cmocka_unit_test(fills_of_clear_pictures_are_behind_them),
	};
	int failed = cmocka_run_group_tests_name("fills", tests, make_sources,
						 drop_sources);
	vips_shutdown();
	return failed;
}
