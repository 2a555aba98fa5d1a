/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that need no label: what looks like nothing else, or stands where
 * papers have it.
 */
#ifndef PROMPT_SCAN_H
#define PROMPT_SCAN_H

#include "prompt/find.h"

#define SCAN_MAX 64 /* of one kind; the rest is not looked at */

/* Apart from one another. */
struct scan_list {
	struct str values[SCAN_MAX];
	size_t n;
};

void scan_add(struct scan_list *list, struct str value);
/* Whether one of a list has it in it. */
bool scan_has(const struct scan_list *list, struct str value);

struct scanned {
	struct scan_list emails, websites, ibans, cards, currencies;
	struct scan_list labelled; /* dates and customers, by their labels */
	/* that no label is of */
	struct scan_list dates, times, phones;
	struct scan_list merchants, addresses, payments;
	struct scan_list items;   /* lines of them, all or none */
	struct scan_list endings; /* of cards: `ending in 4821` */
};

void scan_paper(struct arena *arena, const struct finder *finder,
		struct scanned *out);

#endif
