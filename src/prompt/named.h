/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that a paper labels with the very words of a key, whatever they mean.
 */
#ifndef PROMPT_NAMED_H
#define PROMPT_NAMED_H

#include "prompt/scan.h"

/* What the line behind a label has to be. */
enum named_form {
	NAMED_ANY,
	NAMED_NAME,   /* no number */
	NAMED_BEHIND, /* the same, behind a colon */
	NAMED_WORDS,
	NAMED_NUMBER,
	NAMED_DATE,
	NAMED_AMOUNT,
};

struct named {
	const struct ask *key;
	enum named_form form;
};

/* Adds the lines whose label is the key. */
void named_find(const struct finder *finder, struct arena *arena,
		const struct named *named, struct scan_list *out);

/* `room_number` of "Room: 214", `patient_name` of "Patient: Grant": the last
 * word of a key may only say what its value is, which it then has to be. */
void named_find_shorter(const struct finder *finder, struct arena *arena,
			const struct ask *key, struct scan_list *out);

#endif
