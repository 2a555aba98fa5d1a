/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a library is made of, for the rooms of this directory and nobody else.
 * What each room shares with others is in headers of its own.
 *
 * Functions that take a struct db_tx run inside somebody's transaction and may
 * be run again with it: they change rows and nothing else.
 */
#ifndef LIBRARY_LIBRARY_INTERNAL_H
#define LIBRARY_LIBRARY_INTERNAL_H

#include "db/db.h"
#include "library/library.h"
#include "library/stores.h"
#include "library/view.h"
#include "store/store.h"

#include <glib.h>

#define USAGE_BUCKETS 256

struct usage_counter;
struct uploads;

/* By account or key; accounts/usage.c. */
struct usage_counters {
	struct usage_counter *_Atomic buckets[USAGE_BUCKETS];
};

struct library {
	char *dir;
	struct db *db;
	struct stores stores;
	uint64_t check_max; /* of library_options */
	int lock_fd;        /* -1: not exclusive */
	bool is_claimed;    /* this start has been counted */
	library_change_fn *on_change;
	void *on_change_user;
	library_gone_fn *on_gone; /* NULL: nobody */
	void *on_gone_user;
	GMutex mutex;            /* guards keyring; nothing is taken inside */
	struct keyring *keyring; /* never NULL after library_open() */
	struct usage_counters sent, used;
	GRWLock usage_lock;      /* guards what is flushed; no other is held */
	struct uploads *uploads; /* that are open; uploads/registry.h */
	_Atomic int64_t
		jobs_until_us; /* monotonic: folder_job_finish_within(); 0 */
	_Atomic int64_t reads_until_us; /* of view_read(), likewise */
};

/* db_read() within the times of the view, and not long beyond
 * library_finish_within(). */
int view_read(const struct view *view, db_fn *fn, void *arg,
	      struct err *err) MUST_CHECK;

/* Takes the lock of the data directory; close the descriptor to let go.
 * ERR_BUSY when another process has it. */
int library_lock(const char *dir, int *fd, struct err *err) MUST_CHECK;

#endif
