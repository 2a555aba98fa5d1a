/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of items of a paper, where a sum proves that they are all.
 */
#ifndef PROMPT_ITEMS_H
#define PROMPT_ITEMS_H

#include "prompt/scan.h"

/* Adds each line to found->items, as it stands. */
void items_scan(struct arena *arena, const struct finder *finder,
		struct scanned *found);

#endif
