/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a helper process, as its program sees it: it loads what it needs,
 * shuts itself in (sandbox.h), and answers jobs one by one until the pool
 * closes the channel. Not here: retries and time limits, which are the pool's.
 */
#ifndef HELPERS_CHILD_SERVE_H
#define HELPERS_CHILD_SERVE_H

#include "base/err.h"
#include "helpers/message.h"

/* The descriptors are the server's files, for reading only: map them, or use
 * pread(); they are closed after the answer. */
struct serve_job {
	struct str text;
	unsigned n_fds;
	const int *fds;
};

struct serve_answer {
	char *text; /* room for HELPER_TEXT_MAX bytes */
	size_t n;   /* bytes of it; 0 at first */
	int output; /* serve_output()'s; -1 at first */
};

struct serve_program {
	const char *greeting; /* as in pool_options */
	unsigned cpu_seconds; /* after which the process wants to be replaced */
	void (*answer)(const struct serve_job *job,
		       struct serve_answer *answer);
};

/* Whether a pool started this process. */
bool serve_is_wanted(void);

/* Greets and serves, inside the sandbox; the process's exit status. */
int serve(const struct serve_program *program);

/* Appends to the memory file that goes with the answer, which is sealed when it
 * is sent. -1: no more memory, or over sandbox's output_max (which may also
 * kill the process); the answer then has no file. */
int serve_output(struct serve_answer *answer, const void *p,
		 size_t n) MUST_CHECK;

#endif
