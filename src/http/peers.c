/* SPDX-License-Identifier: Apache-2.0 */
#include "http/peers.h"

#include <glib.h>
#include <string.h>

#include "http/http.h"

#define REFUSALS_MAX 64 /* connections open only to be told no */

struct peers {
	GMutex mutex;
	GHashTable *by_network; /* address_network() -> count */
	unsigned n, refusals;
	unsigned max, max_per_address;
	const struct address_list *proxies;
};

struct peers *peers_new(unsigned max, unsigned max_per_address,
			const struct address_list *proxies)
{
	struct peers *peers = g_new0(struct peers, 1);
	g_mutex_init(&peers->mutex);
	peers->by_network = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						  g_free, NULL);
	peers->max = max;
	peers->max_per_address = max_per_address;
	peers->proxies = proxies;
	return peers;
}

void peers_free(struct peers *peers)
{
	if (peers == NULL)
		return;
	g_hash_table_destroy(peers->by_network);
	g_mutex_clear(&peers->mutex);
	g_free(peers);
}

int64_t http_network(const struct http_exchange *x)
{
	struct address address;
	if (!address_parse(str_of(x->peer), &address))
		address = (struct address){{0}};
	return address_network(&address);
}

static guint count_of(struct peers *peers, int64_t network)
{
	return GPOINTER_TO_UINT(
		g_hash_table_lookup(peers->by_network, &network));
}

static void set_count(struct peers *peers, int64_t network, guint n)
{
	if (n == 0)
		g_hash_table_remove(peers->by_network, &network);
	else
		g_hash_table_replace(peers->by_network,
				     g_memdup2(&network, sizeof(network)),
				     GUINT_TO_POINTER(n));
}

enum peer_verdict peers_enter(struct peers *peers,
			      const struct address *address)
{
	enum peer_verdict verdict = PEER_WELCOME;
	int64_t network = address_network(address);
	unsigned most = address_list_has(peers->proxies, address)
				? peers->max
				: peers->max_per_address;
	g_mutex_lock(&peers->mutex);
	guint mine = count_of(peers, network);
	if (peers->n >= peers->max || mine >= most)
		verdict = peers->refusals < REFUSALS_MAX ? PEER_OVER_CAP
							 : PEER_FLOOD;
	if (verdict == PEER_WELCOME) {
		peers->n++;
		set_count(peers, network, mine + 1);
	} else if (verdict == PEER_OVER_CAP) {
		peers->refusals++;
	}
	g_mutex_unlock(&peers->mutex);
	return verdict;
}

void peers_leave(struct peers *peers, const struct address *address,
		 enum peer_verdict verdict)
{
	int64_t network = address_network(address);
	g_mutex_lock(&peers->mutex);
	if (verdict == PEER_WELCOME) {
		peers->n--;
		set_count(peers, network, count_of(peers, network) - 1);
	} else {
		peers->refusals--;
	}
	g_mutex_unlock(&peers->mutex);
}
