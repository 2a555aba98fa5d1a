/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished picture as a file, as the end of a plan says: in one format, or in
 * the one of several that takes the fewest bytes.
 */
#ifndef SCALE_ENCODE_H
#define SCALE_ENCODE_H

#include "image/plan.h"
#include "pixels/picture.h"
#include "scale/bytes.h"

struct encoding {
	const struct image_op *op; /* an IMAGE_ENCODE */
	const struct image_sizes *sizes;
	unsigned source; /* the source's format, an IMAGE_FORMAT_* */
};

struct encoded {
	unsigned format; /* IMAGE_FORMAT_* */
	struct bytes bytes;
};

/* RGBA, not multiplied with alpha; what is transparent comes onto white where
 * the format has no alpha, in place. ERR_UNSUPPORTED: no such picture can be
 * written here. */
int encode_picture(const struct picture *picture,
		   const struct encoding *encoding, struct encoded *out,
		   struct err *err) MUST_CHECK;

/* Bytes that encoding takes at most, for each pixel. */
size_t encode_memory(const struct encoding *encoding);

#endif
