/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The housekeeping thread: sees changed keys twice a second, writes what was
 * used every few seconds and at its end, removes trash and expired files at
 * intervals, gives memory back when a load is over.
 */
#ifndef SERVER_SWEEPS_H
#define SERVER_SWEEPS_H

#include "base/err.h"

struct library;
struct sweeps;

struct sweeps_times {
	unsigned interval_ms;
	unsigned grace_ms; /* of what is in the trash */
	unsigned upload_expiry_ms;
};
int sweeps_start(struct sweeps **out, struct library *library,
		 struct sweeps_times times, struct err *err) MUST_CHECK;
/* While it runs; from the next round on. */
void sweeps_set(struct sweeps *sweeps, struct sweeps_times times);
/* Ends and joins the thread, after the round it is in; writes what was used.
 * NULL is fine. */
void sweeps_stop(struct sweeps *sweeps);

#endif
