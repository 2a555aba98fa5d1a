/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of plans: whatever is taken has a canonical text, which is read as
 * the same plan again.
 */
#include "image/plan.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct image_plan plan;
	struct str text, again;
	arena_init(&arena);
	if (image_plan_parse((struct str){(const char *)data, size}, &arena,
			     &plan, NULL) == 0 &&
	    image_plan_text(&plan, &arena, &text, NULL) == 0 &&
	    (image_plan_parse(text, &arena, &plan, NULL) < 0 ||
	     image_plan_text(&plan, &arena, &again, NULL) < 0 ||
	     !str_eq(text, again)))
		abort();
	arena_release(&arena);
	return 0;
}
