/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a file goes out to whoever may read it.
 */
#include "api/filestack/filestack.h"
#include "base/encode.h"
#include "deliver/base64.h"

#define CACHE_SECONDS 315360000 /* ten years */

static const char *cache_control(struct request *rq, const struct file *file,
				 struct str query)
{
	struct str cache = form_get(request_arena(rq), query, STR("cache"));
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

struct delivery filestack_delivery(struct request *rq, const struct file *file,
				   struct str query, const char *cache_control)
{
	bool attach =
		text_is_true(form_get(request_arena(rq), query, STR("dl")));
	return (struct delivery){
		.cache_control = cache_control,
		.disposition =
			attach ? DISPOSITION_ATTACHMENT : DISPOSITION_INLINE,
		.name = file->name,
		.name_field = "X-File-Name",
	};
}

void filestack_send_as(struct request *rq, struct hot_entry *entry,
		       struct str query, const struct delivery *how)
{
	struct arena *arena = request_arena(rq);
	if (!text_is_true(form_get(arena, query, STR("base64encode")))) {
		request_deliver(rq, entry, how);
		return;
	}
	struct content text;
	content_base64(&text, &entry->content, arena);
	request_deliver_as(rq, entry, &text, how);
}

void filestack_send_file(struct request *rq, struct hot_entry *entry,
			 struct str query, const char *cache)
{
	const struct file *file = &entry->file;
	const struct delivery how = filestack_delivery(
		rq, file, query,
		cache ? cache : cache_control(rq, file, query));
	filestack_send_as(rq, entry, query, &how);
}
