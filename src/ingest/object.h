/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A JSON object as the parts of a form, streaming: each member is a part with
 * neither file name nor type.
 *
 *  "a": "b"         the text, unescaped
 *  "a": 1, true     as written
 *  "a": null        no part
 *  "a": ["b", 2]    one part, "b,2"
 *  "a": {…}, [{…}]  as written; whoever reads that field judges it
 *
 * A text of any length passes through as it comes. Held are a member's name
 * and a number, both short.
 */
#ifndef INGEST_OBJECT_H
#define INGEST_OBJECT_H

#include "base/arena.h"
#include "base/err.h"
#include "http/syntax/multipart.h"

#define OBJECT_NAME_MAX 256   /* bytes of a member's name */
#define OBJECT_LITERAL_MAX 64 /* of a number as it is written */

struct object_parts;

/* Lives in the arena; the events are copied. */
struct object_parts *object_parts_new(struct arena *arena,
				      const struct multipart_events *events);
/* Consumes all of p[0..n). -1: ERR_INVALID for what is no JSON object, or what
 * an event said; nothing more may be fed. */
int object_parts_feed(struct object_parts *o, const char *p, size_t n,
		      struct err *err) MUST_CHECK;
/* The body has ended: ERR_INVALID unless the object has. */
int object_parts_end(struct object_parts *o, struct err *err) MUST_CHECK;

#endif
