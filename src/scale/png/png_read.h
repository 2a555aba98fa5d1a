/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PNG (W3C PNG, third edition) as rows of RGBA, inflated by libdeflate. Not
 * here: interlaced pictures, 16 bits a sample, profiles other than sRGB, and
 * damaged files; those are for the renderer that has libpng.
 */
#ifndef SCALE_PNG_PNG_READ_H
#define SCALE_PNG_PNG_READ_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

#define PNG_RAW_MAX (128u << 20) /* bytes of all lines, inflated */

bool png_is(struct str bytes);

struct png_reader {
	unsigned width, height;
	bool has_alpha;  /* what is not opaque may come */
	struct str exif; /* a TIFF; absent without one */
	/* the rest is private */
	struct str bytes;
	unsigned depth, kind, step;
	unsigned n_palette;
	unsigned next;    /* line */
	size_t line;      /* bytes, without the filter's */
	size_t n_packed;  /* of all IDAT together */
	struct str first; /* the first IDAT; all of it when there is one */
	uint8_t *raw;
	uint8_t *zeros;
	bool has_key;
	uint32_t key;
	uint32_t palette[256]; /* RGBA in memory order; of gray too */
};

/*
 * Reads what stands before the pixels, takes no memory for them and refers to
 * `bytes`. ERR_UNSUPPORTED: something for the other renderer.
 * png_reader_close() in any case.
 */
int png_reader_open(struct png_reader *png, struct str bytes,
		    struct err *err) MUST_CHECK;

/* Bytes that it will take, PNG_RAW_MAX and the size of the file at most. */
size_t png_reader_memory(const struct png_reader *png);

/* Inflates; once, before the first row. ERR_UNSUPPORTED likewise: damaged, or
 * no memory. */
int png_reader_start(struct png_reader *png, struct err *err) MUST_CHECK;

/* The next row, RGBA not multiplied with alpha, `width` pixels; -1 for a line
 * that is damaged, and what is left is not asked for then. */
int png_reader_row(struct png_reader *png, uint8_t *rgba,
		   struct err *err) MUST_CHECK;

void png_reader_close(struct png_reader *png);

#endif
