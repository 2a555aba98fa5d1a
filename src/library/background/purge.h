/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to forget cached answers. The server's own caches follow every
 * change at once, so that a request is done when it is noted; the note is what
 * its sender can ask for.
 */
#ifndef LIBRARY_BACKGROUND_PURGE_H
#define LIBRARY_BACKGROUND_PURGE_H

#include "library/files/edit.h"

struct db_tx;

#define PURGE_URL_MAX 4096
#define PURGES_MAX 1000 /* notes of an account: the oldest go first */

/* Notes a request; blocks. */
int purge_create(const struct view *view, struct str url, struct id *id,
		 struct err *err) MUST_CHECK;
/* The same inside a transaction. */
struct purge {
	struct id id;
	int64_t account_id;
	struct str url;
	int64_t created_ms;
};
int purge_insert_tx(struct db_tx *tx, const struct purge *purge,
		    struct err *err) MUST_CHECK;
/* file_relocate(), and if that has done something a note with it. */
int purge_relocate(const struct view *view, const struct file_relocation *how,
		   struct str url, struct id *id, struct err *err) MUST_CHECK;
/* 1 there was such a request of the account, 0 none, -1. Blocks. */
int purge_find(const struct view *view, const struct id *id,
	       struct err *err) MUST_CHECK;
/* Notes older than this go (sweeper). */
int purge_sweep(struct library *library, int64_t before_ms,
		struct err *err) MUST_CHECK;

#endif
