/* SPDX-License-Identifier: Apache-2.0 */
#include "api/policy/policy_cache.h"
#include "api/policy/policy_text.h"
#include "base/digest.h"
#include "base/id.h"

#include <glib.h>

#define SLOTS_MAX 4096 /* of a place */
#define BYTES_MAX (8u * 1024 * 1024)
#define SLOT_COST 512 /* bytes beside the texts and the patterns */

struct policy_entry {
	gatomicrefcount refs;
	struct policy policy;
	char *handle; /* the policy's */
};

/* Of a key, so that it is computed outside the lock. */
struct hashed_key {
	struct policy_cache_key key;
	guint hash;
};

struct slot {
	struct hashed_key name; /* its texts stand in `texts` */
	struct policy_entry *entry;
	size_t cost; /* bytes */
	GList link;
	char texts[];
};

struct shelf {
	GHashTable *slots;
	GQueue by_use; /* the last used one first */
	size_t bytes;
};

struct policy_cache {
	uint64_t seed;
	GMutex mutex; /* of what follows */
	struct shelf shelves[POLICY_PLACES];
};

static guint hash(gconstpointer p)
{
	return ((const struct hashed_key *)p)->hash;
}

/* How far two texts are alike could be measured only of those with the same
 * hash, whose seed nobody knows. */
static gboolean equal(gconstpointer a, gconstpointer b)
{
	const struct policy_cache_key *x = a, *y = b;
	return x->account_id == y->account_id && x->revision == y->revision &&
	       x->place == y->place && str_eq(x->text, y->text) &&
	       str_eq(x->signature, y->signature);
}

static struct hashed_key hash_key(const struct policy_cache *cache,
				  const struct policy_cache_key *key)
{
	uint64_t seed = cache->seed + (uint64_t)key->account_id;
	uint64_t sum = text_hash(key->text, seed) + (uint64_t)key->revision;
	return (struct hashed_key){*key, (guint)(sum ^ sum >> 32)};
}

struct policy_cache *policy_cache_new(void)
{
	struct policy_cache *cache = g_new0(struct policy_cache, 1);
	random_bytes(&cache->seed, sizeof(cache->seed));
	g_mutex_init(&cache->mutex);
	for (size_t i = 0; i < POLICY_PLACES; i++)
		cache->shelves[i].slots = g_hash_table_new(hash, equal);
	return cache;
}

struct policy_entry *policy_entry_new(const struct policy *policy)
{
	struct policy_entry *entry = g_new0(struct policy_entry, 1);
	struct str handle = policy->handle;
	g_atomic_ref_count_init(&entry->refs);
	entry->policy = *policy;
	entry->handle = g_strndup(handle.p, handle.n);
	if (handle.p)
		entry->policy.handle.p = entry->handle;
	return entry;
}

const struct policy *policy_entry_policy(const struct policy_entry *entry)
{
	return &entry->policy;
}

void policy_entry_unref(struct policy_entry *entry)
{
	if (!g_atomic_ref_count_dec(&entry->refs))
		return;
	policy_release(&entry->policy);
	g_free(entry->handle);
	g_free(entry);
}

static void drop(struct shelf *shelf, struct slot *slot)
{
	g_hash_table_remove(shelf->slots, &slot->name);
	g_queue_unlink(&shelf->by_use, &slot->link);
	shelf->bytes -= slot->cost;
	policy_entry_unref(slot->entry);
	g_free(slot);
}

void policy_cache_free(struct policy_cache *cache)
{
	if (cache == NULL)
		return;
	for (size_t i = 0; i < POLICY_PLACES; i++) {
		struct shelf *shelf = &cache->shelves[i];
		while (shelf->by_use.tail)
			drop(shelf, shelf->by_use.tail->data);
		g_hash_table_unref(shelf->slots);
	}
	g_mutex_clear(&cache->mutex);
	g_free(cache);
}

struct policy_entry *policy_cache_find(struct policy_cache *cache,
				       const struct policy_cache_key *key)
{
	struct policy_entry *entry = NULL;
	if (cache == NULL)
		return NULL;
	const struct hashed_key name = hash_key(cache, key);
	struct shelf *shelf = &cache->shelves[key->place];
	g_mutex_lock(&cache->mutex);
	struct slot *slot = g_hash_table_lookup(shelf->slots, &name);
	if (slot) {
		g_queue_unlink(&shelf->by_use, &slot->link);
		g_queue_push_head_link(&shelf->by_use, &slot->link);
		entry = slot->entry;
		g_atomic_ref_count_inc(&entry->refs);
	}
	g_mutex_unlock(&cache->mutex);
	return entry;
}

/* Its policy is counted whole, as the others that share it may go before. */
static struct slot *slot_new(const struct hashed_key *name,
			     struct policy_entry *entry)
{
	const struct policy_cache_key *key = &name->key;
	size_t n = key->text.n + key->signature.n;
	struct slot *slot = g_malloc0(sizeof(*slot) + n);
	slot->name = *name;
	slot->name.key.text.p = slot->texts;
	slot->name.key.signature.p = slot->texts + key->text.n;
	if (key->text.n)
		memcpy(slot->texts, key->text.p, key->text.n);
	if (key->signature.n)
		memcpy(slot->texts + key->text.n, key->signature.p,
		       key->signature.n);
	g_atomic_ref_count_inc(&entry->refs);
	slot->entry = entry;
	slot->cost = SLOT_COST + n + entry->policy.handle.n +
		     policy_size(&entry->policy);
	slot->link.data = slot;
	return slot;
}

static void put(struct shelf *shelf, struct slot *slot)
{
	g_hash_table_insert(shelf->slots, &slot->name, slot);
	g_queue_push_head_link(&shelf->by_use, &slot->link);
	shelf->bytes += slot->cost;
	while (shelf->bytes > BYTES_MAX || shelf->by_use.length > SLOTS_MAX)
		drop(shelf, shelf->by_use.tail->data);
}

void policy_cache_add(struct policy_cache *cache,
		      const struct policy_cache_key *key,
		      struct policy_entry *entry)
{
	if (cache == NULL)
		return;
	const struct hashed_key name = hash_key(cache, key);
	struct shelf *shelf = &cache->shelves[key->place];
	g_mutex_lock(&cache->mutex);
	/* somebody else may have been quicker */
	if (!g_hash_table_contains(shelf->slots, &name))
		put(shelf, slot_new(&name, entry));
	g_mutex_unlock(&cache->mutex);
}
