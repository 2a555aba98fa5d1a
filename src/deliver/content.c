/* SPDX-License-Identifier: Apache-2.0 */
#include "deliver/content.h"
#include "base/clock.h"
#include "base/date.h"

#include <glib.h>
#include <string.h>

#include "base/encode.h"
#include "deliver/content_type.h"

#define FIELDS_MAX 1024u
#define ETAG "ETag: "                  /* begins the fields */
#define MODIFIED "\r\nLast-Modified: " /* follows the tag */

void content_describe(struct content *content, struct str tag, struct str type,
		      struct arena *arena)
{
	struct buf fields;
	char modified[HTTP_DATE_LEN + 1];
	g_assert(tag.n <= CONTENT_TAG_MAX);
	type = content_type_safe(type);
	http_date(content->modified_s, modified);
	buf_init(&fields, arena, FIELDS_MAX);
	buf_printf(&fields,
		   ETAG "\"%.*s\"" MODIFIED "%s\r\n"
			"Accept-Ranges: %s\r\n"
			"X-Content-Type-Options: nosniff\r\n",
		   STR_ARG(tag), modified, content->whole ? "none" : "bytes");
	content->common = fields.n;
	buf_printf(&fields, "Content-Type: %.*s\r\n", STR_ARG(type));
	if (!content_type_inert(type))
		buf_add(&fields, STR("Content-Security-Policy: sandbox\r\n"));
	g_assert(!fields.overflow);
	content->fields = buf_str(&fields);
	content->etag = (struct str){content->fields.p + strlen(ETAG),
				     tag.n + strlen("\"\"")};
}

void content_add_fields(const struct content *content, size_t n, bool is_dated,
			struct buf *out)
{
	char date[HTTP_DATE_LEN + 1];
	struct str fields = str_sub(content->fields, 0, n);
	int64_t now_s = now_ms() / 1000;
	size_t at = strlen(ETAG) + content->etag.n + strlen(MODIFIED);
	if (!is_dated) {
		buf_add(out, str_sub(fields, 0, at - strlen(MODIFIED)));
		buf_add(out, str_skip(fields, at + HTTP_DATE_LEN));
		return;
	}
	if (content->modified_s <= now_s) {
		buf_add(out, fields);
		return;
	}
	http_date(now_s, date);
	buf_add(out, str_sub(fields, 0, at));
	buf_add(out, str_of(date));
	buf_add(out, str_skip(fields, at + HTTP_DATE_LEN));
}

void content_move(struct content *content, char *at)
{
	memcpy(at, content->fields.p, content->fields.n);
	content->etag.p = at + (content->etag.p - content->fields.p);
	content->fields.p = at;
}
