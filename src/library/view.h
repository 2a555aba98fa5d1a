/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a call is about: made once by who asks, and handed on whole.
 */
#ifndef LIBRARY_VIEW_H
#define LIBRARY_VIEW_H

#include "base/arena.h"
#include "library/library.h"

struct view {
	struct library *library;
	int64_t account_id;  /* whose; 0 where that does not matter */
	int64_t now;         /* ms; what has expired by then is not there */
	struct arena *arena; /* of strings and lists that are found */
	bool with_bytes; /* files come with bytes that are in the database */
	/* When a read that is for the call ends with ERR_BUSY, by
	 * g_get_monotonic_time(): 0 is never; the second one is for other
	 * threads to set, NULL is nobody. */
	int64_t until_us;
	const _Atomic int64_t *left_us;
	struct db_tx *tx; /* the library's own: what it is inside of */
};

#endif
