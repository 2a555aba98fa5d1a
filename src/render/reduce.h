/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture made small enough for a ThumbHash, of rows as they come.
 */
#ifndef RENDER_REDUCE_H
#define RENDER_REDUCE_H

#include "render/thumbhash.h"

#include <stdbool.h>

struct reduce_cell {
	uint64_t red, green, blue; /* times alpha */
	uint64_t alpha, n;
};

struct reduce_shape {
	unsigned width, height; /* at least 1 */
	unsigned bands; /* bytes of a pixel: grey or three colours first */
	bool has_alpha; /* the last of them */
};

struct reduction {
	struct reduce_shape of;
	unsigned columns, rows;
	struct reduce_cell cells[THUMBHASH_EDGE * THUMBHASH_EDGE];
};

void reduce_begin(struct reduction *reduction, const struct reduce_shape *of);
/* Each row of the picture once: width pixels of bands bytes. */
void reduce_row(struct reduction *reduction, unsigned y, const uint8_t *p);
/* Upright, for an orientation of EXIF (1 to 8). */
void reduce_end(const struct reduction *reduction, unsigned orientation,
		struct thumb *out);

#endif
