/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs of a pool that wait for a helper, each owner's in the order in which
 * they came, and whose turn it is (pool.h says by what rule). Knows of running
 * jobs only how many an owner has. Not thread-safe.
 */
#ifndef HELPERS_QUEUE_H
#define HELPERS_QUEUE_H

#include "helpers/pool.h"

#include <glib.h>

struct owner;

struct job {
	struct pool_job given;
	struct pool_input inputs[HELPER_FDS_MAX]; /* given.inputs */
	int64_t deadline;    /* monotonic microseconds; while it waits */
	unsigned deaths;     /* helpers that died of it */
	unsigned absences;   /* helpers found dead for it */
	struct owner *owner; /* the queue's */
	GList link;          /* the queue's */
};

struct queue {
	GHashTable *owners; /* those with jobs, waiting or running */
	GQueue turns;       /* owners with waiting jobs, whose turn is first */
	unsigned waiting;   /* jobs */
	unsigned max, owner_max, share;
};

void queue_init(struct queue *queue, const struct pool_options *options);
void queue_release(struct queue *queue);

/* ERR_BUSY: full. The job stays the caller's memory. */
int queue_add(struct queue *queue, struct job *job, struct err *err) MUST_CHECK;
/* The next job that may run, which counts as running from now on; NULL: none.
 */
struct job *queue_take(struct queue *queue);
/* How many queue_take() would give, one after the other. */
unsigned queue_ready(const struct queue *queue);
/* A running job waits again, before all others of its owner, until the deadline
 * or until that of the next one. */
void queue_return(struct queue *queue, struct job *job, int64_t deadline);
/* A running job is over. */
void queue_end(struct queue *queue, struct job *job);
/* Takes out a job that has waited until its deadline; NULL: none. */
struct job *queue_expire(struct queue *queue, int64_t now);
/* The time at which queue_expire() will give one; INT64_MAX: none waits. */
int64_t queue_deadline(const struct queue *queue);

#endif
