/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cut into shards by the key, each with a lock and an even part of what there
 * may be. Derivatives of one source are in all of them, so that one picture
 * alone can have all the room.
 */
#include "derive/index.h"
#include "base/clock.h"
#include "base/metrics.h"

#include <pthread.h>

#define SHARDS_MAX 16u
#define SHARD_MEMORY_MIN ((size_t)1 << 20)
#define SHARD_DISK_MIN (UINT64_C(32) << 20)
#define SHARD_FILES_MIN 64u
#define NODE_OVERHEAD 256 /* tables, lists and malloc, roughly */

enum ring {
	RING_MEMORY,
	RING_DESCRIPTORS,
	RINGS,
};

struct node {
	struct derive_key key;
	uint64_t size; /* on the disk; 0: not there */
	int64_t used_ms;
	struct derivative *derivative; /* NULL: not in memory */
	bool writing;
	bool purged; /* in the meantime */
	GList disk;  /* in the shard's queue, if size is not 0 */
	GList ring;  /* in one of its rings, if in memory and not `writing` */
	struct node *next, *previous; /* of the source */
};

struct shard {
	_Alignas(64) pthread_mutex_t mutex;
	GHashTable *nodes;   /* struct derive_key in the node → struct node */
	GHashTable *sources; /* its source → the first struct node of it */
	GQueue disk;         /* least recently used first, as the rings */
	GQueue rings[RINGS];
	uint64_t disk_bytes;
	size_t memory;
};

struct derive_index {
	unsigned shards;
	struct derive_limits part; /* of one shard */
	struct shard list[SHARDS_MAX];
};

GArray *derive_victims_new(void)
{
	return g_array_new(FALSE, FALSE, sizeof(struct derive_key));
}

static struct shard *shard_of(struct derive_index *index,
			      const struct derive_key *key)
{
	return &index->list[key->picture[DERIVE_PICTURE_BYTES - 1] %
			    index->shards];
}

/* None is so small that one derivative fills it. */
static unsigned shards_for(const struct derive_limits *limits)
{
	unsigned n = SHARDS_MAX;
	while (n > 1 && (limits->memory / n < SHARD_MEMORY_MIN ||
			 (limits->max_bytes &&
			  (limits->max_bytes / n < SHARD_DISK_MIN ||
			   limits->max_files / n < SHARD_FILES_MIN))))
		n /= 2;
	return n;
}

struct derive_index *derive_index_new(const struct derive_limits *limits)
{
	struct derive_index *index =
		g_aligned_alloc0(1, sizeof(*index), _Alignof(struct shard));
	unsigned n = shards_for(limits);
	index->shards = n;
	index->part = (struct derive_limits){
		.max_bytes = limits->max_bytes / n,
		.max_files = limits->max_files / n,
		.memory = limits->memory / n,
		.descriptors = limits->descriptors / n,
	};
	for (unsigned i = 0; i < n; i++) {
		struct shard *shard = &index->list[i];
		pthread_mutex_init(&shard->mutex, NULL);
		shard->nodes =
			g_hash_table_new(derive_key_hash, derive_key_equal);
		shard->sources = g_hash_table_new(derive_source_hash,
						  derive_source_equal);
	}
	return index;
}

void derive_index_free(struct derive_index *index)
{
	if (index == NULL)
		return;
	for (unsigned i = 0; i < index->shards; i++) {
		struct shard *shard = &index->list[i];
		GHashTableIter iter;
		gpointer value;
		g_hash_table_iter_init(&iter, shard->nodes);
		while (g_hash_table_iter_next(&iter, NULL, &value)) {
			struct node *node = value;
			if (node->size) {
				metric_add(METRIC_DERIVED_FILES, -1);
				metric_add(METRIC_DERIVED_BYTES,
					   -(int64_t)node->size);
			}
			derivative_unref(node->derivative);
			g_free(node);
		}
		g_hash_table_destroy(shard->nodes);
		g_hash_table_destroy(shard->sources);
		pthread_mutex_destroy(&shard->mutex);
	}
	g_aligned_free(index);
}

/* What is let go of under the lock, and freed when that is open again. */
struct dropped {
	GPtrArray *list; /* NULL: none yet */
};

static void drop(struct dropped *dropped, struct derivative *derivative)
{
	if (dropped->list == NULL)
		dropped->list = g_ptr_array_new();
	g_ptr_array_add(dropped->list, derivative);
}

static void leave(struct shard *shard, struct dropped *dropped)
{
	pthread_mutex_unlock(&shard->mutex);
	if (dropped->list == NULL)
		return;
	for (guint i = 0; i < dropped->list->len; i++)
		derivative_unref(dropped->list->pdata[i]);
	g_ptr_array_free(dropped->list, TRUE);
}

static struct node *find_node(struct shard *shard, const struct derive_key *key)
{
	return g_hash_table_lookup(shard->nodes, key);
}

static struct node *add_node(struct shard *shard, const struct derive_key *key)
{
	struct node *node = g_new0(struct node, 1);
	node->key = *key;
	node->disk.data = node;
	node->ring.data = node;
	node->used_ms = now_ms();
	node->next = g_hash_table_lookup(shard->sources, key->source);
	if (node->next)
		node->next->previous = node;
	g_hash_table_replace(shard->sources, node->key.source, node);
	g_hash_table_insert(shard->nodes, &node->key, node);
	return node;
}

/* When there is nothing of it left. */
static void end_node(struct shard *shard, struct node *node)
{
	if (node->size || node->derivative)
		return;
	if (node->next)
		node->next->previous = node->previous;
	if (node->previous)
		node->previous->next = node->next;
	else if (node->next)
		g_hash_table_replace(shard->sources, node->next->key.source,
				     node->next);
	else
		g_hash_table_remove(shard->sources, node->key.source);
	g_hash_table_remove(shard->nodes, &node->key);
	g_free(node);
}

static enum ring ring_of(const struct node *node)
{
	return node->derivative->content.fd >= 0 ? RING_DESCRIPTORS
						 : RING_MEMORY;
}

static size_t memory_of(const struct node *node)
{
	return node->derivative->memory + NODE_OVERHEAD;
}

/* Out of memory; not one that is being written. */
static void forget(struct shard *shard, struct node *node,
		   struct dropped *dropped)
{
	g_queue_unlink(&shard->rings[ring_of(node)], &node->ring);
	shard->memory -= memory_of(node);
	drop(dropped, node->derivative);
	node->derivative = NULL;
}

/* Off the disk, and a file that is open with it, as it still has its room
 * there. */
static void forget_file(struct shard *shard, struct node *node,
			struct dropped *dropped)
{
	if (node->derivative && !node->writing &&
	    ring_of(node) == RING_DESCRIPTORS)
		forget(shard, node, dropped);
	g_queue_unlink(&shard->disk, &node->disk);
	shard->disk_bytes -= node->size;
	metric_add(METRIC_DERIVED_FILES, -1);
	metric_add(METRIC_DERIVED_BYTES, -(int64_t)node->size);
	node->size = 0;
}

static void make_room_in_memory(const struct derive_index *index,
				struct shard *shard, struct dropped *dropped)
{
	const GQueue *rings = shard->rings;
	while (shard->memory > index->part.memory ||
	       rings[RING_DESCRIPTORS].length > index->part.descriptors) {
		bool many = rings[RING_DESCRIPTORS].length >
				    index->part.descriptors ||
			    rings[RING_MEMORY].length == 0;
		struct node *oldest =
			rings[many ? RING_DESCRIPTORS : RING_MEMORY].head->data;
		forget(shard, oldest, dropped);
		end_node(shard, oldest);
	}
}

/* What is large and not on the disk has its bytes in memory, whatever its
 * descriptor costs. */
static void keep(const struct derive_index *index, struct shard *shard,
		 struct node *node, struct dropped *dropped)
{
	if (node->derivative->content.fd >= 0 && node->size == 0) {
		drop(dropped, node->derivative);
		node->derivative = NULL;
		return;
	}
	g_queue_push_tail_link(&shard->rings[ring_of(node)], &node->ring);
	shard->memory += memory_of(node);
	make_room_in_memory(index, shard, dropped);
}

static void make_room_on_disk(const struct derive_index *index,
			      struct shard *shard, GArray *victims,
			      struct dropped *dropped)
{
	while (shard->disk_bytes > index->part.max_bytes ||
	       shard->disk.length > index->part.max_files) {
		struct node *oldest = shard->disk.head->data;
		g_array_append_val(victims, oldest->key);
		forget_file(shard, oldest, dropped);
		end_node(shard, oldest);
		metric_add(METRIC_DERIVED_EVICTIONS, 1);
	}
}

static void add_file(struct shard *shard, struct node *node, uint64_t size,
		     bool oldest)
{
	node->size = size;
	if (oldest)
		g_queue_push_head_link(&shard->disk, &node->disk);
	else
		g_queue_push_tail_link(&shard->disk, &node->disk);
	shard->disk_bytes += size;
	metric_add(METRIC_DERIVED_FILES, 1);
	metric_add(METRIC_DERIVED_BYTES, (int64_t)size);
}

static void to_tail(GQueue *queue, GList *link)
{
	if (queue->tail == link)
		return;
	g_queue_unlink(queue, link);
	g_queue_push_tail_link(queue, link);
}

static void use(struct shard *shard, struct node *node)
{
	node->used_ms = now_ms();
	if (node->size)
		to_tail(&shard->disk, &node->disk);
	if (node->derivative && !node->writing)
		to_tail(&shard->rings[ring_of(node)], &node->ring);
}

enum derive_place derive_index_find(struct derive_index *index,
				    const struct derive_key *key,
				    struct derivative **out)
{
	struct shard *shard = shard_of(index, key);
	enum derive_place place = DERIVE_NOWHERE;
	*out = NULL;
	pthread_mutex_lock(&shard->mutex);
	struct node *node = find_node(shard, key);
	if (node && !node->purged) {
		use(shard, node);
		place = DERIVE_ON_DISK;
		if (node->derivative) {
			*out = derivative_ref(node->derivative);
			place = DERIVE_IN_MEMORY;
		}
	}
	pthread_mutex_unlock(&shard->mutex);
	return place;
}

void derive_index_keep(struct derive_index *index, const struct derive_key *key,
		       struct derivative *derivative)
{
	struct shard *shard = shard_of(index, key);
	struct dropped dropped = {NULL};
	pthread_mutex_lock(&shard->mutex);
	struct node *node = find_node(shard, key);
	if (node == NULL)
		node = add_node(shard, key);
	if (node->derivative == NULL) {
		node->derivative = derivative_ref(derivative);
		keep(index, shard, node, &dropped);
		node = find_node(shard, key);
		if (node)
			end_node(shard, node);
	}
	leave(shard, &dropped);
}

bool derive_index_begin(struct derive_index *index,
			const struct derive_key *key,
			struct derivative *derivative)
{
	struct shard *shard = shard_of(index, key);
	struct dropped dropped = {NULL};
	bool begun = false;
	pthread_mutex_lock(&shard->mutex);
	struct node *node = find_node(shard, key);
	if (node == NULL)
		node = add_node(shard, key);
	if (node->size == 0 && !node->writing) {
		if (node->derivative)
			forget(shard, node, &dropped);
		node->derivative = derivative_ref(derivative);
		node->writing = true;
		node->purged = false;
		begun = true;
	}
	leave(shard, &dropped);
	return begun;
}

void derive_index_end(struct derive_index *index, const struct derive_key *key,
		      uint64_t size, GArray *victims)
{
	struct shard *shard = shard_of(index, key);
	struct dropped dropped = {NULL};
	pthread_mutex_lock(&shard->mutex);
	struct node *node = find_node(shard, key);
	/* a large one's bytes are in memory now: it is opened as a file when
	 * it is wanted again */
	bool large = node->derivative->content.fd >= 0;
	if (size && (node->purged || size > index->part.max_bytes))
		g_array_append_val(victims, *key);
	else if (size)
		add_file(shard, node, size, false);
	node->writing = false;
	if (large || node->purged) {
		drop(&dropped, node->derivative);
		node->derivative = NULL;
	} else {
		keep(index, shard, node, &dropped);
	}
	make_room_on_disk(index, shard, victims, &dropped);
	node = find_node(shard, key);
	if (node)
		end_node(shard, node);
	leave(shard, &dropped);
}

void derive_index_add(struct derive_index *index,
		      const struct derive_found *found, GArray *victims)
{
	struct shard *shard = shard_of(index, &found->key);
	struct dropped dropped = {NULL};
	if (found->size > index->part.max_bytes) {
		g_array_append_val(victims, found->key);
		return;
	}
	pthread_mutex_lock(&shard->mutex);
	struct node *node = find_node(shard, &found->key);
	if (node == NULL)
		node = add_node(shard, &found->key);
	if (node->size == 0 && !node->writing) {
		if (found->used_ms)
			node->used_ms = found->used_ms;
		add_file(shard, node, found->size, found->used_ms != 0);
		make_room_on_disk(index, shard, victims, &dropped);
	}
	leave(shard, &dropped);
}

void derive_index_remove(struct derive_index *index,
			 const struct derive_key *key)
{
	struct shard *shard = shard_of(index, key);
	struct dropped dropped = {NULL};
	pthread_mutex_lock(&shard->mutex);
	struct node *node = find_node(shard, key);
	if (node && node->size) {
		forget_file(shard, node, &dropped);
		end_node(shard, node);
	}
	leave(shard, &dropped);
}

void derive_index_remove_source(struct derive_index *index,
				const uint8_t source[DERIVE_SOURCE_BYTES],
				GArray *victims)
{
	for (unsigned i = 0; i < index->shards; i++) {
		struct shard *shard = &index->list[i];
		struct dropped dropped = {NULL};
		pthread_mutex_lock(&shard->mutex);
		struct node *node = g_hash_table_lookup(shard->sources, source);
		while (node) {
			struct node *next = node->next;
			if (node->size) {
				g_array_append_val(victims, node->key);
				forget_file(shard, node, &dropped);
			}
			if (node->writing)
				node->purged = true;
			else if (node->derivative)
				forget(shard, node, &dropped);
			end_node(shard, node);
			node = next;
		}
		leave(shard, &dropped);
	}
}

GArray *derive_index_used(struct derive_index *index, int64_t since_ms)
{
	GArray *used = g_array_new(FALSE, FALSE, sizeof(struct derive_found));
	for (unsigned i = 0; i < index->shards; i++) {
		struct shard *shard = &index->list[i];
		pthread_mutex_lock(&shard->mutex);
		for (GList *link = shard->disk.tail; link; link = link->prev) {
			const struct node *node = link->data;
			const struct derive_found found = {
				node->key, node->size, node->used_ms};
			if (node->used_ms < since_ms)
				break;
			g_array_append_val(used, found);
		}
		pthread_mutex_unlock(&shard->mutex);
	}
	return used;
}
