/* SPDX-License-Identifier: Apache-2.0 */
#include "http/peers.h"

#include <glib.h>
#include <string.h>

#define REFUSALS_MAX 64 /* connections open only to be told no */

struct peers {
	GMutex mutex;
	GHashTable *by_address; /* struct address -> count */
	unsigned n, refusals;
	unsigned max, max_per_address;
	const struct address_list *proxies;
};

static guint key_hash(gconstpointer p)
{
	const struct address *key = p;
	uint64_t halves[2];
	memcpy(halves, key->bytes, sizeof(halves));
	uint64_t mixed = (halves[0] ^ (halves[1] << 1)) * 0x9e3779b97f4a7c15u;
	return (guint)(mixed >> 32);
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	return address_eq(a, b);
}

struct peers *peers_new(unsigned max, unsigned max_per_address,
			const struct address_list *proxies)
{
	struct peers *peers = g_new0(struct peers, 1);
	g_mutex_init(&peers->mutex);
	peers->by_address =
		g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
	peers->max = max;
	peers->max_per_address = max_per_address;
	peers->proxies = proxies;
	return peers;
}

void peers_free(struct peers *peers)
{
	if (peers == NULL)
		return;
	g_hash_table_destroy(peers->by_address);
	g_mutex_clear(&peers->mutex);
	g_free(peers);
}

static guint count_of(struct peers *peers, const struct address *key)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(peers->by_address, key));
}

static void set_count(struct peers *peers, const struct address *key, guint n)
{
	if (n == 0)
		g_hash_table_remove(peers->by_address, key);
	else
		g_hash_table_replace(peers->by_address,
				     g_memdup2(key, sizeof(*key)),
				     GUINT_TO_POINTER(n));
}

enum peer_verdict peers_enter(struct peers *peers,
			      const struct address *address)
{
	enum peer_verdict verdict = PEER_WELCOME;
	unsigned most = address_list_has(peers->proxies, address)
				? peers->max
				: peers->max_per_address;
	g_mutex_lock(&peers->mutex);
	guint mine = count_of(peers, address);
	if (peers->n >= peers->max || mine >= most)
		verdict = peers->refusals < REFUSALS_MAX ? PEER_OVER_CAP
							 : PEER_FLOOD;
	if (verdict == PEER_WELCOME) {
		peers->n++;
		set_count(peers, address, mine + 1);
	} else if (verdict == PEER_OVER_CAP) {
		peers->refusals++;
	}
	g_mutex_unlock(&peers->mutex);
	return verdict;
}

void peers_leave(struct peers *peers, const struct address *address,
		 enum peer_verdict verdict)
{
	g_mutex_lock(&peers->mutex);
	if (verdict == PEER_WELCOME) {
		peers->n--;
		set_count(peers, address, count_of(peers, address) - 1);
	} else {
		peers->refusals--;
	}
	g_mutex_unlock(&peers->mutex);
}
