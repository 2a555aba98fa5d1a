/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the bytes are that have come of a stream and are still to be summed:
 * some in blocks (store/block.h), others in its file. Not thread-safe.
 */
#ifndef HASHING_PIECES_H
#define HASHING_PIECES_H

#include "store/block.h"

#include <glib.h>
#include <stdint.h>

struct pieces {
	GArray *list; /* of struct piece; NULL: nothing has come yet */
	guint first;
};

/* A run of bytes, in a block from there on, or, NULL, in the file. */
struct piece {
	struct block *block;
	size_t at;  /* bytes */
	uint64_t n; /* bytes, > 0 */
};

/* The first n bytes of the block, which this then holds. */
void pieces_add(struct pieces *pieces, struct block *block, uint64_t n);
/* How many of them lie together. */
uint64_t pieces_together(const struct pieces *pieces);
/* The first n bytes, or as many as there are, in that many pieces, no more than
 * n, which stay until they are dropped. */
size_t pieces_find(const struct pieces *pieces, size_t n, struct piece *out);
/* No more than there are. */
void pieces_drop(struct pieces *pieces, uint64_t n);
/* Drops all. */
void pieces_release(struct pieces *pieces);

#endif
