/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server and stowage-render say to each other, over a pair of
 * SOCK_SEQPACKET sockets, one message a packet, both of one build and host.
 *
 * The child greets with one reply of kind RENDER_HELLO once its sandbox is
 * closed. From then on: one request with one descriptor (SCM_RIGHTS) to read
 * from, one reply with the same number, in turn. A reply's text follows it in
 * the same packet. The child reads the descriptor without moving its offset.
 * It ends when the socket does.
 */
#ifndef IMAGE_PROTOCOL_H
#define IMAGE_PROTOCOL_H

#include <stdint.h>

#define RENDER_FD 3                 /* the child's end */
#define RENDER_TEXT_MAX (64 * 1024) /* bytes */

enum render_kind {
	RENDER_HELLO = 1, /* reply only */
	RENDER_INSPECT = 2,
	RENDER_EMBEDDED = 3, /* the same, with the embedded metadata as text */
	RENDER_METADATA = 4, /* all of it; decodes the pixels */
};

enum render_status {
	RENDER_OK = 0,
	RENDER_UNREADABLE = 1, /* no image that the decoders take */
	RENDER_REFUSED = 2,    /* a request that the child does not know */
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
	uint32_t kind;
	uint32_t number;
	uint64_t size; /* of what the descriptor holds, bytes */
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
	uint32_t kind;
	uint32_t number;
	uint32_t status;
	uint32_t is_last;   /* 1: the child ends after this reply */
	uint32_t text_size; /* of a JSON object that follows; 0: none */
	struct render_info info;
	struct render_metadata metadata; /* RENDER_METADATA */
};

#endif
