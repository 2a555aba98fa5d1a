/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms ("application/x-www-form-urlencoded") as values: what clients send
 * where others send JSON. A form has texts alone; what they stand for (a
 * number, true, a list of one) only the reader of a field knows.
 *
 *  a=1                 {"a": "1"}
 *  a=1&a=2             {"a": ["1", "2"]}
 *  a[]=1               {"a": ["1"]}
 *  a[][b]=1&a[][b]=2   {"a": [{"b": "1"}, {"b": "2"}]}
 *  a[0]=x&a[b]=y       {"a": {"0": "x", "b": "y"}}
 *
 * A form costs no more than JSON may: JSON_VALUES_MAX, with the containers, and
 * JSON_DEPTH_MAX. Its text is short, since a text can stand for a list.
 */
#ifndef JSON_FORM_H
#define JSON_FORM_H

#include "json/json.h"

#define FORM_TEXT_MAX (128u * 1024) /* bytes of all names and values */

/* An object, released with the arena. NULL: over a limit, bytes that are no
 * text, or names that contradict each other (`a=1&a[b]=2`). Brackets that do
 * not pair up are part of a name. */
json_t *form_parse(struct arena *arena, struct str form);

/* A pair that came in another way, as a part of multipart/form-data. */
struct form_pair {
	struct str name, value;
};

/* What they say, as form_parse(), with at most max_text bytes. */
json_t *form_of(struct arena *arena, const struct form_pair *pairs, size_t n,
		size_t max_text);

/* What a body says, whichever of both it is: as form_parse(), of what is no
 * JSON, does not begin like it, and has a pair. *is_form: that is what it was.
 * flags as for json_parse(). */
json_t *form_or_json(struct arena *arena, struct str body, size_t flags,
		     bool *is_form);

/* A new reference to the number that a text is; NULL for anything else. */
json_t *form_number(const json_t *value);

/* A new reference to the list that a value can be read as: an array as it is,
 * and an object whose names are all positions (`a[0]=`, `a[7]=`), in their
 * order and without the gaps. NULL for anything else. */
json_t *form_list(const json_t *value);

#endif
