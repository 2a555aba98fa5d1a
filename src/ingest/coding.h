/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Content codings (RFC 9110 section 8.4.1) of what an origin sends: undone
 * while it comes, in memory that does not depend on what it is. Bounds on what
 * comes out are the receiver's, who is given it in small runs.
 */
#ifndef INGEST_CODING_H
#define INGEST_CODING_H

#include "base/str.h"

enum coding {
	CODING_IDENTITY,
	CODING_GZIP,    /* x-gzip too; zeros may follow, 1 MiB at most */
	CODING_DEFLATE, /* zlib's format, or without its frame as some send */
	CODING_UNKNOWN, /* any other, and more than one: each multiplies what
			   little can become, out of the receiver's sight */
};

/* Adds one Content-Encoding field's value to what those before it say. Of an
 * origin's answer: "aws-chunked" says nothing there, see below. */
enum coding coding_add(enum coding before, struct str value);
/* Whether a body that is sent comes in S3's frames for uploads ("aws-chunked"),
 * each with its length and a signature. Stored objects keep the word alone.
 * Source: the S3 API, "Signature Calculations for the Authorization Header:
 * Transferring Payload in Multiple Chunks". */
bool coding_is_framed(struct str value);

struct decoder;

/* Takes a run of what was decoded; false to stop. */
typedef bool coding_write(void *user, const void *p, size_t n);

/* Of CODING_GZIP or CODING_DEFLATE; NULL when there is no memory. */
struct decoder *decoder_new(enum coding coding, coding_write *write,
			    void *user);
/* False when the bytes are not of the coding, or `write` said stop; nothing
 * more may be fed then. */
bool decoder_feed(struct decoder *decoder, const void *p, size_t n);
/* Whether what was fed is complete, checksum and all. Nothing at all is. */
bool decoder_is_complete(const struct decoder *decoder);
/* NULL is fine. */
void decoder_free(struct decoder *decoder);

#endif
