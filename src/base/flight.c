/* SPDX-License-Identifier: Apache-2.0 */
#include "base/flight.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>

/* Something that somebody makes, or failed to. */
struct flight {
	struct flight_key key;
	struct flight_waiter *first, *last;
	unsigned waiting;
	int64_t failed_until_us; /* monotonic; 0: it is being made */
	struct err err;          /* why it failed */
	GList link;              /* among those that failed */
};

/* An owner or a maker. */
struct party {
	int64_t id;
	unsigned waiting;
};

struct flights {
	struct flights_options options;
	pthread_mutex_t mutex; /* of what follows */
	GHashTable *by_key;    /* struct flight */
	GHashTable *parties;   /* who waits: struct party */
	GQueue failed;         /* oldest first */
	unsigned waiting;
};

static guint key_hash(const void *key)
{
	guint hash;
	const struct flight_key *k = key;
	memcpy(&hash, k->bytes + sizeof(k->bytes) - sizeof(hash), sizeof(hash));
	return hash;
}

static gboolean key_equal(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct flight_key)) == 0;
}

struct flights *flights_new(const struct flights_options *options)
{
	struct flights *flights = g_new0(struct flights, 1);
	flights->options = *options;
	pthread_mutex_init(&flights->mutex, NULL);
	flights->by_key =
		g_hash_table_new_full(key_hash, key_equal, NULL, g_free);
	flights->parties = g_hash_table_new_full(g_int64_hash, g_int64_equal,
						 NULL, g_free);
	g_queue_init(&flights->failed);
	return flights;
}

void flights_free(struct flights *flights)
{
	if (flights == NULL)
		return;
	g_assert(flights->waiting == 0);
	g_hash_table_destroy(flights->by_key);
	g_hash_table_destroy(flights->parties);
	pthread_mutex_destroy(&flights->mutex);
	g_free(flights);
}

static void forget(struct flights *flights, struct flight *flight)
{
	if (flight->failed_until_us)
		g_queue_unlink(&flights->failed, &flight->link);
	g_hash_table_remove(flights->by_key, &flight->key);
}

static void forget_old(struct flights *flights)
{
	int64_t now = g_get_monotonic_time();
	while (flights->failed.length) {
		struct flight *oldest = flights->failed.head->data;
		if (flights->failed.length <= flights->options.failures &&
		    oldest->failed_until_us > now)
			break;
		forget(flights, oldest);
	}
}

static struct flight *flight_new(struct flights *flights,
				 const struct flight_key *key)
{
	struct flight *flight = g_new0(struct flight, 1);
	flight->key = *key;
	flight->link.data = flight;
	g_hash_table_insert(flights->by_key, &flight->key, flight);
	return flight;
}

static unsigned waiting_of(const struct flights *flights, int64_t id)
{
	const struct party *party = g_hash_table_lookup(flights->parties, &id);
	return party ? party->waiting : 0;
}

static void count_in(struct flights *flights, int64_t id)
{
	struct party *party = g_hash_table_lookup(flights->parties, &id);
	if (party == NULL) {
		party = g_new0(struct party, 1);
		party->id = id;
		g_hash_table_insert(flights->parties, &party->id, party);
	}
	party->waiting++;
}

static void count_out(struct flights *flights, int64_t id)
{
	struct party *party = g_hash_table_lookup(flights->parties, &id);
	if (--party->waiting == 0)
		g_hash_table_remove(flights->parties, &party->id);
}

static void add_waiter(struct flights *flights, struct flight *flight,
		       struct flight_waiter *waiter)
{
	waiter->next = NULL;
	if (flight->last)
		flight->last->next = waiter;
	else
		flight->first = waiter;
	flight->last = waiter;
	flight->waiting++;
	flights->waiting++;
	count_in(flights, waiter->owner);
	if (waiter == flight->first && waiter->maker)
		count_in(flights, waiter->maker);
}

static bool has_room(struct flights *flights, const struct flight *flight,
		     const struct flight_waiter *waiter)
{
	const struct flights_options *most = &flights->options;
	if (flights->waiting >= most->total ||
	    waiting_of(flights, waiter->owner) >= most->per_owner)
		return false;
	if (flight)
		return flight->waiting < most->per_key;
	return waiter->maker == 0 ||
	       waiting_of(flights, waiter->maker) < most->per_maker;
}

static int join(struct flights *flights, struct flight_waiter *waiter,
		struct err *err)
{
	forget_old(flights);
	struct flight *flight =
		g_hash_table_lookup(flights->by_key, &waiter->key);
	if (flight && flight->failed_until_us) {
		*err = flight->err;
		return -1;
	}
	if (!has_room(flights, flight, waiter))
		return err_set(err, ERR_BUSY,
			       "Too many requests wait. Try again later.");
	int first = flight == NULL;
	if (first)
		flight = flight_new(flights, &waiter->key);
	add_waiter(flights, flight, waiter);
	return first;
}

int flight_join(struct flights *flights, struct flight_waiter *waiter,
		struct err *err)
{
	pthread_mutex_lock(&flights->mutex);
	int result = join(flights, waiter, err);
	pthread_mutex_unlock(&flights->mutex);
	return result;
}

/* Whether another try would end in the same way: it is about the thing, not
 * about who had time for it. */
static bool is_lasting(const struct err *err)
{
	return err->code == ERR_INVALID || err->code == ERR_TOO_LARGE ||
	       err->code == ERR_UNSUPPORTED || err->code == ERR_TIMEOUT ||
	       err->code == ERR_FETCH;
}

static void remember(struct flights *flights, struct flight *flight,
		     const struct err *err)
{
	flight->failed_until_us = g_get_monotonic_time() +
				  (int64_t)flights->options.failed_ms * 1000;
	flight->err = *err;
	flight->first = flight->last = NULL;
	flight->waiting = 0;
	g_queue_push_tail_link(&flights->failed, &flight->link);
	forget_old(flights);
}

static void leave(struct flights *flights, struct flight_waiter *first)
{
	if (first->maker)
		count_out(flights, first->maker);
	for (const struct flight_waiter *w = first; w; w = w->next) {
		flights->waiting--;
		count_out(flights, w->owner);
	}
}

static bool is_there(const struct flight_waiter *waiter, int64_t now)
{
	int64_t left_us = waiter->left_us ? atomic_load(waiter->left_us) : 0;
	return left_us == 0 || now < left_us;
}

bool flight_is_wanted(struct flights *flights, const struct flight_key *key)
{
	int64_t now = g_get_monotonic_time();
	bool wanted = false;
	pthread_mutex_lock(&flights->mutex);
	const struct flight *flight = g_hash_table_lookup(flights->by_key, key);
	const struct flight_waiter *w = flight ? flight->first : NULL;
	for (; w && !wanted; w = w->next)
		wanted = is_there(w, now);
	pthread_mutex_unlock(&flights->mutex);
	return wanted;
}

void flight_end(struct flights *flights, const struct flight_key *key,
		void *made, const struct err *err)
{
	pthread_mutex_lock(&flights->mutex);
	struct flight *flight = g_hash_table_lookup(flights->by_key, key);
	struct flight_waiter *waiter = flight->first;
	leave(flights, waiter);
	if (made == NULL && is_lasting(err))
		remember(flights, flight, err);
	else
		forget(flights, flight);
	pthread_mutex_unlock(&flights->mutex);
	while (waiter) {
		/* what was told may be gone */
		struct flight_waiter *next = waiter->next;
		waiter->done(waiter->user, made, err);
		waiter = next;
	}
}
