/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting threads of the program's own.
 */
#ifndef BASE_THREADS_THREAD_H
#define BASE_THREADS_THREAD_H

#include "base/err.h"

#include <glib.h>

/* Signals go to others. ERR_INTERNAL: the system gives no more threads. */
int thread_start(GThread **out, const char *name, GThreadFunc run, void *user,
		 struct err *err) MUST_CHECK;
/* Of the calling thread: everybody else's reads and writes go before its own,
 * where the disk's scheduler has an order. */
void thread_yield_disk(void);
/* Likewise: everybody else's work goes before its own. */
void thread_yield_processor(void);

#endif
