/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a process that is killed leaves to the next one.
 */
#ifndef UNIT_AFTER_KILL_H
#define UNIT_AFTER_KILL_H

#include "failing_sync.h"
#include "library_world.h"

static inline void copy_dir(char *from, char *to)
{
	char copy[] = "cp", all[] = "-a";
	char *args[] = {copy, all, from, to, NULL};
	int status = -1;
	assert_true(g_spawn_sync(NULL, args, NULL, G_SPAWN_SEARCH_PATH, NULL,
				 NULL, NULL, NULL, &status, NULL));
	assert_int_equal(status, 0);
}

/* The world as it is now, opened by the next process; log: what the disk may
 * have of the database's, NULL for what is there. To be torn down. */
static inline struct world *world_after_kill(struct world *world,
					     const char *log, bool exclusive)
{
	static unsigned kills;
	struct world *next = g_new0(struct world, 1);
	next->top = g_strdup_printf("%s/%u", world->top, kills++);
	next->dir = g_build_filename(next->top, "data", NULL);
	arena_init(&next->arena);
	assert_int_equal(g_mkdir(next->top, 0700), 0);
	copy_dir(world->dir, next->top);
	g_autofree char *to = g_strconcat(next->dir, "/stowage.db-wal", NULL);
	if (log)
		copy_log(log, to);
	next->library = world_open(next, exclusive);
	return next;
}

#endif
