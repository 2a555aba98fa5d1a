/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Range and conditional requests as pure decisions: RFC 9110 sections 13, 14.
 */
#ifndef HTTP_SYNTAX_CONDITIONAL_H
#define HTTP_SYNTAX_CONDITIONAL_H

#include "http/syntax/head.h"

enum http_decision {
	HTTP_SEND_ALL,          /* 200 */
	HTTP_SEND_RANGE,        /* 206 */
	HTTP_NOT_MODIFIED,      /* 304 */
	HTTP_PRECONDITION,      /* 412 */
	HTTP_RANGE_UNSATISFIED, /* 416 */
};

/* Bytes of a representation. */
struct http_range {
	uint64_t first;
	uint64_t length;
};

/* Conditions about its date do not count, as if there was none. */
#define HTTP_UNDATED INT64_MIN

struct http_representation {
	struct str etag;    /* a strong one, with quotes */
	int64_t modified_s; /* Unix seconds, HTTP_UNDATED */
	uint64_t size;
};

/*
 * For GET and HEAD of a representation. Precedence as RFC 9110 13.2.2:
 * If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since, then Range
 * with If-Range. Malformed ranges, other units and more than one range are
 * answered with everything. *range is set for HTTP_SEND_RANGE only.
 */
enum http_decision http_decide(const struct http_head *head,
			       const struct http_representation *of,
			       struct http_range *range);

#endif
