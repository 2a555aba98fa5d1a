/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who waits for what is being made or fetched: whoever asks for the same while
 * it is, waits for that one. And what was tried in vain a moment ago, so that
 * what cannot be had is not tried again by every request. Any thread.
 */
#ifndef BASE_THREADS_FLIGHT_H
#define BASE_THREADS_FLIGHT_H

#include "base/err.h"
#include "base/threads/turns.h"

#include <glib.h>
#include <stdint.h>

struct flights;

/* What it is known by: a digest, or something as good. */
struct flight_key {
	uint8_t bytes[32];
};

/* For tables of what begins with one. */
guint flight_key_hash(const void *key);
gboolean flight_key_equal(const void *a, const void *b);

struct flights_options {
	/* Who waits for what another has begun; of one account. Beyond, who has
	 * most waiting makes room (base/threads/turns.h) and is told ERR_BUSY.
	 * Those who begin are bounded by who makes it. */
	unsigned total, per_owner;
	unsigned failures;  /* that are remembered, 0: none */
	unsigned failed_ms; /* for how long; ERR_INTERNAL for a tenth of it */
};

/* Leave at once. made: borrowed; NULL: *err is filled. */
typedef void flight_done(void *user, void *made, const struct err *err);

struct flight_waiter {
	struct flight_key key;
	int64_t owner; /* an account */
	int64_t guest; /* whom of the account's it is for; any number */
	/* Monotonic microseconds from which on it is no matter any more, 0:
	 * never; may change meanwhile. NULL: never. */
	const _Atomic int64_t *left_us;
	flight_done *done;
	void *user;
	struct turn turn; /* the module's own, as what follows */
	GList link;
};

/* Another guest of its owner waits for what is being made with `work`, which is
 * not ended yet. A lock is held: leave at once. */
typedef void flight_shared(void *user, void *work, int64_t guest);

struct flights *flights_new(const struct flights_options *options,
			    flight_shared *shared, void *user);
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
/* Between the two: what it is made with, for `shared`. */
void flight_set_work(struct flights *flights, const struct flight_key *key,
		     void *work);
/* Whether anybody still wants what is being made. */
bool flight_is_wanted(struct flights *flights, const struct flight_key *key);
/* Calls `done` of all who wait, the first one's first. made: as they know it;
 * NULL: *err says why; what is not a matter of the moment is remembered. */
void flight_end(struct flights *flights, const struct flight_key *key,
		void *made, const struct err *err);
/* Ends what was given up because nobody wanted it; err: for those who do not.
 * false: somebody has come since, nobody is told, and it is to be made again.
 */
bool flight_end_unwanted(struct flights *flights, const struct flight_key *key,
			 const struct err *err) MUST_CHECK;

#endif
