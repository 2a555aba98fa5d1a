/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of threads that run handlers. A queue of exchanges in, finished
 * exchanges back to their loops. Threads start when work first needs them.
 */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include "http/http.h"

struct workers;

/* run is called on a worker thread for each exchange pushed. */
struct workers *workers_new(unsigned threads, unsigned slow,
			    void (*run)(void *user, struct http_exchange *x),
			    void *user);
/* Any thread. -1: there is no thread and none can be made; the exchange stays
 * the caller's. */
int workers_push(struct workers *workers, struct http_exchange *x) MUST_CHECK;
/* Finishes what is queued and joins all threads. */
void workers_free(struct workers *workers);

struct workers_state {
	unsigned queued; /* exchanges without a thread */
	unsigned busy;   /* threads that run a handler */
	unsigned slow;   /* of them, in slow work */
	unsigned idle;   /* threads that wait */
};

/* Any thread. */
struct workers_state workers_state(struct workers *workers);

/* See http_slow_begin(). */
bool workers_slow_begin(struct workers *workers);
void workers_slow_end(struct workers *workers);

#endif
