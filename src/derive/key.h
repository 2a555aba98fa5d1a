/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a derivative is known by: the contents that it is made of and the plan
 * that it is made by. Never a URL, a date or a file's name, so that new content
 * under an old URL is another key and nothing has to be forgotten in time.
 */
#ifndef DERIVE_KEY_H
#define DERIVE_KEY_H

#include "base/digest.h"
#include "base/str.h"

#include <glib.h>

/* One content of the library. A blob is never changed and its id never used
 * again, so that no two contents are taken for one even by whoever can make
 * checksums collide, which with XXH3 is anybody. */
struct derive_content {
	int64_t store, blob_id;
	uint8_t checksum[CHECKSUM_BYTES];
};

#define DERIVE_SOURCE_BYTES 16
#define DERIVE_PICTURE_BYTES 16

struct derive_key {
	uint8_t source[DERIVE_SOURCE_BYTES]; /* of all that is made of it */
	uint8_t picture[DERIVE_PICTURE_BYTES];
};

void derive_source(const struct derive_content *content,
		   uint8_t out[DERIVE_SOURCE_BYTES]);

/* contents: n, the source first, then what the plan lays over it in its order.
 * plan: canonical text. Other pixels by another version of the program have
 * another key. */
void derive_key(const struct derive_content *contents, size_t n,
		struct str plan, struct derive_key *out);

/* For tables: of keys, and of sources. */
guint derive_key_hash(const void *key);
gboolean derive_key_equal(const void *a, const void *b);
guint derive_source_hash(const void *source);
gboolean derive_source_equal(const void *a, const void *b);

/* As a file's name below the cache's directory: "3f/", 64 hex digits. */
#define DERIVE_NAME_LEN (3 + 2 * sizeof(struct derive_key))
void derive_key_name(const struct derive_key *key,
		     char out[DERIVE_NAME_LEN + 1]);
/* Of the last 64 digits; false when it is no such name. */
bool derive_key_parse(struct str digits, struct derive_key *out);

#endif
