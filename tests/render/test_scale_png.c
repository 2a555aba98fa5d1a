/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG in and out of stowage-scale, against libpng (by way of libvips):
 * src/scale/png/png_read.h, src/scale/png/png_write.h. The files are put
 * together here.
 */
#include "scale/png/png_read.h"
#include "scale/png/png_write.h"
#include "unit.h"

#include <glib.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <vips/vips.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define GRAY 0
#define RGB 2
#define PALETTE 3
#define GRAY_ALPHA 4
#define RGBA 6

static void put32(GString *out, uint32_t value)
{
	value = GUINT32_TO_BE(value);
	g_string_append_len(out, (const char *)&value, 4);
}

static void put_chunk(GString *out, const char *type, const void *data,
		      size_t n)
{
	size_t at = out->len + 4;
	put32(out, (uint32_t)n);
	g_string_append_len(out, type, 4);
	g_string_append_len(out, data, (gssize)n);
	put32(out, libdeflate_crc32(0, out->str + at, n + 4));
}

struct shape {
	uint32_t width, height;
	unsigned kind, depth;
	unsigned n_palette;
	unsigned n_trns; /* bytes */
	unsigned interlaced;
};

static unsigned channels_of(const struct shape *shape)
{
	static const unsigned channels[] = {1, 0, 3, 1, 2, 0, 4};
	return channels[shape->kind];
}

static GString *begin_png(const struct shape *shape)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GString) ihdr = g_string_new(NULL);
	g_string_append_len(out, SIGNATURE, 8);
	put32(ihdr, shape->width);
	put32(ihdr, shape->height);
	g_string_append_c(ihdr, (char)shape->depth);
	g_string_append_c(ihdr, (char)shape->kind);
	g_string_append_len(ihdr, "\0\0", 2);
	g_string_append_c(ihdr, (char)shape->interlaced);
	put_chunk(out, "IHDR", ihdr->str, ihdr->len);
	return out;
}

static GString *pack(const uint8_t *raw, size_t n)
{
	struct libdeflate_compressor *deflater = libdeflate_alloc_compressor(6);
	size_t bound = libdeflate_zlib_compress_bound(deflater, n);
	GString *out = g_string_sized_new(bound);
	out->len = libdeflate_zlib_compress(deflater, raw, n, out->str, bound);
	libdeflate_free_compressor(deflater);
	return out;
}

/* Lines of chance, in all filters in turn. */
static GString *make_lines(const struct shape *shape, GRand *chance)
{
	size_t bits = (size_t)shape->width * channels_of(shape) * shape->depth;
	size_t n = (bits + 7) / 8;
	g_autofree uint8_t *raw = g_malloc((n + 1) * shape->height);
	for (uint32_t y = 0; y < shape->height; y++) {
		uint8_t *line = raw + y * (n + 1);
		line[0] = (uint8_t)(y % 5);
		for (size_t i = 1; i <= n;
		     i++) /* few values: also equal ones */
			line[i] = (uint8_t)(g_rand_int(chance) & 0xc3);
	}
	return pack(raw, (n + 1) * shape->height);
}

static GString *make_png(const struct shape *shape, unsigned pieces)
{
	g_autoptr(GRand) chance = g_rand_new_with_seed(
		shape->kind * 100 + shape->depth + shape->width);
	GString *out = begin_png(shape);
	g_autoptr(GString) lines = make_lines(shape, chance);
	unsigned last = (1u << shape->depth) - 1;
	uint8_t bytes[768];
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(shape->kind == PALETTE
					     ? g_rand_int(chance)
					     : i % 2 * (0xc1 & last));
	put_chunk(out, "tEXt", "a\0b", 3);
	if (shape->n_palette)
		put_chunk(out, "PLTE", bytes, 3 * (size_t)shape->n_palette);
	if (shape->n_trns)
		put_chunk(out, "tRNS", bytes + 100, shape->n_trns);
	for (size_t i = 0, at = 0; i < pieces; i++) {
		size_t end =
			i + 1 == pieces ? lines->len : lines->len * i / pieces;
		put_chunk(out, "IDAT", lines->str + at, end - at);
		at = end;
	}
	put_chunk(out, "IEND", "", 0);
	return out;
}

static struct str str_of_png(const GString *png)
{
	return (struct str){png->str, png->len};
}

/* RGBA; NULL and the code when it is not read. */
static uint8_t *read_all(struct str bytes, struct png_reader *png,
			 enum err_code *code)
{
	struct err err = {.code = ERR_NONE};
	uint8_t *out = NULL;
	int result = png_reader_open(png, bytes, &err);
	if (result == 0)
		result = png_reader_start(png, &err);
	if (result == 0)
		out = g_malloc(4 * (size_t)png->width * png->height);
	for (unsigned y = 0; result == 0 && y < png->height; y++)
		result = png_reader_row(png, out + 4 * (size_t)png->width * y,
					&err);
	png_reader_close(png);
	if (result < 0)
		g_clear_pointer(&out, g_free);
	*code = err.code;
	return out;
}

static uint8_t *read_by_vips(struct str bytes, size_t *n)
{
	VipsImage *image =
		vips_image_new_from_buffer(bytes.p, bytes.n, "", NULL);
	assert_non_null(image);
	for (;;) {
		VipsImage *next = NULL;
		int failed = 0;
		if (image->Bands < 3)
			failed = vips_colourspace(
				image, &next, VIPS_INTERPRETATION_sRGB, NULL);
		else if (image->Bands == 3)
			failed = vips_addalpha(image, &next, NULL);
		else if (image->BandFmt != VIPS_FORMAT_UCHAR)
			failed = vips_cast_uchar(image, &next, NULL);
		else
			break;
		assert_int_equal(failed, 0);
		g_object_unref(image);
		image = next;
	}
	uint8_t *out = vips_image_write_to_memory(image, n);
	g_object_unref(image);
	return out;
}

static const struct shape shapes[] = {
	{.kind = GRAY, .depth = 1},
	{.kind = GRAY, .depth = 2},
	{.kind = GRAY, .depth = 4},
	{.kind = GRAY, .depth = 8},
	{.kind = GRAY, .depth = 1, .n_trns = 2},
	{.kind = GRAY, .depth = 2, .n_trns = 2},
	{.kind = GRAY, .depth = 4, .n_trns = 2},
	{.kind = GRAY, .depth = 8, .n_trns = 2},
	{.kind = RGB, .depth = 8},
	{.kind = RGB, .depth = 8, .n_palette = 7},
	{.kind = RGB, .depth = 8, .n_trns = 6},
	{.kind = PALETTE, .depth = 1, .n_palette = 2},
	{.kind = PALETTE, .depth = 2, .n_palette = 4, .n_trns = 1},
	{.kind = PALETTE, .depth = 4, .n_palette = 16, .n_trns = 16},
	{.kind = PALETTE, .depth = 8, .n_palette = 256},
	{.kind = PALETTE, .depth = 8, .n_palette = 256, .n_trns = 200},
	{.kind = GRAY_ALPHA, .depth = 8},
	{.kind = RGBA, .depth = 8},
};

static const struct {
	uint32_t width, height;
} sizes[] = {{1, 1}, {3, 2}, {9, 7}, {64, 10}, {131, 33}};

static void all_kinds_are_read_as_by_libpng(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shapes) * COUNT(sizes); i++) {
		struct shape shape = shapes[i / COUNT(sizes)];
		struct png_reader png;
		enum err_code code;
		size_t n;
		shape.width = sizes[i % COUNT(sizes)].width;
		shape.height = sizes[i % COUNT(sizes)].height;
		g_autoptr(GString) bytes = make_png(&shape, 1 + i % 3);
		g_autofree uint8_t *got =
			read_all(str_of_png(bytes), &png, &code);
		g_autofree uint8_t *want = read_by_vips(str_of_png(bytes), &n);
		assert_non_null(got);
		assert_int_equal(n, 4 * shape.width * shape.height);
		assert_memory_equal(got, want, n);
		if (!png.has_alpha)
			for (size_t k = 3; k < n; k += 4)
				assert_int_equal(got[k], 255);
	}
}

static void what_is_not_for_here_is_refused(void **state)
{
	(void)state;
	static const struct shape rows[] = {
		{10, 10, RGB, 16, 0, 0, 0},      /* 16 bits */
		{10, 10, RGBA, 8, 0, 0, 1},      /* interlaced */
		{65536, 1, GRAY, 1, 0, 0, 0},    /* long */
		{1, 1u << 31, GRAY, 8, 0, 0, 0}, /* beyond what there is */
		{10, 10, RGB, 4, 0, 0, 0},       /* no such depth */
		{10, 10, GRAY, 3, 0, 0, 0},      {10, 10, PALETTE, 16, 4, 0, 0},
		{0, 10, RGB, 8, 0, 0, 0},        {10, 0, RGB, 8, 0, 0, 0},
		{10, 10, PALETTE, 8, 0, 0, 0}, /* no palette */
		{10, 10, PALETTE, 1, 3, 0, 0}, /* too many colours */
		{10, 10, PALETTE, 4, 16, 17, 0}, {10, 10, PALETTE, 8, 0, 5, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct shape small = rows[i];
		struct png_reader png;
		enum err_code code;
		small.width = MIN(small.width, 10);
		small.height = MIN(small.height, 10);
		g_autoptr(GString) whole = make_png(&small, 1);
		g_autoptr(GString) bytes = begin_png(&rows[i]);
		g_string_append_len(bytes, whole->str + bytes->len,
				    (gssize)(whole->len - bytes->len));
		assert_null(read_all(str_of_png(bytes), &png, &code));
		assert_int_equal(code, ERR_UNSUPPORTED);
	}
}

/* 400 megabytes of lines are told by the header, before there is memory for
 * them. */
static void bombs_are_refused_by_their_header(void **state)
{
	(void)state;
	static const struct shape rows[] = {{10000, 10000, RGBA, 8, 0, 0, 0},
					    {65535, 65535, GRAY, 1, 0, 0, 0}};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct png_reader png;
		struct err err;
		g_autoptr(GString) bytes = begin_png(&rows[i]);
		put_chunk(bytes, "IDAT", "", 0);
		assert_int_equal(png_reader_open(&png, str_of_png(bytes), &err),
				 -1);
		assert_int_equal(err.code, ERR_UNSUPPORTED);
	}
}

static const struct shape small = {5, 3, RGBA, 8, 0, 0, 0};

static void chunks_out_of_order_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *chunks; /* of one letter each */
		bool fine;
	} rows[] = {
		{"HIE", true},    {"HIIE", true},  {"HtIE", true},
		{"HItE", true},   {"IE", false},   {"HE", false},
		{"HI", false},    {"HIIxE", true}, {"HxIE", false},
		{"HItIE", false}, {"HHIE", false}, {"HaIE", true},
		{"HcIE", false},
	};
	g_autoptr(GRand) chance = g_rand_new_with_seed(1);
	g_autoptr(GString) lines = make_lines(&small, chance);
	g_autoptr(GString) head = begin_png(&small);
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autoptr(GString) bytes = g_string_new(NULL);
		bool split = strstr(rows[i].chunks, "II") ||
			     strstr(rows[i].chunks, "ItI");
		size_t at = 0;
		g_string_append_len(bytes, SIGNATURE, 8);
		for (const char *c = rows[i].chunks; *c; c++) {
			size_t n = split && at == 0 ? 7 : lines->len - at;
			if (*c == 'H')
				g_string_append_len(bytes, head->str + 8, 25);
			else if (*c == 'I')
				put_chunk(bytes, "IDAT", lines->str + at, n);
			else if (*c == 'E')
				put_chunk(bytes, "IEND", "", 0);
			else /* nobody knows it; `x` has to be known */
				put_chunk(bytes,
					  *c == 'x'   ? "NEWx"
					  : *c == 'c' ? "iCCP"
						      : "neWx",
					  "abc", 3);
			at += *c == 'I' ? n : 0;
		}
		struct png_reader png;
		enum err_code code;
		g_autofree uint8_t *got =
			read_all(str_of_png(bytes), &png, &code);
		if ((got != NULL) != rows[i].fine)
			fail_msg("%s: %s", rows[i].chunks, err_code_name(code));
		if (got == NULL)
			assert_int_equal(code, ERR_UNSUPPORTED);
	}
}

static void any_cut_and_any_flipped_bit_is_refused(void **state)
{
	(void)state;
	g_autoptr(GString) bytes = make_png(&small, 2);
	struct png_reader png;
	enum err_code code;
	for (size_t n = 0; n < bytes->len - 12; n++) {
		/* no byte more than there is: for the sanitizer */
		g_autofree char *cut = g_memdup2(bytes->str, n);
		assert_null(read_all((struct str){cut, n}, &png, &code));
		assert_int_equal(code, ERR_UNSUPPORTED);
	}
	g_autofree uint8_t *want = read_all(str_of_png(bytes), &png, &code);
	for (size_t bit = 0; bit < 8 * (bytes->len - 12); bit++) {
		bytes->str[bit / 8] ^= (char)(1 << bit % 8);
		g_autofree uint8_t *got =
			read_all(str_of_png(bytes), &png, &code);
		if (got) /* in a text, which is not looked at */
			assert_memory_equal(got, want, 4 * 5 * 3);
		else
			assert_int_equal(code, ERR_UNSUPPORTED);
		bytes->str[bit / 8] ^= (char)(1 << bit % 8);
	}
}

static void too_many_and_too_few_lines_are_refused(void **state)
{
	(void)state;
	uint8_t raw[(1 + 20) * 4] = {0};
	for (unsigned lines = 0; lines <= 4; lines++) {
		g_autoptr(GString) bytes = begin_png(&small);
		g_autoptr(GString) packed = pack(raw, 21 * (size_t)lines);
		struct png_reader png;
		enum err_code code;
		put_chunk(bytes, "IDAT", packed->str, packed->len);
		put_chunk(bytes, "IEND", "", 0);
		g_autofree uint8_t *got =
			read_all(str_of_png(bytes), &png, &code);
		assert_int_equal(got != NULL, lines == 3);
	}
}

static void filters_that_are_none_are_refused(void **state)
{
	(void)state;
	uint8_t raw[(1 + 20) * 3] = {0};
	raw[21] = 5;
	g_autoptr(GString) bytes = begin_png(&small);
	g_autoptr(GString) packed = pack(raw, sizeof(raw));
	struct png_reader png;
	enum err_code code;
	put_chunk(bytes, "IDAT", packed->str, packed->len);
	put_chunk(bytes, "IEND", "", 0);
	assert_null(read_all(str_of_png(bytes), &png, &code));
	assert_int_equal(code, ERR_UNSUPPORTED);
}

static void indexes_beyond_the_palette_are_black(void **state)
{
	(void)state;
	static const struct shape shape = {2, 1, PALETTE, 8, 1, 0, 0};
	static const uint8_t want[] = {9, 8, 7, 255, 0, 0, 0, 255};
	g_autoptr(GString) bytes = begin_png(&shape);
	g_autoptr(GString) packed = pack((const uint8_t *)"\0\0\5", 3);
	struct png_reader png;
	enum err_code code;
	put_chunk(bytes, "PLTE", "\x09\x08\x07", 3);
	put_chunk(bytes, "IDAT", packed->str, packed->len);
	put_chunk(bytes, "IEND", "", 0);
	g_autofree uint8_t *got = read_all(str_of_png(bytes), &png, &code);
	assert_memory_equal(got, want, sizeof(want));
}

/* Pictures to write: colours are counted from 0, each channel a step of its
 * own. */
static const struct drawing {
	unsigned width, height, colors;
	bool gray, clear; /* clear: transparent in part */
	unsigned kind, depth;
} drawings[] = {
	{1, 1, 1, false, false, PALETTE, 1},
	{7, 5, 2, false, false, PALETTE, 1},
	{9, 5, 4, true, false, PALETTE, 2},
	{31, 9, 16, false, true, PALETTE, 4},
	{40, 9, 200, false, true, PALETTE, 8},
	{64, 64, 256, false, false, PALETTE, 8},
	{33, 30, 257, false, false, RGB, 8},
	{33, 30, 900, false, true, RGBA, 8},
	{40, 20, 200, true, false, GRAY, 8},
	{40, 60, 2000, true, true, GRAY_ALPHA, 8},
	{200, 100, 20000, false, false, RGB, 8},
	{1, 300, 300, false, true, RGBA, 8},
	{300, 1, 300, false, false, RGB, 8},
};

static void draw(const struct drawing *what, const struct picture *picture)
{
	for (unsigned y = 0; y < what->height; y++)
		for (unsigned x = 0; x < what->width; x++) {
			unsigned i = (x + y * what->width) % what->colors;
			uint8_t *p = picture_row(picture, y) + 4 * (size_t)x;
			p[0] = p[1] = p[2] = (uint8_t)i;
			if (!what->gray) {
				p[1] = (uint8_t)(i >> 8);
				p[2] = (uint8_t)(x + y);
			}
			if (!what->gray && what->colors <= 256)
				p[2] = (uint8_t)(i * 7);
			p[3] = what->clear ? (uint8_t)(i * 3 + (i >> 8)) : 255;
		}
}

static void pictures_are_written_exactly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(drawings); i++) {
		const struct drawing *what = &drawings[i];
		struct picture picture = {.width = what->width,
					  .height = what->height,
					  .channels = 4};
		struct bytes out;
		struct png_reader png;
		struct err err;
		enum err_code code;
		size_t n;
		assert_int_equal(picture_init(&picture, &err), 0);
		draw(what, &picture);
		assert_int_equal(png_encode(&picture, &out, &err), 0);
		struct str bytes = {(const char *)out.p, out.n};
		g_autofree uint8_t *want = read_by_vips(bytes, &n);
		g_autofree uint8_t *got = read_all(bytes, &png, &code);
		assert_non_null(got);
		assert_int_equal(png.kind, what->kind);
		assert_int_equal(png.depth, what->depth);
		assert_memory_equal(got, want, n);
		for (unsigned y = 0; y < what->height; y++)
			assert_memory_equal(got + 4 * (size_t)what->width * y,
					    picture_row(&picture, y),
					    4 * (size_t)what->width);
		free(out.p);
		picture_release(&picture);
	}
}

static int start_vips(void **state)
{
	(void)state;
	return VIPS_INIT("test_scale_png");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_are_read_as_by_libpng),
		cmocka_unit_test(what_is_not_for_here_is_refused),
		cmocka_unit_test(bombs_are_refused_by_their_header),
		cmocka_unit_test(chunks_out_of_order_are_refused),
		cmocka_unit_test(any_cut_and_any_flipped_bit_is_refused),
		cmocka_unit_test(too_many_and_too_few_lines_are_refused),
		cmocka_unit_test(filters_that_are_none_are_refused),
		cmocka_unit_test(indexes_beyond_the_palette_are_black),
		cmocka_unit_test(pictures_are_written_exactly),
	};
	return cmocka_run_group_tests(tests, start_vips, NULL);
}
