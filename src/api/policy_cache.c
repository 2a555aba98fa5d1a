/* SPDX-License-Identifier: Apache-2.0 */
#include "api/policy_cache.h"
#include "api/policy_text.h"
#include "base/digest.h"

#include <glib.h>

#define ENTRIES_MAX 4096
#define BYTES_MAX (8u * 1024 * 1024)
#define ENTRY_COST 512 /* bytes beside the texts and the patterns */
#define HASHED_MAX 16  /* digits of a signature: more than a guint has */

struct policy_entry {
	gatomicrefcount refs;
	struct policy_cache_key key;
	struct policy policy;
	char *texts; /* all of them */
	size_t cost; /* bytes */
	GList place;
};

struct policy_cache {
	GMutex mutex; /* of what follows */
	GHashTable *entries;
	GQueue by_use; /* the last used one first */
	size_t bytes;
};

static guint hash(gconstpointer p)
{
	const struct policy_cache_key *key = p;
	struct str text = key->claim.signature;
	guint sum = (guint)key->account_id;
	for (size_t i = 0; i < MIN(text.n, HASHED_MAX); i++)
		sum = sum * 33 + (guchar)text.p[i];
	return sum;
}

static gboolean equal(gconstpointer a, gconstpointer b)
{
	const struct policy_cache_key *x = a, *y = b;
	return x->account_id == y->account_id && x->revision == y->revision &&
	       secret_eq(x->claim.signature, y->claim.signature) &&
	       str_eq(x->claim.policy, y->claim.policy);
}

struct policy_cache *policy_cache_new(void)
{
	struct policy_cache *cache = g_new0(struct policy_cache, 1);
	g_mutex_init(&cache->mutex);
	cache->entries = g_hash_table_new(hash, equal);
	return cache;
}

static struct str copy(char **to, struct str from)
{
	struct str made = {from.p ? *to : NULL, from.n};
	if (from.n)
		memcpy(*to, from.p, from.n);
	*to += from.n;
	return made;
}

struct policy_entry *policy_entry_new(const struct policy_cache_key *key,
				      const struct policy *policy)
{
	struct policy_entry *entry = g_new0(struct policy_entry, 1);
	const struct policy_claim *claim = &key->claim;
	size_t n = claim->policy.n + claim->signature.n + policy->handle.n;
	char *to = entry->texts = g_malloc(n + 1);
	g_atomic_ref_count_init(&entry->refs);
	entry->key = *key;
	entry->key.claim.policy = copy(&to, claim->policy);
	entry->key.claim.signature = copy(&to, claim->signature);
	entry->policy = *policy;
	entry->policy.handle = copy(&to, policy->handle);
	entry->cost = ENTRY_COST + n + policy_size(policy);
	entry->place.data = entry;
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
	g_free(entry->texts);
	g_free(entry);
}

static void drop(struct policy_cache *cache, struct policy_entry *entry)
{
	g_hash_table_remove(cache->entries, &entry->key);
	g_queue_unlink(&cache->by_use, &entry->place);
	cache->bytes -= entry->cost;
	policy_entry_unref(entry);
}

void policy_cache_free(struct policy_cache *cache)
{
	if (cache == NULL)
		return;
	while (cache->by_use.tail)
		drop(cache, cache->by_use.tail->data);
	g_hash_table_unref(cache->entries);
	g_mutex_clear(&cache->mutex);
	g_free(cache);
}

struct policy_entry *policy_cache_find(struct policy_cache *cache,
				       const struct policy_cache_key *key)
{
	if (cache == NULL)
		return NULL;
	g_mutex_lock(&cache->mutex);
	struct policy_entry *entry = g_hash_table_lookup(cache->entries, key);
	if (entry) {
		g_queue_unlink(&cache->by_use, &entry->place);
		g_queue_push_head_link(&cache->by_use, &entry->place);
		g_atomic_ref_count_inc(&entry->refs);
	}
	g_mutex_unlock(&cache->mutex);
	return entry;
}

void policy_cache_add(struct policy_cache *cache, struct policy_entry *entry)
{
	if (cache == NULL)
		return;
	g_mutex_lock(&cache->mutex);
	/* somebody else may have been quicker */
	if (!g_hash_table_contains(cache->entries, &entry->key)) {
		g_atomic_ref_count_inc(&entry->refs);
		g_hash_table_insert(cache->entries, &entry->key, entry);
		g_queue_push_head_link(&cache->by_use, &entry->place);
		cache->bytes += entry->cost;
	}
	while (cache->bytes > BYTES_MAX || cache->by_use.length > ENTRIES_MAX)
		drop(cache, cache->by_use.tail->data);
	g_mutex_unlock(&cache->mutex);
}
