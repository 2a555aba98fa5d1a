/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as it came: its header first, then its first cut, made while it is
 * decoded.
 */
#ifndef SCALE_SOURCE_H
#define SCALE_SOURCE_H

#include "scale/cut.h"
#include "scale/jpeg/jpeg_read.h"
#include "scale/png/png_read.h"
#include "scale/webp/webp_read.h"

struct source {
	unsigned format; /* IMAGE_FORMAT_* */
	struct shape_source shape;
	bool has_alpha;
	bool has_planes; /* it is stored so: source_cut_planes() */
	uint64_t memory; /* bytes that its pixels take until it is closed */
	/* the rest is private */
	union {
		struct jpeg_reader jpeg;
		struct png_reader png;
		struct webp_reader webp;
	};
};

/* Refers to `bytes`. ERR_UNSUPPORTED and ERR_INVALID: something for the other
 * program. source_close() in any case. */
int source_open(struct source *source, struct str bytes,
		struct err *err) MUST_CHECK;
void source_close(struct source *source);

/* One of the two, once: the cut, whose box is one of the stored picture, as
 * RGBA or as planes. The caller releases `out`; on failure there is nothing to
 * release. Errors: a damaged picture, no memory. */
int source_cut(struct source *source, const struct shape_cut *cut,
	       struct picture *out, struct err *err) MUST_CHECK;
int source_cut_planes(struct source *source, const struct shape_cut *cut,
		      struct planes *out, struct err *err) MUST_CHECK;

#endif
