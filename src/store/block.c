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
};

struct blocks {
	GMutex mutex; /* of what follows */
	struct block *free;
	unsigned kept, taken, max;
};

struct blocks *blocks_new(unsigned max)
{
	struct blocks *blocks = g_new0(struct blocks, 1);
	g_mutex_init(&blocks->mutex);
	blocks->max = max;
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

struct block *blocks_take(struct blocks *blocks)
{
	g_mutex_lock(&blocks->mutex);
	struct block *block = blocks->free;
	bool may = blocks->taken < blocks->max;
	if (may)
		blocks->taken++;
	if (may && block) {
		blocks->free = block->next;
		blocks->kept--;
	}
	g_mutex_unlock(&blocks->mutex);
	if (!may)
		return NULL;
	if (block == NULL)
		block = map(blocks);
	if (block) {
		block->refs = 1;
		return block;
	}
	g_mutex_lock(&blocks->mutex);
	blocks->taken--;
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
	blocks->taken--;
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
