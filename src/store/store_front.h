/* SPDX-License-Identifier: Apache-2.0 */
/* What store.c and sink.c share; nobody else includes it. */
#ifndef STORE_STORE_FRONT_H
#define STORE_STORE_FRONT_H

#include "store/store_backend.h"

#include <stdatomic.h>

struct store {
	struct store_backend *backend;
	size_t inline_limit;
	uint64_t reserve;
	int dir_fd;
	bool exclusive;
	/* The run before did not stop cleanly, and nobody has gone through
	 * what it may have left, from this day on. */
	bool owes_walk;
	int walk_since;
	atomic_bool in_doubt; /* a blob may have been left without a row */
	_Atomic int64_t room_seen_us; /* when there last was room */
	_Atomic int64_t last_id;
};

/* Unique and ascending within the process. Any thread. */
int64_t store_next_id(struct store *store);

/* ERR_NO_SPACE when less than the reserve is free on the data directory's file
 * system. Small files believe an answer for a moment. Any thread. */
int store_check_room(struct store *store, bool is_large,
		     struct err *err) MUST_CHECK;

#endif
