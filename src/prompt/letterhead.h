/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who issued a paper and where he is, by the lines at its top: no label says
 * so, but what stands below them does.
 */
#ifndef PROMPT_LETTERHEAD_H
#define PROMPT_LETTERHEAD_H

#include "prompt/scan.h"

/* Adds to found->merchants, when nothing else has told one, and to
 * found->addresses; once labels and dates are known. */
void letterhead_scan(struct arena *arena, const struct finder *finder,
		     struct scanned *found);

#endif
