/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as still WebP (RFC 9649) by libwebp.
 */
#ifndef SCALE_WEBP_WEBP_WRITE_H
#define SCALE_WEBP_WEBP_WRITE_H

#include "scale/bytes.h"
#include "scale/planes.h"

#define WEBP_SIDE_MAX 16383u /* pixels */

struct webp_options {
	unsigned quality; /* 0 to 100, of a lossy one */
	bool lossless;
};

/* RGBA, not multiplied with alpha; of what is transparent a lossless one keeps
 * the alpha and not the colour. ERR_UNSUPPORTED: a side is too long.
 * ERR_TOO_LARGE: no memory. */
int webp_write_rgba(const struct picture *picture,
		    const struct webp_options *options, struct bytes *out,
		    struct err *err) MUST_CHECK;

/* Lossy. The planes are of use to nobody else then: their range becomes that of
 * WebP. */
int webp_write_planes(const struct planes *planes,
		      const struct webp_options *options, struct bytes *out,
		      struct err *err) MUST_CHECK;

#endif
