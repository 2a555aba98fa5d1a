/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GLib's locks for ThreadSanitizer, which sees those of POSIX only: GLib makes
 * its own of futexes, in a library that is not looked into, and whatever they
 * guard seems to be raced for. Loaded before GLib, these are found first.
 * docs/internals/debugging.md says how.
 */
#include <glib.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

static pthread_mutex_t *new_mutex(void)
{
	pthread_mutex_t *mutex = malloc(sizeof(*mutex));
	pthread_mutex_init(mutex, NULL);
	return mutex;
}

static void free_mutex(pthread_mutex_t *mutex)
{
	pthread_mutex_destroy(mutex);
	free(mutex);
}

/* GLib's may be all zeros: it is made when it is first used, by whoever is
 * quicker. */
static pthread_mutex_t *mutex_of(GMutex *mutex)
{
	pthread_mutex_t *own = __atomic_load_n(&mutex->p, __ATOMIC_ACQUIRE);
	gpointer before = NULL;
	if (own)
		return own;
	own = new_mutex();
	if (__atomic_compare_exchange_n(&mutex->p, &before, own, FALSE,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return own;
	free_mutex(own);
	return before;
}

static pthread_cond_t *new_cond(void)
{
	pthread_cond_t *cond = malloc(sizeof(*cond));
	pthread_condattr_t clock;
	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &clock);
	pthread_condattr_destroy(&clock);
	return cond;
}

static void free_cond(pthread_cond_t *cond)
{
	pthread_cond_destroy(cond);
	free(cond);
}

static pthread_cond_t *cond_of(GCond *cond)
{
	pthread_cond_t *own = __atomic_load_n(&cond->p, __ATOMIC_ACQUIRE);
	gpointer before = NULL;
	if (own)
		return own;
	own = new_cond();
	if (__atomic_compare_exchange_n(&cond->p, &before, own, FALSE,
					__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return own;
	free_cond(own);
	return before;
}

void g_mutex_init(GMutex *mutex)
{
	mutex->p = NULL;
}

void g_mutex_clear(GMutex *mutex)
{
	if (mutex->p)
		free_mutex(mutex->p);
	mutex->p = NULL;
}

void g_mutex_lock(GMutex *mutex)
{
	pthread_mutex_lock(mutex_of(mutex));
}

void g_mutex_unlock(GMutex *mutex)
{
	pthread_mutex_unlock(mutex_of(mutex));
}

gboolean g_mutex_trylock(GMutex *mutex)
{
	return pthread_mutex_trylock(mutex_of(mutex)) == 0;
}

void g_cond_init(GCond *cond)
{
	cond->p = NULL;
}

void g_cond_clear(GCond *cond)
{
	if (cond->p)
		free_cond(cond->p);
	cond->p = NULL;
}

void g_cond_wait(GCond *cond, GMutex *mutex)
{
	pthread_cond_wait(cond_of(cond), mutex_of(mutex));
}

gboolean g_cond_wait_until(GCond *cond, GMutex *mutex, gint64 end)
{
	const struct timespec at = {end / G_USEC_PER_SEC,
				    end % G_USEC_PER_SEC * 1000};
	return pthread_cond_timedwait(cond_of(cond), mutex_of(mutex), &at) == 0;
}

void g_cond_signal(GCond *cond)
{
	pthread_cond_signal(cond_of(cond));
}

void g_cond_broadcast(GCond *cond)
{
	pthread_cond_broadcast(cond_of(cond));
}

void(g_atomic_ref_count_inc)(gatomicrefcount *count)
{
	__atomic_fetch_add(count, 1, __ATOMIC_ACQ_REL);
}

gboolean(g_atomic_ref_count_dec)(gatomicrefcount *count)
{
	return __atomic_fetch_sub(count, 1, __ATOMIC_ACQ_REL) == 1;
}
