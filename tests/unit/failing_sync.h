/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that does not keep the database's log, or another: SQLite and the
 * store call the fdatasync() of the program that includes this.
 */
#ifndef UNIT_FAILING_SYNC_H
#define UNIT_FAILING_SYNC_H

#include "unit.h"

#include <errno.h>
#include <glib.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FOR_GOOD 1000

/* So many syncs of a log fail from now on. */
static atomic_int failing_log_syncs;
/* How the name of that log ends. */
static const char *_Atomic failing_log = "-wal";
/* The log as the first of them found it goes there, if set: what a disk may
 * hold that said EIO and has all the same written. */
static const char *_Atomic failed_log_copy;

static inline char *log_name(int fd)
{
	g_autofree char *link = g_strdup_printf("/proc/self/fd/%d", fd);
	char *name = g_file_read_link(link, NULL);
	if (name && !g_str_has_suffix(name, atomic_load(&failing_log)))
		g_clear_pointer(&name, g_free);
	return name;
}

static inline void copy_log(const char *from, const char *to)
{
	g_autofree char *bytes = NULL;
	gsize n;
	if (!g_file_get_contents(from, &bytes, &n, NULL) ||
	    !g_file_set_contents(to, bytes, (gssize)n, NULL))
		g_error("cannot copy %s to %s", from, to);
}

int fdatasync(int fd);

int fdatasync(int fd)
{
	g_autofree char *log = NULL;
	if (atomic_load(&failing_log_syncs) == 0 || !(log = log_name(fd)))
		return (int)syscall(SYS_fdatasync, fd);
	const char *copy = atomic_exchange(&failed_log_copy, NULL);
	if (copy)
		copy_log(log, copy);
	atomic_fetch_sub(&failing_log_syncs, 1);
	errno = EIO;
	return -1;
}

#endif
