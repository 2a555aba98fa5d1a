/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks of bytes on their way to a file, whole pages so that a disk can take
 * them as they lie there. A store has only so many, which bounds what uploads
 * hold of memory; whoever gets none goes on without. A block belongs to all
 * who hold it, and is filled by one of them, of whom the others then learn how
 * far it is.
 */
#ifndef STORE_BLOCK_H
#define STORE_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

struct block;
struct blocks;

#define BLOCK_BYTES (1024u * 1024)
/* What begins at a multiple of it, and has such a length, is whole pages, and
 * whole sectors of every disk there is. */
#define BLOCK_ALIGN 4096u

/* So many at once at most, and of one taker. */
struct blocks *blocks_new(unsigned max, unsigned own_max);
/* All have been let go. NULL is fine. */
void blocks_free(struct blocks *blocks);

/* The rest may be called by any thread, and does not block. */

/* A reference; NULL: there is none left, or the taker has as many as it may,
 * whoever holds them by now. What is in it is anything. */
struct block *blocks_take(struct blocks *blocks, const void *taker);
/* BLOCK_BYTES of them. */
char *block_bytes(const struct block *block);
struct block *block_ref(struct block *block);
/* NULL is fine. */
void block_unref(struct block *block);

/* Told of bytes on their way to a file, in their order: the next n of them have
 * come, and are the first ones of that block, or, NULL, in the file. On the
 * thread that brings them; not blocking. Who wants the block for longer takes
 * a reference. */
struct block_watch {
	void (*came)(void *user, struct block *block, size_t n);
	void *user;
};

#endif
