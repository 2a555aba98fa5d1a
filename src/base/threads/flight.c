/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/flight.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>

/* Something that somebody makes, or failed to. */
struct flight {
	struct flight_key key;
	GQueue waiters;          /* the first of them makes it, */
	void *work;              /* with that */
	int64_t failed_until_us; /* monotonic; 0: it is being made */
	struct err err;          /* why it failed */
	GList link;              /* among those that failed */
};

struct flights {
	struct flights_options options;
	flight_shared *shared;
	void *user;
	pthread_mutex_t mutex; /* of what follows */
	GHashTable *by_key;    /* struct flight */
	struct turns turns;    /* who waits for others; nobody takes them */
	GQueue failed;         /* oldest first */
};

guint flight_key_hash(const void *key)
{
	guint hash;
	const struct flight_key *k = key;
	memcpy(&hash, k->bytes + sizeof(k->bytes) - sizeof(hash), sizeof(hash));
	return hash;
}

gboolean flight_key_equal(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct flight_key)) == 0;
}

struct flights *flights_new(const struct flights_options *options,
			    flight_shared *shared, void *user)
{
	struct flights *flights = g_new0(struct flights, 1);
	const struct turns_options turns = {
		.waiting = options->total,
		.own_waiting = options->per_owner,
	};
	flights->options = *options;
	flights->shared = shared;
	flights->user = user;
	pthread_mutex_init(&flights->mutex, NULL);
	flights->by_key = g_hash_table_new_full(flight_key_hash,
						flight_key_equal, NULL, g_free);
	turns_init(&flights->turns, &turns);
	g_queue_init(&flights->failed);
	return flights;
}

void flights_free(struct flights *flights)
{
	if (flights == NULL)
		return;
	g_assert(flights->turns.waiting == 0);
	turns_release(&flights->turns);
	g_hash_table_destroy(flights->by_key);
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

static struct flight_waiter *waiter_of(struct turn *turn)
{
	return turn ? (void *)((char *)turn -
			       offsetof(struct flight_waiter, turn))
		    : NULL;
}

static void add_waiter(struct flight *flight, struct flight_waiter *waiter)
{
	waiter->link = (GList){.data = waiter};
	g_queue_push_tail_link(&flight->waiters, &waiter->link);
}

static void begin(struct flights *flights, struct flight_waiter *waiter)
{
	struct flight *flight = g_new0(struct flight, 1);
	flight->key = waiter->key;
	flight->link.data = flight;
	g_hash_table_insert(flights->by_key, &flight->key, flight);
	add_waiter(flight, waiter);
}

static int full(struct err *err)
{
	return err_set(err, ERR_BUSY,
		       "Too many requests wait. Try again later.");
}

/* *out had to make room and is to be told; NULL: nobody. */
static int join_other(struct flights *flights, struct flight *flight,
		      struct flight_waiter *waiter, struct flight_waiter **out)
{
	const struct flight_waiter *first = flight->waiters.head->data;
	const struct turns_wish wish = {
		.owner = waiter->owner,
		.guest = waiter->guest,
		.deadline = INT64_MAX,
	};
	struct err err;
	if (turns_add(&flights->turns, &waiter->turn, &wish, &err) < 0)
		return -1;
	add_waiter(flight, waiter);
	if (flight->work && first->owner == waiter->owner &&
	    first->guest != waiter->guest)
		flights->shared(flights->user, flight->work, waiter->guest);
	*out = waiter_of(turns_expire(&flights->turns, 0));
	if (*out) {
		flight = g_hash_table_lookup(flights->by_key, &(*out)->key);
		g_queue_unlink(&flight->waiters, &(*out)->link);
	}
	return 0;
}

static int join(struct flights *flights, struct flight_waiter *waiter,
		struct flight_waiter **out, struct err *err)
{
	forget_old(flights);
	struct flight *flight =
		g_hash_table_lookup(flights->by_key, &waiter->key);
	if (flight && flight->failed_until_us &&
	    flight->failed_until_us <= g_get_monotonic_time()) {
		forget(flights, flight);
		flight = NULL;
	}
	if (flight && flight->failed_until_us) {
		*err = flight->err;
		return -1;
	}
	if (flight)
		return join_other(flights, flight, waiter, out) < 0 ? full(err)
								    : 0;
	begin(flights, waiter);
	return 1;
}

int flight_join(struct flights *flights, struct flight_waiter *waiter,
		struct err *err)
{
	struct flight_waiter *displaced = NULL;
	struct err why;
	pthread_mutex_lock(&flights->mutex);
	int result = join(flights, waiter, &displaced, err);
	pthread_mutex_unlock(&flights->mutex);
	if (displaced) {
		full(&why);
		displaced->done(displaced->user, NULL, &why);
	}
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

/* What is our fault may be over soon; but to try it again at once, for
 * everybody who asks, could cost as much each time. */
static int64_t known_for_us(const struct flights *flights,
			    const struct err *err)
{
	int64_t us = (int64_t)flights->options.failed_ms * 1000;
	if (is_lasting(err))
		return us;
	return err->code == ERR_INTERNAL ? us / 10 : 0;
}

static void remember(struct flights *flights, struct flight *flight,
		     const struct err *err)
{
	flight->failed_until_us =
		g_get_monotonic_time() + known_for_us(flights, err);
	flight->err = *err;
	g_queue_init(&flight->waiters);
	g_queue_push_tail_link(&flights->failed, &flight->link);
	forget_old(flights);
}

static bool is_there(const struct flight_waiter *waiter, int64_t now)
{
	int64_t left_us = waiter->left_us ? atomic_load(waiter->left_us) : 0;
	return left_us == 0 || now < left_us;
}

static bool is_wanted(const struct flight *flight)
{
	int64_t now = g_get_monotonic_time();
	bool wanted = false;
	const GList *at = flight ? flight->waiters.head : NULL;
	for (; at && !wanted; at = at->next)
		wanted = is_there(at->data, now);
	return wanted;
}

bool flight_is_wanted(struct flights *flights, const struct flight_key *key)
{
	pthread_mutex_lock(&flights->mutex);
	bool wanted = is_wanted(g_hash_table_lookup(flights->by_key, key));
	pthread_mutex_unlock(&flights->mutex);
	return wanted;
}

void flight_set_work(struct flights *flights, const struct flight_key *key,
		     void *work)
{
	pthread_mutex_lock(&flights->mutex);
	struct flight *flight = g_hash_table_lookup(flights->by_key, key);
	flight->work = work;
	pthread_mutex_unlock(&flights->mutex);
}

/* Returns who waited. The mutex is held. */
static const GList *take_waiters(struct flights *flights, struct flight *flight,
				 const void *made, const struct err *err)
{
	const GList *first = flight->waiters.head;
	for (const GList *other = first->next; other; other = other->next) {
		struct flight_waiter *waiter = other->data;
		turns_drop(&flights->turns, &waiter->turn);
	}
	if (made == NULL && known_for_us(flights, err) > 0)
		remember(flights, flight, err);
	else
		forget(flights, flight);
	return first;
}

static void tell(const GList *at, void *made, const struct err *err)
{
	while (at) {
		/* what was told may be gone */
		const struct flight_waiter *waiter = at->data;
		at = at->next;
		waiter->done(waiter->user, made, err);
	}
}

void flight_end(struct flights *flights, const struct flight_key *key,
		void *made, const struct err *err)
{
	pthread_mutex_lock(&flights->mutex);
	struct flight *flight = g_hash_table_lookup(flights->by_key, key);
	const GList *waited = take_waiters(flights, flight, made, err);
	pthread_mutex_unlock(&flights->mutex);
	tell(waited, made, err);
}

bool flight_end_unwanted(struct flights *flights, const struct flight_key *key,
			 const struct err *err)
{
	const GList *waited = NULL;
	pthread_mutex_lock(&flights->mutex);
	struct flight *flight = g_hash_table_lookup(flights->by_key, key);
	bool wanted = is_wanted(flight);
	if (!wanted)
		waited = take_waiters(flights, flight, NULL, err);
	pthread_mutex_unlock(&flights->mutex);
	tell(waited, NULL, err);
	return !wanted;
}
