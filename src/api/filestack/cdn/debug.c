/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chain was understood as, in place of its answer: `debug`. With the
 * vendor's members as far as they are known.
 */
#include "api/filestack/cdn/cdn.h"
#include "api/filestack/filestack.h"

#include <glib.h>

static json_t *source_of(const struct chain *chain,
			 const struct hot_entry *entry)
{
	const struct chain_source *source = chain->sources;
	if (source == NULL)
		return json_null();
	json_t *out = json_object();
	json_object_set_new(out, chain_source_word(source->kind),
			    json_str(source->text));
	if (entry) {
		json_object_set_new(out, "mimetype",
				    json_str(entry->file.type));
		json_object_set_new(out, "size",
				    json_integer((json_int_t)entry->file.size));
	}
	return out;
}

/* The operations of a picture, which renderers follow. */
static json_t *plan_of(struct request *rq)
{
	const struct cdn_wanted *wanted = &cdn_wish_of(rq)->wanted;
	struct str text;
	struct err ignored;
	if (!wanted->has_picture ||
	    image_plan_text(&wanted->plan, request_arena(rq), &text, &ignored) <
		    0)
		return json_null();
	return json_str(text);
}

void cdn_send_debug(struct request *rq, struct hot_entry *entry,
		    const struct err *why)
{
	const struct chain *chain = &cdn_wish_of(rq)->chain;
	bool fails = why->code != ERR_NONE;
	int status = fails ? filestack_status(why->code) : 200;
	json_t *body = json_object();
	json_object_set_new(body, "apikey", json_str(chain->key));
	json_object_set_new(body, "status",
			    json_pack("{s:s,s:i}", "message",
				      fails ? why->text : "OK", "http_code",
				      status));
	json_object_set_new(body, "source", source_of(chain, entry));
	json_object_set_new(body, "task_uri",
			    json_str(chain_tasks_text(chain, STR("debug"),
						      request_arena(rq))));
	json_object_set_new(body, "debug", json_true());
	json_object_set_new(body, "plan", fails ? json_null() : plan_of(rq));
	http_set(rq->x, "Cache-Control", STR("no-store"));
	reply_json(rq, status, "application/json", body);
	hot_unref(entry);
}
