/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that have something to do, by whose they are. Owners take turns,
 * one connection each: who has one does not wait for all of somebody who has
 * many.
 *
 * Private to src/http; the loop's thread only.
 */
#ifndef HTTP_LANES_H
#define HTTP_LANES_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LANES 64

/* Owners that share a lane are as one. */
struct lanes {
	GQueue of[LANES];
	uint64_t waiting; /* a bit each: something may be there */
	unsigned next;
};

void lanes_init(struct lanes *lanes);
/* Behind all else of that owner, any number; gives the queue that the link is
 * in, from which it may be unlinked. */
GQueue *lanes_push(struct lanes *lanes, int64_t owner, GList *link);
/* The next one; NULL: there is none. */
GList *lanes_pop(struct lanes *lanes);
/* False: there is surely none. */
static inline bool lanes_wait(const struct lanes *lanes)
{
	return lanes->waiting != 0;
}

#endif
