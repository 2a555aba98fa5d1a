/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Something that can be delivered: bytes, and what a GET has to know of them.
 * A stored file's contents are one (deliver/hot.h), but it need not be a file:
 * whatever is derived or put together can be described and sent as well.
 */
#ifndef DELIVER_CONTENT_H
#define DELIVER_CONTENT_H

#include "base/buf.h"
#include "http/http.h"

#define CONTENT_TAG_MAX 128

struct content {
	/* The first of these that there is: */
	/* Its start gets what is wanted. Has one user: not in a content that
	 * several requests share, as a hot entry's, but in one of its own. */
	const struct http_source *source;
	int fd; /* whole contents; -1: none */
	struct str bytes;
	uint64_t size;
	bool whole;         /* ranges of it cannot be had */
	int64_t modified_s; /* Unix seconds; may be ahead of the clock */
	/* The rest by content_describe(). */
	struct str etag; /* with quotes; points into fields */
	/* Response fields as they go out, ready made: ETag, Last-Modified,
	 * Accept-Ranges, X-Content-Type-Options; then Content-Type and, where
	 * it is needed, Content-Security-Policy. */
	struct str fields;
	size_t common; /* bytes of fields that go with every status */
};

/* Fills in etag, fields and common, in the arena. The tag is another one for
 * other bytes: at most CONTENT_TAG_MAX letters, digits or any of "-_.", without
 * quotes. A type that no header can hold goes out as unknown. */
void content_describe(struct content *content, struct str tag, struct str type,
		      struct arena *arena);
/* The first n bytes of the fields: all, or content->common. A Last-Modified
 * ahead of the clock goes out as the present time (RFC 9110 8.8.2.1); without
 * is_dated there is none. */
void content_add_fields(const struct content *content, size_t n, bool is_dated,
			struct buf *out);
/* Moves etag and fields to n = content->fields.n bytes at `at`. */
void content_move(struct content *content, char *at);

#endif
