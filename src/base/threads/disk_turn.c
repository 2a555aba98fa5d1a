/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads/disk_turn.h"

#include <glib.h>
#include <stdatomic.h>

static struct {
	_Atomic int commits;
	GMutex mutex; /* held to wait, and to tell who waits */
	GCond none;
	_Atomic int waiting;
} turn;

void disk_turn_begin(void)
{
	atomic_fetch_add(&turn.commits, 1);
}

void disk_turn_end(void)
{
	if (atomic_fetch_sub(&turn.commits, 1) > 1 ||
	    atomic_load(&turn.waiting) == 0)
		return;
	g_mutex_lock(&turn.mutex);
	g_cond_broadcast(&turn.none);
	g_mutex_unlock(&turn.mutex);
}

void disk_turn_wait(unsigned max_ms)
{
	if (atomic_load(&turn.commits) == 0)
		return;
	int64_t until = g_get_monotonic_time() + (int64_t)max_ms * 1000;
	g_mutex_lock(&turn.mutex);
	atomic_fetch_add(&turn.waiting, 1);
	while (atomic_load(&turn.commits) &&
	       g_cond_wait_until(&turn.none, &turn.mutex, until))
		;
	atomic_fetch_sub(&turn.waiting, 1);
	g_mutex_unlock(&turn.mutex);
}
