/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When memory that a load has left behind goes back to the system. malloc keeps
 * what it has freed but for the top of a heap, for the next load; it can be
 * told to let go of whole pages, which costs milliseconds in which others wait.
 * So that is done when a load is over, once.
 */
#ifndef SERVER_TRIM_H
#define SERVER_TRIM_H

#include <stdbool.h>
#include <stdint.h>

struct trim {
	int64_t seen; /* all work at the last look */
	int64_t peak; /* the most work between two looks, since the last time */
};

#define TRIM_LOOK_MS 2000 /* how often to look */

/* work: of the whole life of the process, in bytes. True: it has done much, and
 * does no more than a little now. */
bool trim_is_due(struct trim *trim, int64_t work);

/* Looks, and gives back what is due. */
void trim_look(struct trim *trim);

#endif
