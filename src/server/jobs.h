/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread that does jobs (library/background/folder_job.h), step by step,
 * also those that an earlier run of the program has left.
 */
#ifndef SERVER_JOBS_H
#define SERVER_JOBS_H

#include "base/threads/ticker.h"

struct library;

/* ticker_free() ends it, after the step it is in. */
int jobs_start(struct ticker **out, struct library *library,
	       struct err *err) MUST_CHECK;

#endif
