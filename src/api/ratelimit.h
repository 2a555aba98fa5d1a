/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rate limits in memory: a sliding window for each subject (a key, an account).
 * Any thread; no disk, no allocation once a subject is known.
 *
 * A window is cut into RATE_SLOTS slots that are counted whole until all of
 * their time is out of it: never more than the limit gets through, and what
 * was refused may come back at most one slot later than an exact log of times
 * would let it.
 */
#ifndef API_RATELIMIT_H
#define API_RATELIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define RATE_SLOTS 60

struct ratelimit;

/* At most so many in any time of that length. */
struct rate_limit {
	uint64_t requests;  /* > 0 */
	unsigned window_ms; /* > 0 */
};

struct rate_verdict {
	bool allowed;
	uint64_t limit, remaining;
	int64_t reset_ms;       /* Unix time when the window is free again */
	unsigned retry_after_s; /* at least 1 when not allowed */
};

struct ratelimit *ratelimit_new(void);
/* NULL is fine. */
void ratelimit_free(struct ratelimit *ratelimit);
/* One request of the subject at now_ms (Unix). One that is refused does not
 * count. Windows of different lengths are different subjects. */
struct rate_verdict ratelimit_take(struct ratelimit *ratelimit, int64_t subject,
				   struct rate_limit limit, int64_t now_ms);

#endif
