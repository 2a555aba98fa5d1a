/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a GET, in one list: preconditions, range, headers, bytes.
 * Access was decided before (library/files/access.h). Any thread; does not
 * block.
 */
#ifndef DELIVER_DELIVER_H
#define DELIVER_DELIVER_H

#include "deliver/content.h"
#include "http/http.h"

enum disposition {
	DISPOSITION_NONE,
	DISPOSITION_INLINE,
	DISPOSITION_ATTACHMENT,
};

struct delivery {
	const char *cache_control; /* NULL: none */
	enum disposition disposition;
	struct str name; /* for Content-Disposition */
	/* A header that has the name, percent-encoded, as names may be any
	 * UTF-8 and header values may not; static; NULL: none. */
	const char *name_field;
	/* It stands in for something else: who has it must not ask by its date
	 * whether that has changed. */
	bool is_undated;
};

/*
 * Fills in the response for GET or HEAD: 200, 206, 304, 412 or 416 with ETag,
 * Last-Modified, Accept-Ranges, X-Content-Type-Options: nosniff, and for types
 * that browsers run (HTML, SVG, XML, unknown) Content-Security-Policy: sandbox.
 * The content and what it points to must last until the exchange's arena is
 * released (arena_defer() lets go of it). A source is stopped only if its bytes
 * were to be sent: with 200 and 206. 412 and 416 have no body; dialects
 * may add one.
 */
void deliver(struct http_exchange *x, const struct content *content,
	     const struct delivery *how);

/* The value of a Content-Disposition: an ASCII filename= with anything else
 * replaced by '_', and filename*=UTF-8''... when that lost something. */
struct str disposition_value(struct arena *arena, enum disposition disposition,
			     struct str name);

#endif
