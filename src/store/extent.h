/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The extents of a staged blob and the records that keep them: a log of fixed
 * records, each with a checksum of its own. No files here.
 */
#ifndef STORE_EXTENT_H
#define STORE_EXTENT_H

#include "store/store.h"

#include <glib.h>

enum extent_record_kind {
	EXTENT_SIZE = 1, /* size: of the whole */
	EXTENT_ADDED,    /* extent */
	EXTENT_DROPPED,  /* all that touch offset, size */
	EXTENT_SEALED,   /* nothing more is written */
	/* What is left of one that the record after the next, or the next one,
	 * drops: beside the place that is dropped. Alone it says nothing. */
	EXTENT_KEPT,
	EXTENT_DOUBTED, /* others were here, and could not be read */
	/* offset: of how many it is the end. The next note begins over it, and
	 * brings another: a log that does not end so has lost some. */
	EXTENT_END,
};

struct extent_record {
	enum extent_record_kind kind;
	struct store_extent extent;
};

#define EXTENT_RECORD_BYTES 64

/* id: of the staged blob; a record of another is not one of its own. */
void extent_encode(const struct extent_record *record, int64_t id,
		   uint8_t out[EXTENT_RECORD_BYTES]);
/* False when it is torn, foreign or makes no sense. */
bool extent_decode(const uint8_t in[EXTENT_RECORD_BYTES], int64_t id,
		   struct extent_record *out);

/* What the records add up to. */
struct extents {
	GArray *list;  /* of struct store_extent: by offset, apart, not empty */
	uint64_t size; /* of the whole, or UINT64_MAX */
	uint64_t held; /* bytes of all in the list */
	bool sealed;
	bool doubted; /* some of what was known of the bytes is lost */
	struct store_extent kept[2]; /* in the last records */
	unsigned n_kept;
};

void extents_init(struct extents *extents);
void extents_release(struct extents *extents);
void extents_apply(struct extents *extents, const struct extent_record *record);
/* Whether any touches size bytes from offset on. */
bool extents_touch(const struct extents *extents, uint64_t offset,
		   uint64_t size);
/* How many bytes they have of that range. */
uint64_t extents_bytes_in(const struct extents *extents, uint64_t offset,
			  uint64_t size);
/* The index of the first that does not end before the offset. */
guint extents_at(const struct extents *extents, uint64_t offset);
/* Bytes from the first on without a gap. */
uint64_t extents_reach(const struct extents *extents);
/* Where the last one ends. */
uint64_t extents_end(const struct extents *extents);

#endif
