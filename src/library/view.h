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
	bool with_bytes;  /* files come with bytes that are in the database */
	struct db_tx *tx; /* the library's own: what it is inside of */
};

#endif
