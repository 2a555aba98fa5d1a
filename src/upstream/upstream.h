/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An endpoint with threads of its own for its calls: what is to be called waits
 * in line without a thread, accounts take turns, and none has all places
 * (base/threads/crew.h). One endpoint that hangs holds nothing but its own.
 */
#ifndef UPSTREAM_UPSTREAM_H
#define UPSTREAM_UPSTREAM_H

#include "base/threads/crew.h"
#include "upstream/post.h"

struct upstream;

struct upstream_options {
	struct endpoint_options endpoint;
	unsigned calls; /* at once */
};

/* As endpoint_new(). */
int upstream_new(struct upstream **out, const struct upstream_options *options,
		 struct err *err) MUST_CHECK;
/* Calls that are still running after grace_ms end then, with ERR_BUSY. NULL is
 * fine, as below. */
void upstream_stop(struct upstream *upstream, unsigned grace_ms);
/* Waits for calls that are going on: it was stopped. */
void upstream_free(struct upstream *upstream);
/* As endpoint_reload(). */
int upstream_reload(struct upstream *upstream, struct err *err) MUST_CHECK;

/* One call. Stays, with all it points to, until `done`. */
struct upstream_ask {
	struct endpoint_call call; /* but for goes_on and user */
	int64_t owner, guest;      /* as in struct crew_task */
	/* Monotonic microseconds from which on nobody waits for it; 0: never;
	 * may change meanwhile. */
	const _Atomic int64_t *left_us;
	/* Once, on a thread of the module's: leave at once. */
	void (*done)(void *user);
	void *user;
	/* When `done` is called: as endpoint_post(). */
	int result;
	struct endpoint_answer answer;
	struct err err;
	/* the module's own */
	struct upstream *upstream;
	struct crew_task task;
};

/* Does not block. -1: ERR_BUSY, too many wait; `done` is not called. */
int upstream_ask(struct upstream *upstream, struct upstream_ask *ask,
		 struct err *err) MUST_CHECK;

#endif
