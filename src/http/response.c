/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Filling in responses, and the response head on the wire.
 */
#include "http/response.h"
#include "http/syntax/conditional.h"

#include <glib.h>

#define FIELDS_USUAL 900    /* a growing head would fill the arena's block */
#define OTHER_LINES_MAX 256 /* of a head: status, date, length, connection */

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {
		{200, "OK"},
		{201, "Created"},
		{202, "Accepted"},
		{204, "No Content"},
		{206, "Partial Content"},
		{207, "Multi-Status"},
		{304, "Not Modified"},
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{411, "Length Required"},
		{412, "Precondition Failed"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{416, "Range Not Satisfiable"},
		{422, "Unprocessable Content"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{502, "Bad Gateway"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"},
		{507, "Insufficient Storage"},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

static bool ends_a_field(char c)
{
	return c == '\r' || c == '\n' || c == '\0';
}

/* False also for a few that are: the loop has no way out, so that the compiler
 * has it look at many bytes at a time. */
static bool is_clean(struct str value)
{
	unsigned char low = 0;
	for (size_t i = 0; i < value.n; i++)
		low |= (unsigned char)value.p[i] <= '\r';
	return low == 0;
}

/* Header injection ends here: the bytes that could end a field are dropped. */
static struct str cleaned(struct arena *arena, struct str value)
{
	char *copy = arena_alloc(arena, value.n);
	size_t n = 0;
	for (size_t i = 0; i < value.n; i++)
		if (!ends_a_field(value.p[i]))
			copy[n++] = value.p[i];
	return (struct str){copy, n};
}

static char *put(char *to, struct str part)
{
	return (char *)memcpy(to, part.p, part.n) + part.n;
}

void http_set(struct http_exchange *x, const char *name, struct str value)
{
	struct str field = str_of(name);
	if (!is_clean(value))
		value = cleaned(&x->arena, value);
	char *to = buf_room(&x->response.fields, field.n + value.n + 4);
	if (to == NULL)
		return;
	to = put(put(to, field), STR(": "));
	put(value.n ? put(to, value) : to, STR("\r\n"));
}

void http_set_u64(struct http_exchange *x, const char *name, uint64_t value)
{
	struct buf *fields = &x->response.fields;
	buf_add(fields, str_of(name));
	buf_add(fields, STR(": "));
	buf_add_u64(fields, value);
	buf_add(fields, STR("\r\n"));
}

void http_reply(struct http_exchange *x, int status, const char *content_type,
		struct str body)
{
	http_set(x, "Content-Type", str_of(content_type));
	x->response.status = status;
	x->response.kind = HTTP_BODY_MEMORY;
	x->response.bytes = body;
	x->response.length = body.n;
}

void http_reply_file(struct http_exchange *x, int status, int fd,
		     const struct http_range *range)
{
	x->response.status = status;
	x->response.kind = HTTP_BODY_FILE;
	x->response.fd = fd;
	x->response.offset = range->first;
	x->response.length = range->length;
}

static void stop_source(void *arg)
{
	const struct http_source *source = arg;
	source->stop(source->user);
}

void http_reply_source(struct http_exchange *x, int status,
		       const struct http_source *source,
		       const struct http_range *range)
{
	struct http_source *copy = arena_alloc(&x->arena, sizeof(*copy));
	*copy = *source;
	x->response.status = status;
	x->response.kind = HTTP_BODY_SOURCE;
	x->response.source = copy;
	x->response.offset = range->first;
	x->response.length = range->length;
	arena_defer(&x->arena, stop_source, copy);
}

void http_reply_empty(struct http_exchange *x, int status)
{
	x->response.status = status;
	x->response.kind = HTTP_BODY_NONE;
	x->response.length = 0;
}

void response_reset(struct http_exchange *x)
{
	x->response = (struct http_response){.status = 0, .fd = -1};
	buf_init(&x->response.fields, &x->arena, RESPONSE_FIELDS_MAX);
	buf_reserve(&x->response.fields, FIELDS_USUAL);
}

bool response_has_body(const struct http_exchange *x)
{
	return x->head.method != HTTP_HEAD && x->response.status != 204 &&
	       x->response.status != 304 && x->response.length > 0 &&
	       x->response.kind != HTTP_BODY_NONE;
}

bool response_is_chunked(const struct http_exchange *x)
{
	return x->response.length == HTTP_LENGTH_UNKNOWN && x->head.minor > 0;
}

bool response_ends_by_closing(const struct http_exchange *x)
{
	return x->response.length == HTTP_LENGTH_UNKNOWN && x->head.minor == 0;
}

static void add_status_line(struct buf *buf, int status)
{
	if (status == 200) { /* most of them */
		buf_add(buf, STR("HTTP/1.1 200 OK\r\n"));
		return;
	}
	buf_add(buf, STR("HTTP/1.1 "));
	buf_add_u64(buf, (uint64_t)status);
	buf_add_char(buf, ' ');
	buf_add(buf, str_of(http_reason(status)));
	buf_add(buf, STR("\r\n"));
}

struct str response_head(struct http_exchange *x, struct str date, bool close)
{
	const struct http_response *r = &x->response;
	struct buf buf;
	buf_init(&buf, &x->arena, RESPONSE_FIELDS_MAX + OTHER_LINES_MAX);
	buf_reserve(&buf, r->fields.n + OTHER_LINES_MAX);
	add_status_line(&buf, r->status);
	buf_add(&buf, STR("Date: "));
	buf_add(&buf, date);
	buf_add(&buf, STR("\r\n"));
	buf_add(&buf, buf_str(&r->fields));
	/* RFC 9110 8.6: none with 204; with 304 it would be that of a 200 */
	bool has_length = r->status != 204 && r->status != 304;
	if (has_length && r->length != HTTP_LENGTH_UNKNOWN) {
		buf_add(&buf, STR("Content-Length: "));
		buf_add_u64(&buf, r->length);
		buf_add(&buf, STR("\r\n"));
	} else if (has_length && response_is_chunked(x)) {
		buf_add(&buf, STR("Transfer-Encoding: chunked\r\n"));
	}
	if (close)
		buf_add(&buf, STR("Connection: close\r\n\r\n"));
	else if (x->head.minor == 0)
		buf_add(&buf, STR("Connection: keep-alive\r\n\r\n"));
	else
		buf_add(&buf, STR("\r\n"));
	return buf_str(&buf);
}
