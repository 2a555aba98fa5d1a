/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Header fields that a client wants the origin of a URL to be sent, as one text
 * of lines. What they are good for is between those two, so they go to no other
 * origin, and what comes back is nobody else's.
 */
#ifndef INGEST_FETCH_FIELDS_H
#define INGEST_FETCH_FIELDS_H

#include "base/buf.h"
#include "base/err.h"

#define FETCH_FIELDS_MAX 32
#define FETCH_FIELDS_BYTES (8u * 1024) /* of all lines */

struct fetch_fields {
	struct buf text;
	unsigned n;
};

void fetch_fields_init(struct fetch_fields *fields, struct arena *arena);

/* Appends "name: value" and a newline. Passes over what is said of a connection
 * and not to an origin (RFC 9110 7.6.1), and what only who sends the request
 * can know: Host, lengths and codings. ERR_INVALID: it is no field, or there
 * are too many. */
int fetch_fields_add(struct fetch_fields *fields, struct str name,
		     struct str value, struct err *err) MUST_CHECK;

/* The lines; STR_NONE: there are none. */
struct str fetch_fields_text(const struct fetch_fields *fields);

#endif
