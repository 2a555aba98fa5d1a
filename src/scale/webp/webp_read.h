/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Still WebP pictures (RFC 9649) by libwebp. Not here: animations, profiles
 * other than sRGB, and damaged files; those are for the renderer that has
 * libvips.
 */
#ifndef SCALE_WEBP_WEBP_READ_H
#define SCALE_WEBP_WEBP_READ_H

#include "base/err.h"
#include "base/str.h"
#include "scale/planes.h"

bool webp_is(struct str bytes);

struct webp_reader {
	unsigned width, height;
	bool has_alpha;
	bool lossy;      /* stored as YCbCr planes */
	struct str exif; /* absent without one */
	struct str bytes;
};

/* Reads what stands before the pixels and refers to `bytes`; there is nothing
 * to close. ERR_UNSUPPORTED: something for the other renderer. */
int webp_read_open(struct webp_reader *webp, struct str bytes,
		   struct err *err) MUST_CHECK;

/* Bytes that decoding takes at most, with what comes out. */
size_t webp_read_memory(const struct webp_reader *webp);

/* All of it: four channels are RGBA, not multiplied with alpha. The caller
 * releases `out`. ERR_UNSUPPORTED: damaged, or too large for the memory. */
int webp_read_rgba(const struct webp_reader *webp, struct picture *out,
		   struct err *err) MUST_CHECK;

/* The same as the planes of a lossy picture without alpha. On failure there is
 * nothing to release. */
int webp_read_planes(const struct webp_reader *webp, struct planes *out,
		     struct err *err) MUST_CHECK;

#endif
