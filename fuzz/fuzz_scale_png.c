/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG as stowage-scale reads it: what is read can be written, and is the same
 * when it is read again. Checksums and compression would keep nearly all inputs
 * from what is behind them. So the first byte says: a file whose checksums are
 * mended, or the contents of an IHDR, a PLTE and a tRNS (each of the latter
 * with its length before it) and then lines, of which a file is made.
 */
#include <glib.h>
#include <libdeflate.h>
#include <stdlib.h>

#include "scale/png/png_read.h"
#include "scale/png/png_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PIXELS_MAX 250000 /* so that an input takes no seconds */

/* NULL pixels: it is refused. */
static struct picture read_all(struct str bytes)
{
	struct picture out = {.channels = 4};
	struct png_reader png;
	struct err err;
	int result = png_reader_open(&png, bytes, &err);
	if (result == 0) {
		g_assert(png.width > 0 && png.height > 0);
		g_assert(png_reader_memory(&png) <= PNG_RAW_MAX + bytes.n);
		out.width = png.width;
		out.height = png.height;
	}
	if (result == 0 && (uint64_t)out.width * out.height <= PIXELS_MAX &&
	    png_reader_start(&png, &err) == 0 && picture_init(&out, &err) == 0)
		for (unsigned y = 0; y < out.height && result == 0; y++)
			result = png_reader_row(&png, picture_row(&out, y),
						&err);
	png_reader_close(&png);
	if (result < 0)
		picture_release(&out);
	return out;
}

static void put32(char *p, uint32_t value)
{
	value = GUINT32_TO_BE(value);
	memcpy(p, &value, sizeof(value));
}

static void mend(char *p, size_t n)
{
	for (size_t at = 8; at + 12 <= n;) {
		uint32_t length;
		memcpy(&length, p + at, sizeof(length));
		length = GUINT32_FROM_BE(length);
		if (length > n - at - 12)
			return;
		put32(p + at + 8 + length,
		      libdeflate_crc32(0, p + at + 4, 4 + (size_t)length));
		at += 12 + (size_t)length;
	}
}

static void put_chunk(GString *png, const char *type, struct str data)
{
	char number[4];
	size_t at = png->len + 4;
	put32(number, (uint32_t)data.n);
	g_string_append_len(png, number, 4);
	g_string_append(png, type);
	g_string_append_len(png, data.p, (gssize)data.n);
	put32(number, libdeflate_crc32(0, png->str + at, 4 + data.n));
	g_string_append_len(png, number, 4);
}

static struct str take(struct str *rest, size_t n)
{
	struct str taken = str_sub(*rest, 0, MIN(n, rest->n));
	*rest = str_skip(*rest, taken.n);
	return taken;
}

static struct str take_counted(struct str *rest)
{
	struct str n = take(rest, 1);
	return take(rest, n.n ? (uint8_t)n.p[0] : 0);
}

static GString *make_png(struct str rest)
{
	GString *png = g_string_new(NULL);
	g_autofree char *packed = g_malloc(rest.n + 1000);
	struct libdeflate_compressor *deflater = libdeflate_alloc_compressor(1);
	g_string_append_len(png, "\x89PNG\r\n\x1a\n", 8);
	put_chunk(png, "IHDR", take(&rest, 13));
	struct str palette = take_counted(&rest);
	struct str alpha = take_counted(&rest);
	if (palette.n)
		put_chunk(png, "PLTE", palette);
	if (alpha.n)
		put_chunk(png, "tRNS", alpha);
	size_t n = libdeflate_zlib_compress(deflater, rest.p, rest.n, packed,
					    rest.n + 1000);
	put_chunk(png, "IDAT", (struct str){packed, n});
	put_chunk(png, "IEND", STR(""));
	libdeflate_free_compressor(deflater);
	return png;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct str rest = {(const char *)data + 1, size - 1};
	g_autoptr(GString) png = data[0] % 2 ? make_png(rest) : NULL;
	g_autofree char *exact =
		g_memdup2(png ? png->str : rest.p, png ? png->len : rest.n);
	rest = (struct str){exact, png ? png->len : rest.n};
	if (png == NULL && exact)
		mend(exact, rest.n);
	struct picture picture = read_all(rest);
	struct bytes bytes;
	if (picture.pixels == NULL)
		return 0;
	g_assert(png_encode(&picture, &bytes, NULL) == 0);
	struct picture again =
		read_all((struct str){(const char *)bytes.p, bytes.n});
	g_assert(again.pixels && again.width == picture.width &&
		 again.height == picture.height);
	for (unsigned y = 0; y < picture.height; y++)
		g_assert(memcmp(picture_row(&picture, y),
				picture_row(&again, y),
				4 * (size_t)picture.width) == 0);
	free(bytes.p);
	picture_release(&picture);
	picture_release(&again);
	return 0;
}
