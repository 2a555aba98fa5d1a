/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options where only texts can stand: what SDKs have made of lists and objects
 * in forms and queries.
 *
 *  ["a", 1]  {"a": "b"}      JSON
 *  ['a', 1]  {'a': "it's"}   Python's str() of such a value, (1, 3) too
 *  undefined  null  None     JavaScript's and Python's word for none
 *  anything else             a text; whether it is a number or true, its reader
 *                            knows
 */
#ifndef API_JIGSAWSTACK_CALL_TEXT_H
#define API_JIGSAWSTACK_CALL_TEXT_H

#include "json/json.h"

/* Of what a request's texts are read as lists and objects, bytes; what is more
 * stays a text. So they cost no more than JSON may (json/json.h). */
#define CALL_TEXTS_MAX (64u * 1024)
struct call_texts {
	struct arena *arena; /* for scratch, in proportion to a text */
	size_t read;         /* of CALL_TEXTS_MAX */
};

/* A new reference; NULL: no option. */
json_t *call_text_value(struct call_texts *texts, struct str text);

/* Whether it is one of the words for none, or empty. */
bool call_text_is_none(struct str text);

#endif
