/* SPDX-License-Identifier: Apache-2.0 */
/* What store.c and sink.c share; nobody else includes it. */
#ifndef STORE_STORE_FRONT_H
#define STORE_STORE_FRONT_H

#include "store/store_backend.h"

#include <stdatomic.h>

struct store {
	struct store_backend *backend;
	size_t inline_limit;
	int dir_fd;
	bool exclusive;
	/* The run before did not stop cleanly, and nobody has gone through
	 * what it may have left, from this day on. */
	bool owes_walk;
	int walk_since;
	_Atomic int64_t last_id;
};

/* Unique and ascending within the process. Any thread. */
int64_t store_next_id(struct store *store);

#endif
