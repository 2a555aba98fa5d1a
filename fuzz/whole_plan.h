/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a grammar makes is a plan within its bounds, whose text reads as itself.
 */
#ifndef FUZZ_WHOLE_PLAN_H
#define FUZZ_WHOLE_PLAN_H

#include "image/plan.h"

#include <glib.h>

static inline void assert_whole_plan(const struct image_plan *plan,
				     struct arena *arena)
{
	struct err err;
	struct image_plan parsed;
	struct str text, again;
	if (image_plan_text(plan, arena, &text, &err) < 0) {
		g_assert(err.code == ERR_LIMIT);
		return;
	}
	g_assert(image_plan_parse(text, arena, &parsed, &err) == 0);
	g_assert(image_plan_text(&parsed, arena, &again, &err) == 0);
	g_assert(str_eq(text, again));
}

#endif
