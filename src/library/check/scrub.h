/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The scrub: reads every blob there is within a period, slowly, and compares it
 * with its checksum. Blobs are read in order of their ids, in rounds; how far a
 * round has come is a row, so that the next process goes on there.
 *
 * What it finds goes to the log and to the metrics. It changes nothing.
 */
#ifndef LIBRARY_CHECK_SCRUB_H
#define LIBRARY_CHECK_SCRUB_H

#include "library/library.h"

struct scrub;

struct scrub_pace {
	int64_t period_ms;    /* > 0: a round begins so often */
	uint64_t bytes_per_s; /* > 0: never more, even if the round takes
				 longer then */
};

struct scrub *scrub_new(struct library *library, const struct scrub_pace *pace);
/* Reads some 100 KiB. Returns how long to pause before the next call, in
 * milliseconds. One thread at a time; blocks on the disk. */
unsigned scrub_step(struct scrub *scrub);
/* Notes how far it has come. NULL is fine. */
void scrub_free(struct scrub *scrub);

#endif
