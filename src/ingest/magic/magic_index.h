/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libmagic's table says about some bytes, as far as that can be told
 * without libmagic. Most of its tests compare a few bytes at a fixed place: a
 * glance at those leaves a dozen of 3,500. Those for texts are run here
 * (magic_group.h). What can say something all the same is left to libmagic;
 * what is left out cannot, so that it says the same as with the whole table.
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
	/* For libmagic to load, one after the other; both empty: it need not be
	 * asked. */
	struct str image, table;
	struct str type; /* when it need not; STR_NONE: no test says one */
	bool slow;       /* expressions in the image, or all of the table */
	bool undone;     /* there is too much to look at for who has no time */
};

struct magic_content {
	struct str bytes;
	struct str text; /* the same as UTF-8; STR_NONE when it is no text, or
			  * in an encoding that is not known */
	bool all_text;   /* so is it: what is for texts may all match */
	bool is_text;    /* not so that libmagic sees it only at the second
			  * glance */
	bool patient;    /* some milliseconds may pass */
};

/* Picks the tests for some content; the image is in `arena`, the whole
 * table that of the index, the type that of the table. Any thread. */
struct magic_pick magic_index_pick(const struct magic_index *index,
				   struct arena *arena,
				   const struct magic_content *content);

#endif
