/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a file goes out to whoever may read it.
 */
#include "api/filestack/filestack.h"
#include "base/encode.h"
#include "deliver/base64.h"

#define CACHE_SECONDS 315360000 /* ten years */

/* What a query may ask for. */
enum {
	ASKS_ATTACHMENT,
	ASKS_BASE64,
	ASKS_CACHE,
	ASKS
};

static const char *cache_control(struct request *rq, const struct file *file,
				 struct str cache)
{
	if (request_access(rq, file) != ACCESS_PUBLIC)
		return "private, no-store";
	if (str_eq(cache, STR("true")))
		return arena_printf(request_arena(rq),
				    "public, max-age=%lld, no-transform",
				    (long long)request_cache_seconds(
					    file, CACHE_SECONDS))
			.p;
	if (str_eq(cache, STR("false")))
		return "no-cache";
	/* A file can be stored again at its path: caches ask back. */
	return "public, max-age=0, must-revalidate";
}

static struct delivery delivery_of(const struct file *file, struct str attach,
				   const char *cache_control)
{
	return (struct delivery){
		.cache_control = cache_control,
		.disposition = text_is_true(attach) ? DISPOSITION_ATTACHMENT
						    : DISPOSITION_INLINE,
		.name = file->name,
		.name_field = "X-File-Name",
	};
}

struct delivery filestack_delivery(struct request *rq, const struct file *file,
				   struct str query, const char *cache_control)
{
	return delivery_of(file, form_get(request_arena(rq), query, STR("dl")),
			   cache_control);
}

static void send_as(struct request *rq, struct hot_entry *entry,
		    struct str base64, const struct delivery *how)
{
	if (!text_is_true(base64)) {
		request_deliver(rq, entry, how);
		return;
	}
	struct content text;
	content_base64(&text, &entry->content, request_arena(rq));
	request_deliver_as(rq, entry, &text, how);
}

void filestack_send_as(struct request *rq, struct hot_entry *entry,
		       struct str query, const struct delivery *how)
{
	send_as(rq, entry,
		form_get(request_arena(rq), query, STR("base64encode")), how);
}

void filestack_send_file(struct request *rq, struct hot_entry *entry,
			 struct str query, const char *cache)
{
	const struct file *file = &entry->file;
	struct form_field asked[ASKS] = {
		[ASKS_ATTACHMENT].name = STR("dl"),
		[ASKS_BASE64].name = STR("base64encode"),
		[ASKS_CACHE].name = STR("cache"),
	};
	form_get_all(request_arena(rq), query, asked, ASKS);
	if (cache == NULL)
		cache = cache_control(rq, file, asked[ASKS_CACHE].value);
	const struct delivery how =
		delivery_of(file, asked[ASKS_ATTACHMENT].value, cache);
	send_as(rq, entry, asked[ASKS_BASE64].value, &how);
}
