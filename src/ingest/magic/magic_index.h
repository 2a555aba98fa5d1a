/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which tests of libmagic's table can say anything about some bytes. Most
 * compare a few bytes at a fixed place: a glance at those leaves a dozen of
 * 3,500 for libmagic to run. What is left out cannot match, so that libmagic
 * says the same as with the whole table.
 */
#ifndef INGEST_MAGIC_MAGIC_INDEX_H
#define INGEST_MAGIC_MAGIC_INDEX_H

#include "base/arena.h"
#include "ingest/magic/magic_table.h"

struct magic_index;

/* NULL when the table's records are not known. The table must outlive it. */
struct magic_index *magic_index_new(const struct magic_table *table);
void magic_index_free(struct magic_index *index);

struct magic_pick {
	struct str image; /* for libmagic to load; empty: none can match */
	bool slow;        /* expressions among them, or all of the table */
};

/*
 * Picks the tests for these bytes; the image is in `arena`, or the whole table.
 * text: the same as UTF-8 text, STR_NONE when they are none, or in another
 * encoding, for which all_text picks what is for texts. Any thread.
 */
struct magic_pick magic_index_pick(const struct magic_index *index,
				   struct arena *arena, struct str bytes,
				   struct str text, bool all_text);

#endif
