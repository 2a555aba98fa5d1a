/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The context of an answer: what the text says to the prompt.
 */
#include "api/jigsawstack/vocr/vocr.h"

/* null: nothing was found. */
static json_t *values_of(struct arena *arena, struct prompt_text *text,
			 struct prompt_key key)
{
	struct prompt_values found = prompt_find(arena, text, key);
	if (found.n == 0)
		return json_null();
	json_t *values = json_array();
	for (size_t i = 0; i < found.n; i++)
		json_array_append_new(values, json_str(found.values[i]));
	return values;
}

static json_t *by_rules(struct arena *arena, const struct vocr *vocr)
{
	const struct recognised_document *document = &vocr->document;
	const struct vocr_ask *ask = &vocr->ask;
	struct prompt_text *text =
		prompt_read(arena, document->pages, document->n_pages);
	if (ask->prompt.p)
		return json_str(prompt_answer(arena, text, ask->prompt));
	json_t *context = json_object();
	for (size_t i = 0; i < ask->n_keys; i++) {
		struct prompt_key key = ask->keys[i];
		json_object_setn_new(context, key.name.p, key.name.n,
				     values_of(arena, text, key));
	}
	return context;
}

int vocr_context(struct request *rq, struct vocr *vocr, struct err *err)
{
	int result = rq->services->vision ? vocr_vision(rq, vocr, err) : 0;
	if (result != 0 || vocr->context)
		return result;
	vocr->context =
		json_keep(request_arena(rq), by_rules(request_arena(rq), vocr));
	if (vocr->context_by == NULL)
		vocr->context_by = "rules";
	return 0;
}
