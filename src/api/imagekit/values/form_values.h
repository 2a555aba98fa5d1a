/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What texts of a form stand for. Private to the dialect.
 *
 * Each returns a new reference to what the value is in JSON, NULL when it
 * cannot be read as such: it then stays what it is, and is judged as that.
 */
#ifndef API_IMAGEKIT_VALUES_FORM_VALUES_H
#define API_IMAGEKIT_VALUES_FORM_VALUES_H

#include "json/json.h"

typedef json_t *imagekit_form_value(const json_t *value);

/* true, True, TRUE, 1; false, False, FALSE, 0 */
imagekit_form_value imagekit_form_flag;
/* A list, whichever way its names are written; JSON; else a csv. */
imagekit_form_value imagekit_form_list;
/* Of a text: what it is as JSON, if it begins like an object or a list. */
imagekit_form_value imagekit_form_object;

#endif
