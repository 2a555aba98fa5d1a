/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A finished picture as a file: which format it is, and what goes into it.
 */
#ifndef RENDER_PICTURE_ENCODE_H
#define RENDER_PICTURE_ENCODE_H

#include "render/picture/picture.h"

struct encoded {
	enum render_format format;
	unsigned width, height; /* of a frame */
	unsigned frames;
	struct str bytes; /* encoded_release() */
};

/* As the plan's `encode` says. ERR_TOO_LARGE: no format that was asked for can
 * be so large; ERR_UNSUPPORTED: this libvips has none of them. */
int encode_picture(struct picture *picture, const struct image_op *op,
		   struct encoded *out, struct err *err) MUST_CHECK;
void encoded_release(struct encoded *encoded);

#endif
