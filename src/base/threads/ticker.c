/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/ticker.h"

#include <pthread.h>
#include <time.h>

/* POSIX locks, because the thread sanitizers see those only. */
struct ticker {
	GThread *thread;
	ticker_fn *fn;
	void *user;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t changed;
	bool stopped;
};

/* False: no call any more. */
static bool pause_for(struct ticker *ticker, unsigned ms)
{
	struct timespec until;
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000;
	}
	pthread_mutex_lock(&ticker->lock);
	while (ms && !ticker->stopped &&
	       pthread_cond_timedwait(&ticker->changed, &ticker->lock,
				      &until) == 0)
		continue;
	bool goes_on = !ticker->stopped;
	pthread_mutex_unlock(&ticker->lock);
	return goes_on;
}

static void *ticker_main(void *arg)
{
	struct ticker *ticker = arg;
	unsigned pause = 0;
	while (pause_for(ticker, pause))
		pause = ticker->fn(ticker->user);
	return NULL;
}

static void release(struct ticker *ticker)
{
	pthread_cond_destroy(&ticker->changed);
	pthread_mutex_destroy(&ticker->lock);
	g_free(ticker);
}

int ticker_new(struct ticker **out, const struct thread_kind *kind,
	       ticker_fn *fn, void *user, struct err *err)
{
	struct ticker *ticker = g_new0(struct ticker, 1);
	pthread_condattr_t monotonic;
	ticker->fn = fn;
	ticker->user = user;
	pthread_mutex_init(&ticker->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&ticker->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (thread_start(&ticker->thread, kind, ticker_main, ticker, err) < 0) {
		release(ticker);
		return -1;
	}
	*out = ticker;
	return 0;
}

void ticker_stop(struct ticker *ticker)
{
	pthread_mutex_lock(&ticker->lock);
	ticker->stopped = true;
	pthread_cond_signal(&ticker->changed);
	pthread_mutex_unlock(&ticker->lock);
}

void ticker_free(struct ticker *ticker)
{
	if (ticker == NULL)
		return;
	ticker_stop(ticker);
	g_thread_join(ticker->thread);
	release(ticker);
}
