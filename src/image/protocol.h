/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server asks of the programs that meet image decoders and what it is
 * told, as the texts of the pool's messages (helpers/message.h). A request is a
 * struct render_request with the images as its descriptors; an answer is a
 * struct render_reply. Both are of one build and host.
 *
 *     RENDER_INSPECT, RENDER_EMBEDDED, RENDER_METADATA, RENDER_DOCUMENT: one
 *     image; behind the reply stands a JSON object, or nothing
 *     RENDER_PICTURE: behind the request stands the text of a plan
 *     (image/plan.h); the files are the source and those that
 *     image_plan_inputs() names, in its order. With RENDER_OK comes the encoded
 *     picture as the answer's memory file, at most RENDER_OUTPUT_MAX bytes.
 */
#ifndef IMAGE_PROTOCOL_H
#define IMAGE_PROTOCOL_H

#include "base/version.h"

#include <stdint.h>

#define RENDER_GREETING "stowage-render " STOWAGE_VERSION
#define SCALE_GREETING "stowage-scale " STOWAGE_VERSION
#define RENDER_TEXT_MAX (64 * 1024) /* bytes of JSON */
#define RENDER_THUMBHASH_MAX 25
#define RENDER_INPUTS_MAX 32
#define RENDER_OUTPUT_MAX (64 * 1024 * 1024) /* bytes */
/* Of memory that a picture may take, besides those of its program, unless the
 * request has RENDER_ALONE. */
#define RENDER_SMALL (64 * 1024 * 1024)

enum render_kind {
	RENDER_INSPECT = 2,
	RENDER_EMBEDDED = 3, /* the same, with the embedded metadata as text */
	RENDER_METADATA = 4, /* all of it; decodes the pixels */
	RENDER_PICTURE = 5,  /* what a plan makes of it */
	RENDER_DOCUMENT = 6, /* as RENDER_INSPECT, also of a PDF */
};

enum render_status {
	RENDER_OK = 0,
	RENDER_UNREADABLE = 1, /* no image that the decoders take */
	RENDER_REFUSED = 2,    /* a request that the helper does not know */
	RENDER_TOO_LARGE = 3,  /* the image, a step's, or the result */
	/* of RENDER_PICTURE */
	RENDER_ELSEWHERE = 4,   /* the other program can, this one cannot */
	RENDER_CROWDED = 5,     /* over RENDER_SMALL: only with RENDER_ALONE */
	RENDER_IMPOSSIBLE = 6,  /* the plan, with this image (ERR_INVALID of
				   image/geometry.h) */
	RENDER_UNSUPPORTED = 7, /* what the plan asks for is not built in */
};

/* Flags of a request. */
enum {
	RENDER_ALONE = 1, /* no other with this flag runs in this pool */
};

enum render_format {
	RENDER_JPG = 1,
	RENDER_PNG,
	RENDER_WEBP,
	RENDER_GIF,
	RENDER_TIFF,
	RENDER_HEIC,
	RENDER_AVIF,
	RENDER_JXL,
	RENDER_BMP,
	RENDER_SVG,
	RENDER_PDF,
	RENDER_HTML, /* of letters */
	RENDER_PGM,  /* grey (image/pgm.h) */
};

struct render_request {
	uint64_t sizes[RENDER_INPUTS_MAX]; /* of the descriptors, bytes */
	uint32_t kind;
	uint32_t flags;
	uint32_t
		page; /* RENDER_DOCUMENT: of a document, from 1; 0: the first */
};

struct render_info {
	/* pixels as stored; of a document its page's points */
	uint32_t width, height;
	uint32_t orientation; /* EXIF 1..8 */
	uint32_t pages;
	uint32_t density;                /* dots an inch; 0: unknown */
	uint32_t has_alpha, is_document; /* 0 or 1 */
};

struct render_metadata {
	uint32_t format;
	uint32_t has_color_profile, has_transparency; /* 0 or 1 */
	uint32_t quality, density;
	uint64_t phash;
	uint32_t thumbhash_n; /* bytes */
	uint8_t thumbhash[RENDER_THUMBHASH_MAX];
};

struct render_picture {
	uint32_t format, width, height, pages;
};

struct render_reply {
	uint32_t status;
	struct render_info info;
	struct render_metadata metadata; /* RENDER_METADATA */
	struct render_picture picture;   /* RENDER_PICTURE */
};

#endif
