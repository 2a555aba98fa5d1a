/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is hidden of a PNG before its decoder sees it: src/render/png.h.
 */
#include "render/png.h"
#include "unit.h"

#include <glib.h>
#include <string.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"

/* A chunk of so many bytes that says it has `says`; its checksum is nobody's
 * business here. */
static void add(GString *png, const char *type, const char *start, size_t n,
		uint32_t says)
{
	uint32_t length = GUINT32_TO_BE(says);
	size_t at = png->len + 8;
	g_string_append_len(png, (const char *)&length, 4);
	g_string_append_len(png, type, 4);
	for (size_t i = 0; i < n; i++)
		g_string_append_c(png, 'x');
	memcpy(png->str + at, start, MIN(n, strlen(start) + 1));
	g_string_append_len(png, "sum!", 4);
}

/* The types of all chunks, with blanks between them. */
static void assert_types(const GString *png, const char *want)
{
	g_autoptr(GString) got = g_string_new(NULL);
	for (size_t at = 8; at + 12 <= png->len;) {
		uint32_t length;
		memcpy(&length, png->str + at, 4);
		g_string_append_printf(got, "%s%.4s", got->len ? " " : "",
				       png->str + at + 4);
		at += 12 + (size_t)GUINT32_FROM_BE(length);
	}
	assert_string_equal(got->str, want);
}

static void texts_are_hidden_as_the_table_says(void **state)
{
	(void)state;
	static const struct {
		const char *type, *data;
		size_t n;
		uint32_t says; /* 0: the truth */
		const char *becomes;
	} rows[] = {
		{"tEXt", "key", 100, 0, "tEXt"},
		{"tEXt", "key", PNG_COMPRESSED_TEXT_MAX + 1, 0, "tEXt"},
		{"tEXt", "key", 100, 369000000, "nuLl"},
		{"tEXt", "key", 100, 101, "nuLl"},
		{"tEXt", "key", 100, UINT32_MAX, "nuLl"},
		{"iTXt", "key", 4, 0, "iTXt"}, /* ends before its flag */
		{"iTXt", "key", 100, 0, "iTXt"},
		{"iTXt", "key", PNG_COMPRESSED_TEXT_MAX, 0, "iTXt"},
		{"iTXt", "key", PNG_COMPRESSED_TEXT_MAX + 1, 0, "nuLl"},
		{"iTXt", "key", 100, 369000000, "nuLl"},
		{"zTXt", "key", 0, 0, "zTXt"},
		{"zTXt", "key", PNG_COMPRESSED_TEXT_MAX, 0, "zTXt"},
		{"zTXt", "key", PNG_COMPRESSED_TEXT_MAX + 1, 0, "nuLl"},
		{"eXIf", "MM", 100, 369000000, "eXIf"},
		{"IDAT", "", 100, 101, "IDAT"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) png = g_string_new(SIGNATURE);
		uint32_t says =
			rows[i].says ? rows[i].says : (uint32_t)rows[i].n;
		add(png, rows[i].type, rows[i].data, rows[i].n, says);
		png_hush(png->str, png->len);
		assert_types(png, rows[i].becomes);
	}
}

static void compressed_texts_count_together(void **state)
{
	(void)state;
	g_autoptr(GString) png = g_string_new(SIGNATURE);
	add(png, "IHDR", "", 13, 13);
	for (int i = 0; i < 3; i++) {
		add(png, "zTXt", "key", PNG_COMPRESSED_TEXT_MAX / 2,
		    PNG_COMPRESSED_TEXT_MAX / 2);
		add(png, "tEXt", "key", 10, 10);
	}
	add(png, "IDAT", "", 10, 10);
	png_hush(png->str, png->len);
	assert_types(png, "IHDR zTXt tEXt zTXt tEXt nuLl tEXt IDAT");
}

static void any_cut_is_read_to_its_end(void **state)
{
	(void)state;
	g_autoptr(GString) png = g_string_new(SIGNATURE);
	add(png, "IHDR", "", 13, 13);
	add(png, "iTXt", "key", 20, 20);
	for (size_t n = 8; n <= png->len; n++) {
		/* no byte more than there is: for the sanitizer */
		g_autofree char *cut = g_memdup2(png->str, n);
		assert_true(png_is(cut, n));
		png_hush(cut, n);
	}
	assert_false(png_is(SIGNATURE, 7));
	assert_false(png_is("GIF89a..", 8));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_hidden_as_the_table_says),
		cmocka_unit_test(compressed_texts_count_together),
		cmocka_unit_test(any_cut_is_read_to_its_end),
	};
	return cmocka_run_group_tests_name("png", tests, NULL, NULL);
}
