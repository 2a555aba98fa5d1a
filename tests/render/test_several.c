/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One picture of several, by the real stowage-render in its sandbox.
 */
#include "render_case.h"

static const int red[] = {250, 0, 0, 255};
static const int green[] = {0, 200, 0, 255};
static const int blue[] = {0, 100, 200, 255};
static const int white[] = {255, 255, 255, 255};
static const int none[] = {0, 0, 0, 0};

static GString *flats[4]; /* the source, and what plans name */

static int make_flats(void **state)
{
	flats[0] = make_flat(200, 100, red);
	flats[1] = make_flat(100, 100, green);
	flats[2] = make_flat(150, 100, blue);
	return render_case_start(state);
}

static int drop_flats(void **state)
{
	for (int i = 0; flats[i]; i++)
		g_string_free(flats[i], TRUE);
	return render_case_stop(state);
}

#define WITH_BOTH                                                              \
	"with(plan={image(path=\"1\")})|with(plan={image(path=\"2\")})|"

static void pictures_lie_in_rows(void **state)
{
	(void)state;
	VipsImage *image = rendered_of(
		WITH_BOTH "collage(width=490,height=140)|encode(format=png)",
		flats);
	assert_int_equal(image->Xsize, 490);
	assert_int_equal(image->Ysize, 140);
	assert_pixel(image, 10, 20, red, 0);
	assert_pixel(image, 209, 119, red, 0);
	assert_pixel(image, 220, 20, green, 0);
	assert_pixel(image, 479, 119, blue, 0);
	assert_pixel(image, 9, 60, white, 0);
	assert_pixel(image, 215, 60, white, 0);
	assert_pixel(image, 480, 60, white, 0);
	assert_pixel(image, 100, 19, white, 0);
	assert_pixel(image, 100, 120, white, 0);
	g_object_unref(image);
}

static void pictures_cover_cells(void **state)
{
	(void)state;
	VipsImage *image = rendered_of(
		WITH_BOTH "collage(width=640,height=220,color=#00000000,"
			  "layout=cells)|encode(format=png)",
		flats);
	assert_int_equal(image->Bands, 4);
	assert_pixel(image, 10, 10, red, 0);
	assert_pixel(image, 209, 209, red, 0);
	assert_pixel(image, 220, 10, green, 0);
	assert_pixel(image, 629, 209, blue, 0);
	assert_pixel(image, 5, 100, none, 0);
	assert_pixel(image, 215, 100, none, 0);
	g_object_unref(image);
}

/* However small its decoder gave it. */
static void the_first_fills_its_place(void **state)
{
	(void)state;
	static const char plan[] = "with(plan={image(path=\"1\")})|"
				   "collage(width=%d,height=%d,margin=0,"
				   "layout=cells)|encode(format=png)";
	VipsImage *shapes = make_picture(1333, 999, 5);
	g_autoptr(GString) jpeg = save_picture(shapes, ".jpg", 95);
	g_autoptr(GString) png = save_picture(shapes, ".png", 0);
	GString *const small[] = {jpeg, flats[1], NULL};
	GString *const whole[] = {png, flats[1], NULL};
	static const int sides[][2] = {{200, 100}, {60, 60}, {900, 500}};
	for (size_t i = 0; i < COUNT(sides); i++) {
		g_autofree char *text =
			g_strdup_printf(plan, sides[i][0], sides[i][1]);
		VipsImage *x = rendered_of(text, small);
		VipsImage *y = rendered_of(text, whole);
		for (int row = 2; row < x->Ysize - 2; row += 3) {
			const VipsPel *p = pixel(y, row, row);
			const int want[] = {p[0], p[1], p[2], 255};
			assert_pixel(x, row, row, want, 12);
		}
		g_object_unref(x);
		g_object_unref(y);
	}
	g_object_unref(shapes);
	/* a drawing is not drawn larger than the canvas */
	g_autoptr(GString) line = g_string_new(
		"<svg xmlns='http://www.w3.org/2000/svg' width='1000' "
		"height='1'><rect width='1000' height='1' fill='red'/></svg>");
	GString *const drawn[] = {line, flats[1], NULL};
	g_autofree char *text = g_strdup_printf(plan, 1000, 2000);
	g_object_unref(rendered_of(text, drawn));
}

/* What is done to each, before and behind, and its own transparency. */
static void collages_are_pictures_like_others(void **state)
{
	(void)state;
	static const int half[] = {0, 200, 0, 51};
	static const int mixed[] = {204, 244, 204, 255};
	g_autoptr(GString) clear = make_flat(10, 10, half);
	GString *const inputs[] = {flats[0], clear, NULL};
	VipsImage *image = rendered_of(
		"resize(width=100,height=100)|"
		"with(plan={image(path=\"1\")|resize(width=[bw],height=[bh],"
		"fit=stretch)})|collage(width=230,height=120)|"
		"resize(width=115)|encode(format=png)",
		inputs);
	assert_int_equal(image->Xsize, 115);
	assert_int_equal(image->Ysize, 60);
	assert_pixel(image, 30, 30, red, 0);
	assert_pixel(image, 85, 30, mixed, 1);
	g_object_unref(image);
	/* also one that lies on another one */
	image = rendered_of(
		"overlay(plan={image(path=\"1\")|with(plan={canvas("
		"color=#0064c8ff)})|collage(width=50,height=30,margin=0)},x=0,"
		"y=0)|encode(format=png)",
		inputs);
	assert_int_equal(image->Xsize, 200);
	assert_pixel(image, 100, 15, red, 0);
	g_object_unref(image);
}

static void one_file_may_be_there_often(void **state)
{
	(void)state;
	GString *inputs[RENDER_INPUTS_MAX + 1];
	g_autoptr(GString) plan = g_string_new("");
	for (unsigned i = 0; i < RENDER_INPUTS_MAX; i++) {
		inputs[i] = flats[1];
		if (i)
			g_string_append(plan,
					"with(plan={image(path=\"1\")})|");
	}
	inputs[RENDER_INPUTS_MAX] = NULL;
	g_string_append(plan, "collage(width=400,height=200,margin=0)|"
			      "encode(format=png)");
	VipsImage *image = rendered_of(plan->str, inputs);
	for (int x = 0; x < 400; x += 17)
		assert_pixel(image, x, x / 2, green, 0);
	g_object_unref(image);
}

static void collages_can_be_refused(void **state)
{
	(void)state;
	g_autoptr(GString) text = g_string_new("no image");
	GString *const wrong[] = {flats[0], text, NULL};
	assert_int_equal(
		status_of_all("with(plan={image(path=\"1\")})|collage", wrong),
		RENDER_UNREADABLE);
	assert_int_equal(
		status_of_all(WITH_BOTH "collage(width=1,height=1)", flats),
		RENDER_IMPOSSIBLE);
	assert_int_equal(status_of_all(WITH_BOTH "collage(width=10000,"
						 "height=10000)",
				       flats),
			 RENDER_TOO_LARGE);
	assert_int_equal(status_of_all(WITH_BOTH "animate(width=7000,"
						 "height=5000)",
				       flats),
			 RENDER_TOO_LARGE);
	g_autoptr(GString) many = g_string_new("");
	for (int i = 0; i < 60; i++)
		g_string_append(many, "with(plan={canvas(width=5)})|");
	g_string_append(many, "collage");
	GString *const one[] = {flats[0], NULL};
	assert_int_equal(status_of_all(many->str, one), RENDER_TOO_LARGE);
}

static int delay_of(VipsImage *image, int frame)
{
	int *delays, n;
	assert_int_equal(vips_image_get_array_int(image, "delay", &delays, &n),
			 0);
	assert_true(frame < n);
	return delays[frame];
}

static void assert_frames(const char *plan, const char *loader)
{
	VipsImage *image = rendered_of(plan, flats);
	const char *name;
	int loop;
	assert_int_equal(vips_image_get_string(image, VIPS_META_LOADER, &name),
			 0);
	assert_string_equal(name, loader);
	assert_int_equal(vips_image_get_n_pages(image), 3);
	assert_int_equal(vips_image_get_page_height(image), 60);
	assert_int_equal(image->Xsize, 80);
	assert_int_equal(vips_image_get_int(image, "loop", &loop), 0);
	assert_int_equal(loop, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(delay_of(image, i), 250);
	/* 200 x 100 is 80 x 40, 100 x 100 is 60 x 60, 150 x 100 is 80 x 53 */
	assert_pixel(image, 1, 30, red, 3);
	assert_pixel(image, 12, 60 + 1, green, 3);
	assert_pixel(image, 1, 120 + 30, blue, 3);
	if (image->Bands == 4) {
		assert_int_equal(pixel(image, 40, 8)[3], 0);
		assert_int_equal(pixel(image, 8, 60 + 30)[3], 0);
		assert_int_equal(pixel(image, 40, 120 + 1)[3], 0);
	}
	g_object_unref(image);
}

static void pictures_become_frames(void **state)
{
	(void)state;
	assert_frames(WITH_BOTH "animate(width=80,height=60,delay=250,loop=3)",
		      "gifload_buffer");
	assert_frames(WITH_BOTH "animate(width=80,height=60,delay=250,loop=3)|"
				"encode(format=gif)",
		      "gifload_buffer");
	assert_frames(WITH_BOTH "animate(width=80,height=60,delay=250,loop=3)|"
				"encode(format=webp,lossless=true)",
		      "webpload_buffer");
}

static void frames_are_filled_as_asked_for(void **state)
{
	(void)state;
	VipsImage *image = rendered_of(
		WITH_BOTH "animate(width=80,height=60,fit=cover)", flats);
	for (int i = 0; i < 3; i++) {
		const int *want[] = {red, green, blue};
		assert_pixel(image, 0, i * 60, want[i], 3);
		assert_pixel(image, 79, i * 60 + 59, want[i], 3);
	}
	g_object_unref(image);
	image = rendered_of(WITH_BOTH "animate(height=50,focus=left,background="
				      "#ffffffff)|encode(format=webp,lossless="
				      "true)",
			    flats);
	assert_int_equal(image->Xsize, 100);
	assert_int_equal(vips_image_get_page_height(image), 50);
	assert_pixel(image, 0, 50 + 25, green, 1);
	assert_pixel(image, 51, 50 + 25, white, 1);
	g_object_unref(image);
}

/* What comes behind is done to each; a format that stands still has one. */
static void frames_are_pictures_like_others(void **state)
{
	(void)state;
	VipsImage *image = rendered_of(
		WITH_BOTH "animate(width=80,height=60,fit=stretch)|border("
			  "width=5,color=#ffffffff)",
		flats);
	assert_int_equal(vips_image_get_n_pages(image), 3);
	assert_pixel(image, 2, 2 * 70 + 2, white, 3);
	assert_pixel(image, 6, 2 * 70 + 6, blue, 3);
	g_object_unref(image);
	image = rendered_of(WITH_BOTH "animate(width=80)|encode(format=png)",
			    flats);
	assert_int_equal(vips_image_get_n_pages(image), 1);
	assert_pixel(image, 40, 20, red, 0);
	g_object_unref(image);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pictures_lie_in_rows),
		cmocka_unit_test(pictures_cover_cells),
		cmocka_unit_test(the_first_fills_its_place),
		cmocka_unit_test(collages_are_pictures_like_others),
		cmocka_unit_test(one_file_may_be_there_often),
		cmocka_unit_test(collages_can_be_refused),
		cmocka_unit_test(pictures_become_frames),
		cmocka_unit_test(frames_are_filled_as_asked_for),
		cmocka_unit_test(frames_are_pictures_like_others),
	};
	return cmocka_run_group_tests(tests, make_flats, drop_flats);
}
