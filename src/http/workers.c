/* SPDX-License-Identifier: Apache-2.0 */
#include "http/workers.h"

#include <glib.h>

#include "base/log/log.h"
#include "base/metrics.h"

#define WAITING_MAX 64 /* heavy work of one owner */
#define MS_US INT64_C(1000)

enum sort {
	LIGHT,
	HEAVY,
	SLOW, /* never waits */
};

struct workers {
	struct workers_options options;
	GMutex mutex;
	GCond work; /* something queued, or ending */
	struct turns turns;
	GPtrArray *threads;
	unsigned idle; /* asleep, or woken and not running yet */
	bool ending;
};

/* Who is alone has three quarters of the threads and half of what is heavy;
 * the rest is for those who come meanwhile. */
struct workers *workers_new(const struct workers_options *options)
{
	struct workers *w = g_new0(struct workers, 1);
	unsigned threads = MAX(options->threads, 1);
	unsigned heavy = CLAMP(options->heavy, 1, MAX(threads / 2, 1));
	const struct turns_options turns = {
		.rules =
			{
				[LIGHT] = {.places = MAX(threads - heavy, 1),
					   .part = 3},
				[HEAVY] = {.places = heavy,
					   .part = 1,
					   .own_waiting = WAITING_MAX},
				[SLOW] = {.places = options->slow, .part = 3},
			},
	};
	w->options = *options;
	w->options.threads = MAX(threads, heavy + 1);
	g_mutex_init(&w->mutex);
	g_cond_init(&w->work);
	turns_init(&w->turns, &turns);
	w->threads = g_ptr_array_new();
	return w;
}

static struct http_exchange *exchange_of(struct turn *turn)
{
	return turn ? (void *)((char *)turn -
			       offsetof(struct http_exchange, turn))
		    : NULL;
}

/* With the mutex held, but not meanwhile. */
static void refuse_late(struct workers *w)
{
	struct turn *turn;
	while ((turn = turns_expire(&w->turns, g_get_monotonic_time()))) {
		g_mutex_unlock(&w->mutex);
		w->options.refuse(w->options.user, exchange_of(turn));
		g_mutex_lock(&w->mutex);
	}
}

static void sleep_idle(struct workers *w)
{
	int64_t until = turns_deadline(&w->turns);
	w->idle++;
	if (until == INT64_MAX)
		g_cond_wait(&w->work, &w->mutex);
	else
		(void)g_cond_wait_until(&w->work, &w->mutex, until);
	w->idle--;
}

static void *worker_main(void *arg)
{
	struct workers *w = arg;
	g_mutex_lock(&w->mutex);
	for (;;) {
		refuse_late(w);
		struct turn *turn = turns_take(&w->turns);
		if (turn == NULL) {
			if (w->ending && w->turns.waiting == 0)
				break;
			sleep_idle(w);
			continue;
		}
		/* the exchange is somebody else's once it has run */
		const struct turns_place place = turn->place;
		g_mutex_unlock(&w->mutex);
		metric_add(METRIC_WORKERS_BUSY, 1);
		w->options.run(w->options.user, exchange_of(turn));
		metric_add(METRIC_WORKERS_BUSY, -1);
		g_mutex_lock(&w->mutex);
		turns_end(&w->turns, place);
		if (w->ending)
			g_cond_broadcast(&w->work);
	}
	g_mutex_unlock(&w->mutex);
	return NULL;
}

/* With the mutex held: one more thread when more is queued than sleeps, and one
 * is due. */
static void spawn_if_needed(struct workers *w)
{
	if (w->turns.waiting <= w->idle ||
	    w->threads->len >= w->options.threads + w->turns.held[SLOW])
		return;
	GThread *thread = g_thread_try_new("worker", worker_main, w, NULL);
	if (thread)
		g_ptr_array_add(w->threads, thread);
}

static int64_t deadline_of(const struct workers *w,
			   const struct http_exchange *x)
{
	return x->heavy ? g_get_monotonic_time() + w->options.wait_ms * MS_US
			: INT64_MAX;
}

int workers_push(struct workers *w, struct http_exchange *x)
{
	struct err err;
	const struct turns_wish wish = {.owner = x->owner,
					.guest = x->guest,
					.sort = x->heavy ? HEAVY : LIGHT,
					.deadline = deadline_of(w, x)};
	g_mutex_lock(&w->mutex);
	int result = turns_add(&w->turns, &x->turn, &wish, &err);
	if (result == 0) {
		spawn_if_needed(w);
		g_cond_signal(&w->work);
	}
	bool orphaned = result == 0 && w->threads->len == 0;
	if (orphaned)
		turns_drop(&w->turns, &x->turn);
	g_mutex_unlock(&w->mutex);
	if (orphaned)
		log_error("no worker thread can be started: a request is "
			  "refused");
	return orphaned ? -1 : result;
}

void workers_free(struct workers *w)
{
	if (w == NULL)
		return;
	g_mutex_lock(&w->mutex);
	w->ending = true;
	g_cond_broadcast(&w->work);
	g_mutex_unlock(&w->mutex);
	for (guint i = 0; i < w->threads->len; i++)
		g_thread_join(g_ptr_array_index(w->threads, i));
	g_ptr_array_free(w->threads, TRUE);
	turns_release(&w->turns);
	g_mutex_clear(&w->mutex);
	g_cond_clear(&w->work);
	g_free(w);
}

bool workers_slow_begin(struct workers *w, struct http_exchange *x)
{
	const struct turns_wish wish = {
		.owner = x->owner, .guest = x->guest, .sort = SLOW};
	g_mutex_lock(&w->mutex);
	bool allowed = turns_enter(&w->turns, &wish, &x->slow_place);
	if (allowed) {
		turns_end(&w->turns, x->turn.place);
		spawn_if_needed(w);
		g_cond_signal(&w->work);
	}
	g_mutex_unlock(&w->mutex);
	return allowed;
}

void workers_slow_end(struct workers *w, struct http_exchange *x)
{
	g_mutex_lock(&w->mutex);
	turns_hold(&w->turns, x->turn.place);
	turns_end(&w->turns, x->slow_place);
	g_mutex_unlock(&w->mutex);
}

struct workers_state workers_state(struct workers *w)
{
	g_mutex_lock(&w->mutex);
	const struct workers_state state = {
		.queued = w->turns.waiting,
		.busy = w->threads->len - w->idle,
		.heavy = w->turns.held[HEAVY],
		.slow = w->turns.held[SLOW],
		.idle = w->idle,
	};
	g_mutex_unlock(&w->mutex);
	return state;
}
