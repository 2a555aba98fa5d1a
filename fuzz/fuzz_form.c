/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms as values: whatever is read is JSON within the limits of JSON.
 */
#include "json/form.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_lists(json_t *object)
{
	const char *name;
	json_t *value;
	json_object_foreach (object, name, value) {
		json_t *list = form_list(value);
		g_assert(list == NULL || json_is_array(list));
		g_assert(list == NULL || !json_is_object(value) ||
			 json_array_size(list) == json_object_size(value));
		json_decref(list);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	arena_init(&arena);
	json_t *form =
		form_parse(&arena, (struct str){(const char *)data, size});
	g_assert(form == NULL || json_is_object(form));
	if (form) {
		json_t *again = json_parse(json_write(&arena, form), 0);
		g_assert(json_equal(form, again));
		json_decref(again);
		check_lists(form);
	}
	arena_release(&arena);
	return 0;
}
