/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of threads that run handlers. Exchanges in, finished exchanges back
 * to their loops. Threads start when work first needs them.
 *
 * Owners (http_exchange.owner) take turns, and none holds all there is; so do
 * an owner's guests. Heavy work has places of its own, and waits for them
 * without a thread. docs/decisions/0023 says why.
 */
#ifndef HTTP_WORKERS_H
#define HTTP_WORKERS_H

#include "http/http.h"

struct workers;

struct workers_options {
	unsigned threads; /* that run handlers, heavy work among them */
	unsigned heavy;   /* handlers of heavy work at once */
	unsigned slow;    /* in slow work, besides */
	unsigned wait_ms; /* that heavy work waits for its place */
	/* Since heavy work of another owner came last: who has some then leaves
	 * one of the processor's cores to it. */
	unsigned company_ms;
	/* A worker thread, for each exchange that was pushed: one of both. */
	void (*run)(void *user, struct http_exchange *x);
	void (*refuse)(void *user, struct http_exchange *x); /* waited in vain
							      */
	void *user;
};

struct workers *workers_new(const struct workers_options *options);
/* Any thread. -1: too much of its owner's waits, or there is no thread and none
 * can be made; the exchange stays the caller's. */
int workers_push(struct workers *workers, struct http_exchange *x) MUST_CHECK;
/* Finishes what is queued and joins all threads. */
void workers_free(struct workers *workers);

struct workers_state {
	unsigned queued; /* exchanges without a thread */
	unsigned busy;   /* threads that run a handler */
	unsigned heavy;  /* of them, with heavy work */
	unsigned slow;   /* of them, in slow work */
	unsigned idle;   /* threads that wait */
};

/* Any thread. */
struct workers_state workers_state(struct workers *workers);

/* See http_slow_begin(). */
bool workers_slow_begin(struct workers *workers, struct http_exchange *x);
void workers_slow_end(struct workers *workers, struct http_exchange *x);

#endif
