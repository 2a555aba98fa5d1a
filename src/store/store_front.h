/* SPDX-License-Identifier: Apache-2.0 */
/* What store.c and sink.c share; nobody else includes it. */
#ifndef STORE_STORE_FRONT_H
#define STORE_STORE_FRONT_H

#include "store/store_backend.h"

#include <glib.h>
#include <stdatomic.h>

struct store {
	struct store_backend *backend;
	size_t inline_limit;
	uint64_t reserve;
	int dir_fd;
	_Atomic int64_t room_seen_us; /* when there last was room */
	unsigned node;
	/* Milliseconds and count of the last id, as one number. */
	_Atomic int64_t last_tick;
	GMutex lock;  /* guards kept */
	GArray *kept; /* ids of blobs that are still in STORE_PENDING */
};

/* Unique, and ascending within the process. Any thread. */
int64_t store_next_id(struct store *store);

/* store_tidy() is to end what is pending of it. Any thread; never blocks. */
void store_note_kept(struct store *store, int64_t id);

/* ERR_NO_SPACE when less than the reserve is free on the data directory's file
 * system. Small files believe an answer for a moment. Any thread. */
int store_check_room(struct store *store, bool is_large,
		     struct err *err) MUST_CHECK;

#endif
