/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request head: RFC 9112 sections 2 to 6, strictly.
 *
 * Pure functions over bytes; no sockets, no allocation. What must be refused:
 * bare CR or LF, obs-fold, blanks around the field name's colon side, NUL and
 * control characters in values, missing or repeated Host, repeated or
 * non-digit Content-Length, Content-Length together with Transfer-Encoding,
 * any Transfer-Encoding other than one "chunked", HTTP versions other than 1.0
 * and 1.1, Transfer-Encoding in HTTP/1.0, more than HTTP_HEADERS_MAX fields.
 */
#ifndef HTTP_SYNTAX_HEAD_H
#define HTTP_SYNTAX_HEAD_H

#include "base/str.h"

#define HTTP_HEAD_MAX (16u * 1024) /* bytes, request line and fields */
#define HTTP_HEADERS_MAX 100
#define HTTP_TARGET_MAX (8u * 1024)

/* clang-format off */
#define HTTP_METHODS(X) \
	X(GET) X(HEAD) X(POST) X(PUT) X(PATCH) X(DELETE) X(OPTIONS)
/* clang-format on */

enum http_method {
	HTTP_OTHER, /* a valid token we do not know */
#define X(name) HTTP_##name,
	HTTP_METHODS(X)
#undef X
	HTTP_METHOD_COUNT
};

/* Why the transport refuses a request; the app words the answer. */
enum http_fault {
	HTTP_FAULT_NONE,
	HTTP_FAULT_MALFORMED,       /* 400: the head breaks RFC 9112 */
	HTTP_FAULT_HEAD_TOO_LARGE,  /* 431 */
	HTTP_FAULT_TARGET_TOO_LONG, /* 414 */
	HTTP_FAULT_VERSION,         /* 505 */
	HTTP_FAULT_CODING,          /* 501: a transfer coding we do not know */
	HTTP_FAULT_CHUNK,           /* 400: chunked framing is broken */
	HTTP_FAULT_HEAD_TIMEOUT,    /* 408: the head came too slowly */
	HTTP_FAULT_BODY_TIMEOUT,    /* 408: the body came too slowly */
	HTTP_FAULT_TRUNCATED,       /* 400: the client ended the body early */
	HTTP_FAULT_OVERLOADED,      /* 503: too many connections, no thread */
	HTTP_FAULT_STALLED, /* 503: the application paused the body too long */
};

struct http_header {
	struct str name;  /* as sent */
	struct str value; /* trimmed */
};

struct http_head {
	enum http_method method;
	struct str method_text;
	struct str target;    /* as sent */
	struct str authority; /* Host, or of an absolute-form target; may be
				 empty in HTTP/1.0 */
	struct str path;      /* raw, leading slashes collapsed to one, before
				 '?'; "*" for OPTIONS * */
	struct str raw_path;  /* path before that collapsing */
	struct str query;     /* raw, after '?'; STR_NONE without one */
	unsigned minor;       /* 0 or 1, of HTTP/1.x */
	bool keep_alive;      /* after version and Connection */
	bool expect_continue;
	bool chunked;
	int64_t content_length; /* -1: none given */
	size_t n_headers;
	struct http_header headers[HTTP_HEADERS_MAX];
};

/*
 * Parses one head from what has come. Returns its length in bytes when complete
 * (up to and including the empty line), 0 when more is needed, -1 when refused
 * with *fault set (then method, target, path and authority are filled as far
 * as they were understood, the rest is empty). Strings point into `come`.
 * Empty lines (CRLF) before the request line are accepted (RFC 9112 2.2), two
 * at most. `scanned` carries progress between calls for one head (start with 0)
 * so that bytes that trickle in are not scanned again.
 */
ptrdiff_t http_head_parse(struct http_head *head, struct str come,
			  size_t *scanned, enum http_fault *fault);

/* An empty head; all that http_head_parse() does not need to be given. */
void http_head_init(struct http_head *head);
/* What an unfinished head says so far: the request line and Host as far
 * as they have come, no fields. For the answer to a client that was too slow.
 */
void http_head_partial(struct http_head *head, struct str come);

/* The first field called name (case-insensitive), STR_NONE when absent. */
struct str http_head_get(const struct http_head *head, struct str name);

/* Whether it is uri-host [ ":" port ] of RFC 3986, the port 1..65535 or empty.
 */
bool http_authority_valid(struct str authority);

/* A media type's essence without parameters, trimmed: "text/plain". */
struct str http_media_type(struct str content_type);
/* Whether that is one: two tokens, neither with a '*', which makes a range of
 * types (RFC 9110 section 12.5.1) that nothing is of. */
bool http_is_media_type(struct str essence);
/* One parameter of a header value (`boundary`, `filename`), a quoted-string
 * taken out of its quotes but with backslashes left in place (browsers and
 * curl disagree on them; see multipart.c); STR_NONE when absent. */
struct str http_param(struct str value, struct str name);
/* Takes the next parameter that has a value off *rest, at first all that
 * follows the first ';'. The value as above. False: there is none. */
bool http_next_param(struct str *rest, struct str *name, struct str *value);

#endif
