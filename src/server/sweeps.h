/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The housekeeping thread: sees changed keys twice a second, writes what was
 * used every few seconds and at its end, removes trash and expired files at
 * intervals.
 */
#ifndef SERVER_SWEEPS_H
#define SERVER_SWEEPS_H

#include "base/err.h"

struct library;
struct sweeps;

/* Milliseconds. */
int sweeps_start(struct sweeps **out, struct library *library,
		 unsigned interval, unsigned grace, struct err *err) MUST_CHECK;
/* While it runs; from the next round on. */
void sweeps_set(struct sweeps *sweeps, unsigned interval, unsigned grace);
/* Ends and joins the thread, after the round it is in; writes what was used.
 * NULL is fine. */
void sweeps_stop(struct sweeps *sweeps);

#endif
