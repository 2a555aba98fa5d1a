/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that are passed on as the text that they are kept as: checked, but not
 * read. What describes a file is such a text, and a page of files has many.
 */
#ifndef JSON_VERBATIM_H
#define JSON_VERBATIM_H

#include "json/json.h"

/* A new reference to what json_parse(text, JSON_DECODE_ANY) is, and NULL where
 * that is NULL, for json_write() and json_append() alone: they write the text
 * as it stands. Nothing else may look into it. The text is copied. */
json_t *json_verbatim(struct str text);

/* Before the text, in a string of jansson's: no UTF-8 has this byte. */
#define JSON_VERBATIM_MARK '\xff'

#endif
