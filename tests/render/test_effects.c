/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations whose words and numbers are ImageMagick's, against its `convert`;
 * what neighbours make of pixels; and all effects at their limits.
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
	{"median", "-channel RGB -statistic Median 3x3", 1},
	/* which takes the colour of one pixel for all that have its luma */
	{"oil", "-paint 2", 6},
	{"oil(radius=5)", "-paint 5", 9},
	{"gamma(value=1.7)", "-gamma 1.7", 1},
	{"gamma(value=0.4)", "-gamma 0.4", 1},
};

static void effects_are_those_of_imagemagick(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		const struct row *row = &rows[i / 2];
		VipsImage *source = i % 2 ? clear : opaque;
		/* whose alpha does not stay what it was */
		if (i % 2 && (strstr(row->arguments, "-vignette") ||
			      strstr(row->arguments, "-paint")))
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

/* Averages of squares, of which there is less at the right and below; what is
 * seen through counts less. */
static void squares_are_averages(void **state)
{
	(void)state;
	const int size = 24;
	VipsImage *got = rendered("pixelate(size=24)", clear);
	for (int y = 0; y < HEIGHT; y += 7)
		for (int x = 0; x < WIDTH; x += 7) {
			int left = x / size * size, top = y / size * size;
			double sums[4] = {0}, all = 0;
			for (int v = top; v < MIN(top + size, HEIGHT); v++)
				for (int u = left; u < MIN(left + size, WIDTH);
				     u++, all++)
					for (int i = 0; i < 4; i++)
						sums[i] += seen(clear, u, v, i);
			assert_true(fabs(pixel(got, x, y)[3] - sums[3] / all) <=
				    0.51);
			for (int i = 0; i < 3; i++)
				assert_true(fabs(pixel(got, x, y)[i] -
						 255 * sums[i] / sums[3]) <=
					    0.51);
		}
	g_object_unref(got);
}

static void assert_same(VipsImage *a, VipsImage *b, const VipsRect *part)
{
	for (int y = part->top; y < part->top + part->height; y++)
		for (int x = part->left; x < part->left + part->width; x++)
			for (int i = 0; i < a->Bands; i++)
				if (pixel(a, x, y)[i] != pixel(b, x, y)[i])
					fail_msg("%d,%d differ", x, y);
}

/* Luma that most have among 5 x 5 pixels, of several the one next to the
 * middle's, and the average of their colours. */
static void assert_oil(VipsImage *source, VipsImage *got, int x, int y)
{
	int counts[256] = {0}, best = -1;
	double sums[256][3] = {{0}};
	int own = 0;
	for (int v = MAX(y - 2, 0); v <= MIN(y + 2, HEIGHT - 1); v++)
		for (int u = MAX(x - 2, 0); u <= MIN(x + 2, WIDTH - 1); u++) {
			const VipsPel *p = pixel(source, u, v);
			int luma = (int)(0.2126 * p[0] + 0.7152 * p[1] +
					 0.0722 * p[2] + 0.5);
			if (u == x && v == y)
				own = luma;
			counts[luma]++;
			for (int i = 0; i < 3; i++)
				sums[luma][i] += p[i];
		}
	for (int i = 0; i < 256; i++)
		if (best < 0 || counts[i] > counts[best] ||
		    (counts[i] == counts[best] &&
		     abs(i - own) < abs(best - own)))
			best = i;
	for (int i = 0; i < 3; i++)
		if (fabs(pixel(got, x, y)[i] - sums[best][i] / counts[best]) >
		    0.51)
			fail_msg("oil at %d,%d", x, y);
}

static void oil_is_the_colour_of_most(void **state)
{
	(void)state;
	VipsImage *got = rendered("oil", opaque);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			assert_oil(opaque, got, x, y);
	g_object_unref(got);
	/* a small thing is gone, a line stays where it is thick enough */
	VipsImage *bar = rendered(
		"colorize(color=#ffffffff,intensity=100)|"
		"overlay(plan={canvas(width=30,height=110,color=#204060ff)},"
		"x=60,y=0)|"
		"overlay(plan={canvas(width=3,height=3,color=#ff0000ff)},"
		"x=20,y=20)",
		opaque);
	got = rendered("oil(radius=20)", bar);
	assert_pixel(got, 21, 21, (int[]){255, 255, 255}, 0);
	assert_pixel(got, 75, 50, (int[]){32, 64, 96}, 0);
	g_object_unref(got);
	g_object_unref(bar);
}

/* What is seen through takes no part. */
static void effects_do_not_mix_in_what_is_not_seen(void **state)
{
	(void)state;
	VipsImage *half = rendered("colorize(color=#ff0000ff,intensity=100)|"
				   "round(radius=40)|opacity(percent=99)",
				   opaque);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			if (x < 80 || pixel(half, x, y)[3] == 0)
				memset(VIPS_IMAGE_ADDR(half, x, y), 0, 4);
	static const char *const plans[] = {"oil(radius=9)", "pixelate(size=7)",
					    "redact(region=0:0:160:110)"};
	for (size_t i = 0; i < COUNT(plans); i++) {
		VipsImage *got = rendered(plans[i], half);
		for (int y = 0; y < HEIGHT; y++)
			for (int x = 0; x < WIDTH; x++)
				if (pixel(got, x, y)[3] > 8)
					assert_in_range(pixel(got, x, y)[0],
							250, 255);
		g_object_unref(got);
	}
	g_object_unref(half);
}

static void redaction_is_inside_of_its_regions(void **state)
{
	(void)state;
	const VipsRect whole = {0, 0, WIDTH, HEIGHT}, box = {20, 30, 50, 40};
	const VipsRect above = {0, 0, WIDTH, 30}, below = {0, 70, WIDTH, 40};
	VipsImage *got = rendered("redact(effect=pixelate,amount=10,"
				  "region=20:30:50:40)",
				  opaque);
	VipsImage *want = rendered("pixelate(size=10)", opaque);
	assert_same(got, want, &box);
	assert_same(got, opaque, &above);
	assert_same(got, opaque, &below);
	assert_same(got, opaque, &(VipsRect){0, 0, 20, HEIGHT});
	assert_same(got, opaque, &(VipsRect){70, 0, WIDTH - 70, HEIGHT});
	g_object_unref(got);
	g_object_unref(want);
	got = rendered("redact(amount=6,region=0:0:160:110)", opaque);
	want = rendered("blur(sigma=6)", opaque);
	assert_true(difference(got, want) < 0.5);
	g_object_unref(got);
	g_object_unref(want);
	/* nothing, outside, in part, all of it and more: in one list */
	got = rendered("redact(region=5:5:0:9:900:900:5:5:150:100:900:900,"
		       "effect=pixelate)",
		       opaque);
	assert_same(got, opaque, &(VipsRect){0, 0, 150, HEIGHT});
	assert_same(got, opaque, &(VipsRect){0, 0, WIDTH, 100});
	assert_true(difference(got, opaque) > 0.01);
	g_object_unref(got);
	got = rendered("redact(region=10:10:20)", opaque);
	assert_same(got, opaque, &whole);
	g_object_unref(got);
}

static void redaction_is_oval_and_soft_when_told(void **state)
{
	(void)state;
	VipsImage *got =
		rendered("redact(region=20:30:60:40,shape=oval,effect=pixelate,"
			 "amount=1000)",
			 opaque);
	VipsImage *want = rendered("redact(region=20:30:60:40,"
				   "effect=pixelate,amount=1000)",
				   opaque);
	assert_same(got, opaque, &(VipsRect){20, 30, 8, 5});
	assert_same(got, want, &(VipsRect){35, 40, 30, 20});
	g_object_unref(got);
	/* all of the region, and less and less around it */
	got = rendered("redact(region=20:30:60:40,feather=12,"
		       "effect=pixelate,amount=1000)",
		       opaque);
	const VipsPel *is = pixel(got, 20, 50), *next = pixel(got, 79, 50);
	assert_memory_equal(is, next, 3);
	assert_same(got, opaque, &(VipsRect){0, 0, 8, HEIGHT});
	assert_same(got, opaque, &(VipsRect){0, 0, WIDTH, 18});
	assert_true(memcmp(pixel(got, 14, 50), pixel(opaque, 14, 50), 3) != 0);
	g_object_unref(got);
	g_object_unref(want);
	/* without a region, a part of it */
	got = rendered("redact", opaque);
	assert_true(difference(got, opaque) > 0.1);
	assert_true(difference(got, opaque) < 20);
	g_object_unref(got);
}

#define LONG_SIDE 10000

/* Any picture takes any effect, with any number that it may have, and is what
 * it should be, or too large. */
static void limits_are_taken(void **state)
{
	(void)state;
	takes_long();
	static const char *const plans[] = {
		"threshold(percent=100)",
		"sepia(percent=0)",
		"sepia(percent=100)",
		"modulate(brightness=10000,saturation=10000,hue=360)",
		"modulate(brightness=0,saturation=0,hue=-360)",
		"gamma",
		"gamma(value=0.1)",
		"gamma(least=10,most=0.1)",
		"balance",
		"median(times=3)",
		"pixelate(size=1000)",
		"oil(radius=100)",
		"oil(radius=1)",
		"redact",
		"redact(amount=1000,feather=100,shape=oval,region=0:0:1:1)",
		"redact(amount=0.1,region=0:0:65535:65535)",
		"round(radius=65535,feather=100)",
		"vignette(amount=100)",
		"vignette(amount=100,falloff=linear)",
		"vignette(amount=0)",
		"polaroid",
		"polaroid(color=#00000000)",
		"tear(least=10000,most=10000)",
		"tear(least=9,most=2)",
		"drop-shadow(blur=100,x=-1000,y=1000)",
		"drop-shadow(blur=0.01,opacity=100,x=1000,y=-1000)",
	};
	static const int sizes[][2] = {
		{1, 1}, {2, 3}, {1, LONG_SIDE}, {LONG_SIDE, 1}};
	for (size_t i = 0; i < COUNT(sizes) * 2; i++) {
		const int *size = sizes[i / 2];
		g_autofree char *fit = g_strdup_printf(
			"resize(width=%d,height=%d,fit=stretch)|", size[0],
			size[1]);
		for (size_t k = 0; k < COUNT(plans); k++) {
			g_autofree char *plan =
				g_strconcat(fit, plans[k], NULL);
			g_object_unref(rendered(plan, i % 2 ? clear : opaque));
		}
	}
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(effects_are_those_of_imagemagick),
		cmocka_unit_test(squares_are_averages),
		cmocka_unit_test(oil_is_the_colour_of_most),
		cmocka_unit_test(effects_do_not_mix_in_what_is_not_seen),
		cmocka_unit_test(redaction_is_inside_of_its_regions),
		cmocka_unit_test(redaction_is_oval_and_soft_when_told),
		cmocka_unit_test(limits_are_taken),
	};
	int failed = cmocka_run_group_tests_name("effects", tests, make_sources,
						 drop_sources);
	vips_shutdown();
	return failed;
}
