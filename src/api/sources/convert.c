/* SPDX-License-Identifier: Apache-2.0 */
#include "api/sources/convert.h"
#include "api/sources/remote.h"
#include "base/encode.h"
#include "http/syntax/head.h"
#include "ingest/fetch.h"
#include "remote/remote.h"

bool request_is_office(struct str type)
{
	static const struct str types[] = {
		STR("application/msword"),
		STR("application/rtf"),
		STR("application/vnd.ms-excel"),
		STR("application/vnd.ms-powerpoint"),
		STR("text/rtf"),
	};
	static const struct str families[] = {
		STR("application/vnd.oasis.opendocument."),
		STR("application/vnd.openxmlformats-officedocument."),
	};
	type = http_media_type(type);
	for (size_t i = 0; i < G_N_ELEMENTS(types); i++)
		if (str_eq_nocase(type, types[i]))
			return true;
	for (size_t i = 0; i < G_N_ELEMENTS(families); i++)
		if (str_starts_nocase(type, families[i]))
			return true;
	return false;
}

static int not_offered(const char *what, const char *setting, struct err *err)
{
	return err_set(err, ERR_UNSUPPORTED, "%s need --%s or --convert-url",
		       what, setting);
}

/* Of its name, in small letters; STR_NONE when it has none that says something.
 */
static struct str extension_of(struct arena *arena, struct str name)
{
	ptrdiff_t dot = str_rfind(name, '.');
	if (dot < 0)
		return STR_NONE;
	struct str end = str_skip(name, (size_t)dot + 1);
	char *small = arena_cstr(arena, end);
	for (size_t i = 0; i < end.n; i++)
		small[i] = g_ascii_tolower(small[i]);
	end.p = small;
	return convert_is_word(end) ? end : STR_NONE;
}

int request_find_document(struct request *rq, struct hot_entry *entry,
			  const struct convert_wish *wish,
			  struct hot_entry **out, struct err *err)
{
	struct arena *arena = request_arena(rq);
	const struct file *file = &entry->file;
	struct convert_wish whole = *wish;
	if (rq->services->documents == NULL)
		return not_offered("Conversions of documents",
				   "convert-command", err);
	whole.kind = CONVERT_DOCUMENT;
	whole.extension = extension_of(arena, file->name);
	struct str sum = hex_encode(arena, file->checksum, CHECKSUM_BYTES);
	whole.identity =
		arena_printf(arena, "%lld:%lld:%.*s", (long long)file->store,
			     (long long)file->blob_id, STR_ARG(sum));
	const struct remote_item item = {.account = file->account_id,
					 .text = convert_text(arena, &whole),
					 .source = entry};
	return request_find_item(rq, rq->services->documents, &item, out, err);
}

int request_find_screenshot(struct request *rq, const struct convert_wish *wish,
			    struct hot_entry **out, struct err *err)
{
	struct arena *arena = request_arena(rq);
	struct convert_wish whole = *wish;
	if (rq->services->documents == NULL)
		return not_offered("Pictures of web pages",
				   "screenshot-command", err);
	if (fetch_url_text(arena, wish->url, &whole.url, err) < 0)
		return -1;
	whole.kind = CONVERT_SCREENSHOT;
	whole.format = STR("png");
	const struct remote_item item = {.account = rq->account->id,
					 .text = convert_text(arena, &whole)};
	return request_find_item(rq, rq->services->documents, &item, out, err);
}
