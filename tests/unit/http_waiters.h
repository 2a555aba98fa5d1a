/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For an application over http_client.h whose exchanges wait until somebody
 * goes on with them (http_more()): those that have begun, a thread that goes on
 * with what no test holds, and how a test waits for them.
 */
#ifndef UNIT_HTTP_WAITERS_H
#define UNIT_HTTP_WAITERS_H

#include "http_client.h"

/* What an application's own begins with. */
struct waiter {
	struct http_exchange *x;
	bool waits;
	bool is_held; /* the test goes on with it */
};

struct waiters {
	struct served http;
	GMutex mutex; /* for all below, and for each waiter */
	GCond changed;
	GPtrArray *list; /* that have begun and are not done */
	GRand *rand;
	GThread *thread;
	bool quit;
};

/* The mutex is held. */
static inline void waiter_go_on(struct waiter *waiter)
{
	waiter->waits = false;
	http_more(waiter->x);
}

static inline void *waiters_run(void *arg)
{
	struct waiters *waiters = arg;
	g_mutex_lock(&waiters->mutex);
	while (!waiters->quit) {
		for (guint i = 0; i < waiters->list->len; i++) {
			struct waiter *waiter =
				g_ptr_array_index(waiters->list, i);
			if (waiter->waits && !waiter->is_held)
				waiter_go_on(waiter);
		}
		g_cond_wait(&waiters->changed, &waiters->mutex);
	}
	g_mutex_unlock(&waiters->mutex);
	return NULL;
}

static inline void waiters_open(struct waiters *waiters, bool with_tls,
				const struct http_limits *limits,
				const struct http_app *app)
{
	g_mutex_init(&waiters->mutex);
	g_cond_init(&waiters->changed);
	waiters->list = g_ptr_array_new();
	waiters->rand = g_rand_new_with_seed(1);
	waiters->thread = g_thread_new("waiters", waiters_run, waiters);
	served_open(&waiters->http, with_tls, limits, app);
}

static inline void waiters_close(struct waiters *waiters)
{
	served_close(&waiters->http);
	g_mutex_lock(&waiters->mutex);
	waiters->quit = true;
	g_cond_broadcast(&waiters->changed);
	g_mutex_unlock(&waiters->mutex);
	g_thread_join(waiters->thread);
	assert_int_equal(waiters->list->len, 0);
	g_ptr_array_free(waiters->list, TRUE);
	g_rand_free(waiters->rand);
	g_mutex_clear(&waiters->mutex);
	g_cond_clear(&waiters->changed);
}

static inline void waiters_add(struct waiters *waiters, struct waiter *waiter)
{
	g_mutex_lock(&waiters->mutex);
	g_ptr_array_add(waiters->list, waiter);
	g_mutex_unlock(&waiters->mutex);
}

/* The mutex is held: until something has changed. */
static inline void waiters_wait(struct waiters *waiters)
{
	gint64 until =
		g_get_monotonic_time() + PATIENT_MS * G_TIME_SPAN_MILLISECOND;
	if (g_cond_wait_until(&waiters->changed, &waiters->mutex, until))
		return;
	g_mutex_unlock(&waiters->mutex);
	fail_msg("nothing happens");
}

/* The mutex is held: until the only one waits. */
static inline void *waiters_wait_for_one(struct waiters *waiters)
{
	for (;;) {
		struct waiter *waiter =
			waiters->list->len ? g_ptr_array_index(waiters->list, 0)
					   : NULL;
		if (waiter && waiter->waits)
			return waiter;
		waiters_wait(waiters);
	}
}

/* The mutex is not held: until the counter, which it guards, has come to n. */
static inline void waiters_wait_until(struct waiters *waiters,
				      const unsigned *counter, unsigned n)
{
	g_mutex_lock(&waiters->mutex);
	while (*counter < n)
		waiters_wait(waiters);
	g_mutex_unlock(&waiters->mutex);
}

#endif
