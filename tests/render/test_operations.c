/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each operation makes of pixels, against what its words say, computed
 * here in doubles and without any library.
 */
#include "image/operations.h"
#include "render_case.h"

#define WIDTH 97
#define HEIGHT 61
#define BANDS 4

static VipsImage *opaque, *clear; /* the second one with alpha */

static VipsImage *with_alpha(VipsImage *image)
{
	VipsImage *memory = NULL, *out = NULL;
	VipsPel *p = g_malloc((size_t)WIDTH * HEIGHT * BANDS);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			VipsPel *to = p + (y * WIDTH + x) * BANDS;
			memcpy(to, pixel(image, x, y), 3);
			to[3] = (VipsPel)(255 * x / (WIDTH - 1));
		}
	memory = vips_image_new_from_memory_copy(
		p, (size_t)WIDTH * HEIGHT * BANDS, WIDTH, HEIGHT, BANDS,
		VIPS_FORMAT_UCHAR);
	if (vips_copy(memory, &out, "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0)
		fail_msg("%s", vips_error_buffer());
	g_object_unref(memory);
	g_free(p);
	VipsImage *copy = vips_image_copy_memory(out);
	g_object_unref(out);
	return copy;
}

/* To be painted on: vips_image_copy_memory() of what is in memory is the same
 * image again. */
static VipsImage *duplicate(VipsImage *image)
{
	VipsImage *out = vips_image_new_memory();
	if (vips_image_write(image, out) != 0)
		fail_msg("%s", vips_error_buffer());
	return out;
}

static int make_sources(void **state)
{
	VipsImage *picture = make_picture(WIDTH, HEIGHT, 7);
	opaque = vips_image_copy_memory(picture);
	g_object_unref(picture);
	clear = with_alpha(opaque);
	return render_case_start(state);
}

static int drop_sources(void **state)
{
	g_object_unref(opaque);
	g_object_unref(clear);
	return render_case_stop(state);
}

/* A colour or alpha of the source, its edges going on. */
static double value(VipsImage *image, int x, int y, int band)
{
	if (band >= image->Bands)
		return 255;
	return pixel(image, CLAMP(x, 0, image->Xsize - 1),
		     CLAMP(y, 0, image->Ysize - 1))[band];
}

/* Wanted of one pixel: its channels. */
typedef void expected(VipsImage *source, int x, int y, double out[BANDS]);

static void assert_all(const char *plan, VipsImage *source, expected *want,
		       double most)
{
	VipsImage *got = rendered(plan, source);
	assert_int_equal(got->Xsize, WIDTH);
	assert_int_equal(got->Ysize, HEIGHT);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			double out[BANDS] = {0, 0, 0, 255};
			want(source, x, y, out);
			for (int i = 0; i < got->Bands; i++) {
				double is = pixel(got, x, y)[i];
				if (i < 3 && out[3] < 8)
					continue; /* no colour to be seen */
				if (fabs(is - out[i]) > most)
					fail_msg("%s: %d,%d band %d: %g, "
						 "wanted %g",
						 plan, x, y, i, is, out[i]);
			}
		}
	g_object_unref(got);
}

static void copy(VipsImage *source, int x, int y, double out[BANDS])
{
	for (int i = 0; i < BANDS; i++)
		out[i] = value(source, x, y, i);
}

static void nothing_changes_nothing(void **state)
{
	(void)state;
	static const char *const plans[] = {
		"",
		"resize",
		"resize(width=97)",
		"turn",
		"flip",
		"opacity",
		"round",
		"contrast(amount=0)",
		"colorize(intensity=0)",
		"modulate",
		"modulate(hue=360)",
		"gamma(value=1)",
		"gamma(least=1,most=1)",
		"balance(percent=0)",
		"drop-shadow(blur=0,x=0,y=0,opacity=0)",
		"tear(least=0,most=0)",
		"negate|negate",
		"sharpen(amount=0)",
		"border(width=0)",
		"distort",
		"if(test=0,then={blur})",
		"background",
	};
	for (size_t i = 0; i < COUNT(plans); i++)
		assert_all(plans[i], opaque, copy, 0);
	for (size_t i = 0; i < COUNT(plans) - 1; i++)
		assert_all(plans[i], clear, copy, 0);
}

/* One without its row in the table of steps is one that nobody can follow. */
static void each_operation_is_followed(void **state)
{
	(void)state;
	for (unsigned i = IMAGE_RESIZE; i < IMAGE_ENCODE; i++)
		if (i != IMAGE_OVERLAY && i != IMAGE_WITH)
			g_object_unref(
				rendered(image_operations[i].name, clear));
	g_object_unref(rendered("overlay(plan={canvas(width=3)})", clear));
	g_object_unref(rendered("with(plan={canvas(width=3)})|collage", clear));
}

/* Gauss's, by its own formula, with alpha multiplied in. */
static double sigma;
static void gauss(VipsImage *source, int x, int y, double out[BANDS])
{
	int radius = (int)ceil(4 * sigma);
	double sums[BANDS] = {0}, all = 0;
	for (int dy = -radius; dy <= radius; dy++)
		for (int dx = -radius; dx <= radius; dx++) {
			double w =
				exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
			double alpha = value(source, x + dx, y + dy, 3) * w;
			all += w;
			sums[3] += alpha;
			for (int i = 0; i < 3; i++)
				sums[i] += alpha *
					   value(source, x + dx, y + dy, i);
		}
	for (int i = 0; i < 3; i++)
		out[i] = sums[3] > 0 ? sums[i] / sums[3] : 0;
	out[3] = sums[3] / all;
}

static void blur_is_gauss_of_its_sigma(void **state)
{
	(void)state;
	takes_long();
	static const double sigmas[] = {0.5, 1, 3, 5, 6, 12};
	for (size_t i = 0; i < COUNT(sigmas); i++) {
		char text[32];
		sigma = sigmas[i];
		g_snprintf(text, sizeof(text), "blur(sigma=%g)", sigma);
		assert_all(text, opaque, gauss, 1.6);
		assert_all(text, clear, gauss, 3);
	}
}

static void luma(VipsImage *source, int x, int y, double out[BANDS])
{
	out[0] = out[1] = out[2] = 0.2126 * value(source, x, y, 0) +
				   0.7152 * value(source, x, y, 1) +
				   0.0722 * value(source, x, y, 2);
	out[3] = value(source, x, y, 3);
}

static void grey_is_luma(void **state)
{
	(void)state;
	assert_all("grayscale", opaque, luma, 0.51);
	assert_all("grayscale", clear, luma, 0.51);
}

static void negative(VipsImage *source, int x, int y, double out[BANDS])
{
	copy(source, x, y, out);
	for (int i = 0; i < 3; i++)
		out[i] = 255 - out[i];
}

static void black_or_white(VipsImage *source, int x, int y, double out[BANDS])
{
	luma(source, x, y, out);
	double is = out[0];
	for (int i = 0; i < 3; i++)
		out[i] = fabs(is - 102) < 0.01 ? NAN : is > 102 ? 255 : 0;
}

/* An exponent that is the inverse of gamma. */
static double lightened;
static void lighter(VipsImage *source, int x, int y, double out[BANDS])
{
	copy(source, x, y, out);
	for (int i = 0; i < 3; i++)
		out[i] = 255 * pow(out[i] / 255, 1 / lightened);
}

static double average_luma(VipsImage *image)
{
	double sum = 0;
	for (int y = 0; y < image->Ysize; y++)
		for (int x = 0; x < image->Xsize; x++) {
			double out[BANDS];
			luma(image, x, y, out);
			sum += out[0] / 255;
		}
	return sum / image->Xsize / image->Ysize;
}

static void tones_follow_their_formulas(void **state)
{
	(void)state;
	assert_all("negate", opaque, negative, 0);
	assert_all("negate", clear, negative, 0);
	assert_all("threshold(percent=40)", opaque, black_or_white, 0);
	assert_all("threshold(percent=40)", clear, black_or_white, 0);
	lightened = 2.2;
	assert_all("gamma(value=2.2)", opaque, lighter, 0.51);
	assert_all("gamma(value=2.2)", clear, lighter, 0.51);
	lightened = log(average_luma(opaque)) / log(0.5);
	assert_all("gamma", opaque, lighter, 0.52);
	lightened = 3;
	assert_all("gamma(least=3)", opaque, lighter, 0.51);
}

/* The averages of the colours, against each other. */
static void spread_of_averages(VipsImage *image, double out[3])
{
	double all = 0;
	for (int i = 0; i < 3; i++)
		out[i] = 0;
	for (int y = 0; y < image->Ysize; y++)
		for (int x = 0; x < image->Xsize; x++)
			for (int i = 0; i < 3; i++)
				out[i] += pixel(image, x, y)[i];
	for (int i = 0; i < 3; i++)
		all += out[i] / 3;
	for (int i = 0; i < 3; i++)
		out[i] /= all;
}

static void a_balanced_world_is_grey(void **state)
{
	(void)state;
	double averages[3];
	VipsImage *tinted = rendered(
		"contrast(amount=-40)|colorize(color=#ff9030ff,intensity=15)",
		opaque);
	spread_of_averages(tinted, averages);
	assert_true(averages[0] > 1.1 && averages[2] < 0.95);
	VipsImage *got = rendered("balance", tinted);
	spread_of_averages(got, averages);
	for (int i = 0; i < 3; i++)
		assert_true(fabs(averages[i] - 1) < 0.01);
	g_object_unref(got);
	g_object_unref(tinted);
}

static void half(VipsImage *source, int x, int y, double out[BANDS])
{
	copy(source, x, y, out);
	out[3] *= 0.5;
}

static void tint(VipsImage *source, int x, int y, double out[BANDS])
{
	static const double color[] = {255, 128, 0};
	copy(source, x, y, out);
	for (int i = 0; i < 3; i++)
		out[i] = out[i] * 0.6 + color[i] * 0.4;
}

static void over_blue(VipsImage *source, int x, int y, double out[BANDS])
{
	static const double blue[] = {0, 0, 255};
	double alpha = value(source, x, y, 3) / 255;
	for (int i = 0; i < 3; i++)
		out[i] = value(source, x, y, i) * alpha + blue[i] * (1 - alpha);
}

static void over_half_blue(VipsImage *source, int x, int y, double out[BANDS])
{
	double alpha = value(source, x, y, 3) / 255, below = 128 / 255.0;
	double all = alpha + below * (1 - alpha);
	for (int i = 0; i < 3; i++)
		out[i] = (value(source, x, y, i) * alpha +
			  (i == 2 ? 255 : 0) * below * (1 - alpha)) /
			 all;
	out[3] = all * 255;
}

static void colours_are_mixed_by_their_share(void **state)
{
	(void)state;
	assert_all("opacity(percent=50)", opaque, half, 0.51);
	assert_all("opacity(percent=50)", clear, half, 0.51);
	assert_all("colorize(color=#ff8000ff,intensity=40)", clear, tint, 0.51);
	assert_all("background(color=#0000ffff)", clear, over_blue, 1.01);
	assert_all("background(color=#0000ff80)", clear, over_half_blue, 1.01);
}

static void steeper(VipsImage *source, int x, int y, double out[BANDS])
{
	double gain = tan(1.3 * M_PI / 4);
	copy(source, x, y, out);
	for (int i = 0; i < 3; i++)
		out[i] = CLAMP((out[i] - 127.5) * gain + 127.5, 0, 255);
}

static void contrast_turns_around_the_middle(void **state)
{
	(void)state;
	assert_all("contrast(amount=30)", opaque, steeper, 0.51);
	/* what there is becomes all that there can be */
	VipsImage *flat = rendered("contrast(amount=-50)", opaque);
	VipsImage *got = rendered("contrast", flat);
	int least = 255, most = 0;
	for (int i = 0; i < WIDTH * HEIGHT * 3; i++) {
		least = MIN(least, got->data[i]);
		most = MAX(most, got->data[i]);
	}
	assert_int_equal(least, 0);
	assert_int_equal(most, 255);
	g_object_unref(flat);
	g_object_unref(got);
}

/* As ImageMagick has it: radius, sigma, amount, threshold. */
static void unsharp(VipsImage *source, int x, int y, double out[BANDS])
{
	const double amount = 0.8, threshold = 0.024 * 255, s = 2;
	copy(source, x, y, out);
	for (int i = 0; i < 3; i++) {
		double sum = 0, all = 0;
		for (int dy = -2; dy <= 2; dy++)
			for (int dx = -2; dx <= 2; dx++) {
				double w =
					exp(-(dx * dx + dy * dy) / (2 * s * s));
				all += w;
				sum += w * value(source, x + dx, y + dy, i);
			}
		double more = out[i] - sum / all;
		if (fabs(fabs(2 * more) - threshold) < 0.02)
			out[i] = NAN; /* so close that it may be either */
		else if (fabs(2 * more) >= threshold)
			out[i] = CLAMP(out[i] + amount * more, 0, 255);
	}
}

static void unsharp_adds_what_a_blur_takes(void **state)
{
	(void)state;
	VipsImage *dots = duplicate(opaque);
	for (int y = 3; y < HEIGHT; y += 7)
		for (int x = 2; x < WIDTH; x += 5)
			memset(VIPS_IMAGE_ADDR(dots, x, y), 255, 3);
	assert_all("unsharp", dots, unsharp, 0.52);
	g_object_unref(dots);
}

static void mirrored(VipsImage *source, int x, int y, double out[BANDS])
{
	copy(source, WIDTH - 1 - x, y, out);
}

static void upside_down(VipsImage *source, int x, int y, double out[BANDS])
{
	copy(source, x, HEIGHT - 1 - y, out);
}

static void about_turned(VipsImage *source, int x, int y, double out[BANDS])
{
	copy(source, WIDTH - 1 - x, HEIGHT - 1 - y, out);
}

static void flips_and_turns_move_whole_pixels(void **state)
{
	(void)state;
	assert_all("flip(horizontal=true)", clear, mirrored, 0);
	assert_all("flip(vertical=true)", clear, upside_down, 0);
	assert_all("flip(horizontal=true,vertical=true)", clear, about_turned,
		   0);
	assert_all("turn(angle=180)", clear, about_turned, 0);
	assert_all("turn(angle=90)|turn(angle=-270)", clear, about_turned, 0);
	assert_all("turn(angle=90)|turn(angle=270)", clear, copy, 0);
	/* clockwise: what was at the left is above */
	VipsImage *got = rendered("turn(angle=90)", opaque);
	const VipsPel *p = pixel(opaque, 0, HEIGHT - 1);
	assert_int_equal(got->Xsize, HEIGHT);
	assert_int_equal(got->Ysize, WIDTH);
	assert_pixel(got, 0, 0, (int[]){p[0], p[1], p[2], 255}, 0);
	g_object_unref(got);
}

/* The middle stays where it is, and what is outside is seen through. */
static void free_turns_are_around_the_middle(void **state)
{
	(void)state;
	VipsImage *got = rendered("turn(angle=30)", opaque);
	double c = cos(M_PI / 6), s = sin(M_PI / 6);
	assert_int_equal(got->Xsize, lrint(WIDTH * c + HEIGHT * s));
	assert_int_equal(got->Ysize, lrint(WIDTH * s + HEIGHT * c));
	assert_pixel(got, 0, 0, (int[]){0, 0, 0, 0}, 0);
	for (int y = 10; y < HEIGHT - 10; y += 5)
		for (int x = 10; x < WIDTH - 10; x += 5) {
			double dx = x - (WIDTH - 1) / 2.0;
			double dy = y - (HEIGHT - 1) / 2.0;
			int to_x = (int)lrint(dx * c - dy * s +
					      (got->Xsize - 1) / 2.0);
			int to_y = (int)lrint(dx * s + dy * c +
					      (got->Ysize - 1) / 2.0);
			const VipsPel *p = pixel(opaque, x, y);
			assert_pixel(got, to_x, to_y,
				     (int[]){p[0], p[1], p[2], 255}, 25);
		}
	g_object_unref(got);
	got = rendered("turn(angle=30,background=#00ff00ff)", opaque);
	assert_int_equal(got->Bands, 3);
	assert_pixel(got, 0, 0, (int[]){0, 255, 0}, 0);
	g_object_unref(got);
}

static void corners_are_circles(void **state)
{
	(void)state;
	VipsImage *got = rendered("round(radius=20:5:10:0)", opaque);
	static const double radii[] = {20, 5, 10, 0};
	double missing = 0, sum = 0;
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			sum += 1 - pixel(got, x, y)[3] / 255.0;
	for (int i = 0; i < 4; i++)
		missing += radii[i] * radii[i] * (1 - M_PI / 4);
	assert_true(fabs(sum - missing) < missing * 0.01);
	assert_int_equal(pixel(got, 0, 0)[3], 0);
	assert_int_equal(pixel(got, 0, HEIGHT - 1)[3], 255);
	assert_int_equal(pixel(got, 20, 0)[3], 255);
	g_object_unref(got);
	/* as much as there is: an ellipse's ends are half circles */
	got = rendered("round(radius=1000)", opaque);
	assert_int_equal(pixel(got, WIDTH / 2, 0)[3], 255);
	assert_int_equal(pixel(got, 30, 0)[3], 255);
	assert_true(pixel(got, 20, 0)[3] < 128);
	g_object_unref(got);
}

/* Gauss's blur of what the corners leave; the picture's edges go on. */
static VipsImage *corners_only;
static void soft_corners(VipsImage *source, int x, int y, double out[BANDS])
{
	double blurred[BANDS];
	copy(source, x, y, out);
	gauss(corners_only, x, y, blurred);
	out[3] *= blurred[3] / 255;
}

static void corners_are_as_soft_as_told(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"round(radius=12)", "round(radius=12,feather=2)"},
		{"round(radius=20:5:10:0)",
		 "round(radius=20:5:10:0,feather=3)"},
		/* corners that reach each other */
		{"round(radius=999)", "round(radius=999,feather=4)"},
	};
	static const double sigmas[] = {2, 3, 4};
	for (size_t i = 0; i < COUNT(rows); i++) {
		corners_only = rendered(rows[i][0], opaque);
		sigma = sigmas[i];
		assert_all(rows[i][1], opaque, soft_corners, 3);
		assert_all(rows[i][1], clear, soft_corners, 3);
		g_object_unref(corners_only);
	}
	VipsImage *hard = rendered("round(radius=12)", opaque);
	VipsImage *same = rendered("round(radius=12,feather=0.3)", opaque);
	assert_memory_equal(hard->data, same->data, WIDTH * HEIGHT * BANDS);
	g_object_unref(hard);
	g_object_unref(same);
}

static void borders_grow_outwards(void **state)
{
	(void)state;
	VipsImage *got = rendered("border(width=7,color=#102030ff)", opaque);
	const VipsPel *p = pixel(opaque, 0, 0);
	assert_int_equal(got->Xsize, WIDTH + 14);
	assert_int_equal(got->Ysize, HEIGHT + 14);
	assert_pixel(got, 6, 30, (int[]){16, 32, 48}, 0);
	assert_pixel(got, 7, 7, (int[]){p[0], p[1], p[2]}, 0);
	g_object_unref(got);
	got = rendered("border(width=1,color=#10203080)", opaque);
	assert_pixel(got, 0, 0, (int[]){16, 32, 48, 128}, 0);
	assert_pixel(got, 1, 1, (int[]){p[0], p[1], p[2], 255}, 0);
	g_object_unref(got);
}

static void red_to_blue(VipsImage *source, int x, int y, double out[BANDS])
{
	double at = (x + 0.5) / WIDTH;
	(void)source, (void)y;
	out[0] = 255 * (1 - at);
	out[1] = 0;
	out[2] = 255 * at;
}

/* White that fades over the upper half, from above. */
static void fading(VipsImage *source, int x, int y, double out[BANDS])
{
	double alpha = CLAMP(1 - (y + 0.5) / (HEIGHT / 2.0), 0, 1);
	for (int i = 0; i < 3; i++)
		out[i] = 255 * alpha + value(source, x, y, i) * (1 - alpha);
}

static void gradients_run_where_they_are_told(void **state)
{
	(void)state;
	assert_all("gradient(direction=90,from=#ff0000ff,to=#0000ffff)", opaque,
		   red_to_blue, 1);
	assert_all("gradient(direction=270,from=#0000ffff,to=#ff0000ff)",
		   opaque, red_to_blue, 1);
	assert_all("gradient(stop=0.5)", opaque, fading, 1);
	assert_all("gradient(stop=30.5)", opaque, fading, 1);
}

static void fill_rect(VipsImage *image, const VipsRect *r, const int *color)
{
	for (int y = r->top; y < r->top + r->height; y++)
		for (int x = r->left; x < r->left + r->width; x++)
			for (int i = 0; i < image->Bands; i++)
				VIPS_IMAGE_ADDR(image, x, y)
	[i] = (VipsPel)color[i];
}

static VipsImage *plain(VipsImage *like, const int *color)
{
	VipsImage *image = duplicate(like);
	const VipsRect all = {0, 0, WIDTH, HEIGHT};
	fill_rect(image, &all, color);
	return image;
}

static void edges_like_the_corner_are_cut_off(void **state)
{
	(void)state;
	VipsImage *image = plain(opaque, (int[]){200, 200, 200});
	const VipsRect box = {10, 20, 30, 15};
	fill_rect(image, &box, (int[]){20, 0, 0});
	VipsImage *got = rendered("trim", image);
	assert_int_equal(got->Xsize, 30);
	assert_int_equal(got->Ysize, 15);
	assert_pixel(got, 0, 0, (int[]){20, 0, 0}, 0);
	g_object_unref(got);
	/* a difference of 18 of 255 is 7 percent */
	fill_rect(image, &box, (int[]){218, 218, 218});
	got = rendered("trim(threshold=10)", image);
	assert_int_equal(got->Xsize, WIDTH);
	g_object_unref(got);
	got = rendered("trim(threshold=5)", image);
	assert_int_equal(got->Xsize, 30);
	g_object_unref(got);
	g_object_unref(image);
	image = plain(clear, (int[]){9, 9, 9, 0});
	fill_rect(image, &box, (int[]){9, 9, 9, 255});
	got = rendered("trim", image);
	assert_int_equal(got->Xsize, 30);
	g_object_unref(got);
	/* lines and dots are no noise, in the last corner too */
	fill_rect(image, &(VipsRect){5, 40, 1, 8}, (int[]){0, 0, 0, 255});
	got = rendered("trim", image);
	assert_int_equal(got->Xsize, 35);
	assert_int_equal(got->Ysize, 28);
	g_object_unref(got);
	fill_rect(image, &(VipsRect){WIDTH - 1, HEIGHT - 1, 1, 1},
		  (int[]){0, 0, 0, 255});
	got = rendered("trim", image);
	assert_int_equal(got->Xsize, WIDTH - 5);
	assert_int_equal(got->Ysize, HEIGHT - 20);
	g_object_unref(got);
	g_object_unref(image);
}

static void colours_are_replaced_with_their_shades(void **state)
{
	(void)state;
	VipsImage *image = plain(opaque, (int[]){200, 0, 0});
	const VipsRect box = {10, 20, 30, 15}, other = {50, 5, 10, 10};
	fill_rect(image, &box, (int[]){180, 0, 0});
	fill_rect(image, &other, (int[]){0, 200, 0});
	VipsImage *got = rendered(
		"recolor(to=#0000c8ff,tolerance=20,from=#c80000ff)", image);
	assert_pixel(got, 0, 0, (int[]){0, 0, 200}, 0);
	assert_pixel(got, 10, 20, (int[]){0, 0, 200}, 20);
	assert_pixel(got, 50, 5, (int[]){0, 200, 0}, 0);
	g_object_unref(got);
	/* the colour of most pixels */
	got = rendered("recolor(to=#0000c8ff,tolerance=1)", image);
	assert_pixel(got, 0, 0, (int[]){0, 0, 200}, 0);
	assert_pixel(got, 50, 5, (int[]){0, 200, 0}, 0);
	g_object_unref(got);
	g_object_unref(image);
}

static void shadows_are_below_and_beside(void **state)
{
	(void)state;
	VipsImage *image = plain(clear, (int[]){0, 0, 0, 0});
	const VipsRect box = {20, 20, 30, 20};
	fill_rect(image, &box, (int[]){255, 0, 0, 255});
	VipsImage *got =
		rendered("shadow(blur=0,strength=40,x=10,y=10)", image);
	assert_int_equal(got->Xsize, WIDTH);
	assert_pixel(got, 20, 20, (int[]){255, 0, 0, 255}, 0);
	assert_pixel(got, 58, 45, (int[]){0, 0, 0, 102}, 1);
	assert_pixel(got, 61, 45, (int[]){0, 0, 0, 0}, 0);
	assert_pixel(got, 58, 24, (int[]){0, 0, 0, 0}, 0);
	g_object_unref(got);
	got = rendered("shadow", image);
	assert_in_range(pixel(got, 50, 30)[3], 20, 60);
	g_object_unref(got);
	g_object_unref(image);
	assert_all("shadow", opaque, copy, 0);
}

static void drop_shadows_make_room(void **state)
{
	(void)state;
	static const struct {
		const char *plan;
		int width, height, left, top;
	} rows[] = {
		{"drop-shadow(blur=0,x=0,y=0)", WIDTH, HEIGHT, 0, 0},
		{"drop-shadow(blur=4,x=4,y=4)", WIDTH + 16, HEIGHT + 16, 4, 4},
		{"drop-shadow(blur=0,x=-30,y=0)", WIDTH + 30, HEIGHT, 30, 0},
		{"drop-shadow(blur=1,x=50,y=-70)", WIDTH + 52, HEIGHT + 72, 0,
		 72},
		/* farther away than it is large */
		{"drop-shadow(blur=0,x=1000,y=-1000)", WIDTH + 1000,
		 HEIGHT + 1000, 0, 1000},
	};
	for (size_t i = 0; i < COUNT(rows) * 2; i++) {
		VipsImage *source = i % 2 ? clear : opaque;
		VipsImage *got = rendered(rows[i / 2].plan, source);
		assert_int_equal(got->Xsize, rows[i / 2].width);
		assert_int_equal(got->Ysize, rows[i / 2].height);
		const VipsPel *p = pixel(source, WIDTH - 1, 30);
		assert_pixel(got, rows[i / 2].left + WIDTH - 1,
			     rows[i / 2].top + 30,
			     (int[]){p[0], p[1], p[2], 255}, 0);
		g_object_unref(got);
	}
	VipsImage *got = rendered(
		"drop-shadow(blur=0,x=20,y=10,opacity=50,color=#10203080)",
		opaque);
	assert_pixel(got, WIDTH + 19, HEIGHT + 9, (int[]){16, 32, 48, 64}, 1);
	assert_pixel(got, 0, HEIGHT, (int[]){0, 0, 0, 0}, 0);
	g_object_unref(got);
}

static void polaroids_are_framed_and_cast_a_shadow(void **state)
{
	(void)state;
	/* of 200 x 100: a frame of 10, rows moved by up to 2.2, a shadow 3
	 * below with a margin of 4 */
	VipsImage *got, *red;
	red = rendered("resize(width=200,height=100,fit=stretch)|"
		       "colorize(color=#ff0000ff,intensity=100)",
		       opaque);
	got = rendered("polaroid(color=#fffafaff)", red);
	assert_int_equal(got->Xsize, 220 + 3 + 3 + 8);
	assert_int_equal(got->Ysize, 120 + 3 + 4);
	assert_pixel(got, 117, 60, (int[]){255, 0, 0, 255}, 0);
	assert_pixel(got, 117, 5, (int[]){255, 250, 250, 255}, 0);
	assert_pixel(got, 117, 115, (int[]){255, 250, 250, 255}, 0);
	assert_pixel(got, 117, 110, (int[]){255, 250, 250, 255}, 0);
	assert_pixel(got, 117, 109, (int[]){255, 0, 0, 255}, 0);
	/* the middle is bent to the left, the shadow to the right */
	assert_int_equal(pixel(got, 4, 60)[3], 255);
	assert_in_range(pixel(got, 4, 1)[3], 0, 20);
	assert_pixel(got, 226, 60, (int[]){0, 0, 0, 170}, 40);
	assert_in_range(pixel(got, 117, 121)[3], 120, 210);
	assert_int_equal(pixel(got, 0, 60)[3], 0);
	g_object_unref(got);
	/* what is transparent shows the card */
	got = rendered("opacity(percent=0)|polaroid(color=#00ff00ff)", red);
	assert_pixel(got, 117, 60, (int[]){0, 255, 0, 255}, 0);
	g_object_unref(got);
	g_object_unref(red);
}

/* How far from the edge a column, or a row, begins to be seen. */
static int torn(VipsImage *image, int at, bool from_left)
{
	int n = 0;
	while (pixel(image, from_left ? n : at, from_left ? at : n)[3] < 128)
		n++;
	return n;
}

static void torn_edges_are_uneven_and_always_the_same(void **state)
{
	(void)state;
	VipsImage *got = rendered("tear(least=3,most=12)", opaque);
	VipsImage *again = rendered("tear(least=3,most=12)", opaque);
	bool differs = false;
	assert_memory_equal(got->data, again->data, WIDTH * HEIGHT * BANDS);
	for (int x = 20; x < WIDTH - 20; x++) {
		assert_in_range(torn(got, x, false), 3, 12);
		differs |= torn(got, x, false) != torn(got, 20, false);
	}
	for (int y = 20; y < HEIGHT - 20; y++)
		assert_in_range(torn(got, y, true), 3, 12);
	assert_true(differs);
	for (int y = 16; y < HEIGHT - 16; y++)
		for (int x = 16; x < WIDTH - 16; x++) {
			const VipsPel *p = pixel(opaque, x, y);
			assert_pixel(got, x, y, (int[]){p[0], p[1], p[2], 255},
				     0);
		}
	g_object_unref(got);
	g_object_unref(again);
	/* something is left of whatever is torn */
	got = rendered("tear(least=10000,most=10000)", opaque);
	assert_int_equal(pixel(got, WIDTH / 2, HEIGHT / 2)[3], 255);
	g_object_unref(got);
}

/* As wide as a blur that weighs all the same: the square root of 12 sigmas. */
static void linear_vignettes_fade_evenly(void **state)
{
	(void)state;
	VipsImage *got = rendered("vignette(amount=5,falloff=linear)", opaque);
	double left = 10, edge = 5 * sqrt(12); /* ten percent of 97 */
	for (int x = 3; x < 18; x++) {
		double share = (x + 0.5 - left) / edge + 0.5;
		assert_true(fabs(pixel(got, x, HEIGHT / 2)[3] -
				 255 * CLAMP(share, 0, 1)) < 25);
	}
	assert_int_equal(pixel(got, WIDTH / 2, HEIGHT / 2)[3], 255);
	assert_int_equal(pixel(got, 0, 0)[3], 0);
	g_object_unref(got);
}

static void corners_go_where_they_are_put(void **state)
{
	(void)state;
	/* half as large, to the right: each pixel is four */
	VipsImage *got = rendered("distort(points=48.5:0:97:0:97:30.5:48.5:"
				  "30.5)",
				  opaque);
	const VipsPel *p = pixel(opaque, 40, 30);
	assert_pixel(got, 68, 15, (int[]){p[0], p[1], p[2], 255}, 12);
	assert_pixel(got, 20, 15, (int[]){0, 0, 0, 0}, 0);
	assert_pixel(got, 68, 50, (int[]){0, 0, 0, 0}, 0);
	g_object_unref(got);
	/* points on one line are no picture: nothing happens */
	assert_all("distort(points=0:0:10:0:20:0:30:0)", opaque, copy, 0);
}

static void arcs_are_bent_upwards_or_downwards(void **state)
{
	(void)state;
	VipsImage *red = plain(opaque, (int[]){255, 0, 0});
	VipsImage *up = rendered("distort(kind=arc,degrees=120)", red);
	VipsImage *down = rendered("distort(kind=arc,degrees=-120)", red);
	assert_int_equal(pixel(up, 2, 6)[3], 0);
	assert_int_equal(pixel(up, WIDTH / 2, 10)[3], 255);
	assert_int_equal(pixel(up, WIDTH / 2, HEIGHT - 1)[3], 0);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++)
			assert_true(abs(pixel(up, x, y)[3] -
					pixel(down, x, HEIGHT - 1 - y)[3]) < 3);
	g_object_unref(up);
	g_object_unref(down);
	g_object_unref(red);
}

/* The byte of its header that says so. */
static void only_jpegs_become_progressive(void **state)
{
	(void)state;
	struct render_one one;
	g_autoptr(GString) source = save_picture(opaque, ".png", 0);
	render_case("blur(sigma=1)|encode(format=png,progressive=true)", source,
		    &one);
	assert_int_equal(one.status, RENDER_OK);
	assert_true(one.bytes->len > 28);
	assert_memory_equal(one.bytes->str + 12, "IHDR", 4);
	assert_int_equal(one.bytes->str[28], 0);
	g_string_free(one.bytes, TRUE);
}

int main(int argc, char **argv)
{
	(void)argc;
	if (VIPS_INIT(argv[0]) != 0)
		return 1;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_changes_nothing),
		cmocka_unit_test(each_operation_is_followed),
		cmocka_unit_test(blur_is_gauss_of_its_sigma),
		cmocka_unit_test(grey_is_luma),
		cmocka_unit_test(tones_follow_their_formulas),
		cmocka_unit_test(a_balanced_world_is_grey),
		cmocka_unit_test(colours_are_mixed_by_their_share),
		cmocka_unit_test(contrast_turns_around_the_middle),
		cmocka_unit_test(unsharp_adds_what_a_blur_takes),
		cmocka_unit_test(flips_and_turns_move_whole_pixels),
		cmocka_unit_test(free_turns_are_around_the_middle),
		cmocka_unit_test(corners_are_circles),
		cmocka_unit_test(corners_are_as_soft_as_told),
		cmocka_unit_test(borders_grow_outwards),
		cmocka_unit_test(gradients_run_where_they_are_told),
		cmocka_unit_test(edges_like_the_corner_are_cut_off),
		cmocka_unit_test(colours_are_replaced_with_their_shades),
		cmocka_unit_test(shadows_are_below_and_beside),
		cmocka_unit_test(drop_shadows_make_room),
		cmocka_unit_test(polaroids_are_framed_and_cast_a_shadow),
		cmocka_unit_test(torn_edges_are_uneven_and_always_the_same),
		cmocka_unit_test(linear_vignettes_fade_evenly),
		cmocka_unit_test(corners_go_where_they_are_put),
		cmocka_unit_test(arcs_are_bent_upwards_or_downwards),
		cmocka_unit_test(only_jpegs_become_progressive),
	};
	int failed = cmocka_run_group_tests_name("operations", tests,
						 make_sources, drop_sources);
	vips_shutdown();
	return failed;
}
