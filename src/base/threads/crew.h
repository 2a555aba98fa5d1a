/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads that do what waits long for others. What is to be done waits in line
 * without a thread, accounts take turns, and no account has all threads
 * (base/threads/turns.h).
 */
#ifndef BASE_THREADS_CREW_H
#define BASE_THREADS_CREW_H

#include "base/threads/thread.h"
#include "base/threads/turns.h"

struct crew;

struct crew_options {
	struct thread_kind kind;
	unsigned places;      /* that work at once; one more thread looks on */
	unsigned waiting;     /* that wait, at most */
	unsigned own_waiting; /* of one owner */
	unsigned wait_ms;     /* for a place */
};

struct crew *crew_new(const struct crew_options *options);
/* Does what waits, joins the threads. NULL is fine. */
void crew_free(struct crew *crew);

struct crew_task {
	struct turn turn;     /* the module's own */
	int64_t owner, guest; /* whose it is, and whom of theirs it is for */
	/* A thread of the crew; done: its turn did not come in time, so there
	 * is nothing to do but to say so. The task is not touched after it. */
	void (*run)(struct crew_task *task, bool is_late);
};

/* Any thread. Stays until it has run. -1: ERR_BUSY, it will not. */
int crew_add(struct crew *crew, struct crew_task *task,
	     struct err *err) MUST_CHECK;
/* Another guest of its owner waits for it, too. It is a crew's, and not added
 * yet or has not run to its end; any thread. */
void crew_share(struct crew *crew, struct crew_task *task, int64_t guest);

#endif
