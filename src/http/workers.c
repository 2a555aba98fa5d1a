/* SPDX-License-Identifier: Apache-2.0 */
#include "http/workers.h"

#include <glib.h>

#include "base/log.h"
#include "base/metrics.h"

struct workers {
	GMutex mutex;
	GCond work;                  /* something queued, or ending */
	struct http_exchange *first; /* the queue, linked by ->next */
	struct http_exchange *last;
	GPtrArray *threads;
	unsigned queued;
	unsigned idle;  /* asleep, or woken and not running yet */
	unsigned limit; /* threads that may run handlers */
	unsigned slow;  /* now waiting for somebody else, on top of limit */
	unsigned slow_max;
	bool ending;
	void (*run)(void *user, struct http_exchange *x);
	void *user;
};

struct workers *workers_new(unsigned threads, unsigned slow,
			    void (*run)(void *user, struct http_exchange *x),
			    void *user)
{
	struct workers *w = g_new0(struct workers, 1);
	g_mutex_init(&w->mutex);
	g_cond_init(&w->work);
	w->threads = g_ptr_array_new();
	w->limit = threads;
	w->slow_max = slow;
	w->run = run;
	w->user = user;
	return w;
}

static struct http_exchange *take(struct workers *w)
{
	struct http_exchange *x = w->first;
	if (x == NULL)
		return NULL;
	w->first = x->next;
	if (w->first == NULL)
		w->last = NULL;
	x->next = NULL;
	w->queued--;
	return x;
}

static void *worker_main(void *arg)
{
	struct workers *w = arg;
	g_mutex_lock(&w->mutex);
	for (;;) {
		struct http_exchange *x = take(w);
		if (x == NULL) {
			if (w->ending)
				break;
			w->idle++;
			g_cond_wait(&w->work, &w->mutex);
			w->idle--;
			continue;
		}
		g_mutex_unlock(&w->mutex);
		metric_add(METRIC_WORKERS_BUSY, 1);
		w->run(w->user, x);
		metric_add(METRIC_WORKERS_BUSY, -1);
		g_mutex_lock(&w->mutex);
	}
	g_mutex_unlock(&w->mutex);
	return NULL;
}

/* With the mutex held: one more thread when more is queued than sleeps, and one
 * is due. */
static void spawn_if_needed(struct workers *w)
{
	if (w->queued <= w->idle || w->threads->len >= w->limit + w->slow)
		return;
	GThread *thread = g_thread_try_new("worker", worker_main, w, NULL);
	if (thread)
		g_ptr_array_add(w->threads, thread);
}

int workers_push(struct workers *w, struct http_exchange *x)
{
	x->next = NULL;
	g_mutex_lock(&w->mutex);
	if (w->last)
		w->last->next = x;
	else
		w->first = x;
	w->last = x;
	w->queued++;
	spawn_if_needed(w);
	bool orphaned = w->threads->len == 0;
	if (orphaned)
		take(w);
	else
		g_cond_signal(&w->work);
	g_mutex_unlock(&w->mutex);
	if (!orphaned)
		return 0;
	log_error("no worker thread can be started: a request is refused");
	return -1;
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
	g_mutex_clear(&w->mutex);
	g_cond_clear(&w->work);
	g_free(w);
}

bool workers_slow_begin(struct workers *w)
{
	g_mutex_lock(&w->mutex);
	bool allowed = w->slow < w->slow_max;
	if (allowed) {
		w->slow++;
		spawn_if_needed(w);
	}
	g_mutex_unlock(&w->mutex);
	return allowed;
}

void workers_slow_end(struct workers *w)
{
	g_mutex_lock(&w->mutex);
	w->slow--;
	g_mutex_unlock(&w->mutex);
}

struct workers_state workers_state(struct workers *w)
{
	g_mutex_lock(&w->mutex);
	const struct workers_state state = {
		.queued = w->queued,
		.busy = w->threads->len - w->idle,
		.slow = w->slow,
		.idle = w->idle,
	};
	g_mutex_unlock(&w->mutex);
	return state;
}
