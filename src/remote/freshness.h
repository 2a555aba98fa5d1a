/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a copy of somebody else's answer is good for (RFC 9111, as a cache
 * that many share; RFC 5861 for when the origin fails). Pure.
 */
#ifndef REMOTE_FRESHNESS_H
#define REMOTE_FRESHNESS_H

#include "ingest/fetch.h"

/* Without any word of the origin's. */
#define FRESHNESS_USUAL_S 60
#define FRESHNESS_STALE_S 3600
/* Whatever the origin says: after that it is asked again. */
#define FRESHNESS_MOST_S 86400

/* Unix milliseconds. */
struct freshness {
	bool may_keep; /* for others than those who asked already */
	int64_t fresh_until;
	int64_t stale_until; /* may be used until then if the origin fails */
};

/* What an answer says whose request went out at asked_ms and which was there at
 * now_ms. moved: as in struct fetch_result; then it is good for
 * FRESHNESS_USUAL_S at most. */
struct freshness freshness_of(const struct fetch_validity *validity, bool moved,
			      int64_t asked_ms, int64_t now_ms);

/* What holds after a 304: its fields, and of those that it does not have what
 * was there before (RFC 9111 3.2). */
struct fetch_validity freshness_update(const struct fetch_validity *before,
				       const struct fetch_validity *unchanged);

#endif
