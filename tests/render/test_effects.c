/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations whose words and numbers are ImageMagick's, against its `convert`.
 */
#include "render_case.h"

#include <gio/gio.h>

#define WIDTH 160
#define HEIGHT 110

static VipsImage *opaque, *clear; /* the second one with alpha */

static int make_sources(void **state)
{
	VipsImage *picture = make_picture(WIDTH, HEIGHT, 5);
	opaque = vips_image_copy_memory(picture);
	g_object_unref(picture);
	if (render_case_start(state) != 0)
		return -1;
	clear = rendered("gradient(direction=90,from=#ff000000,to=#00ff0000)|"
			 "round(radius=30:0:20:10)|opacity(percent=90)",
			 opaque);
	return 0;
}

static int drop_sources(void **state)
{
	g_object_unref(opaque);
	g_object_unref(clear);
	return render_case_stop(state);
}

/* What ImageMagick makes of a picture; the caller's. */
static VipsImage *magick(const char *arguments, VipsImage *source)
{
	g_autofree char *line =
		g_strdup_printf("convert png:- %s png32:-", arguments);
	g_autoptr(GString) png = save_picture(source, ".png", 0);
	g_autoptr(GBytes) in = g_bytes_new(png->str, png->len), out = NULL;
	g_auto(GStrv) words = NULL;
	g_autoptr(GError) error = NULL;
	assert_true(g_shell_parse_argv(line, NULL, &words, NULL));
	g_autoptr(GSubprocess) process = g_subprocess_newv(
		(const char *const *)words,
		G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE,
		&error);
	if (process == NULL ||
	    !g_subprocess_communicate(process, in, NULL, &out, NULL, &error))
		fail_msg("%s (Debian: imagemagick)", error->message);
	gsize n;
	const char *p = g_bytes_get_data(out, &n);
	if (!g_subprocess_get_successful(process) || n == 0)
		fail_msg("%s failed", line);
	g_autoptr(GString) bytes = g_string_new_len(p, (gssize)n);
	return decoded(bytes, "");
}

/* As it is seen: its colours times its alpha, and that. */
static double seen(VipsImage *image, int x, int y, int band)
{
	const VipsPel *p = pixel(image, x, y);
	double alpha = image->Bands == 4 ? p[3] : 255;
	return band == 3 ? alpha : p[band] * alpha / 255;
}

/* The root of the mean of all squared differences, 0 to 255. */
static double difference(VipsImage *a, VipsImage *b)
{
	double sum = 0;
	for (int y = 0; y < a->Ysize; y++)
		for (int x = 0; x < a->Xsize; x++)
			for (int i = 0; i < 4; i++) {
				double d = seen(a, x, y, i) - seen(b, x, y, i);
				sum += d * d;
			}
	return sqrt(sum / a->Xsize / a->Ysize / 4);
}

#define SHADOW(color, numbers)                                                 \
	"-background none '(' +clone -background " color " -shadow " numbers   \
	" ')' +swap -background none -layers merge +repage"

static const struct row {
	const char *plan, *arguments;
	double most; /* levels of difference, on average */
} rows[] = {
	{"negate", "-channel RGB -negate", 0.3},
	{"threshold", "-threshold 50%", 3},
	{"threshold(percent=20)", "-threshold 20%", 3},
	{"sepia", "-sepia-tone 80%", 1},
	{"sepia(percent=30)", "-sepia-tone 30%", 1},
	{"sepia(percent=100)", "-sepia-tone 100%", 1},
	{"modulate(brightness=50,saturation=75)", "-modulate 50,75,100", 1},
	{"modulate(brightness=180)", "-modulate 180,100,100", 1},
	{"modulate(brightness=1000)", "-modulate 1000,100,100", 1},
	{"modulate(saturation=900)", "-modulate 100,900,100", 1},
	{"modulate(hue=90)", "-modulate 100,100,150", 1},
	{"modulate(hue=-90)", "-modulate 100,100,50", 1},
	{"drop-shadow", SHADOW("black", "60x4+4+4"), 0.5},
	{"drop-shadow(blur=6,opacity=90,x=-25,y=3,color=#ff0000ff)",
	 SHADOW("red", "90x6-25+3"), 0.5},
	{"drop-shadow(blur=0,x=300,y=-9)", SHADOW("black", "60x0+300-9"), 1},
	/* its ellipse lies half a pixel off the middle */
	{"vignette", "-background none -vignette 0x20", 3},
	{"vignette(amount=5)", "-background none -vignette 0x5", 6},
	{"vignette(amount=12)|background(color=#ff0000ff)",
	 "-background red -vignette 0x12", 4},
	{"gamma(value=1.7)", "-gamma 1.7", 1},
	{"gamma(value=0.4)", "-gamma 0.4", 1},
};

static void effects_are_those_of_imagemagick(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		const struct row *row = &rows[i / 2];
		VipsImage *source = i % 2 ? clear : opaque;
		/* whose mask takes the place of the picture's alpha */
		if (i % 2 && strstr(row->arguments, "-vignette"))
			continue;
		VipsImage *got = rendered(row->plan, source);
		VipsImage *want = magick(row->arguments, source);
		assert_int_equal(got->Xsize, want->Xsize);
		assert_int_equal(got->Ysize, want->Ysize);
		double is = difference(got, want);
		if (is > row->most)
			fail_msg("%s is not %s%s: %.2f levels", row->plan,
				 row->arguments, i % 2 ? ", with alpha" : "",
				 is);
		g_object_unref(got);
		g_object_unref(want);
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(effects_are_those_of_imagemagick),
	};
	int failed = cmocka_run_group_tests_name("effects", tests, make_sources,
						 drop_sources);
	vips_shutdown();
	return failed;
}
