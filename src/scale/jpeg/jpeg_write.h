/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures as JPEG (ITU-T T.81) by libjpeg: with colour of half as many columns
 * and rows up to JPEG_FULL_QUALITY, nothing about the picture but its size, and
 * code tables made for it. Those, and several scans, want all coefficients at
 * once; a picture of more than JPEG_TABLES_PIXELS gets the standard ones and
 * one scan.
 */
#ifndef SCALE_JPEG_JPEG_WRITE_H
#define SCALE_JPEG_JPEG_WRITE_H

#include "scale/bytes.h"
#include "scale/planes.h"

#define JPEG_TABLES_PIXELS (16u * 1000 * 1000) /* 48 or 96 MB of them */
#define JPEG_FULL_QUALITY 90 /* from here on colour is not reduced */

struct jpeg_options {
	unsigned quality; /* 1 to 100 */
	bool progressive;
	uint32_t background; /* 0xRRGGBBAA, what transparency lies on; itself
				on white */
};

/* Errors: ERR_TOO_LARGE: no memory, or a side beyond 65500 pixels. */

/* With as much colour as there is. */
int jpeg_write_planes(const struct planes *planes,
		      const struct jpeg_options *options, struct bytes *out,
		      struct err *err) MUST_CHECK;

/* RGBA, not multiplied with alpha. */
int jpeg_write_rgba(const struct picture *picture,
		    const struct jpeg_options *options, struct bytes *out,
		    struct err *err) MUST_CHECK;

#endif
