/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Subjects are keys and accounts, which only an operator makes: none is ever
 * forgotten before the process ends. They are spread over shards so that
 * loops seldom wait for each other.
 */
#include "api/ratelimit.h"

#include <glib.h>
#include <string.h>

#define SHARDS 16
#define COUNTED                                                                \
	(RATE_SLOTS + 1) /* the running slot, and a window before it           \
			  */

struct window {
	int64_t subject;
	unsigned window_ms;
	int64_t newest;           /* number of the slot that is running */
	int64_t total;            /* of all counts */
	uint32_t counts[COUNTED]; /* slot n is at n % COUNTED */
};

struct shard {
	GMutex mutex;
	GHashTable *windows;
};

struct ratelimit {
	struct shard shards[SHARDS];
};

static guint window_hash(gconstpointer p)
{
	const struct window *w = p;
	uint64_t mixed = ((uint64_t)w->subject ^ (uint64_t)w->window_ms << 40) *
			 UINT64_C(0x9e3779b97f4a7c15);
	return (guint)(mixed >> 32);
}

static gboolean window_equal(gconstpointer a, gconstpointer b)
{
	const struct window *one = a, *two = b;
	return one->subject == two->subject && one->window_ms == two->window_ms;
}

struct ratelimit *ratelimit_new(void)
{
	struct ratelimit *ratelimit = g_new0(struct ratelimit, 1);
	for (unsigned i = 0; i < SHARDS; i++) {
		struct shard *shard = &ratelimit->shards[i];
		g_mutex_init(&shard->mutex);
		shard->windows = g_hash_table_new_full(
			window_hash, window_equal, NULL, g_free);
	}
	return ratelimit;
}

void ratelimit_free(struct ratelimit *ratelimit)
{
	if (ratelimit == NULL)
		return;
	for (unsigned i = 0; i < SHARDS; i++) {
		g_hash_table_unref(ratelimit->shards[i].windows);
		g_mutex_clear(&ratelimit->shards[i].mutex);
	}
	g_free(ratelimit);
}

static struct window *window_find(struct shard *shard,
				  const struct window *wanted)
{
	struct window *w = g_hash_table_lookup(shard->windows, wanted);
	if (w == NULL) {
		w = g_memdup2(wanted, sizeof(*wanted));
		g_hash_table_add(shard->windows, w);
	}
	return w;
}

static uint32_t *count_at(struct window *w, int64_t slot)
{
	return &w->counts[slot % COUNTED];
}

/* Forgets what is out of the window when the slot `now` runs. A clock that
 * was put back by more than a window starts anew; by less, time stands still
 * until it has caught up. */
static void window_move(struct window *w, int64_t now)
{
	if (now >= w->newest + COUNTED || now <= w->newest - COUNTED) {
		memset(w->counts, 0, sizeof(w->counts));
		w->total = 0;
		w->newest = now;
	}
	while (w->newest < now) {
		uint32_t *gone = count_at(w, ++w->newest);
		w->total -= *gone;
		*gone = 0;
	}
}

/* The slot that must go for the total to be below the limit (> 0). */
static int64_t slot_in_the_way(struct window *w, uint64_t limit)
{
	int64_t slot = MAX(w->newest - COUNTED + 1, 0);
	uint64_t left = (uint64_t)w->total;
	while ((left -= *count_at(w, slot)) >= limit)
		slot++;
	return slot;
}

/* The latest slot that has counts. */
static int64_t slot_used_last(struct window *w)
{
	int64_t slot = w->newest;
	while (*count_at(w, slot) == 0)
		slot--;
	return slot;
}

static struct rate_verdict window_take(struct window *w, uint64_t limit,
				       int64_t slot_ms, int64_t now_ms)
{
	struct rate_verdict verdict = {.limit = limit};
	uint64_t total = (uint64_t)w->total;
	verdict.allowed = total < limit;
	if (verdict.allowed) {
		(*count_at(w, w->newest))++;
		w->total++;
		verdict.remaining = limit - total - 1;
	} else {
		int64_t free_ms =
			(slot_in_the_way(w, limit) + COUNTED) * slot_ms;
		int64_t wait_s = (free_ms - now_ms + 999) / 1000;
		verdict.retry_after_s = (unsigned)MAX(wait_s, 1);
	}
	verdict.reset_ms = (slot_used_last(w) + COUNTED) * slot_ms;
	return verdict;
}

struct rate_verdict ratelimit_take(struct ratelimit *ratelimit, int64_t subject,
				   struct rate_limit limit, int64_t now_ms)
{
	const struct window wanted = {
		.subject = subject,
		.window_ms = limit.window_ms,
	};
	int64_t slot_ms = (limit.window_ms + RATE_SLOTS - 1) / RATE_SLOTS;
	struct shard *shard = &ratelimit->shards[window_hash(&wanted) % SHARDS];
	g_assert(limit.requests > 0 && limit.window_ms > 0 && now_ms >= 0);
	g_mutex_lock(&shard->mutex);
	struct window *w = window_find(shard, &wanted);
	window_move(w, now_ms / slot_ms);
	struct rate_verdict verdict =
		window_take(w, limit.requests, slot_ms, now_ms);
	g_mutex_unlock(&shard->mutex);
	return verdict;
}
