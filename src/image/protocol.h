/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server asks of stowage-render and what it is told, as the texts of
 * the pool's messages (helpers/message.h): a request is a struct render_request
 * with the image as its one descriptor, an answer a struct render_reply and,
 * behind it, a JSON object or nothing. Both are of one build and host.
 */
#ifndef IMAGE_PROTOCOL_H
#define IMAGE_PROTOCOL_H

#include "base/version.h"

#include <stdint.h>

#define RENDER_GREETING "stowage-render " STOWAGE_VERSION
#define RENDER_TEXT_MAX (64 * 1024) /* bytes of JSON */

enum render_kind {
	RENDER_INSPECT = 2,
	RENDER_EMBEDDED = 3, /* the same, with the embedded metadata as text */
	RENDER_METADATA = 4, /* all of it; decodes the pixels */
};

enum render_status {
	RENDER_OK = 0,
	RENDER_UNREADABLE = 1, /* no image that the decoders take */
	RENDER_REFUSED = 2,    /* a request that the helper does not know */
	RENDER_TOO_LARGE = 3,  /* for the pixels to be decoded */
};

enum render_format {
	RENDER_JPG = 1,
	RENDER_PNG,
	RENDER_WEBP,
	RENDER_GIF,
	RENDER_TIFF,
	RENDER_HEIC,
	RENDER_AVIF,
};

struct render_request {
	uint64_t size; /* of what the descriptor holds, bytes */
	uint32_t kind;
	uint32_t reserved;
};

struct render_info {
	uint32_t width, height; /* pixels as stored */
	uint32_t orientation;   /* EXIF 1..8 */
	uint32_t pages;
	uint32_t has_alpha; /* 0 or 1 */
};

struct render_metadata {
	uint32_t format;
	uint32_t has_color_profile, has_transparency; /* 0 or 1 */
	uint32_t quality, density;
	uint64_t phash;
};

struct render_reply {
	uint32_t status;
	struct render_info info;
	struct render_metadata metadata; /* RENDER_METADATA */
};

#endif
