/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a paper was paid, where no label says so.
 */
#ifndef PROMPT_PAYMENT_H
#define PROMPT_PAYMENT_H

#include "prompt/scan.h"

/* Adds to found->payments what stands before the sum that was paid, or the
 * hidden digits of a card: at most one. */
void payment_scan(struct arena *arena, const struct finder *finder,
		  struct scanned *found);

#endif
