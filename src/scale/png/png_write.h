/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as PNG (W3C PNG, third edition), exact and small: as a palette when
 * there are few colours, as grays when there is no other colour, without alpha
 * when nothing is transparent.
 */
#ifndef SCALE_PNG_PNG_WRITE_H
#define SCALE_PNG_PNG_WRITE_H

#include "pixels/picture.h"
#include "scale/bytes.h"

/* RGBA, not multiplied with alpha. ERR_TOO_LARGE: no memory. */
int png_encode(const struct picture *picture, struct bytes *out,
	       struct err *err) MUST_CHECK;

#endif
