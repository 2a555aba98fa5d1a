/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of grammars: what holds of the text of every plan.
 */
#ifndef UNIT_PLAN_TEXT_H
#define UNIT_PLAN_TEXT_H

#include "image/plan.h"
#include "unit.h"

/* Its text is a plan whose text is the same. */
static inline void assert_reads_as_itself(const struct image_plan *plan,
					  struct arena *arena)
{
	struct err err;
	struct str text, again;
	struct image_plan read;
	assert_int_equal(image_plan_text(plan, arena, &text, &err), 0);
	if (image_plan_parse(text, arena, &read, &err) < 0 ||
	    image_plan_text(&read, arena, &again, &err) < 0)
		fail_msg("%.*s: %s", STR_ARG(text), err.text);
	assert_str(again, text);
}

#endif
