/* SPDX-License-Identifier: Apache-2.0 */
#include "remote/copies.h"
#include "base/metrics.h"

#include <glib.h>

#define MEMORY_PART 8 /* of all bytes */
#define OVERHEAD 512  /* of an entry, roughly */

enum ring {
	RING_MEMORY,
	RING_FILES,
	RINGS,
};

/* Of all, or of one account. */
struct amount {
	uint64_t bytes;
	unsigned n;
};

/* An account. */
struct holder {
	int64_t id;
	struct amount has[RINGS];
	GQueue lru[RINGS]; /* struct kept, the oldest use first */
};

struct kept {
	struct flight_key key;
	struct copy copy; /* its strings behind it */
	struct holder *holder;
	enum ring ring;
	uint64_t bytes;
	GList link;
	char strings[];
};

struct copies {
	struct amount max[RINGS];
	GMutex mutex;        /* of what follows */
	GHashTable *by_key;  /* struct kept */
	GHashTable *holders; /* struct holder */
	struct amount has[RINGS];
};

struct copies *copies_new(const struct copies_options *options)
{
	struct copies *copies = g_new0(struct copies, 1);
	uint64_t memory = options->max_bytes / MEMORY_PART;
	copies->max[RING_MEMORY] = (struct amount){memory, UINT_MAX};
	copies->max[RING_FILES] = (struct amount){options->max_bytes - memory,
						  options->max_files};
	g_mutex_init(&copies->mutex);
	copies->by_key = g_hash_table_new(flight_key_hash, flight_key_equal);
	copies->holders = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						NULL, g_free);
	return copies;
}

/* The strings that an entry copies. */
static const size_t strings[] = {
	offsetof(struct copy, final_url),
	offsetof(struct copy, validity.etag),
	offsetof(struct copy, validity.last_modified),
	offsetof(struct copy, validity.cache_control),
	offsetof(struct copy, validity.expires),
	offsetof(struct copy, validity.date),
	offsetof(struct copy, validity.age),
	offsetof(struct copy, validity.vary),
};

static struct str *string_of(struct copy *copy, size_t i)
{
	return (struct str *)(void *)((char *)copy + strings[i]);
}

static struct kept *kept_new(const struct flight_key *key,
			     const struct copy *copy)
{
	struct copy source = *copy;
	size_t n = 0;
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
		n += string_of(&source, i)->n;
	struct kept *kept = g_malloc(sizeof(*kept) + n);
	*kept = (struct kept){
		.key = *key,
		.copy = source,
		.ring = copy->entry->content.fd < 0 ? RING_MEMORY : RING_FILES,
		.bytes = copy->entry->content.size + sizeof(*kept) + n +
			 OVERHEAD,
		.link.data = kept,
	};
	char *at = kept->strings;
	for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
		struct str *s = string_of(&kept->copy, i);
		if (s->p == NULL)
			continue;
		memcpy(at, s->p, s->n);
		s->p = at;
		at += s->n;
	}
	hot_entry_ref(kept->copy.entry);
	return kept;
}

static void add(struct amount *amount, const struct kept *kept, int sign)
{
	amount->bytes += sign * kept->bytes;
	amount->n += (unsigned)sign;
}

/* The reference goes with *dropped: descriptors are closed outside the lock. */
static void detach(struct copies *copies, struct kept *kept, GQueue *dropped)
{
	struct holder *holder = kept->holder;
	g_hash_table_remove(copies->by_key, &kept->key);
	g_queue_unlink(&holder->lru[kept->ring], &kept->link);
	add(&holder->has[kept->ring], kept, -1);
	add(&copies->has[kept->ring], kept, -1);
	metric_add(METRIC_REMOTE_COPIES, -1);
	metric_add(METRIC_REMOTE_COPY_BYTES, -(int64_t)kept->bytes);
	if (holder->has[RING_MEMORY].n + holder->has[RING_FILES].n == 0)
		g_hash_table_remove(copies->holders, &holder->id);
	g_queue_push_tail_link(dropped, &kept->link);
}

static void drop_all(GQueue *dropped)
{
	GList *link;
	while ((link = g_queue_pop_head_link(dropped))) {
		struct kept *kept = link->data;
		hot_unref(kept->copy.entry);
		g_free(kept);
	}
}

void copies_free(struct copies *copies)
{
	GQueue dropped = G_QUEUE_INIT;
	GHashTableIter iter;
	void *value;
	if (copies == NULL)
		return;
	g_hash_table_iter_init(&iter, copies->by_key);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		detach(copies, value, &dropped);
		g_hash_table_iter_init(&iter, copies->by_key);
	}
	drop_all(&dropped);
	g_hash_table_destroy(copies->by_key);
	g_hash_table_destroy(copies->holders);
	g_mutex_clear(&copies->mutex);
	g_free(copies);
}

static struct holder *holder_of(struct copies *copies, int64_t id)
{
	struct holder *holder = g_hash_table_lookup(copies->holders, &id);
	if (holder)
		return holder;
	holder = g_new0(struct holder, 1);
	holder->id = id;
	for (int ring = 0; ring < RINGS; ring++)
		g_queue_init(&holder->lru[ring]);
	g_hash_table_insert(copies->holders, &holder->id, holder);
	return holder;
}

/* Whoever has most of what there is too much of. */
static struct holder *largest(struct copies *copies, enum ring ring,
			      bool by_bytes)
{
	struct holder *most = NULL;
	GHashTableIter iter;
	void *value;
	g_hash_table_iter_init(&iter, copies->holders);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		struct holder *holder = value;
		const struct amount *has = &holder->has[ring];
		if (most == NULL ||
		    (by_bytes ? has->bytes > most->has[ring].bytes
			      : has->n > most->has[ring].n))
			most = holder;
	}
	return most;
}

static void make_room(struct copies *copies, enum ring ring, GQueue *dropped)
{
	const struct amount *has = &copies->has[ring];
	const struct amount *max = &copies->max[ring];
	while (has->bytes > max->bytes || has->n > max->n) {
		struct holder *holder =
			largest(copies, ring, has->bytes > max->bytes);
		detach(copies, holder->lru[ring].head->data, dropped);
	}
}

static void remove_key(struct copies *copies, const struct flight_key *key,
		       GQueue *dropped)
{
	struct kept *old = g_hash_table_lookup(copies->by_key, key);
	if (old)
		detach(copies, old, dropped);
}

void copies_put(struct copies *copies, const struct flight_key *key,
		const struct copy *copy)
{
	GQueue dropped = G_QUEUE_INIT;
	struct kept *kept = kept_new(key, copy);
	enum ring ring = kept->ring;
	g_mutex_lock(&copies->mutex);
	remove_key(copies, key, &dropped);
	struct holder *holder = holder_of(copies, copy->entry->file.account_id);
	kept->holder = holder;
	g_hash_table_insert(copies->by_key, &kept->key, kept);
	g_queue_push_tail_link(&holder->lru[ring], &kept->link);
	add(&holder->has[ring], kept, 1);
	add(&copies->has[ring], kept, 1);
	metric_add(METRIC_REMOTE_COPIES, 1);
	metric_add(METRIC_REMOTE_COPY_BYTES, (int64_t)kept->bytes);
	/* too large for any room: others do not go for it */
	if (kept->bytes > copies->max[ring].bytes)
		detach(copies, kept, &dropped);
	make_room(copies, ring, &dropped);
	g_mutex_unlock(&copies->mutex);
	drop_all(&dropped);
}

void copies_drop(struct copies *copies, const struct flight_key *key)
{
	GQueue dropped = G_QUEUE_INIT;
	g_mutex_lock(&copies->mutex);
	remove_key(copies, key, &dropped);
	g_mutex_unlock(&copies->mutex);
	drop_all(&dropped);
}

/* The mutex is held. */
static struct kept *use(struct copies *copies, const struct flight_key *key)
{
	struct kept *kept = g_hash_table_lookup(copies->by_key, key);
	if (kept == NULL)
		return NULL;
	GQueue *lru = &kept->holder->lru[kept->ring];
	g_queue_unlink(lru, &kept->link);
	g_queue_push_tail_link(lru, &kept->link);
	return kept;
}

bool copies_find(struct copies *copies, const struct flight_key *key,
		 struct arena *arena, struct copy *out)
{
	g_mutex_lock(&copies->mutex);
	const struct kept *kept = use(copies, key);
	if (kept) {
		*out = kept->copy;
		hot_entry_ref(out->entry);
		for (size_t i = 0; i < G_N_ELEMENTS(strings); i++) {
			struct str *s = string_of(out, i);
			*s = arena_str(arena, *s);
		}
	}
	g_mutex_unlock(&copies->mutex);
	return kept != NULL;
}

struct hot_entry *copies_find_fresh(struct copies *copies,
				    const struct flight_key *key,
				    int64_t now_ms)
{
	struct hot_entry *entry = NULL;
	g_mutex_lock(&copies->mutex);
	const struct kept *kept = use(copies, key);
	if (kept && now_ms < kept->copy.freshness.fresh_until)
		entry = hot_entry_ref(kept->copy.entry);
	g_mutex_unlock(&copies->mutex);
	return entry;
}
