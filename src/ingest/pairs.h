/* SPDX-License-Identifier: Apache-2.0 */
/*
 * application/x-www-form-urlencoded (WHATWG URL standard, 5.1) as the parts of
 * a form, streaming: each pair is a part with neither file name nor type. A
 * value of any length passes through as it comes; held is a name, which is
 * short.
 */
#ifndef INGEST_PAIRS_H
#define INGEST_PAIRS_H

#include "base/arena.h"
#include "base/err.h"
#include "http/syntax/multipart.h"

#define PAIR_NAME_MAX 256 /* bytes of a name */

struct pair_parts;

/* Lives in the arena; the events are copied. */
struct pair_parts *pair_parts_new(struct arena *arena,
				  const struct multipart_events *events);
/* For part_begin: a plus of this value is one, and no blank. There are none in
 * Base64 and in URLs, and not all who write these by hand code it. */
void pair_parts_keep_plus(struct pair_parts *pairs);
/* Consumes all of p[0..n). -1: ERR_INVALID for a name that is too long or no
 * UTF-8, or what an event said; nothing more may be fed. */
int pair_parts_feed(struct pair_parts *pairs, const char *p, size_t n,
		    struct err *err) MUST_CHECK;
/* The body has ended. -1: as above. */
int pair_parts_end(struct pair_parts *pairs, struct err *err) MUST_CHECK;

#endif
