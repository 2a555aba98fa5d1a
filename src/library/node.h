/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the data directories that share a database this one is, and whether
 * the database is the one that it was last used with. Private to src/library.
 */
#ifndef LIBRARY_NODE_H
#define LIBRARY_NODE_H

#include "library/library.h"
#include "store/store.h"

struct node {
	/* Of this directory alone, among those that share the database: no two
	 * nodes make the same ids of blobs. */
	unsigned number;
	/* The directory had no number yet. */
	bool is_new;
	/* The database is new, another one or an old copy, or the directory is
	 * a copy: what the database does not know may be somebody's file. */
	bool is_strange;
	bool others[STORE_NODES]; /* the numbers of other directories */
};

/* Counts a start in the file DIR/node and in the database, with the directory's
 * lock. A full disk is no error when the directory has its number already.
 * ERR_BUSY: somebody starts with a copy of this directory just now. ERR_LIMIT:
 * all numbers are taken. */
int node_claim(struct library *library, struct node *out,
	       struct err *err) MUST_CHECK;
/* Counts the stop likewise, so that a copy of the database that was made since
 * the start is known for one. The log is told when that cannot be. */
void node_note_stop(struct library *library);
/* Ids of blobs that are made from now on are above those that rows, pending
 * uploads and the quarantine have, also when the clock went back. */
int node_reserve_ids(struct library *library, struct err *err) MUST_CHECK;

#endif
