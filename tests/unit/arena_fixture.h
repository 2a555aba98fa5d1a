/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests that need an arena each and nothing else.
 */
#ifndef UNIT_ARENA_FIXTURE_H
#define UNIT_ARENA_FIXTURE_H

#include "base/arena.h"
#include "unit.h"

static struct arena arena;

static inline int make_arena(void **state)
{
	(void)state;
	arena_init(&arena);
	return 0;
}

static inline int drop_arena(void **state)
{
	(void)state;
	arena_release(&arena);
	return 0;
}

#define WITH_ARENA(test)                                                       \
	cmocka_unit_test_setup_teardown(test, make_arena, drop_arena)

#endif
