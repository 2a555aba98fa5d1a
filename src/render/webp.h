/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pixels of a still WebP, decoded by libwebp itself to planes of
 * brightness, colour and opacity: libvips would hold a large picture three
 * times, which is more than a helper may have.
 */
#ifndef RENDER_WEBP_H
#define RENDER_WEBP_H

#include "base/err.h"
#include "base/str.h"

#include <webp/decode.h>

struct webp {
	WebPDecoderConfig config;
	unsigned width, height;
	bool has_alpha;
};

/* Whether the bytes are a WebP without animation. */
bool webp_is_still(struct str bytes);

/* ERR_INVALID: damaged, or no memory. */
int webp_decode(struct webp *webp, struct str bytes,
		struct err *err) MUST_CHECK;
void webp_release(struct webp *webp);

/* Row y: red, green and blue of each pixel, followed by its alpha if there is
 * any. */
void webp_row(const struct webp *webp, unsigned y, unsigned char *out);

#endif
