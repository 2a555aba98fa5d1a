/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cutting texts of processing URLs where quotes and brackets hold together, and
 * every mark may be percent-encoded. A text is walked once, whatever is in it.
 */
#ifndef API_FILESTACK_CDN_CHAIN_SCAN_H
#define API_FILESTACK_CDN_CHAIN_SCAN_H

#include "base/arena.h"

/* The mark that begins at s.p[i], one of "[]/,:=? - raw, or but for the
 * question mark as an escape - and in *n its length. Any other byte: 0, and 1.
 */
char scan_mark(struct str s, size_t i, size_t *n);

/* Behind the closing quote or bracket of what opens at i; i when nothing opens
 * there or it is never closed. */
size_t scan_group(struct str s, size_t i);

struct scan {
	struct str s;
	size_t at;
	char before;      /* the last mark, if nothing has followed; 0 */
	bool no_brackets; /* one is never closed */
};

/* The next mark outside of groups, of "/,:=?", with where it begins and *n its
 * length; scan->at is behind it. 0 at the end. Quotes open a group where a
 * value can begin, brackets anywhere. */
char scan_next(struct scan *scan, size_t *from, size_t *n);

/* A decoded text without the quotes that are around all of it. *is_quoted:
 * there were some. */
struct str scan_unquote(struct arena *arena, struct str text, bool *is_quoted);

#endif
