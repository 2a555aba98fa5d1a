/* SPDX-License-Identifier: Apache-2.0 */
#include "http/peers.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>
#include <string.h>

#define REFUSALS_MAX 64 /* connections open only to be told no */

struct peers {
	GMutex mutex;
	GHashTable *by_address; /* struct peer_key -> count */
	unsigned n, refusals;
	unsigned max, max_per_address;
};

static guint key_hash(gconstpointer p)
{
	const struct peer_key *key = p;
	uint64_t halves[2];
	memcpy(halves, key->bytes, sizeof(halves));
	uint64_t mixed = (halves[0] ^ (halves[1] << 1)) * 0x9e3779b97f4a7c15u;
	return (guint)(mixed >> 32);
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
	return memcmp(a, b, sizeof(struct peer_key)) == 0;
}

struct peers *peers_new(unsigned max, unsigned max_per_address)
{
	struct peers *peers = g_new0(struct peers, 1);
	g_mutex_init(&peers->mutex);
	peers->by_address =
		g_hash_table_new_full(key_hash, key_equal, g_free, NULL);
	peers->max = max;
	peers->max_per_address = max_per_address;
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

static struct peer_key key_of(const struct sockaddr_storage *address)
{
	struct peer_key key = {{0}};
	if (address->ss_family == AF_INET) {
		struct sockaddr_in v4;
		memcpy(&v4, address, sizeof(v4));
		key.bytes[10] = key.bytes[11] = 0xff;
		memcpy(key.bytes + 12, &v4.sin_addr, 4);
	} else if (address->ss_family == AF_INET6) {
		struct sockaddr_in6 v6;
		memcpy(&v6, address, sizeof(v6));
		memcpy(key.bytes, &v6.sin6_addr, 16);
	}
	return key;
}

static guint count_of(struct peers *peers, const struct peer_key *key)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(peers->by_address, key));
}

static void set_count(struct peers *peers, const struct peer_key *key, guint n)
{
	if (n == 0)
		g_hash_table_remove(peers->by_address, key);
	else
		g_hash_table_replace(peers->by_address,
				     g_memdup2(key, sizeof(*key)),
				     GUINT_TO_POINTER(n));
}

enum peer_verdict peers_enter(struct peers *peers,
			      const struct sockaddr_storage *address,
			      struct peer_key *key)
{
	enum peer_verdict verdict = PEER_WELCOME;
	*key = key_of(address);
	g_mutex_lock(&peers->mutex);
	guint mine = count_of(peers, key);
	if (peers->n >= peers->max || mine >= peers->max_per_address)
		verdict = peers->refusals < REFUSALS_MAX ? PEER_OVER_CAP
							 : PEER_FLOOD;
	if (verdict == PEER_WELCOME) {
		peers->n++;
		set_count(peers, key, mine + 1);
	} else if (verdict == PEER_OVER_CAP) {
		peers->refusals++;
	}
	g_mutex_unlock(&peers->mutex);
	return verdict;
}

void peers_leave(struct peers *peers, const struct peer_key *key,
		 enum peer_verdict verdict)
{
	g_mutex_lock(&peers->mutex);
	if (verdict == PEER_WELCOME) {
		peers->n--;
		set_count(peers, key, count_of(peers, key) - 1);
	} else {
		peers->refusals--;
	}
	g_mutex_unlock(&peers->mutex);
}

static char *decimal(char *out, unsigned char byte)
{
	if (byte >= 100)
		*out++ = (char)('0' + byte / 100);
	if (byte >= 10)
		*out++ = (char)('0' + byte / 10 % 10);
	*out++ = (char)('0' + byte % 10);
	return out;
}

/* Once a request, and inet_ntop() of IPv4 is sprintf(). */
void peer_text(const struct peer_key *key, char out[PEER_TEXT_MAX])
{
	static const unsigned char mapped[12] = {[10] = 0xff, 0xff};
	if (memcmp(key->bytes, mapped, sizeof(mapped)) != 0) {
		inet_ntop(AF_INET6, key->bytes, out, PEER_TEXT_MAX);
		return;
	}
	for (int i = 12; i < 16; i++) {
		out = decimal(out, key->bytes[i]);
		*out++ = i < 15 ? '.' : '\0';
	}
}
