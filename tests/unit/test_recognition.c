/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What texts are read with: which training data there is, at which size a page
 * is rendered, and where what is read in it stands in the file.
 */
#include "recognition/layout.h"
#include "recognition/training.h"
#include "remove_tree.h"
#include "unit.h"

#include <fcntl.h>
#include <glib.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIDTH 30
#define HEIGHT 20

/* Where a point of what is stored stands when it is shown, by EXIF's words for
 * where row 0 and column 0 are. */
static void shown(unsigned orientation, const double in[2], double out[2])
{
	const double left = in[0], right = WIDTH - in[0];
	const double top = in[1], bottom = HEIGHT - in[1];
	const double at[9][2] = {
		[1] = {left, top},     [2] = {right, top},
		[3] = {right, bottom}, [4] = {left, bottom},
		[5] = {top, left},     [6] = {bottom, left},
		[7] = {bottom, right}, [8] = {top, right},
	};
	out[0] = at[orientation][0];
	out[1] = at[orientation][1];
}

static void points_are_those_of_the_file_however_it_lies(void **state)
{
	static const double points[][2] = {{0, 0}, {30, 20}, {3, 5}, {29, 1}};
	(void)state;
	for (unsigned orientation = 1; orientation <= 8; orientation++) {
		const struct image_info info = {.width = WIDTH,
						.height = HEIGHT,
						.orientation = orientation};
		const bool turned = orientation >= 5;
		const struct image_picture picture = {
			.width = turned ? HEIGHT : WIDTH,
			.height = turned ? WIDTH : HEIGHT,
		};
		struct layout layout;
		struct ocr_request request;
		layout_choose(&info, &layout);
		assert_int_equal(layout.width, 0);
		assert_true(layout_request(&info, &layout, &picture, &request));
		assert_int_equal(request.source_width, WIDTH);
		assert_int_equal(request.source_height, HEIGHT);
		for (size_t i = 0; i < COUNT(points); i++) {
			const double *m = request.to_source;
			double p[2];
			shown(orientation, points[i], p);
			double x = m[0] * p[0] + m[1] * p[1] + m[2];
			double y = m[3] * p[0] + m[4] * p[1] + m[5];
			assert_true(fabs(x - points[i][0]) < 1e-9);
			assert_true(fabs(y - points[i][1]) < 1e-9);
		}
	}
}

/* As stored, and upright at most 40 megapixels. */
static void large_pictures_are_read_smaller(void **state)
{
	static const struct {
		unsigned width, height, orientation;
		unsigned read_width, read_height; /* 0: as they are */
	} rows[] = {
		{1, 1, 1, 0, 0},
		{65535, 1, 1, 0, 0},
		{8000, 5000, 1, 0, 0},
		{8000, 5001, 1, 7999, 5000},
		{10000, 10000, 3, 6324, 6324},
		{65535, 1525, 8, 1525 * 6325 / 9997, 0},
		{12000, 8000, 6, 5163, 7745},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_info info = {.width = rows[i].width,
						.height = rows[i].height,
						.orientation =
							rows[i].orientation};
		struct layout layout;
		layout_choose(&info, &layout);
		assert_int_equal(layout.density, 0);
		if (rows[i].read_width == 0)
			assert_int_equal(layout.width, 0);
		if (layout.width == 0)
			continue;
		assert_in_range(layout.width, rows[i].read_width - 1,
				rows[i].read_width + 1);
		assert_true((double)layout.width * layout.height <=
			    OCR_PIXELS_MAX);
		const struct image_picture picture = {.width = layout.width,
						      .height = layout.height};
		struct ocr_request request;
		assert_true(layout_request(&info, &layout, &picture, &request));
		assert_int_equal(request.source_width, rows[i].width);
		assert_int_equal(request.source_height, rows[i].height);
	}
}

/* {points, dots an inch} */
static void pages_are_read_as_densely_as_they_can(void **state)
{
	static const struct {
		unsigned width, height, density;
	} rows[] = {
		{595, 842, 300}, {1, 1, 300},           {28346, 28346, 16},
		{1000000, 1, 4}, {1000000, 1000000, 1}, {1517, 1517, 299},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_info info = {.width = rows[i].width,
						.height = rows[i].height,
						.orientation = 1,
						.is_document = true};
		struct layout layout;
		layout_choose(&info, &layout);
		assert_int_equal(layout.density, rows[i].density);
		double scale = layout.density / 72.0;
		double pixels = (rows[i].width + 1) * scale *
				((rows[i].height + 1) * scale);
		assert_true(pixels <= OCR_PIXELS_MAX || layout.density == 1);
	}
}

/* What no request may have, whoever says it. */
static void pictures_that_cannot_be_are_none(void **state)
{
	static const struct layout as_is = {0};
	static const struct image_info info = {.width = 30, .height = 20};
	static const struct {
		unsigned width, height;
	} rows[] = {{65535, 65535}, {65536, 1}, {8001, 5000}};
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct image_picture picture = {.width = rows[i].width,
						      .height = rows[i].height};
		struct ocr_request request;
		assert_false(layout_request(&info, &as_is, &picture, &request));
	}
}

static char *dir;

static int make_dir(void **state)
{
	(void)state;
	dir = g_dir_make_tmp("training-XXXXXX", NULL);
	assert_non_null(dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	remove_tree(dir);
	g_free(dir);
	return 0;
}

static void add_file(const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *folder = g_path_get_dirname(path);
	g_mkdir_with_parents(folder, 0700);
	assert_true(g_file_set_contents(path, name, -1, NULL));
}

static void languages_are_those_that_are_installed(void **state)
{
	static const struct {
		const char *languages;
		const char *said; /* of those that are refused */
	} rows[] = {
		{"eng", NULL},
		{"eng+deu", NULL},
		{"deu+eng", NULL},
		{"script/Latin", NULL},
		{"fra", "`fra`"},
		{"eng+fra", "deu, eng"},
		{"osd", "deu, eng"},
		{"equ", "`equ`"},
		{"ENG", "`ENG`"},
		{"--list", "`--list`"},
		{"", "no language is named"},
		{"+", "a `+` of `+`"},
		{"eng+", "a `+` of `eng+`"},
		{"+eng", "a `+` of `+eng`"},
		{"eng++deu", "a `+` of `eng++deu`"},
		{"eng,deu", "`eng,deu` is no name"},
		{"eng deu", "`eng deu` is no name"},
		{"../eng", "`../eng` is no name"},
		{"eng+\xff", "is no name"},
		{"eng+deu+eng", "`eng` is named twice"},
	};
	g_autofree char *many = g_strnfill(501, 'e');
	struct training training;
	struct err err;
	(void)state;
	assert_int_equal(training_find(&training, dir, "eng", &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	static const char *const files[] = {
		"osd.traineddata", "equ.traineddata", "pdf.ttf", ".traineddata",
		"eng.traineddata.bak"};
	for (size_t i = 0; i < COUNT(files); i++)
		add_file(files[i]);
	assert_int_equal(training_find(&training, dir, "eng", &err), -1);
	assert_int_equal(err.code, ERR_NOT_FOUND);
	add_file("eng.traineddata");
	add_file("deu.traineddata");
	add_file("script/Latin.traineddata");
	assert_int_equal(training_find(&training, dir, many, &err), -1);
	assert_non_null(strstr(err.text, "500"));
	for (size_t i = 0; i < COUNT(rows); i++) {
		int result =
			training_find(&training, dir, rows[i].languages, &err);
		if ((result == 0) != (rows[i].said == NULL))
			fail_msg("`%s`", rows[i].languages);
		if (result == 0) {
			assert_string_equal(training.languages,
					    rows[i].languages);
			assert_string_equal(training.installed,
					    "deu, eng, script/Latin");
			assert_string_equal(training.dir, dir);
			training_release(&training);
			continue;
		}
		assert_int_equal(err.code, ERR_INVALID);
		if (!strstr(err.text, rows[i].said))
			fail_msg("`%s`: %s", rows[i].languages, err.text);
	}
}

/* So that what was read with others is not found again. */
static void other_data_is_known_by_another_word(void **state)
{
	struct training training;
	struct err err;
	char *seen[4];
	static const char *const languages[] = {"eng", "deu+eng", "eng+deu",
						"eng"};
	(void)state;
	add_file("eng.traineddata");
	add_file("deu.traineddata");
	for (size_t i = 0; i < COUNT(seen); i++) {
		if (i + 1 == COUNT(seen)) {
			g_autofree char *path =
				g_build_filename(dir, "eng.traineddata", NULL);
			assert_true(g_file_set_contents(path, "longer than it",
							-1, NULL));
		}
		assert_int_equal(
			training_find(&training, dir, languages[i], &err), 0);
		seen[i] = g_steal_pointer(&training.data);
		training_release(&training);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(seen[i], seen[j]);
	}
	assert_int_equal(training_find(&training, dir, "eng", &err), 0);
	assert_string_equal(training.data, seen[COUNT(seen) - 1]);
	training_release(&training);
	for (size_t i = 0; i < COUNT(seen); i++)
		g_free(seen[i]);
}

static char *word_of_english(int64_t date)
{
	const struct timespec dates[] = {{date, 0}, {date, 0}};
	struct training training;
	struct err err;
	g_autofree char *path = g_build_filename(dir, "eng.traineddata", NULL);
	assert_int_equal(utimensat(AT_FDCWD, path, dates, 0), 0);
	assert_int_equal(training_find(&training, dir, "eng", &err), 0);
	char *word = g_steal_pointer(&training.data);
	training_release(&training);
	return word;
}

/* And what was read is found again when the same is installed again. */
static void data_is_known_by_its_contents(void **state)
{
	g_autofree char *path = g_build_filename(dir, "eng.traineddata", NULL);
	(void)state;
	add_file("eng.traineddata");
	g_autofree char *first = word_of_english(1000);
	add_file("eng.traineddata");
	g_autofree char *again = word_of_english(2000);
	assert_string_equal(first, again);
	assert_true(g_file_set_contents(path, "eng.trainedDATA", -1, NULL));
	g_autofree char *other = word_of_english(2000);
	assert_string_not_equal(first, other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_are_those_of_the_file_however_it_lies),
		cmocka_unit_test(large_pictures_are_read_smaller),
		cmocka_unit_test(pages_are_read_as_densely_as_they_can),
		cmocka_unit_test(pictures_that_cannot_be_are_none),
		cmocka_unit_test_setup_teardown(
			languages_are_those_that_are_installed, make_dir,
			remove_dir),
		cmocka_unit_test_setup_teardown(
			other_data_is_known_by_another_word, make_dir,
			remove_dir),
		cmocka_unit_test_setup_teardown(data_is_known_by_its_contents,
						make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
