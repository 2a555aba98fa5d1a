/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates without a label, and the times beside them: what a till stamps on a
 * receipt, wherever it stands.
 */
#ifndef PROMPT_STAMPS_H
#define PROMPT_STAMPS_H

#include "prompt/scan.h"

/* Adds to found->dates and found->times, once labels are known, what may be the
 * paper's: when there are several dates, and a time stands beside one of them
 * alone, that one. */
void stamps_scan(struct arena *arena, const struct finder *finder,
		 struct scanned *found);

#endif
