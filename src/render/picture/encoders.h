/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One encoder after the other, with what each is told.
 */
#ifndef RENDER_PICTURE_ENCODERS_H
#define RENDER_PICTURE_ENCODERS_H

#include "render/picture/encode.h"

/* An AVIF is done in a second up to about this many pixels. */
#define ENCODE_AVIF_PIXELS_MAX 4000000.0

/* Whether this libvips has it. */
bool encode_can(unsigned format);

/* -1: libvips has complained. */
int encode_as(struct picture *picture, const struct image_op *op,
	      unsigned format, struct encoded *out);

#endif
