/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/png/png_read.h"
#include "scale/png/png_filter.h"
#include "scale/png/png_format.h"
#include "scale/profile.h"

#include <glib.h>
#include <libdeflate.h>

#define LENGTH_MAX 0x7fffffffu
#define SIDE_MAX 65535u
#define PROFILE_NAME_MAX 80 /* bytes, with the NUL behind it */

struct chunk {
	struct str type, data;
};

bool png_is(struct str bytes)
{
	return str_starts(bytes, PNG_SIGNATURE);
}

static int damaged(struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, "a damaged PNG");
}

static uint32_t number32(const char *bytes)
{
	const uint8_t *b = (const uint8_t *)bytes;
	return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
	       (uint32_t)b[2] << 8 | b[3];
}

static unsigned number16(const char *bytes)
{
	const uint8_t *b = (const uint8_t *)bytes;
	return (unsigned)b[0] << 8 | b[1];
}

/* In memory order. */
static uint32_t pixel(unsigned r, unsigned g, unsigned b, unsigned a)
{
	const uint8_t bytes[4] = {(uint8_t)r, (uint8_t)g, (uint8_t)b,
				  (uint8_t)a};
	uint32_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

/* Takes the next chunk off *rest; false when no whole and sound one stands
 * there. */
static bool take_chunk(struct str *rest, struct chunk *out)
{
	if (rest->n < PNG_FRAME_BYTES)
		return false;
	uint32_t length = number32(rest->p);
	if (length > LENGTH_MAX || length > rest->n - PNG_FRAME_BYTES)
		return false;
	out->type = str_sub(*rest, 4, 8);
	out->data = str_sub(*rest, 8, 8 + (size_t)length);
	*rest = str_skip(*rest, PNG_FRAME_BYTES + (size_t)length);
	return true;
}

static bool is_sound(const struct chunk *chunk)
{
	uint32_t sum = libdeflate_crc32(0, chunk->type.p, chunk->data.n + 4);
	return sum == number32(chunk->data.p + chunk->data.n);
}

static unsigned channels_of(unsigned kind)
{
	static const uint8_t channels[] = {[PNG_GRAY] = 1,
					   [PNG_RGB] = 3,
					   [PNG_PALETTE] = 1,
					   [PNG_GRAY_ALPHA] = 2,
					   [PNG_RGBA] = 4};
	return kind < sizeof(channels) ? channels[kind] : 0;
}

static bool depth_fits(unsigned kind, unsigned depth)
{
	bool few = depth == 1 || depth == 2 || depth == 4;
	return depth == 8 || (few && (kind == PNG_GRAY || kind == PNG_PALETTE));
}

static int read_ihdr(struct png_reader *png, struct str data, struct err *err)
{
	if (data.n != PNG_IHDR_BYTES)
		return damaged(err);
	uint32_t width = number32(data.p), height = number32(data.p + 4);
	png->depth = (uint8_t)data.p[8];
	png->kind = (uint8_t)data.p[9];
	unsigned channels = channels_of(png->kind);
	if (channels == 0 || width == 0 || height == 0 || data.p[10] != 0 ||
	    data.p[11] != 0)
		return damaged(err);
	if (width > SIDE_MAX || height > SIDE_MAX || data.p[12] != 0 ||
	    !depth_fits(png->kind, png->depth))
		return err_set(err, ERR_UNSUPPORTED,
			       "a PNG that is interlaced, has 16 bits a "
			       "sample or very long sides");
	size_t bits = (size_t)width * channels * png->depth;
	png->line = (bits + 7) / 8;
	png->step = MAX(channels * png->depth / 8, 1u);
	if ((png->line + 1) * height > PNG_RAW_MAX)
		return err_set(err, ERR_UNSUPPORTED, "a very large PNG");
	png->width = width;
	png->height = height;
	png->has_alpha = png->kind == PNG_RGBA || png->kind == PNG_GRAY_ALPHA;
	return 0;
}

/* Of RGB it is a suggestion. */
static int read_plte(struct png_reader *png, struct str data, struct err *err)
{
	size_t n = data.n / 3;
	if (png->kind != PNG_PALETTE)
		return 0;
	if (png->n_palette || n == 0 || data.n % 3 ||
	    n > (size_t)1 << png->depth)
		return damaged(err);
	const uint8_t *rgb = (const uint8_t *)data.p;
	for (size_t i = 0; i < n; i++, rgb += 3)
		png->palette[i] = pixel(rgb[0], rgb[1], rgb[2], 255);
	png->n_palette = (unsigned)n;
	return 0;
}

static int read_trns(struct png_reader *png, struct str data, struct err *err)
{
	if (png->kind == PNG_PALETTE) {
		if (data.n > png->n_palette)
			return damaged(err);
		for (size_t i = 0; i < data.n; i++) {
			((uint8_t *)&png->palette[i])[3] = (uint8_t)data.p[i];
			png->has_alpha |= (uint8_t)data.p[i] != 255;
		}
	} else if (png->kind == PNG_GRAY && data.n == 2) {
		unsigned key = number16(data.p) & ((1u << png->depth) - 1);
		((uint8_t *)&png->palette[key])[3] = 0;
		png->has_alpha = true;
	} else if (png->kind == PNG_RGB && data.n == 6) {
		png->key = pixel(number16(data.p), number16(data.p + 2),
				 number16(data.p + 4), 255);
		png->has_alpha = png->has_key = true;
	}
	return 0;
}

static int read_exif(struct png_reader *png, struct str data, struct err *err)
{
	(void)err;
	png->exif = data;
	return 0;
}

/* A name, a zero that says how it is compressed, and so it is. */
static int read_iccp(struct png_reader *png, struct str data, struct err *err)
{
	struct str name = str_split(&data, '\0');
	g_autofree char *profile = g_try_malloc(PROFILE_MAX);
	struct libdeflate_decompressor *inflater =
		libdeflate_alloc_decompressor();
	bool plain = false;
	size_t n;
	(void)png;
	if (profile && inflater && name.n < PROFILE_NAME_MAX && data.n > 0 &&
	    libdeflate_zlib_decompress(inflater, data.p + 1, data.n - 1,
				       profile, PROFILE_MAX,
				       &n) == LIBDEFLATE_SUCCESS)
		plain = profile_is_srgb((struct str){profile, n});
	if (inflater)
		libdeflate_free_decompressor(inflater);
	return plain ? 0
		     : err_set(err, ERR_UNSUPPORTED,
			       "a PNG with a colour profile");
}

/* Chunks that stand before the pixels and mean something here. */
static const struct {
	struct str type;
	int (*read)(struct png_reader *png, struct str data, struct err *err);
} known[] = {
	{STR("PLTE"), read_plte},
	{STR("tRNS"), read_trns},
	{STR("iCCP"), read_iccp},
	{STR("eXIf"), read_exif},
};

static bool is_critical(const struct chunk *chunk)
{
	return (chunk->type.p[0] & 0x20) == 0;
}

static int read_chunk(struct png_reader *png, const struct chunk *chunk,
		      struct err *err)
{
	for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
		if (!str_eq(chunk->type, known[i].type))
			continue;
		if (!is_sound(chunk))
			return damaged(err);
		return known[i].read(png, chunk->data, err);
	}
	return is_critical(chunk) ? damaged(err) : 0;
}

static void fill_gray(struct png_reader *png)
{
	unsigned last = (1u << png->depth) - 1;
	for (unsigned i = 0; i <= last; i++)
		png->palette[i] = pixel(i * 255 / last, i * 255 / last,
					i * 255 / last, 255);
}

/* Up to the first IDAT, which is left in `rest`. */
static int read_head(struct png_reader *png, struct str *rest, struct err *err)
{
	struct chunk chunk;
	if (!take_chunk(rest, &chunk) || !str_eq(chunk.type, STR("IHDR")) ||
	    !is_sound(&chunk))
		return damaged(err);
	if (read_ihdr(png, chunk.data, err) < 0)
		return -1;
	if (png->kind == PNG_GRAY)
		fill_gray(png);
	else /* for what is beyond the palette */
		for (unsigned i = 0; i < G_N_ELEMENTS(png->palette); i++)
			png->palette[i] = pixel(0, 0, 0, 255);
	for (struct str at = *rest; take_chunk(rest, &chunk); at = *rest) {
		if (str_eq(chunk.type, STR("IDAT"))) {
			*rest = at;
			return 0;
		}
		if (read_chunk(png, &chunk, err) < 0)
			return -1;
	}
	return damaged(err);
}

/* The pixels stand in one chunk or in many, one behind the other. */
static int find_pixels(struct png_reader *png, struct str rest, struct err *err)
{
	struct chunk chunk;
	png->bytes = rest;
	while (take_chunk(&rest, &chunk)) {
		if (!str_eq(chunk.type, STR("IDAT")))
			return 0;
		if (png->n_packed == 0)
			png->first = chunk.data;
		png->n_packed += chunk.data.n;
	}
	return damaged(err);
}

int png_reader_open(struct png_reader *png, struct str bytes, struct err *err)
{
	memset(png, 0, sizeof(*png));
	if (!png_is(bytes))
		return damaged(err);
	struct str rest = str_skip(bytes, PNG_SIGNATURE.n);
	if (read_head(png, &rest, err) < 0)
		return -1;
	if (png->kind == PNG_PALETTE && png->n_palette == 0)
		return damaged(err);
	return find_pixels(png, rest, err);
}

/* What is packed, in one piece; NULL when it is damaged. A copy is the
 * caller's. */
static const char *gather(const struct png_reader *png, char **copy)
{
	struct str rest = png->bytes;
	struct chunk chunk;
	size_t n = 0;
	*copy = NULL;
	if (png->first.n != png->n_packed) {
		*copy = g_try_malloc(png->n_packed);
		if (*copy == NULL)
			return NULL;
	}
	while (take_chunk(&rest, &chunk) && str_eq(chunk.type, STR("IDAT"))) {
		if (!is_sound(&chunk))
			return NULL;
		if (*copy && chunk.data.n)
			memcpy(*copy + n, chunk.data.p, chunk.data.n);
		n += chunk.data.n;
	}
	return *copy ? *copy : png->first.p;
}

/* To the last byte: neither less nor more, and the checksum right. */
static bool inflate_all(const char *packed, size_t n, uint8_t *out, size_t size)
{
	struct libdeflate_decompressor *inflater =
		libdeflate_alloc_decompressor();
	if (inflater == NULL)
		return false;
	enum libdeflate_result result = libdeflate_zlib_decompress(
		inflater, packed, n, out, size, NULL);
	libdeflate_free_decompressor(inflater);
	return result == LIBDEFLATE_SUCCESS;
}

size_t png_reader_memory(const struct png_reader *png)
{
	size_t copy = png->first.n == png->n_packed ? 0 : png->n_packed;
	return (png->line + 1) * png->height + copy;
}

int png_reader_start(struct png_reader *png, struct err *err)
{
	size_t size = (png->line + 1) * png->height;
	g_autofree char *copy = NULL;
	const char *packed = gather(png, &copy);
	if (packed == NULL)
		return damaged(err);
	png->raw = g_try_malloc(size + PNG_LINE_SLACK);
	png->zeros = g_try_malloc0(png->line + PNG_LINE_SLACK);
	if (png->raw == NULL || png->zeros == NULL)
		return err_set(err, ERR_UNSUPPORTED, "no memory for a PNG");
	memset(png->raw + size, 0, PNG_LINE_SLACK);
	if (!inflate_all(packed, png->n_packed, png->raw, size))
		return damaged(err);
	return 0;
}

/* Pixels of less than a byte stand in it from its high bits down. */
static void look_up(const struct png_reader *png, const uint8_t *line,
		    uint8_t *rgba)
{
	unsigned depth = png->depth, mask = (1u << depth) - 1;
	for (unsigned x = 0; x < png->width; x++, rgba += 4) {
		size_t bit = (size_t)x * depth;
		unsigned index = line[bit / 8] >> (8 - depth - bit % 8) & mask;
		memcpy(rgba, &png->palette[index], 4);
	}
}

static void widen_rgb(const struct png_reader *png, const uint8_t *line,
		      uint8_t *rgba)
{
	for (unsigned x = 0; x < png->width; x++) {
		rgba[4 * (size_t)x] = line[3 * (size_t)x];
		rgba[4 * (size_t)x + 1] = line[3 * (size_t)x + 1];
		rgba[4 * (size_t)x + 2] = line[3 * (size_t)x + 2];
		rgba[4 * (size_t)x + 3] = 255;
	}
	for (unsigned x = 0; png->has_key && x < png->width; x++, rgba += 4)
		if (memcmp(rgba, &png->key, 4) == 0)
			rgba[3] = 0;
}

static void widen_gray(const struct png_reader *png, const uint8_t *line,
		       uint8_t *rgba)
{
	for (unsigned x = 0; x < png->width; x++, line += 2, rgba += 4) {
		rgba[0] = rgba[1] = rgba[2] = line[0];
		rgba[3] = line[1];
	}
}

int png_reader_row(struct png_reader *png, uint8_t *rgba, struct err *err)
{
	uint8_t *raw = png->raw + (png->line + 1) * png->next;
	const struct png_line line = {
		.before = png->next ? raw - png->line : png->zeros,
		.n = png->line,
		.step = png->step,
	};
	if (!png_unfilter(&line, raw[0], raw + 1))
		return damaged(err);
	png->next++;
	if (png->kind == PNG_RGBA)
		memcpy(rgba, raw + 1, line.n);
	else if (png->kind == PNG_RGB)
		widen_rgb(png, raw + 1, rgba);
	else if (png->kind == PNG_GRAY_ALPHA)
		widen_gray(png, raw + 1, rgba);
	else
		look_up(png, raw + 1, rgba);
	return 0;
}

void png_reader_close(struct png_reader *png)
{
	g_clear_pointer(&png->raw, g_free);
	g_clear_pointer(&png->zeros, g_free);
}
