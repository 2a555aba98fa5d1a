/* SPDX-License-Identifier: Apache-2.0 */
#include "store/block.h"

#include <glib.h>
#include <sys/mman.h>

/* Free ones that are kept, so that their pages need not be made again. */
#define KEPT_MAX 16u

struct block {
	struct blocks *blocks;
	struct block *next; /* of free ones */
	char *bytes;
	gint refs; /* atomic */
	const void **taker;
};

struct blocks {
	GMutex mutex; /* of what follows */
	struct block *free;
	unsigned kept, taken, max, own_max;
	/* Of each that is taken, by whom; of the others NULL. Who has gone may
	 * come again under the same address, and then has a few less. */
	const void **takers;
};

struct blocks *blocks_new(unsigned max, unsigned own_max)
{
	struct blocks *blocks = g_new0(struct blocks, 1);
	g_mutex_init(&blocks->mutex);
	blocks->max = max;
	blocks->own_max = own_max;
	blocks->takers = g_new0(const void *, max);
	return blocks;
}

static void unmap(struct block *block)
{
	munmap(block->bytes, BLOCK_BYTES);
	g_free(block);
}

void blocks_free(struct blocks *blocks)
{
	if (blocks == NULL)
		return;
	g_assert(blocks->taken == 0);
	while (blocks->free) {
		struct block *block = blocks->free;
		blocks->free = block->next;
		unmap(block);
	}
	g_mutex_clear(&blocks->mutex);
	g_free(blocks->takers);
	g_free(blocks);
}

/* NULL: there is no memory for it, which is no worse than that there is no
 * block. */
static struct block *map(struct blocks *blocks)
{
	void *bytes = mmap(NULL, BLOCK_BYTES, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bytes == MAP_FAILED)
		return NULL;
	struct block *block = g_new0(struct block, 1);
	block->blocks = blocks;
	block->bytes = bytes;
	return block;
}

/* With the mutex: a place for one more, or NULL. */
static const void **find_place(struct blocks *blocks, const void *taker)
{
	const void **place = NULL;
	unsigned own = 0;
	for (unsigned i = 0; i < blocks->max; i++) {
		own += blocks->takers[i] == taker;
		if (blocks->takers[i] == NULL)
			place = &blocks->takers[i];
	}
	return own < blocks->own_max ? place : NULL;
}

/* With the mutex. */
static struct block *pop_free(struct blocks *blocks)
{
	struct block *block = blocks->free;
	if (block) {
		blocks->free = block->next;
		blocks->kept--;
	}
	return block;
}

/* With the mutex. */
static void give_back(struct blocks *blocks, const void **place)
{
	*place = NULL;
	blocks->taken--;
}

struct block *blocks_take(struct blocks *blocks, const void *taker)
{
	struct block *block = NULL;
	g_mutex_lock(&blocks->mutex);
	const void **place = find_place(blocks, taker);
	if (place) {
		*place = taker;
		blocks->taken++;
		block = pop_free(blocks);
	}
	g_mutex_unlock(&blocks->mutex);
	if (place == NULL)
		return NULL;
	if (block == NULL)
		block = map(blocks);
	if (block) {
		block->refs = 1;
		block->taker = place;
		return block;
	}
	g_mutex_lock(&blocks->mutex);
	give_back(blocks, place);
	g_mutex_unlock(&blocks->mutex);
	return NULL;
}

char *block_bytes(const struct block *block)
{
	return block->bytes;
}

struct block *block_ref(struct block *block)
{
	g_atomic_int_inc(&block->refs);
	return block;
}

void block_unref(struct block *block)
{
	if (block == NULL || !g_atomic_int_dec_and_test(&block->refs))
		return;
	struct blocks *blocks = block->blocks;
	g_mutex_lock(&blocks->mutex);
	give_back(blocks, block->taker);
	bool stays = blocks->kept < KEPT_MAX;
	if (stays) {
		block->next = blocks->free;
		blocks->free = block;
		blocks->kept++;
	}
	g_mutex_unlock(&blocks->mutex);
	if (!stays)
		unmap(block);
}
