/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hashes that clients ask for, kept by content: whoever shares its bytes shares
 * them, and with the bytes they go.
 */
#ifndef LIBRARY_FILES_HASHES_H
#define LIBRARY_FILES_HASHES_H

#include "base/digest.h"
#include "library/view.h"

/* Of one content, all kinds; each in its first digest_bytes(). */
struct hashes {
	uint8_t of[DIGEST_COUNT][DIGEST_BYTES_MAX];
};

/* What is kept: 1 found, 0 nobody has made them yet, -1. */
int hashes_find(const struct view *view, int64_t blob_id, struct hashes *out,
		struct err *err) MUST_CHECK;
/* Of a content whose blob has gone meanwhile they are not kept. */
int hashes_keep(const struct view *view, int64_t blob_id,
		const struct hashes *hashes, struct err *err) MUST_CHECK;

#endif
