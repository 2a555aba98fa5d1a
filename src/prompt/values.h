/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What values look like: amounts, dates, numbers of invoices, telephones. Each
 * is read at a token, within its cell, and is what stands there.
 */
#ifndef PROMPT_VALUES_H
#define PROMPT_VALUES_H

#include "prompt/labels.h"

#define VALUE_MAX 400 /* bytes; what is longer is no value */

enum amount_form {
	AMOUNT_NONE,
	AMOUNT_BARE, /* an integer: may be anything */
	AMOUNT_ODD,  /* decimals that money has not */
	AMOUNT_PERCENT,
	AMOUNT_MONEY, /* two decimals, groups of thousands, or a currency */
};

struct value {
	struct str text;
	struct str currency; /* of an amount, as it stands; or absent */
	uint32_t from, to;   /* of a line, its first token; the one behind it */
	enum amount_form form;
};

struct values_at {
	struct arena *arena;
	const struct paper *paper;
	const struct labels *labels;
};

/* A value of that kind that begins at run.from and ends within the run. */
bool value_read(const struct values_at *at, struct paper_run run,
		enum prompt_kind kind, struct value *out);

/* Whether recognition has made out all of a run. */
bool value_is_sure(const struct paper *paper, struct paper_run run);

/* An amount in hundredths, whatever parts its digits and whatever its sign. Of
 * what value_read() gives it has at most 57 bits. */
uint64_t value_cents(struct str text);

bool value_has_letter(struct str text);

/* The currency that a text is, or that an amount begins or ends with; or
 * absent. */
struct str value_currency(struct str text);

/* A sign or a code of a currency, all of the text. */
bool value_is_currency(struct str text);

#endif
