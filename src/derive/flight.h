/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits for what is being made: whoever asks for the same picture while it
 * is, waits for that one. And what was tried in vain a moment ago, so that a
 * picture that cannot be made is not tried again by every request. Any thread.
 */
#ifndef DERIVE_FLIGHT_H
#define DERIVE_FLIGHT_H

#include "derive/derivative.h"
#include "derive/key.h"

#include "base/err.h"

struct flights;

struct flights_options {
	unsigned per_key;   /* that wait for one picture */
	unsigned per_owner; /* of one account, for any */
	unsigned per_maker; /* pictures that are made for one maker */
	unsigned total;
	unsigned failures;  /* that are remembered, 0: none */
	unsigned failed_ms; /* for how long */
};

/* Leave at once. derivative: borrowed; NULL: *err is filled. */
typedef void flight_done(void *user, struct derivative *derivative,
			 const struct err *err);

struct flight_waiter {
	struct derive_key key;
	int64_t owner; /* an account, above 0 */
	int64_t maker; /* who asks first, a number below 0; 0: not counted */
	flight_done *done;
	void *user;
	struct flight_waiter *next; /* the module's own */
};

struct flights *flights_new(const struct flights_options *options);
/* Nobody waits any more. NULL is fine. */
void flights_free(struct flights *flights);

/*
 * 1: nobody makes it yet; the caller does, and says so with flight_end(). 0:
 * somebody does. In both cases `done` is called once, perhaps before this
 * returns, and the waiter stays until then. -1: ERR_BUSY, too many wait; or why
 * it could not be made a moment ago.
 */
int flight_join(struct flights *flights, struct flight_waiter *waiter,
		struct err *err) MUST_CHECK;
/* Calls `done` of all who wait, the first one's first. Without a derivative
 * *err says why; what is not a matter of the moment is remembered. */
void flight_end(struct flights *flights, const struct derive_key *key,
		struct derivative *derivative, const struct err *err);

#endif
