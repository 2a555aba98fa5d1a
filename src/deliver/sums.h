/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CRC-32 of contents that archives have been made of, in memory, so that
 * the next archive need not read them: docs/decisions/0043-sums-in-memory.md.
 * Contents never change, so neither do these; those that are not asked for make
 * room for others.
 */
#ifndef DELIVER_SUMS_H
#define DELIVER_SUMS_H

#include "base/threads/crew.h"
#include "base/digest.h"

#include <stdbool.h>

#define SUMS_KEPT 32768 /* of 48 bytes */

struct sums;

/* Which content. No two share all of it: ids of blobs are not given twice, and
 * what has none has a digest in id and checksum that nobody can make collide.
 */
struct sums_of {
	int64_t store, blob_id;
	uint64_t size;
	uint8_t checksum[CHECKSUM_BYTES];
};

struct sums *sums_new(void);
/* NULL is fine. */
void sums_free(struct sums *sums);
/* Who takes them of large contents (deliver/summing.h). */
struct crew *sums_crew(struct sums *sums);

/* Any thread; neither waits for anything but each other. */
bool sums_find(struct sums *sums, const struct sums_of *of, uint32_t *crc);
void sums_keep(struct sums *sums, const struct sums_of *of, uint32_t crc);

#endif
