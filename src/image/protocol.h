/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the server and stowage-render say to each other, over a pair of
 * SOCK_SEQPACKET sockets, one message a packet, both of one build and host.
 *
 * The child greets with one reply of kind RENDER_HELLO once its sandbox is
 * closed. From then on: one request with one descriptor (SCM_RIGHTS) to read
 * from, one reply with the same number, in turn. The child reads the descriptor
 * without moving its offset. It ends when the socket does.
 */
#ifndef IMAGE_PROTOCOL_H
#define IMAGE_PROTOCOL_H

#include <stdint.h>

#define RENDER_FD 3 /* the child's end */

enum render_kind {
	RENDER_HELLO = 1, /* reply only */
	RENDER_INSPECT = 2,
};

enum render_status {
	RENDER_OK = 0,
	RENDER_UNREADABLE = 1, /* no image that the decoders take */
	RENDER_REFUSED = 2,    /* a request that the child does not know */
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

struct render_reply {
	uint32_t kind;
	uint32_t number;
	uint32_t status;
	uint32_t is_last;        /* 1: the child ends after this reply */
	struct render_info info; /* RENDER_INSPECT */
};

#endif
