/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished picture as a file, as the end of a plan says: in one format, or in
 * the one of several that takes the fewest bytes.
 */
#ifndef SCALE_ENCODE_H
#define SCALE_ENCODE_H

#include "image/plan.h"
#include "scale/bytes.h"
#include "scale/planes.h"

struct encoding {
	const struct image_op *op; /* an IMAGE_ENCODE */
	const struct image_sizes *sizes;
	unsigned source; /* the source's format, an IMAGE_FORMAT_* */
	bool has_alpha;  /* something can be transparent */
};

/* One of the two: RGBA, not multiplied with alpha; planes, which are of use to
 * nobody else then. */
struct finished {
	const struct picture *rgba;
	const struct planes *planes;
};

struct encoded {
	unsigned format; /* IMAGE_FORMAT_* */
	struct bytes bytes;
};

/* What is transparent comes onto white where the format has no alpha.
 * ERR_UNSUPPORTED: no such picture can be written here; ERR_TOO_LARGE. */
int encode_picture(const struct finished *picture,
		   const struct encoding *encoding, struct encoded *out,
		   struct err *err) MUST_CHECK;

/* All formats that are wanted are stored as planes. */
bool encode_takes_planes(const struct encoding *encoding);

/* Of planes: colour is not to be reduced. */
bool encode_takes_full_colour(const struct encoding *encoding);

/* Bytes that encoding so many pixels takes at most, besides them. */
uint64_t encode_memory(const struct encoding *encoding, uint64_t pixels);

#endif
