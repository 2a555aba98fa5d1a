/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as it came: its header first, then its pixels as rows of RGBA.
 */
#ifndef SCALE_SOURCE_H
#define SCALE_SOURCE_H

#include "scale/cut.h"
#include "scale/png_read.h"
#include "scale/webp_read.h"

struct source {
	unsigned format; /* IMAGE_FORMAT_* */
	struct shape_source shape;
	size_t memory; /* bytes that its pixels take until it is closed */
	/* the rest is private */
	union {
		struct png_reader png;
		struct webp_reader webp;
	};
	struct picture whole;
	unsigned next; /* row of it */
};

/* Refers to `bytes`. ERR_UNSUPPORTED: something for the other program, a
 * damaged picture among it. source_close() in any case. */
int source_open(struct source *source, struct str bytes,
		struct err *err) MUST_CHECK;

/*
 * Begins to decode for a first cut, whose kept box becomes one of the rows that
 * come: they may be fewer and shorter than the picture's, as a decoder can
 * be told to make it smaller. The rows end with the source. Once.
 */
int source_rows(struct source *source, struct shape_cut *cut, struct rows *out,
		struct err *err) MUST_CHECK;

void source_close(struct source *source);

#endif
