/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Jobs of stowage-scale from bytes to bytes (src/scale/job.h): that several
 * operations are carried out at once changes no pixel.
 */
#include "image/geometry.h"
#include "pictures.h"
#include "scale/job.h"
#include "scale/png/png_read.h"
#include "scale/png/png_write.h"
#include "unit.h"

#include <libdeflate.h>
#include <math.h>
#include <stdlib.h>

/* A picture of chance, in which no two pixels beside each other are equal. */
static struct picture make_noise(unsigned width, unsigned height)
{
	struct picture picture = {
		.width = width, .height = height, .channels = 4};
	struct err err;
	assert_int_equal(picture_init(&picture, &err), 0);
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++) {
			uint8_t *p = picture_row(&picture, y) + 4 * (size_t)x;
			p[0] = (uint8_t)(x * 7);
			p[1] = (uint8_t)(y * 11);
			p[2] = (uint8_t)(x * y);
			p[3] = (uint8_t)(255 - (x + y) % 3 * 50);
		}
	return picture;
}

static struct bytes png_of(const struct picture *picture)
{
	struct bytes bytes;
	struct err err;
	assert_int_equal(png_encode(picture, &bytes, &err), 0);
	return bytes;
}

static struct str str_of_bytes(struct bytes bytes)
{
	return (struct str){(const char *)bytes.p, bytes.n};
}

static struct picture read_png(struct str bytes)
{
	struct png_reader png;
	struct err err;
	assert_int_equal(png_reader_open(&png, bytes, &err), 0);
	struct picture picture = {
		.width = png.width, .height = png.height, .channels = 4};
	assert_int_equal(picture_init(&picture, &err), 0);
	assert_int_equal(png_reader_start(&png, &err), 0);
	for (unsigned y = 0; y < png.height; y++)
		assert_int_equal(
			png_reader_row(&png, picture_row(&picture, y), &err),
			0);
	png_reader_close(&png);
	return picture;
}

static struct job_result run(const char *plan, struct str source)
{
	const struct job job = {str_of(plan), source, true};
	struct job_result result;
	job_run(&job, &result);
	return result;
}

/* PNG in, PNG out. */
static struct picture carry_out(const char *plan, const struct picture *in)
{
	struct bytes source = png_of(in);
	struct job_result result = run(plan, str_of_bytes(source));
	if (result.status != RENDER_OK)
		fail_msg("%s: status %d", plan, (int)result.status);
	assert_int_equal(result.picture.format, RENDER_PNG);
	struct picture out = read_png(str_of_bytes(result.bytes));
	assert_int_equal(out.width, result.picture.width);
	assert_int_equal(out.height, result.picture.height);
	free(result.bytes.p);
	free(source.p);
	return out;
}

static const uint8_t *pixel_at(const struct picture *picture, unsigned x,
			       unsigned y)
{
	return picture_row(picture, y) + 4 * (size_t)x;
}

/*
 * One operation, pixel by pixel, without any of the code that is tested but
 * geometry.
 */
static struct picture apply_cut(const struct image_op *op,
				const struct picture *in)
{
	const struct image_sizes sizes = {in->width,  in->height, in->width,
					  in->height, 0,          0};
	struct image_cut cut;
	struct err err;
	assert_int_equal(image_cut(op, &sizes, &cut, &err), 0);
	assert_true(cut.width == cut.kept.width);
	struct picture out = {.width = cut.canvas_width,
			      .height = cut.canvas_height,
			      .channels = 4};
	assert_int_equal(picture_init(&out, &err), 0);
	for (unsigned y = 0; y < out.height; y++)
		for (unsigned x = 0; x < out.width; x++) {
			uint8_t *p = picture_row(&out, y) + 4 * (size_t)x;
			bool inside = x >= cut.left && y >= cut.top &&
				      x < cut.left + cut.width &&
				      y < cut.top + cut.height;
			if (inside)
				memcpy(p,
				       pixel_at(in,
						(unsigned)cut.kept.x + x -
							cut.left,
						(unsigned)cut.kept.y + y -
							cut.top),
				       4);
			else
				memcpy(p, "\x20\x40\x60\xff", 4);
		}
	return out;
}

static struct picture apply_turn(const struct image_op *op,
				 const struct picture *in)
{
	const struct image_sizes none = {0};
	unsigned quarters =
		op->kind == IMAGE_TURN
			? (unsigned)image_number(op, IMAGE_TURN_ANGLE, &none) /
				  90
			: 0;
	bool across =
		op->kind == IMAGE_FLIP && image_flag(op, IMAGE_FLIP_HORIZONTAL);
	bool down =
		op->kind == IMAGE_FLIP && image_flag(op, IMAGE_FLIP_VERTICAL);
	struct picture out = {.width = quarters % 2 ? in->height : in->width,
			      .height = quarters % 2 ? in->width : in->height,
			      .channels = 4};
	struct err err;
	unsigned right = in->width - 1, bottom = in->height - 1;
	assert_int_equal(picture_init(&out, &err), 0);
	for (unsigned y = 0; y < in->height; y++)
		for (unsigned x = 0; x < in->width; x++) {
			unsigned to_x = across ? right - x : x;
			unsigned to_y = down ? bottom - y : y;
			if (quarters == 1)
				to_x = bottom - y, to_y = x;
			else if (quarters == 2)
				to_x = right - x, to_y = bottom - y;
			else if (quarters == 3)
				to_x = y, to_y = right - x;
			memcpy(picture_row(&out, to_y) + 4 * (size_t)to_x,
			       pixel_at(in, x, y), 4);
		}
	return out;
}

/* Operations that scale nothing. */
static const char *const moves[] = {
	"flip(horizontal=true)",
	"flip(vertical=true)",
	"flip(horizontal=true,vertical=true)",
	"turn(angle=90)",
	"turn(angle=180)",
	"turn(angle=270)",
	"resize(width=[cw 3 -],fit=extract)",
	"resize(width=9,height=[ch 2 -],fit=extract,x=1,y=2)",
	"resize(width=[cw 1 -],height=[ch 1 -],fit=extract,focus=bottom-right)",
	"resize(width=[cw 5 +],height=[ch 4 +],fit=pad-extract,"
	"background=#204060ff)",
	"resize(width=[cw 2 -],height=[ch 3 +],fit=pad-extract,focus=left,"
	"background=#204060ff)",
};

static struct picture apply_plan(const char *text, const struct picture *in)
{
	struct arena arena;
	struct image_plan plan;
	struct err err;
	struct picture picture = *in;
	arena_init(&arena);
	if (image_plan_parse(str_of(text), &arena, &plan, &err) < 0)
		fail_msg("%s: %s", text, err.text);
	for (const struct image_op *op = plan.first; op; op = op->next) {
		struct picture next;
		if (op->kind == IMAGE_ENCODE)
			break;
		next = op->kind == IMAGE_RESIZE ? apply_cut(op, &picture)
						: apply_turn(op, &picture);
		if (picture.pixels != in->pixels)
			picture_release(&picture);
		picture = next;
	}
	arena_release(&arena);
	return picture;
}

static void assert_same(const struct picture *got, const struct picture *want,
			const char *what)
{
	if (got->width != want->width || got->height != want->height)
		fail_msg("%s: %u x %u, want %u x %u", what, got->width,
			 got->height, want->width, want->height);
	for (unsigned y = 0; y < got->height; y++)
		if (memcmp(picture_row(got, y), picture_row(want, y),
			   4 * (size_t)got->width) != 0)
			fail_msg("%s: row %u differs", what, y);
}

static void moves_in_any_order_are_exact(void **state)
{
	(void)state;
	g_autoptr(GRand) chance = g_rand_new_with_seed(5);
	struct picture in = make_noise(31, 23);
	for (unsigned i = 0; i < 300; i++) {
		g_autoptr(GString) plan = g_string_new(NULL);
		unsigned n = 1 + (unsigned)g_rand_int_range(chance, 0, 5);
		for (unsigned k = 0; k < n; k++)
			g_string_append_printf(
				plan, "%s%s", k ? "|" : "",
				moves[g_rand_int_range(chance, 0,
						       COUNT(moves))]);
		struct picture want = apply_plan(plan->str, &in);
		struct picture got = carry_out(plan->str, &in);
		assert_same(&got, &want, plan->str);
		picture_release(&got);
		picture_release(&want);
	}
	picture_release(&in);
}

/* Peak signal to noise, dB, of colours as they look on black. */
static double likeness(const struct picture *a, const struct picture *b)
{
	double sum = 0;
	for (unsigned y = 0; y < a->height; y++)
		for (unsigned x = 0; x < a->width; x++) {
			const uint8_t *p = pixel_at(a, x, y);
			const uint8_t *q = pixel_at(b, x, y);
			for (unsigned c = 0; c < 3; c++) {
				double d = (p[c] * p[3] - q[c] * q[3]) / 255.0;
				sum += d * d;
			}
			sum += (p[3] - q[3]) * (p[3] - q[3]);
		}
	sum /= 4.0 * a->width * a->height;
	return sum > 0 ? 10 * log10(255 * 255 / sum) : 99;
}

/* Soft shapes with soft alpha. */
static struct picture make_soft(unsigned width, unsigned height)
{
	VipsImage *image = make_picture((int)width, (int)height, 3);
	size_t n;
	uint8_t *rgb = vips_image_write_to_memory(image, &n);
	struct picture out = {.width = width, .height = height, .channels = 4};
	struct err err;
	assert_int_equal(n, 3 * (size_t)width * height);
	assert_int_equal(picture_init(&out, &err), 0);
	for (unsigned y = 0; y < height; y++)
		for (unsigned x = 0; x < width; x++) {
			uint8_t *p = picture_row(&out, y) + 4 * (size_t)x;
			memcpy(p, rgb + 3 * ((size_t)y * width + x), 3);
			p[3] = (uint8_t)(255 - 200 * x / width);
		}
	g_free(rgb);
	g_object_unref(image);
	return out;
}

static const struct {
	const char *steps[4];
	unsigned width, height;
} chains[] = {
	{{"resize(width=100)"}, 100, 75},
	{{"resize(width=90,height=90)", "turn(angle=90)"}, 90, 90},
	{{"turn(angle=90)", "resize(width=60)", "flip(horizontal=true)"},
	 60,
	 80},
	{{"resize(width=301,height=151,fit=extract,x=33,y=20)",
	  "resize(width=77)", "turn(angle=270)"},
	 39,
	 77},
	{{"flip(vertical=true)", "resize(height=90,fit=inside)",
	  "resize(width=50,height=50,fit=extract,focus=top-left)"},
	 50,
	 50},
	{{"resize(width=200,height=100,fit=pad,background=#ff0000ff)",
	  "turn(angle=90)", "resize(width=50)"},
	 50,
	 100},
	{{"resize(width=200,height=100,focus=top)",
	  "resize(width=[cw 2 /],height=[ch 4 /],fit=stretch)"},
	 100,
	 25},
	{{"resize(width=500,height=375)"}, 500, 375},
	{{"resize(width=1)"}, 1, 1},
	{{"resize(height=299,fit=pad)", "resize(width=20,height=400,fit=pad)"},
	 20,
	 400},
};

static void chains_give_what_their_steps_give(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(chains); i++) {
		struct picture in = make_soft(400, 300);
		g_autoptr(GString) plan = g_string_new(NULL);
		struct picture want = in;
		for (unsigned k = 0; k < 4 && chains[i].steps[k]; k++) {
			struct picture next =
				carry_out(chains[i].steps[k], &want);
			if (k)
				picture_release(&want);
			want = next;
			g_string_append_printf(plan, "%s%s", k ? "|" : "",
					       chains[i].steps[k]);
		}
		struct picture got = carry_out(plan->str, &in);
		assert_int_equal(got.width, chains[i].width);
		assert_int_equal(got.height, chains[i].height);
		assert_int_equal(want.width, got.width);
		assert_int_equal(want.height, got.height);
		double db = likeness(&got, &want);
		if (db < 45)
			fail_msg("%s: %.1f dB", plan->str, db);
		picture_release(&got);
		picture_release(&want);
		picture_release(&in);
	}
}

static void conditions_choose_by_size(void **state)
{
	(void)state;
	static const struct {
		const char *plan;
		unsigned width;
	} rows[] = {
		{"resize(width=50)|if(test=[cw 50 ==],then={resize(width=20)})",
		 20},
		{"if(test=[iw ih <],then={resize(width=20)},"
		 "else={resize(width=30)})|turn(angle=180)",
		 30},
		{"if(test=[iw 100000 >],then={resize(width=20)})", 31},
	};
	struct picture in = make_noise(31, 23);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct picture got = carry_out(rows[i].plan, &in);
		assert_int_equal(got.width, rows[i].width);
		picture_release(&got);
	}
	picture_release(&in);
}

static void what_is_not_for_here_goes_elsewhere(void **state)
{
	(void)state;
	static const struct {
		const char *plan;
		enum render_status status;
	} rows[] = {
		{"", RENDER_OK},
		{"resize(width=20)", RENDER_OK},
		{"image|resize(width=20)", RENDER_OK},
		{"blur(sigma=2)", RENDER_ELSEWHERE},
		{"resize(width=20,height=20,focus=attention)",
		 RENDER_ELSEWHERE},
		{"resize(width=20,height=30,fit=pad,fill=blurred)",
		 RENDER_ELSEWHERE},
		{"turn(angle=45)", RENDER_ELSEWHERE},
		{"encode(format=avif)", RENDER_ELSEWHERE},
		{"encode(metadata=true)", RENDER_ELSEWHERE},
		{"background(color=#ff0000ff)", RENDER_ELSEWHERE},
		{"overlay(plan={image(path=\"a\")})", RENDER_ELSEWHERE},
		{"resize(width=20", RENDER_REFUSED},
		{"resize(width=20)|", RENDER_REFUSED},
		{"nothing()", RENDER_REFUSED},
		{"resize(fit=extract,width=5,x=40)", RENDER_IMPOSSIBLE},
		{"resize(width=65535,height=65535)", RENDER_TOO_LARGE},
		{"resize(width=9000,height=9000)", RENDER_ELSEWHERE},
	};
	struct picture in = make_noise(31, 23);
	struct bytes source = png_of(&in);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct job_result result =
			run(rows[i].plan, str_of_bytes(source));
		if (result.status != rows[i].status)
			fail_msg("%s: status %d", rows[i].plan,
				 (int)result.status);
		assert_int_equal(result.bytes.p != NULL,
				 result.status == RENDER_OK);
		free(result.bytes.p);
	}
	free(source.p);
	picture_release(&in);
}

static void a_background_is_not_seen_through_what_is_opaque(void **state)
{
	(void)state;
	struct picture in = make_noise(31, 23);
	for (unsigned y = 0; y < in.height; y++)
		for (unsigned x = 0; x < in.width; x++)
			picture_row(&in, y)[4 * (size_t)x + 3] = 255;
	struct bytes source = png_of(&in);
	struct job_result with = run("resize(width=40,height=40,fit=pad,"
				     "background=#ff0000ff)|"
				     "background(color=#00ff00ff)",
				     str_of_bytes(source));
	struct job_result without = run("resize(width=40,height=40,fit=pad,"
					"background=#ff0000ff)",
					str_of_bytes(source));
	assert_int_equal(with.status, RENDER_OK);
	assert_true(
		str_eq(str_of_bytes(with.bytes), str_of_bytes(without.bytes)));
	free(with.bytes.p);
	free(without.bytes.p);
	struct job_result clear = run("resize(width=40,height=40,fit=pad,"
				      "background=#ff000080)|"
				      "background(color=#00ff00ff)",
				      str_of_bytes(source));
	assert_int_equal(clear.status, RENDER_ELSEWHERE);
	free(source.p);
	picture_release(&in);
}

static void large_jobs_want_to_be_alone(void **state)
{
	(void)state;
	struct picture in = make_noise(31, 23);
	struct bytes source = png_of(&in);
	struct job job = {STR("resize(width=3000,height=2000)"),
			  str_of_bytes(source), false};
	struct job_result result;
	job_run(&job, &result);
	assert_int_equal(result.status, RENDER_CROWDED);
	job.alone = true;
	job_run(&job, &result);
	assert_int_equal(result.status, RENDER_OK);
	free(result.bytes.p);
	free(source.p);
	picture_release(&in);
}

static void any_cut_of_a_file_goes_elsewhere(void **state)
{
	(void)state;
	struct picture in = make_noise(9, 5);
	struct bytes source = png_of(&in);
	for (size_t n = 0; n + 12 < source.n; n++) {
		g_autofree char *cut = g_memdup2(source.p, n);
		struct job_result result =
			run("resize(width=4)", (struct str){cut, n});
		assert_int_equal(result.status, RENDER_ELSEWHERE);
		assert_null(result.bytes.p);
	}
	free(source.p);
	picture_release(&in);
}

/*
 * Against libvips.
 */

/* Upright, in sRGB with alpha. */
static VipsImage *open_by_vips(struct str bytes)
{
	VipsImage *stored =
		vips_image_new_from_buffer(bytes.p, bytes.n, "", NULL);
	VipsImage *upright = NULL, *colours = NULL, *out = NULL;
	assert_non_null(stored);
	assert_int_equal(vips_autorot(stored, &upright, NULL), 0);
	assert_int_equal(vips_colourspace(upright, &colours,
					  VIPS_INTERPRETATION_sRGB, NULL),
			 0);
	if (vips_image_hasalpha(colours))
		out = g_object_ref(colours);
	else
		assert_int_equal(vips_addalpha(colours, &out, NULL), 0);
	g_object_unref(stored);
	g_object_unref(upright);
	g_object_unref(colours);
	return out;
}

static struct picture picture_of(VipsImage *image)
{
	VipsImage *narrow = NULL;
	size_t n;
	assert_int_equal(vips_cast_uchar(image, &narrow, NULL), 0);
	uint8_t *p = vips_image_write_to_memory(narrow, &n);
	struct picture out = {.width = (unsigned)narrow->Xsize,
			      .height = (unsigned)narrow->Ysize,
			      .channels = 4};
	struct err err;
	assert_int_equal(picture_init(&out, &err), 0);
	for (unsigned y = 0; y < out.height; y++)
		memcpy(picture_row(&out, y), p + 4 * (size_t)out.width * y,
		       4 * (size_t)out.width);
	g_free(p);
	g_object_unref(narrow);
	return out;
}

static struct picture scaled_by_vips(struct str bytes, int width, int height)
{
	VipsImage *image = open_by_vips(bytes), *small = NULL;
	assert_int_equal(vips_thumbnail_image(image, &small, width, "height",
					      height, "size", VIPS_SIZE_FORCE,
					      NULL),
			 0);
	struct picture out = picture_of(small);
	g_object_unref(small);
	g_object_unref(image);
	return out;
}

static struct picture read_by_vips(struct bytes bytes)
{
	VipsImage *image = open_by_vips(str_of_bytes(bytes));
	struct picture out = picture_of(image);
	g_object_unref(image);
	return out;
}

/* libvips reads it and does not write it. */
static void add_exif_to_png(GString *png, unsigned orientation)
{
	char chunk[] = "\0\0\0\x1a"
		       "eXIf"
		       "MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0?\0\0\0\0\0\0"
		       "sum";
	chunk[8 + 19] = (char)orientation;
	uint32_t sum = GUINT32_TO_BE(libdeflate_crc32(0, chunk + 4, 4 + 26));
	memcpy(chunk + 8 + 26, &sum, 4);
	g_string_insert_len(png, 8 + 25, chunk, 8 + 26 + 4);
}

static GString *make_source(const char *format, unsigned orientation)
{
	VipsImage *image = make_picture(301, 200, 7), *out = NULL;
	assert_int_equal(vips_copy(image, &out, NULL), 0);
	if (orientation > 1)
		vips_image_set_int(out, VIPS_META_ORIENTATION,
				   (int)orientation);
	GString *bytes = save_picture(out, format, 0);
	if (g_str_equal(format, ".png") && orientation > 1)
		add_exif_to_png(bytes, orientation);
	VipsImage *saved =
		vips_image_new_from_buffer(bytes->str, bytes->len, "", NULL);
	assert_int_equal(vips_image_get_orientation(saved), orientation);
	g_object_unref(saved);
	g_object_unref(out);
	g_object_unref(image);
	return bytes;
}

static const char *const endings[] = {
	"encode(format=jpg,quality=95)",
	"encode(format=png)",
	"encode(format=webp,quality=95)",
	"encode(format=webp,lossless=true)",
};

static void assert_like_vips(const GString *source, const char *ending,
			     bool swapped)
{
	unsigned width = swapped ? 100 : 150, height = swapped ? 151 : 100;
	g_autofree char *plan =
		g_strdup_printf("resize(width=%u,height=%u,fit=stretch)|%s",
				width, height, ending);
	struct job_result result = run(plan, str_of_gstring(source));
	assert_int_equal(result.status, RENDER_OK);
	struct picture got = read_by_vips(result.bytes);
	struct picture want =
		scaled_by_vips(str_of_gstring(source), (int)width, (int)height);
	assert_int_equal(got.width, width);
	assert_int_equal(got.height, height);
	double db = likeness(&got, &want);
	if (db < 36)
		fail_msg("%s: %.1f dB", plan, db);
	picture_release(&got);
	picture_release(&want);
	free(result.bytes.p);
}

static void all_orientations_of_all_formats_are_upright(void **state)
{
	(void)state;
	static const char *const formats[] = {".jpg[Q=95]", ".png",
					      ".webp[Q=95]"};
	for (unsigned orientation = 1; orientation <= 8; orientation++)
		for (size_t i = 0; i < COUNT(formats); i++) {
			g_autoptr(GString) source =
				make_source(formats[i], orientation);
			for (size_t k = 0; k < COUNT(endings); k++)
				assert_like_vips(source, endings[k],
						 orientation >= 5);
		}
}

static int start_vips(void **state)
{
	(void)state;
	return VIPS_INIT("test_scale_job");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(moves_in_any_order_are_exact),
		cmocka_unit_test(chains_give_what_their_steps_give),
		cmocka_unit_test(conditions_choose_by_size),
		cmocka_unit_test(what_is_not_for_here_goes_elsewhere),
		cmocka_unit_test(
			a_background_is_not_seen_through_what_is_opaque),
		cmocka_unit_test(large_jobs_want_to_be_alone),
		cmocka_unit_test(any_cut_of_a_file_goes_elsewhere),
		cmocka_unit_test(all_orientations_of_all_formats_are_upright),
	};
	return cmocka_run_group_tests(tests, start_vips, NULL);
}
