/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of labels: to the right of them, in the next cell, below.
 */
#ifndef PROMPT_FIND_H
#define PROMPT_FIND_H

#include "prompt/ask.h"
#include "prompt/values.h"

/* A paper with its labels, in one arena. */
struct finder {
	const struct labels *labels;
	struct paper paper;
	struct label_hits hits;
	bool *heads; /* rows that head a table of items */
	bool cents;  /* amounts of the paper have them */
};

/* Of one label; false when it has none of the kind that its field is of. */
bool find_value(const struct finder *finder, struct arena *arena,
		const struct label_hit *hit, struct value *out);

/* What stands behind tokens that are a label which no field has: a line when
 * there is a colon, or they fill their cell. */
bool find_line(const struct finder *finder, struct arena *arena,
	       struct paper_run label, struct value *out);

/* Whether a cell is an amount and its currency, and nothing else. */
bool find_is_amount(const struct finder *finder, struct arena *arena,
		    uint32_t cell, struct value *out);

#endif
