/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A system that gives no threads, as long as the test wants.
 */
#ifndef UNIT_NO_THREADS_H
#define UNIT_NO_THREADS_H

#include <dlfcn.h>
#include <errno.h>
#include <glib.h>
#include <pthread.h>

static gint no_threads; /* can be made; atomic */

/* In place of libc's, also for GLib. */
int pthread_create(pthread_t *restrict thread,
		   const pthread_attr_t *restrict attributes,
		   void *(*run)(void *), void *restrict arg)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		      void *) = dlsym(RTLD_NEXT, "pthread_create");
	if (g_atomic_int_get(&no_threads))
		return EAGAIN;
	return create(thread, attributes, run, arg);
}

#endif
