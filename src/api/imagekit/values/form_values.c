/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/values/form_values.h"
#include "ingest/intake.h"
#include "json/form.h"

#include <glib.h>
#include <string.h>

json_t *imagekit_form_flag(const json_t *value)
{
	struct str text = json_text(value);
	if (text_is_true(text))
		return json_true();
	return text_is_false(text) ? json_false() : NULL;
}

json_t *imagekit_form_object(const json_t *value)
{
	struct str text = json_text(value);
	if (!json_begins(text))
		return NULL;
	return json_parse(text, JSON_REJECT_DUPLICATES);
}

json_t *imagekit_form_list(const json_t *value)
{
	struct str text = json_text(value);
	if (text.p == NULL)
		return form_list(value);
	if (json_begins(text))
		return imagekit_form_object(value);
	json_t *list = json_array();
	while (text.p) {
		struct str one = str_trim(str_split(&text, ','));
		if (one.n)
			json_array_append_new(list, json_str(one));
	}
	return list;
}
