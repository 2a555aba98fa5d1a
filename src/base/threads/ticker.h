/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that does one thing again and again, with pauses in between.
 */
#ifndef BASE_THREADS_TICKER_H
#define BASE_THREADS_TICKER_H

#include "base/threads/thread.h"

struct ticker;

/* On the ticker's thread. Returns how long to pause before the next call, in
 * milliseconds; 0: not at all. */
typedef unsigned ticker_fn(void *user);

/* The first call comes at once. */
int ticker_new(struct ticker **out, const struct thread_kind *kind,
	       ticker_fn *fn, void *user, struct err *err) MUST_CHECK;
/* Any thread: ends a pause; after the call that is going on none begins. For
 * whoever has to wake that call before ticker_free() waits for it. */
void ticker_stop(struct ticker *ticker);
/* Stops, joins the thread, frees; waits for the call that is going on. NULL is
 * fine. */
void ticker_free(struct ticker *ticker);

#endif
