/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture that has been made, ready to be delivered: immutable, refcounted,
 * shared by whoever sends it and by the cache.
 */
#ifndef DERIVE_DERIVATIVE_H
#define DERIVE_DERIVATIVE_H

#include "deliver/content.h"

#include "base/digest.h"

#include <stdatomic.h>

/* Up to so many bytes they are kept as such, above as an open file. */
#define DERIVATIVE_SMALL (64u * 1024)
#define DERIVATIVE_TYPE_MAX 47

struct derivative {
	/* Its ETag is the checksum of its own bytes: whoever makes it again may
	 * get others. Last-Modified is that of the source it was made for. */
	struct content content;
	uint8_t checksum[CHECKSUM_BYTES]; /* of the bytes */
	struct str type;
	size_t memory;    /* bytes that it takes */
	atomic_uint refs; /* the module's own */
	char data[];
};

/* What one is made from. */
struct derivative_facts {
	int fd;        /* its bytes from the start on, perhaps others behind */
	uint64_t size; /* bytes */
	struct str type;    /* at most DERIVATIVE_TYPE_MAX bytes */
	int64_t modified_s; /* of its contents, Unix seconds */
};

/* Reads all of it. Takes fd, also when it fails. The caller has the first
 * reference. NULL with ERR_INTERNAL: it cannot be read, or is shorter. */
struct derivative *derivative_new(const struct derivative_facts *facts,
				  struct err *err) MUST_CHECK;
struct derivative *derivative_ref(struct derivative *derivative);
/* NULL is fine. */
void derivative_unref(struct derivative *derivative);

/* What is to be sent, as a derivative of a source of that date; in the arena,
 * good for as long as the derivative. */
const struct content *derivative_content(const struct derivative *derivative,
					 int64_t modified_s,
					 struct arena *arena);

#endif
