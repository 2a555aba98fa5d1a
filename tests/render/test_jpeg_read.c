/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG: what is cut out of pictures whose colour is known everywhere, by both
 * ways (planes, and rows of RGBA), and files that are not as they should be.
 */
#include "unit.h"

#include "jpegs.h"
#include "scale/jpeg/jpeg_read.h"
#include "scale/jpeg/jpeg_write.h"

#include <math.h>
#include <stdlib.h>

static const struct jpeg_options usual = {.quality = 95,
					  .background = 0xffffffff};

static struct str str_of_jpeg(const GString *s)
{
	return (struct str){s->str, s->len};
}

static void opened(struct jpeg_reader *reader, struct str bytes)
{
	struct err err;
	if (jpeg_reader_open(reader, bytes, &err) < 0)
		fail_msg("%s", err.text);
}

static enum err_code refusal(struct str bytes)
{
	struct jpeg_reader reader;
	struct err err = {0};
	int result = jpeg_reader_open(&reader, bytes, &err);
	jpeg_reader_close(&reader);
	return result < 0 ? err.code : ERR_NONE;
}

/* All of a picture to a size, upright. */
static struct shape_cut cut_to(unsigned in_x, unsigned in_y, unsigned out_x,
			       unsigned out_y)
{
	return (struct shape_cut){
		.kept = {0, 0, in_x, in_y},
		.width = out_x,
		.height = out_y,
		.orientation = 1,
		.canvas_width = out_x,
		.canvas_height = out_y,
		.background = 0xffffffff,
	};
}

static struct picture through_planes(struct str bytes,
				     const struct shape_cut *cut, bool full)
{
	struct jpeg_reader reader;
	struct planes planes = {.full = full};
	struct bytes out;
	struct err err;
	opened(&reader, bytes);
	assert_true(reader.has_planes);
	if (jpeg_read_planes(&reader, cut, &planes, &err) < 0 ||
	    jpeg_write_planes(&planes, &usual, &out, &err) < 0)
		fail_msg("%s", err.text);
	jpeg_reader_close(&reader);
	planes_release(&planes);
	struct picture picture =
		jpeg_decoded((struct str){(char *)out.p, out.n});
	free(out.p);
	return picture;
}

/*
 * Where a pixel of a cut comes from.
 */

static bool find_source(const struct jpeg_kind *kind,
			const struct shape_cut *cut, double x, double y,
			double at[2])
{
	bool swaps = orientation_swaps(cut->orientation);
	double u = x - cut->left, v = y - cut->top;
	double width = cut->width, height = cut->height;
	if (u < 0 || v < 0 || u >= (swaps ? height : width) ||
	    v >= (swaps ? width : height))
		return false;
	/* as the standard words it: what the first row and column show */
	const double places[9][2] = {
		[1] = {u, v},
		[2] = {width - u, v},
		[3] = {width - u, height - v},
		[4] = {u, height - v},
		[5] = {v, u},
		[6] = {v, height - u},
		[7] = {width - v, height - u},
		[8] = {width - v, u},
	};
	const double *place = places[cut->orientation];
	at[0] = (cut->kept.x + place[0] * cut->kept.width / width) /
		kind->width;
	at[1] = (cut->kept.y + place[1] * cut->kept.height / height) /
		kind->height;
	return true;
}

static void expected_pixel(const struct jpeg_kind *kind,
			   const struct shape_cut *cut, unsigned x, unsigned y,
			   double rgb[3])
{
	double at[2];
	if (!find_source(kind, cut, x + 0.5, y + 0.5, at)) {
		for (unsigned c = 0; c < 3; c++)
			rgb[c] = cut->background >> (24 - 8 * c) & 255;
		return;
	}
	jpeg_colour(at[0], at[1], rgb);
	if (kind->space == JCS_GRAYSCALE)
		rgb[0] = rgb[1] = rgb[2] =
			0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
}

/* What coding may be off, and then half of the step from a pixel to the next
 * but one, since colour is shared by two. */
static double tolerance(const struct jpeg_kind *kind,
			const struct shape_cut *cut)
{
	double across =
		fmin(cut->width * kind->width / cut->kept.width, kind->width);
	double down = fmin(cut->height * kind->height / cut->kept.height,
			   kind->height);
	return 6 + 200 / across + 180 / down;
}

/* Where it meets a background nothing is said. */
static void check_picture(const struct jpeg_kind *kind,
			  const struct shape_cut *cut,
			  const struct picture *picture)
{
	const double most = tolerance(kind, cut);
	const bool swaps = orientation_swaps(cut->orientation);
	const unsigned width = swaps ? cut->height : cut->width;
	const unsigned height = swaps ? cut->width : cut->height;
	assert_int_equal(picture->width, cut->canvas_width);
	assert_int_equal(picture->height, cut->canvas_height);
	for (unsigned y = 0; y < picture->height; y++) {
		for (unsigned x = 0; x < picture->width; x++) {
			const uint8_t *p = picture_row(picture, y) + 4 * x;
			double rgb[3];
			bool rim =
				shape_has_canvas(cut) &&
				(abs((int)x - (int)cut->left) < 12 ||
				 abs((int)y - (int)cut->top) < 12 ||
				 abs((int)x - (int)(cut->left + width)) < 12 ||
				 abs((int)y - (int)(cut->top + height)) < 12);
			expected_pixel(kind, cut, x, y, rgb);
			for (unsigned c = 0; c < 3 && !rim; c++)
				if (fabs(p[c] - rgb[c]) > most)
					fail_msg("at %u, %u: %u, want %.1f", x,
						 y, p[c], rgb[c]);
		}
	}
}

static const struct jpeg_kind kinds[] = {
	{.width = 403, .height = 299, .across = 1, .down = 1},
	{.width = 403, .height = 299, .across = 2, .down = 1},
	{.width = 403, .height = 299, .across = 1, .down = 2},
	{.width = 403, .height = 299, .across = 2, .down = 2},
	{.width = 403, .height = 299, .across = 4, .down = 1},
	{.width = 403, .height = 299, .across = 1, .down = 4},
	{.width = 403, .height = 299, .space = JCS_GRAYSCALE},
	{.width = 403, .height = 299, .progressive = true},
	{.width = 403,
	 .height = 299,
	 .space = JCS_GRAYSCALE,
	 .progressive = true},
};

static const struct shape_cut cuts[] = {
	/* as large, half, a quarter, an eighth, to nearly nothing, larger */
	{{0, 0, 403, 299}, 403, 299, 1, 403, 299, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 202, 150, 1, 202, 150, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 121, 90, 1, 121, 90, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 63, 45, 1, 63, 45, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 17, 13, 1, 17, 13, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 5, 299, 1, 5, 299, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 1, 1, 1, 1, 1, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 557, 411, 1, 557, 411, 0, 0, 0xffffffff},
	/* parts, off the grid and on it */
	{{100, 50, 51, 37}, 51, 37, 1, 51, 37, 0, 0, 0xffffffff},
	{{101, 51, 51, 37}, 51, 37, 1, 51, 37, 0, 0, 0xffffffff},
	{{33.3, 21.7, 300.2, 250.1}, 101, 83, 1, 101, 83, 0, 0, 0xffffffff},
	{{200.5, 150.5, 202.5, 148.5}, 31, 22, 1, 31, 22, 0, 0, 0xffffffff},
	{{400, 296, 3, 3}, 9, 9, 1, 9, 9, 0, 0, 0xffffffff},
	/* turned */
	{{0, 0, 403, 299}, 101, 75, 2, 101, 75, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 3, 101, 75, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 4, 101, 75, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 5, 75, 101, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 6, 75, 101, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 7, 75, 101, 0, 0, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 8, 75, 101, 0, 0, 0xffffffff},
	{{30, 20, 303, 209}, 100, 74, 6, 74, 100, 0, 0, 0xffffffff},
	/* on a larger canvas, at even and odd places */
	{{0, 0, 403, 299}, 101, 75, 1, 161, 131, 30, 28, 0xffffffff},
	{{0, 0, 403, 299}, 101, 75, 1, 161, 131, 31, 29, 0x204060ff},
	{{0, 0, 403, 299}, 101, 75, 6, 131, 161, 29, 31, 0xff0000ff},
	{{0, 0, 403, 299}, 101, 75, 3, 161, 131, 31, 28, 0x00ff00ff},
	{{0, 0, 403, 299}, 100, 74, 8, 131, 161, 57, 61, 0x808080ff},
};

static void planes_are_where_they_belong(void **state)
{
	(void)state;
	for (size_t k = 0; k < COUNT(kinds); k++) {
		g_autoptr(GString) jpeg = jpeg_made(&kinds[k]);
		for (size_t i = 0; i < COUNT(cuts); i++) {
			for (unsigned full = 0; full < 2; full++) {
				struct picture picture = through_planes(
					str_of_jpeg(jpeg), &cuts[i], full);
				check_picture(&kinds[k], &cuts[i], &picture);
				picture_release(&picture);
			}
		}
	}
}

/* The pixels of the cut's rows, scaled to its size by one sample each. */
static void check_rows(const struct jpeg_kind *kind, struct str bytes,
		       const struct shape_cut *cut)
{
	struct shape_cut in_rows = *cut;
	struct jpeg_reader reader;
	struct jpeg_rows rows;
	struct err err;
	opened(&reader, bytes);
	if (jpeg_reader_start(&reader, &in_rows, &rows, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(in_rows.kept.x >= 0 && in_rows.kept.x < 1);
	assert_true(in_rows.kept.y >= 0 && in_rows.kept.y < 1);
	assert_true(rows.width < in_rows.kept.x + in_rows.kept.width + 1);
	assert_true(rows.height < in_rows.kept.y + in_rows.kept.height + 1);
	double scale = in_rows.kept.width / cut->kept.width;
	g_autofree uint8_t *row = g_malloc((size_t)rows.width * 4);
	for (unsigned y = 0; y < rows.height; y++) {
		assert_int_equal(jpeg_reader_row(&reader, row, &err), 0);
		double v = cut->kept.y + (y + 0.5 - in_rows.kept.y) / scale;
		for (unsigned x = 0; x < rows.width; x++) {
			double u = cut->kept.x +
				   (x + 0.5 - in_rows.kept.x) / scale;
			double rgb[3];
			jpeg_colour(u / kind->width, v / kind->height, rgb);
			if (kind->space == JCS_GRAYSCALE)
				rgb[0] = rgb[1] = rgb[2] = 0.299 * rgb[0] +
							   0.587 * rgb[1] +
							   0.114 * rgb[2];
			assert_int_equal(row[4 * x + 3], 255);
			for (unsigned c = 0; c < 3; c++)
				assert_true(fabs(row[4 * x + c] - rgb[c]) < 7);
		}
	}
	jpeg_reader_close(&reader);
}

static void rows_are_where_they_belong(void **state)
{
	(void)state;
	static const struct jpeg_kind direct = {
		.width = 403, .height = 299, .space = JCS_RGB};
	for (size_t k = 0; k <= COUNT(kinds); k++) {
		const struct jpeg_kind *kind =
			k < COUNT(kinds) ? &kinds[k] : &direct;
		g_autoptr(GString) jpeg = jpeg_made(kind);
		for (size_t i = 0; i < COUNT(cuts); i++)
			check_rows(kind, str_of_jpeg(jpeg), &cuts[i]);
	}
}

static void the_smallest_pictures_are_taken(void **state)
{
	(void)state;
	static const unsigned sizes[][4] = {
		{1, 1, 1, 1},     {1, 1, 9, 7},    {2, 1, 1, 1},
		{1, 300, 1, 40},  {300, 1, 40, 1}, {3000, 8, 1, 1},
		{17, 16, 16, 17},
	};
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const unsigned *s = sizes[i];
		const struct jpeg_kind kind = {.width = s[0], .height = s[1]};
		struct shape_cut cut = cut_to(s[0], s[1], s[2], s[3]);
		g_autoptr(GString) jpeg = jpeg_made(&kind);
		struct picture picture =
			through_planes(str_of_jpeg(jpeg), &cut, false);
		check_picture(&kind, &cut, &picture);
		picture_release(&picture);
	}
}

/* Cut again, as plans with several sizes do. */
static void planes_are_cut_again(void **state)
{
	(void)state;
	const struct jpeg_kind kind = {.width = 403, .height = 299};
	g_autoptr(GString) jpeg = jpeg_made(&kind);
	struct jpeg_reader reader;
	struct planes first = {0}, second = {0};
	struct bytes out;
	struct err err;
	struct shape_cut half = cut_to(403, 299, 201, 149);
	struct shape_cut part = {
		{50, 30, 101, 75}, 101, 75, 1, 101, 75, 0, 0, 0};
	/* the same in one */
	struct shape_cut both = part;
	both.kept = (struct image_box){50 * 403 / 201.0, 30 * 299 / 149.0,
				       101 * 403 / 201.0, 75 * 299 / 149.0};
	opened(&reader, str_of_jpeg(jpeg));
	assert_int_equal(jpeg_read_planes(&reader, &half, &first, &err), 0);
	assert_int_equal(planes_cut(&first, &part, &second, &err), 0);
	assert_int_equal(jpeg_write_planes(&second, &usual, &out, &err), 0);
	struct picture picture =
		jpeg_decoded((struct str){(char *)out.p, out.n});
	check_picture(&kind, &both, &picture);
	picture_release(&picture);
	free(out.p);
	planes_release(&first);
	planes_release(&second);
	jpeg_reader_close(&reader);
}

/*
 * What a file says of itself.
 */

static void orientation_is_read(void **state)
{
	(void)state;
	for (unsigned o = 0; o <= 9; o++) {
		for (unsigned big = 0; big < 2; big++) {
			g_autoptr(GString) exif = jpeg_exif(o, big);
			const struct jpeg_kind kind = {
				.width = 16, .height = 8, .exif = exif};
			g_autoptr(GString) jpeg = jpeg_made(&kind);
			struct jpeg_reader reader;
			opened(&reader, str_of_jpeg(jpeg));
			assert_int_equal(reader.orientation,
					 o >= 1 && o <= 8 ? o : 1);
			assert_int_equal(reader.width, 16);
			jpeg_reader_close(&reader);
		}
	}
}

static void other_profiles_are_for_the_other_program(void **state)
{
	(void)state;
	g_autoptr(GString) profile = g_string_new("none at all");
	const struct jpeg_kind kind = {
		.width = 16, .height = 8, .profile = profile};
	g_autoptr(GString) jpeg = jpeg_made(&kind);
	assert_int_equal(refusal(str_of_jpeg(jpeg)), ERR_UNSUPPORTED);
}

static void other_colours_are_for_the_other_program(void **state)
{
	(void)state;
	struct jpeg_kind kind = {.width = 16, .height = 8, .space = JCS_CMYK};
	g_autoptr(GString) cmyk = jpeg_made(&kind);
	assert_int_equal(refusal(str_of_jpeg(cmyk)), ERR_UNSUPPORTED);
	kind.space = JCS_YCCK;
	g_autoptr(GString) ycck = jpeg_made(&kind);
	assert_int_equal(refusal(str_of_jpeg(ycck)), ERR_UNSUPPORTED);
}

/*
 * Files that are not whole.
 */

static void what_is_there_of_a_cut_file_is_shown(void **state)
{
	(void)state;
	for (unsigned progressive = 0; progressive < 2; progressive++) {
		const struct jpeg_kind kind = {.width = 320,
					       .height = 240,
					       .quality = 80,
					       .progressive = progressive};
		struct shape_cut cut = cut_to(320, 240, 80, 60);
		g_autoptr(GString) jpeg = jpeg_made(&kind);
		struct str bytes = {jpeg->str, jpeg->len * 6 / 10};
		struct picture picture = through_planes(bytes, &cut, false);
		double rgb[3];
		jpeg_colour(0.5, 0.1, rgb);
		const uint8_t *p = picture_row(&picture, 6) + 4 * 40;
		for (unsigned c = 0; c < 3; c++)
			assert_true(fabs(p[c] - rgb[c]) < 20);
		picture_release(&picture);
	}
}

/* Every length: an error of ours, or a picture. */
static void no_length_is_too_short(void **state)
{
	(void)state;
	for (unsigned progressive = 0; progressive < 2; progressive++) {
		const struct jpeg_kind kind = {
			.width = 70, .height = 50, .progressive = progressive};
		g_autoptr(GString) jpeg = jpeg_made(&kind);
		unsigned pictures = 0;
		for (size_t n = 0; n < jpeg->len; n++) {
			g_autofree char *cut = g_memdup2(jpeg->str, n);
			struct jpeg_reader reader;
			struct planes planes = {0};
			struct shape_cut shape = cut_to(70, 50, 30, 20);
			struct err err;
			if (jpeg_reader_open(&reader, (struct str){cut, n},
					     &err) == 0 &&
			    jpeg_read_planes(&reader, &shape, &planes, &err) ==
				    0)
				pictures++;
			else
				assert_int_equal(err.code, ERR_INVALID);
			planes_release(&planes);
			jpeg_reader_close(&reader);
		}
		assert_true(pictures > 100);
	}
}

static void endless_scans_are_refused(void **state)
{
	(void)state;
	const struct jpeg_kind kind = {
		.width = 64, .height = 64, .progressive = true};
	g_autoptr(GString) jpeg = jpeg_made(&kind);
	size_t last = jpeg->len - 2;
	while (memcmp(jpeg->str + last, "\xff\xda", 2) != 0)
		last--;
	g_autofree char *scan = g_memdup2(jpeg->str + last, jpeg->len - last);
	size_t n = jpeg->len - last - 2;
	g_string_truncate(jpeg, jpeg->len - 2);
	for (unsigned i = 0; i < 200; i++)
		g_string_append_len(jpeg, scan, (gssize)n);
	struct jpeg_reader reader;
	struct planes planes = {0};
	struct shape_cut cut = cut_to(64, 64, 8, 8);
	struct err err;
	opened(&reader, str_of_jpeg(jpeg));
	assert_int_equal(jpeg_read_planes(&reader, &cut, &planes, &err), -1);
	assert_int_equal(err.code, ERR_INVALID);
	jpeg_reader_close(&reader);
}

/* Writes the size into the frame header. */
static void claim_size(GString *jpeg, unsigned width, unsigned height,
		       bool progressive)
{
	const char sof[2] = {(char)0xff, progressive ? (char)0xc2 : (char)0xc0};
	size_t at = 0;
	while (memcmp(jpeg->str + at, sof, 2) != 0)
		at++;
	const char size[4] = {(char)(height >> 8), (char)height,
			      (char)(width >> 8), (char)width};
	memcpy(jpeg->str + at + 5, size, 4);
}

static void what_claims_to_be_huge_is_refused(void **state)
{
	(void)state;
	struct jpeg_kind kind = {.width = 64, .height = 64};
	g_autoptr(GString) baseline = jpeg_made(&kind);
	claim_size(baseline, 65000, 65000, false);
	assert_int_equal(refusal(str_of_jpeg(baseline)), ERR_TOO_LARGE);
	/* 96 megapixels are fine as a stream, as coefficients they are not */
	claim_size(baseline, 12000, 8000, false);
	assert_int_equal(refusal(str_of_jpeg(baseline)), ERR_NONE);
	kind.progressive = true;
	g_autoptr(GString) scans = jpeg_made(&kind);
	claim_size(scans, 12000, 8000, true);
	assert_int_equal(refusal(str_of_jpeg(scans)), ERR_UNSUPPORTED);
}

static void memory_is_told(void **state)
{
	(void)state;
	struct jpeg_kind kind = {.width = 160, .height = 80};
	struct jpeg_reader reader;
	g_autoptr(GString) one = jpeg_made(&kind);
	opened(&reader, str_of_jpeg(one));
	assert_int_equal(reader.memory, 0);
	jpeg_reader_close(&reader);
	kind.progressive = true;
	g_autoptr(GString) more = jpeg_made(&kind);
	opened(&reader, str_of_jpeg(more));
	/* 1.5 coefficients of 2 bytes a pixel */
	assert_int_equal(reader.memory, 160 * 80 * 3);
	jpeg_reader_close(&reader);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planes_are_where_they_belong),
		cmocka_unit_test(rows_are_where_they_belong),
		cmocka_unit_test(the_smallest_pictures_are_taken),
		cmocka_unit_test(planes_are_cut_again),
		cmocka_unit_test(orientation_is_read),
		cmocka_unit_test(other_profiles_are_for_the_other_program),
		cmocka_unit_test(other_colours_are_for_the_other_program),
		cmocka_unit_test(what_is_there_of_a_cut_file_is_shown),
		cmocka_unit_test(no_length_is_too_short),
		cmocka_unit_test(endless_scans_are_refused),
		cmocka_unit_test(what_claims_to_be_huge_is_refused),
		cmocka_unit_test(memory_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
