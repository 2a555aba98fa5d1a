/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/png/png_write.h"
#include "scale/png/png_filter.h"
#include "scale/png/png_format.h"

#include <glib.h>
#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL 6 /* of libdeflate: beyond it time doubles for a percent */
#define COLORS_MAX 256
#define SLOTS 1024 /* a power of two; a quarter full at most */

/* Which colours there are, up to COLORS_MAX of them. */
struct colors {
	unsigned n;       /* COLORS_MAX + 1: too many */
	unsigned n_clear; /* not opaque; they come first in the palette */
	uint32_t list[COLORS_MAX + 1];
	uint32_t keys[SLOTS];
	uint16_t places[SLOTS]; /* in the list, from 1 on; 0: free */
};

struct writer {
	const struct picture *picture;
	struct colors *colors;
	bool opaque, gray;
	enum png_kind kind;
	unsigned depth;
	size_t line; /* bytes */
	uint8_t *filtered;
	size_t n_filtered;
	struct bytes out;
};

static uint32_t pixel_at(const uint8_t *rgba)
{
	uint32_t value;
	memcpy(&value, rgba, sizeof(value));
	return value;
}

static uint8_t alpha_of(uint32_t pixel)
{
	uint8_t bytes[4];
	memcpy(bytes, &pixel, sizeof(bytes));
	return bytes[3];
}

static unsigned slot_of(const struct colors *colors, uint32_t pixel)
{
	unsigned slot = pixel * 2654435761u >> 22; /* SLOTS of them */
	while (colors->places[slot] && colors->keys[slot] != pixel)
		slot = (slot + 1) % SLOTS;
	return slot;
}

static void note_color(struct colors *colors, uint32_t pixel)
{
	unsigned slot = slot_of(colors, pixel);
	if (colors->places[slot])
		return;
	colors->list[colors->n++] = pixel;
	colors->keys[slot] = pixel;
	colors->places[slot] = (uint16_t)colors->n;
}

static void count_colors(struct colors *colors, const uint8_t *rgba, size_t n)
{
	uint32_t last = ~pixel_at(rgba);
	for (size_t x = 0; x < n && colors->n <= COLORS_MAX; x++) {
		uint32_t pixel = pixel_at(rgba + 4 * x);
		if (pixel != last)
			note_color(colors, pixel);
		last = pixel;
	}
}

static void look(struct writer *w)
{
	const struct picture *picture = w->picture;
	w->opaque = w->gray = true;
	for (unsigned y = 0; y < picture->height; y++) {
		const uint8_t *rgba = picture_row(picture, y);
		uint8_t alpha = 255, differ = 0;
		for (size_t x = 0; x < picture->width; x++) {
			const uint8_t *p = rgba + 4 * x;
			alpha &= p[3];
			differ |= (uint8_t)((p[0] ^ p[1]) | (p[1] ^ p[2]));
		}
		w->opaque &= alpha == 255;
		w->gray &= differ == 0;
		count_colors(w->colors, rgba, picture->width);
	}
}

/* Those that are not opaque first: a tRNS ends with the last of them. */
static void sort_colors(struct colors *colors)
{
	uint32_t sorted[COLORS_MAX];
	unsigned n = 0;
	for (unsigned i = 0; i < colors->n; i++)
		if (alpha_of(colors->list[i]) != 255)
			sorted[n++] = colors->list[i];
	colors->n_clear = n;
	for (unsigned i = 0; i < colors->n; i++)
		if (alpha_of(colors->list[i]) == 255)
			sorted[n++] = colors->list[i];
	for (unsigned i = 0; i < n; i++) {
		colors->list[i] = sorted[i];
		colors->places[slot_of(colors, sorted[i])] = (uint16_t)(i + 1);
	}
}

static void choose(struct writer *w)
{
	unsigned n = w->colors->n, channels = 1;
	w->depth = 8;
	if (n <= 16 || (n <= COLORS_MAX && !(w->gray && w->opaque))) {
		w->kind = PNG_PALETTE;
		w->depth = n <= 2 ? 1 : n <= 4 ? 2 : n <= 16 ? 4 : 8;
		sort_colors(w->colors);
	} else if (w->gray) {
		w->kind = w->opaque ? PNG_GRAY : PNG_GRAY_ALPHA;
		channels = w->opaque ? 1 : 2;
	} else {
		w->kind = w->opaque ? PNG_RGB : PNG_RGBA;
		channels = w->opaque ? 3 : 4;
	}
	w->line = ((size_t)w->picture->width * channels * w->depth + 7) / 8;
}

static void pack_indexes(const struct writer *w, const uint8_t *rgba,
			 uint8_t *out)
{
	const struct colors *colors = w->colors;
	uint32_t last = ~pixel_at(rgba);
	unsigned index = 0;
	memset(out, 0, w->line);
	for (size_t x = 0; x < w->picture->width; x++) {
		uint32_t pixel = pixel_at(rgba + 4 * x);
		if (pixel != last)
			index = colors->places[slot_of(colors, pixel)] - 1u;
		last = pixel;
		size_t bit = x * w->depth;
		out[bit / 8] |= (uint8_t)(index << (8 - w->depth - bit % 8));
	}
}

/* The line of a row, unfiltered. */
static void pack(const struct writer *w, const uint8_t *rgba, uint8_t *out)
{
	size_t width = w->picture->width;
	switch (w->kind) {
	case PNG_PALETTE:
		pack_indexes(w, rgba, out);
		break;
	case PNG_GRAY:
		for (size_t x = 0; x < width; x++)
			out[x] = rgba[4 * x];
		break;
	case PNG_GRAY_ALPHA:
		for (size_t x = 0; x < width; x++) {
			out[2 * x] = rgba[4 * x];
			out[2 * x + 1] = rgba[4 * x + 3];
		}
		break;
	case PNG_RGB:
		for (size_t x = 0; x < width; x++) {
			out[3 * x] = rgba[4 * x];
			out[3 * x + 1] = rgba[4 * x + 1];
			out[3 * x + 2] = rgba[4 * x + 2];
		}
		break;
	default:
		memcpy(out, rgba, 4 * width);
	}
}

static int no_memory(struct err *err)
{
	return err_set(err, ERR_TOO_LARGE, "no memory for a PNG");
}

/* Indexes have nothing in common with those beside them (12.7): they are better
 * left alone. */
static int filter_all(struct writer *w, struct err *err)
{
	unsigned step = (unsigned)(w->line / w->picture->width);
	size_t room = w->line + PNG_LINE_SLACK;
	g_autofree uint8_t *lines = g_try_malloc0(3 * room);
	w->n_filtered = (w->line + 1) * w->picture->height;
	w->filtered = g_try_malloc(w->n_filtered);
	if (lines == NULL || w->filtered == NULL)
		return no_memory(err);
	for (unsigned y = 0; y < w->picture->height; y++) {
		uint8_t *out = w->filtered + (w->line + 1) * y;
		uint8_t *bytes = lines + room * (y % 2);
		const struct png_line line = {
			.before = lines + room * (1 - y % 2),
			.n = w->line,
			.step = step,
		};
		pack(w, picture_row(w->picture, y), bytes);
		if (w->kind != PNG_PALETTE) {
			png_filter(&line, bytes, lines + 2 * room, out);
			continue;
		}
		out[0] = 0;
		memcpy(out + 1, bytes, w->line);
	}
	return 0;
}

static void put32(uint8_t *p, uint32_t value)
{
	value = GUINT32_TO_BE(value);
	memcpy(p, &value, sizeof(value));
}

/* A chunk around the n bytes that stand 8 behind the end of `out`. */
static void end_chunk(struct bytes *out, const char type[4], size_t n)
{
	uint8_t *p = out->p + out->n;
	put32(p, (uint32_t)n);
	memcpy(p + 4, type, 4);
	put32(p + 8 + n, libdeflate_crc32(0, p + 4, n + 4));
	out->n += PNG_FRAME_BYTES + n;
}

static void put_ihdr(struct writer *w)
{
	uint8_t *p = w->out.p + w->out.n + 8;
	put32(p, w->picture->width);
	put32(p + 4, w->picture->height);
	p[8] = (uint8_t)w->depth;
	p[9] = (uint8_t)w->kind;
	p[10] = p[11] = p[12] = 0;
	end_chunk(&w->out, "IHDR", PNG_IHDR_BYTES);
}

static void put_palette(struct writer *w)
{
	const struct colors *colors = w->colors;
	uint8_t *p = w->out.p + w->out.n + 8;
	for (unsigned i = 0; i < colors->n; i++)
		memcpy(p + 3 * (size_t)i, &colors->list[i], 3);
	end_chunk(&w->out, "PLTE", 3 * (size_t)colors->n);
	if (colors->n_clear == 0)
		return;
	p = w->out.p + w->out.n + 8;
	for (unsigned i = 0; i < colors->n_clear; i++)
		p[i] = alpha_of(colors->list[i]);
	end_chunk(&w->out, "tRNS", colors->n_clear);
}

static int put_all(struct writer *w, struct libdeflate_compressor *deflater,
		   struct err *err)
{
	size_t bound = libdeflate_zlib_compress_bound(deflater, w->n_filtered);
	size_t room = PNG_SIGNATURE.n + 5 * PNG_FRAME_BYTES + PNG_IHDR_BYTES +
		      4 * (size_t)COLORS_MAX + bound;
	w->out.p = malloc(room);
	if (w->out.p == NULL)
		return no_memory(err);
	memcpy(w->out.p, PNG_SIGNATURE.p, PNG_SIGNATURE.n);
	w->out.n = PNG_SIGNATURE.n;
	put_ihdr(w);
	if (w->kind == PNG_PALETTE)
		put_palette(w);
	size_t n =
		libdeflate_zlib_compress(deflater, w->filtered, w->n_filtered,
					 w->out.p + w->out.n + 8, bound);
	end_chunk(&w->out, "IDAT", n);
	end_chunk(&w->out, "IEND", 0);
	return 0;
}

int png_encode(const struct picture *picture, struct bytes *out,
	       struct err *err)
{
	g_autofree struct colors *colors = g_new0(struct colors, 1);
	struct writer w = {.picture = picture, .colors = colors};
	struct libdeflate_compressor *deflater =
		libdeflate_alloc_compressor(LEVEL);
	int result = 0;
	look(&w);
	choose(&w);
	result = deflater ? filter_all(&w, err) : no_memory(err);
	if (result == 0)
		result = put_all(&w, deflater, err);
	if (deflater)
		libdeflate_free_compressor(deflater);
	g_free(w.filtered);
	*out = w.out;
	return result;
}
