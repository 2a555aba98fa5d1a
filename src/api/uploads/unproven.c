/* SPDX-License-Identifier: Apache-2.0 */
#include "api/uploads/unproven.h"

#include <glib.h>

#define SHARE 4 /* of one network: one in so many, but at least that many */
#define YOUNG_US G_USEC_PER_SEC /* not to be judged yet */
#define YOUNG_RATE (16u * 1024) /* what it counts for until then */

/* A body that is coming; in its request's arena. */
struct sender {
	struct unproven *unproven;
	struct http_exchange *x;
	int64_t network;
	int64_t began_us;
	uint64_t number;       /* in the order in which they came */
	struct sender **place; /* NULL: it had to give it up */
};

struct unproven {
	GMutex mutex; /* of what changes */
	unsigned max;
	unsigned least_rate;
	uint64_t entered;
	struct sender *places[];
};

struct unproven *unproven_new(unsigned max, unsigned least_rate)
{
	struct unproven *unproven = g_malloc0(
		sizeof(*unproven) + max * sizeof(unproven->places[0]));
	g_mutex_init(&unproven->mutex);
	unproven->max = max;
	unproven->least_rate = least_rate;
	return unproven;
}

void unproven_free(struct unproven *unproven)
{
	if (unproven == NULL)
		return;
	g_mutex_clear(&unproven->mutex);
	g_free(unproven);
}

/* When this has returned the exchange is told nothing more. */
static void leave(void *arg)
{
	struct sender *sender = arg;
	g_mutex_lock(&sender->unproven->mutex);
	if (sender->place)
		*sender->place = NULL;
	g_mutex_unlock(&sender->unproven->mutex);
}

/* Bytes a second. A young one has had no time to show any: it goes before those
 * that have, and behind those that trickle. */
static double rate_of(const struct sender *sender, int64_t now)
{
	int64_t age = now - sender->began_us;
	double bytes = (double)atomic_load(&sender->x->body_bytes);
	if (age < YOUNG_US)
		return MAX(bytes, YOUNG_RATE);
	return bytes * G_USEC_PER_SEC / (double)age;
}

struct candidate {
	struct sender *sender;
	unsigned held; /* by its network */
	double rate;
};

static bool goes_before(const struct candidate *a, const struct candidate *b)
{
	if (a->held != b->held)
		return a->held > b->held;
	if (a->rate != b->rate)
		return a->rate < b->rate;
	return a->sender->number < b->sender->number;
}

static unsigned held_by(GHashTable *held, const int64_t *network)
{
	return GPOINTER_TO_UINT(g_hash_table_lookup(held, network));
}

/* By network: how many places it has. Its keys are the senders'. */
static GHashTable *count_places(struct unproven *unproven)
{
	GHashTable *held = g_hash_table_new(g_int64_hash, g_int64_equal);
	for (unsigned i = 0; i < unproven->max; i++) {
		struct sender *sender = unproven->places[i];
		if (sender)
			g_hash_table_insert(
				held, &sender->network,
				GUINT_TO_POINTER(
					held_by(held, &sender->network) + 1));
	}
	return held;
}

/* Who gives way to one more of the network: counted with it, it takes from
 * itself and from networks that have as much. NULL: nobody there is slow. */
static struct sender *find_victim(struct unproven *unproven, int64_t network,
				  int64_t now)
{
	GHashTable *held = count_places(unproven);
	unsigned mine = held_by(held, &network) + 1;
	struct candidate found = {0};
	for (unsigned i = 0; i < unproven->max; i++) {
		struct sender *sender = unproven->places[i];
		if (sender == NULL)
			continue;
		struct candidate one = {
			.sender = sender,
			.held = sender->network == network
					? mine
					: held_by(held, &sender->network),
			.rate = rate_of(sender, now),
		};
		if (one.held < mine || one.rate > UNPROVEN_SAFE_RATE)
			continue;
		if (found.sender == NULL || goes_before(&one, &found))
			found = one;
	}
	g_hash_table_destroy(held);
	return found.sender;
}

static struct sender **take_from(struct sender *victim)
{
	if (victim == NULL)
		return NULL;
	struct sender **place = victim->place;
	victim->place = NULL;
	http_give_up(victim->x);
	return place;
}

/* NULL: none for this network. */
static struct sender **find_place(struct unproven *unproven, int64_t network,
				  int64_t now)
{
	struct sender **free_one = NULL;
	unsigned same = 0;
	for (unsigned i = 0; i < unproven->max; i++) {
		struct sender **place = &unproven->places[i];
		if (*place == NULL)
			free_one = place;
		else
			same += (*place)->network == network;
	}
	if (free_one && same < MAX(unproven->max / SHARE, SHARE))
		return free_one;
	/* with its share it has more than any other: it takes from itself */
	return take_from(find_victim(unproven, network, now));
}

int unproven_enter(struct request *rq, struct err *err)
{
	struct unproven *unproven = rq->services->unproven;
	struct sender *sender = arena_alloc(request_arena(rq), sizeof(*sender));
	*sender = (struct sender){
		.unproven = unproven,
		.x = rq->x,
		.network = http_network(rq->x),
		.began_us = g_get_monotonic_time(),
	};
	g_mutex_lock(&unproven->mutex);
	sender->place = find_place(unproven, sender->network, sender->began_us);
	sender->number = unproven->entered++;
	if (sender->place)
		*sender->place = sender;
	g_mutex_unlock(&unproven->mutex);
	if (sender->place == NULL)
		return err_set(err, ERR_BUSY,
			       "Too many uploads without a key are being "
			       "received. Try again later.");
	rq->x->least_rate = unproven->least_rate;
	arena_defer(request_arena(rq), leave, sender);
	return 0;
}
