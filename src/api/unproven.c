/* SPDX-License-Identifier: Apache-2.0 */
#include "api/unproven.h"

#include <glib.h>

#define SHARE 4 /* of one network: one in so many, but at least that many */
#define YOUNG_US G_USEC_PER_SEC /* not to be judged yet */

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

/* Bytes a second; a young one is taken for as good as can be driven away. */
static double rate_of(const struct sender *sender, int64_t now)
{
	int64_t age = now - sender->began_us;
	double bytes = (double)atomic_load(&sender->x->body_bytes);
	if (age < YOUNG_US)
		return MAX(bytes, UNPROVEN_SAFE_RATE);
	return bytes * G_USEC_PER_SEC / (double)age;
}

/* The one that loses least, if it is slow; the oldest of equals. NULL: none. */
static struct sender *slowest(struct unproven *unproven, int64_t now,
			      const int64_t *network)
{
	struct sender *found = NULL;
	double least = UNPROVEN_SAFE_RATE;
	for (unsigned i = 0; i < unproven->max; i++) {
		struct sender *sender = unproven->places[i];
		if (sender == NULL || (network && sender->network != *network))
			continue;
		double rate = rate_of(sender, now);
		if (rate > least ||
		    (rate == least && found && found->number < sender->number))
			continue;
		found = sender;
		least = rate;
	}
	return found;
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
	if (same >= MAX(unproven->max / SHARE, SHARE))
		return take_from(slowest(unproven, now, &network));
	return free_one ? free_one : take_from(slowest(unproven, now, NULL));
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
