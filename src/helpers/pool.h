/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pool of helper processes of one program. Whoever has a job submits it and
 * goes on; a thread of the pool starts the helpers, gives each one job at a
 * time, and tells when it is done. Nobody waits. The pool knows nothing of what
 * the jobs are about, and trusts a helper with nothing: what it sends is
 * bounded and checked, and one that hangs, crashes or talks out of turn is
 * killed and replaced.
 *
 * Jobs wait in a queue with a bound. Owners take turns (an owner is an account,
 * say): each idle helper goes to the next owner that has a job waiting, and of
 * its jobs to that of the next guest (who it is done for). Of one
 * owner's jobs the light ones go first, and the heavy ones may not hold more
 * than `share` helpers at once, so that a helper is left for what is quick. Of
 * the large ones, which take much memory, one runs at a time.
 */
#ifndef HELPERS_POOL_H
#define HELPERS_POOL_H

#include "base/err.h"
#include "base/metrics.h"
#include "helpers/message.h"

struct pool;

struct pool_metrics {
	enum metric started; /* helpers that greeted */
	enum metric died;    /* helpers that were lost, or killed for cause */
	enum metric queued;  /* jobs that wait now */
	enum metric refused; /* jobs for which no helper was free in time */
};

struct pool_options {
	const char *name;    /* for the log: what a helper is called */
	const char *program; /* path of the executable */
	char *const
		*arguments;   /* besides its name; ends with NULL; NULL: none */
	const char *greeting; /* the text it greets with; another: no helper */
	unsigned helpers;     /* at most; started when first needed */
	unsigned share;       /* of them, for heavy jobs of one owner; >= 1 */
	/* Jobs that wait, in all. What has no room takes that of whoever has
	 * most waiting (base/threads/turns.h), which then ends with ERR_BUSY.
	 */
	unsigned queue_max;
	/* Of one owner; of them heavy: half, rounded up; large: as many. */
	unsigned owner_max;
	unsigned wait_ms;    /* for a helper to be free */
	unsigned timeout_ms; /* for one job, once a helper has it: not the
				processor's time, but the clock's */
	/* What a helper is ended for when a job is done: how many it has had,
	 * how old it is, the memory it has kept. 0: never. */
	uint32_t jobs_max;
	unsigned age_ms;
	uint64_t memory_max;
	unsigned idle_ms; /* how long one waits for a job; 0: for ever */
	struct pool_metrics metrics;
};

/* ERR_INTERNAL: the program cannot be executed. */
int pool_new(struct pool **out, const struct pool_options *options,
	     struct err *err) MUST_CHECK;
/* From `within_ms` on (0: now) all jobs that are not done are ended with
 * ERR_BUSY. Returns at once; any thread. */
void pool_stop(struct pool *pool, unsigned within_ms);
/* Ends jobs that are left, and the helpers, and waits for their end. */
void pool_free(struct pool *pool);

/* A file, or bytes when fd is -1. The helper gets it for reading only, from its
 * start; the descriptor's offset is neither used nor moved. */
struct pool_input {
	int fd;
	struct str bytes;
};

struct pool_answer {
	struct str text; /* what a helper sent: any bytes; until done returns */
	/* A sealed memory file, -1: none. Positioned reads only, as the offset
	 * is the helper's too. Closed after done, unless that takes it and
	 * leaves -1. */
	int output;
	uint64_t output_size;
	int64_t guest; /* whom it was done for */
};

/* err.reason with ERR_TIMEOUT: the helper had the processor for less than half
 * of its time, so that another time the job may be done in it. */
#define POOL_STARVED "starved"

/*
 * The pool's thread: leave at once; may submit. answer is NULL when *err is
 * filled: ERR_TIMEOUT; ERR_BUSY (no helper was free in time, or the pool
 * stops); ERR_INVALID (two helpers died of the job); ERR_INTERNAL (helpers
 * cannot be started; an input cannot be passed).
 */
typedef void pool_done(void *user, struct pool_answer *answer,
		       const struct err *err);

enum pool_sort {
	POOL_LIGHT,
	POOL_HEAVY,
	POOL_LARGE,
};

struct pool_job {
	int64_t owner;
	int64_t guest;    /* of the owner's; any number */
	const void *name; /* for pool_share(), of no other job; NULL: none */
	enum pool_sort sort;
	struct str text; /* at most HELPER_TEXT_MAX */
	const struct pool_input *inputs;
	unsigned n_inputs;   /* at most HELPER_FDS_MAX */
	uint64_t output_max; /* bytes of a memory file; 0: none is expected */
	pool_done *done;     /* called once */
	void *user;
};

/*
 * Any thread. What the job points to stays as it is until done is called; the
 * job itself and the list of inputs are copied. -1 and done is not called; err
 * is not NULL: ERR_BUSY (the queue is full, or the pool stops), ERR_INTERNAL
 * (helpers cannot be started at the moment).
 */
int pool_submit(struct pool *pool, const struct pool_job *job,
		struct err *err) MUST_CHECK;
/* Another guest of its owner waits for the job of that name, if there is one:
 * it goes on for whoever has less waiting. Any thread. */
void pool_share(struct pool *pool, const void *name, int64_t guest);

#endif
