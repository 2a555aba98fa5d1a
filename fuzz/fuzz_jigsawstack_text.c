/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists and objects written where only texts can stand: whatever is read is
 * JSON, and what is not is the text as it was.
 */
#include "api/jigsawstack/call_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena;
	struct str text = {(const char *)data, size};
	arena_init(&arena);
	struct call_texts texts = {.arena = &arena};
	json_t *value = call_text_value(&texts, text);
	g_assert(value || call_text_is_none(text));
	g_assert(texts.read <= CALL_TEXTS_MAX);
	if (json_is_string(value))
		g_assert(!str_is_utf8(text) || str_eq(json_text(value), text));
	else
		g_assert(value == NULL || json_is_object(value) ||
			 json_is_array(value));
	json_decref(value);
	arena_release(&arena);
	return 0;
}
