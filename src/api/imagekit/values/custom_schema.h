/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a custom metadata field allows: its schema, checked when the field is
 * made, and values checked against it. Private to the dialect; knows no
 * request.
 */
#ifndef API_IMAGEKIT_VALUES_CUSTOM_SCHEMA_H
#define API_IMAGEKIT_VALUES_CUSTOM_SCHEMA_H

#include "base/err.h"
#include "json/json.h"

/* {member: reason} of what is wrong with a schema, empty when it is good; a new
 * reference. */
json_t *imagekit_custom_schema_errors(const json_t *schema);

/* Why the value does not fit a good schema; NULL when it does. Static text. */
const char *imagekit_custom_value_error(const json_t *schema,
					const json_t *value);

/* What the texts of a form stand for in a field of that schema, as far as they
 * can be read so; a new reference. Nothing is null but for texts. */
json_t *imagekit_custom_value_of_form(const json_t *schema, json_t *value);

/* The value as it is kept (dates in one form); a new reference. */
json_t *imagekit_custom_value_kept(const json_t *schema, json_t *value);

#endif
