/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filestack's downloads: by handle, from the API and from the CDN.
 */
#include "api/filestack/filestack.h"
#include "deliver/base64.h"

#define CACHE_SECONDS 315360000 /* ten years */

static int not_found(struct err *err)
{
	return err_set(err, ERR_NOT_FOUND, "File not found");
}

/* A handle, perhaps with a "+png" behind it that means nothing. */
static bool parse_handle(struct str segment, struct id *out)
{
	ptrdiff_t plus = str_find(segment, '+');
	if (plus >= 0)
		segment = str_sub(segment, 0, (size_t)plus);
	return id_from_handle(segment, out);
}

static const char *cache_control(struct request *rq, const struct file *file)
{
	struct str cache = request_query(rq, "cache");
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

static int deliver_handle(struct request *rq, struct str segment,
			  struct err *err)
{
	struct id id;
	struct hot_entry *entry;
	if (!parse_handle(segment, &id))
		return not_found(err);
	int found = request_find_id(rq, &id, &entry, err);
	if (found < 0 && err->code == ERR_NOT_FOUND)
		return not_found(err);
	if (found != 0)
		return found;
	const struct file *file = &entry->file;
	if (!request_may_read(rq, file)) {
		hot_unref(entry);
		return err_set(err, ERR_FORBIDDEN,
			       "policy error: proper credentials were not "
			       "provided");
	}
	bool attach = text_is_true(request_query(rq, "dl"));
	struct delivery how = {
		.cache_control = cache_control(rq, file),
		.disposition =
			attach ? DISPOSITION_ATTACHMENT : DISPOSITION_INLINE,
		.name = file->name,
		.name_field = "X-File-Name",
	};
	if (!text_is_true(request_query(rq, "base64encode"))) {
		request_deliver(rq, entry, &how);
		return 0;
	}
	struct content text;
	content_base64(&text, &entry->content, request_arena(rq));
	request_deliver_as(rq, entry, &text, &how);
	return 0;
}

int filestack_deliver(struct request *rq, struct err *err)
{
	return deliver_handle(rq, rq->param[0], err);
}

int filestack_deliver_keyed(struct request *rq, struct err *err)
{
	const struct api_key *key =
		keyring_find(rq->keyring, request_param(rq, 0));
	if (key == NULL || key->kind != KEY_PUBLIC)
		return not_found(err);
	return deliver_handle(rq, rq->param[1], err);
}
