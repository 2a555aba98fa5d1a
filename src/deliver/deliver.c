/* SPDX-License-Identifier: Apache-2.0 */
/*
 * On the hottest path: the lines that a file always has come ready with the
 * content, nothing is formatted here but numbers.
 */
#include "deliver/deliver.h"

#include <glib.h>

#include "base/encode.h"
#include "http/syntax/conditional.h"

#define DISPOSITION_MAX (8u * 1024)

/* With a body that is a part of the contents, or all of it. */
static void send_bytes(struct http_exchange *x, const struct content *content,
		       int status, const struct http_range *range)
{
	if (content->source) {
		http_reply_source(x, status, content->source, range);
		return;
	}
	if (content->fd >= 0) {
		http_reply_file(x, status, content->fd, range);
		return;
	}
	x->response.status = status;
	x->response.kind = HTTP_BODY_MEMORY;
	x->response.bytes = str_sub(content->bytes, (size_t)range->first,
				    (size_t)(range->first + range->length));
	x->response.length = range->length;
}

/* "bytes 0-9/100"; range is NULL for one that cannot be satisfied. */
static void set_content_range(struct http_exchange *x,
			      const struct http_range *range, uint64_t size)
{
	struct buf *fields = &x->response.fields;
	buf_add(fields, STR("Content-Range: bytes "));
	if (range) {
		buf_add_u64(fields, range->first);
		buf_add_char(fields, '-');
		buf_add_u64(fields, range->first + range->length - 1);
	} else {
		buf_add_char(fields, '*');
	}
	buf_add_char(fields, '/');
	buf_add_u64(fields, size);
	buf_add(fields, STR("\r\n"));
}

static void set_policies(struct http_exchange *x, const struct delivery *how)
{
	if (how->cache_control)
		http_set(x, "Cache-Control", str_of(how->cache_control));
	if (how->disposition != DISPOSITION_NONE)
		http_set(x, "Content-Disposition",
			 disposition_value(&x->arena, how->disposition,
					   how->name));
	if (how->name_field)
		http_set(x, how->name_field,
			 percent_encode(&x->arena, how->name, false));
}

/* Who wants a part of what is only there whole gets that (RFC 9110 14.2). */
static enum http_decision decide(const struct http_exchange *x,
				 const struct content *content, bool is_dated,
				 struct http_range *range)
{
	const struct http_representation all = {
		content->etag, is_dated ? content->modified_s : HTTP_UNDATED,
		content->size};
	enum http_decision decision = http_decide(&x->head, &all, range);
	bool of_ranges = decision == HTTP_SEND_RANGE ||
			 decision == HTTP_RANGE_UNSATISFIED;
	return of_ranges && content->whole ? HTTP_SEND_ALL : decision;
}

void deliver(struct http_exchange *x, const struct content *content,
	     const struct delivery *how)
{
	struct buf *fields = &x->response.fields;
	uint64_t size = content->size;
	struct http_range range = {0, size};
	bool is_dated = !how->is_undated;
	enum http_decision decision = decide(x, content, is_dated, &range);
	bool sends = decision == HTTP_SEND_ALL || decision == HTTP_SEND_RANGE;
	content_add_fields(content, sends ? content->fields.n : content->common,
			   is_dated, fields);
	switch (decision) {
	case HTTP_SEND_ALL:
		set_policies(x, how);
		range = (struct http_range){0, size};
		send_bytes(x, content, 200, &range);
		break;
	case HTTP_SEND_RANGE:
		set_policies(x, how);
		set_content_range(x, &range, size);
		send_bytes(x, content, 206, &range);
		break;
	case HTTP_NOT_MODIFIED:
		if (how->cache_control)
			http_set(x, "Cache-Control",
				 str_of(how->cache_control));
		http_reply_empty(x, 304);
		break;
	case HTTP_PRECONDITION:
		http_reply_empty(x, 412);
		break;
	case HTTP_RANGE_UNSATISFIED:
		set_content_range(x, NULL, size);
		http_reply_empty(x, 416);
		break;
	}
}

/* The name with '_' for each character that a quoted string cannot show to
 * every client: quotes, backslashes, slashes, what is not visible ASCII, and
 * '%', which some decode. True when there was none. */
static bool add_plain_name(struct buf *out, struct str name)
{
	bool plain = true;
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (c >= ' ' && c <= '~' && !strchr("\"\\/%", c)) {
			buf_add_char(out, (char)c);
			continue;
		}
		plain = false;
		if ((c & 0xc0) != 0x80) /* once for a whole character */
			buf_add_char(out, '_');
	}
	return plain;
}

struct str disposition_value(struct arena *arena, enum disposition disposition,
			     struct str name)
{
	struct buf out;
	if (disposition == DISPOSITION_NONE)
		return STR_NONE;
	buf_init(&out, arena, DISPOSITION_MAX);
	buf_add(&out, disposition == DISPOSITION_INLINE ? STR("inline")
							: STR("attachment"));
	if (name.n == 0)
		return buf_str(&out);
	buf_add(&out, STR("; filename=\""));
	bool plain = add_plain_name(&out, name);
	buf_add_char(&out, '"');
	if (!plain) {
		buf_add(&out, STR("; filename*=UTF-8''"));
		buf_add(&out, percent_encode(arena, name, false));
	}
	return buf_str(&out);
}
