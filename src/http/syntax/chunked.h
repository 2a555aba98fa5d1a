/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked transfer coding, decoding: RFC 9112 section 7.1, strictly.
 * Chunk sizes of at most 15 hex digits, extensions skipped (4 KiB at most in
 * all), trailers skipped (8 KiB at most), CRLF line ends only.
 */
#ifndef HTTP_SYNTAX_CHUNKED_H
#define HTTP_SYNTAX_CHUNKED_H

#include "base/str.h"

struct http_chunked {
	unsigned state;
	unsigned digits;
	uint64_t left;     /* bytes of the current chunk still to come */
	uint32_t overhead; /* bytes of extensions and trailers so far */
};

void http_chunked_init(struct http_chunked *c);
/*
 * Looks at in[0..n). Sets *data to the next run of body bytes (may be empty)
 * and returns how many bytes of `in` were consumed up to its end; call again
 * with the rest. -1: broken framing. http_chunked_done() tells the end; bytes
 * after it are not consumed.
 */
ptrdiff_t http_chunked_step(struct http_chunked *c, const char *in, size_t n,
			    struct str *data);
bool http_chunked_done(const struct http_chunked *c);

#endif
