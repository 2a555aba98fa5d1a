/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blobs in the store that no row names. Private to src/library.
 */
#ifndef LIBRARY_CHECK_ORPHAN_H
#define LIBRARY_CHECK_ORPHAN_H

#include "library/library.h"
#include "library/node.h"

#include <glib.h>

struct store;

/* A blob in a store that no row names. */
struct orphan {
	struct store *store;
	int64_t id;
	uint64_t size;
};
/* Appends to out, an array of struct orphan. A blob that is just being put
 * counts too: ask again before believing it. */
int orphans_find(struct library *library, GArray *out,
		 struct err *err) MUST_CHECK;
/* Into quarantine: 1, 0 it is not in the store, -1. */
int orphan_set_aside(const struct orphan *orphan, struct err *err) MUST_CHECK;
/* Out of quarantine, those that have a row after all. */
int orphans_give_back(struct library *library, struct err *err) MUST_CHECK;
/* The same, and judges what the node's previous run left pending: kept with a
 * row, into quarantine without one. At the start, with the directory's lock. */
int orphans_settle(struct library *library, const struct node *node,
		   struct err *err) MUST_CHECK;
/* Whether there is a blob in a store, and no row of any. */
int orphans_are_all(struct library *library, bool *out,
		    struct err *err) MUST_CHECK;
/* 1 they are pending: the row may be about to come; 0 not, -1. */
int orphan_is_pending(const struct orphan *orphan, struct err *err) MUST_CHECK;
/* 1 a row points to these bytes, 0 none does. */
int orphan_has_row(struct library *library, const struct orphan *orphan,
		   struct err *err) MUST_CHECK;

#endif
