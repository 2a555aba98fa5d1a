/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting threads of the program's own, and which of them go first where there
 * is too little of the processor for all. docs/decisions/0054 says why.
 */
#ifndef BASE_THREADS_THREAD_H
#define BASE_THREADS_THREAD_H

#include "base/err.h"

#include <glib.h>

/* Who is further up is let in as soon as it has something to do, and has a
 * larger share; none is left with nothing. */
enum thread_rank {
	/* Many wait for it, and it has little to do for each. */
	THREAD_PROMPT,
	/* Works for one who waits, mostly on the disk or on others. */
	THREAD_WORK,
	/* Computes for one who waits, and may do so for long. */
	THREAD_LONG,
	/* Nobody waits for it. */
	THREAD_LAST,
};

struct thread_kind {
	const char *name; /* literal, 15 bytes at most: as ps -L shows it */
	enum thread_rank rank;
};

/* Signals go to others. Who is started by one of a lower rank stays there, as
 * nobody without a privilege can rise. ERR_INTERNAL: the system gives no more
 * threads. */
int thread_start(GThread **out, const struct thread_kind *kind, GThreadFunc run,
		 void *user, struct err *err) MUST_CHECK;
/* Waits until each of them (GThread) has ended, and frees the list. */
void thread_join_all(GPtrArray *threads);
/* Of the calling thread, and of those and of the processes that it starts. For
 * who was not started here. */
void thread_take_rank(enum thread_rank rank);
/* Of the calling thread: everybody else's reads and writes go before its own,
 * where the disk's scheduler has an order. */
void thread_yield_disk(void);

#endif
