/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs that we are told to call later: of webhooks, of services of the
 * operator's, of ourselves. A pure function over a text. Not what is fetched
 * now, which libcurl reads, relative to others and with blanks in it.
 *
 * Source: RFC 3986 3, RFC 9110 4.2. Stricter than they are, so that whoever
 * reads it later finds the same host in it: no user name or password, no
 * fragment, nothing encoded in the host, no port that cannot be.
 */
#ifndef HTTP_SYNTAX_URL_H
#define HTTP_SYNTAX_URL_H

#include "base/str.h"

struct http_url {
	struct str authority; /* HOST or HOST:PORT, as it is written */
	struct str host;      /* of IPv6 without its brackets */
	bool has_query;
};

/* http://HOST[:PORT][/PATH][?QUERY], or https; UTF-8 without blanks. False: it
 * is something else. What *out points to is the text. */
bool http_url_read(struct str text, struct http_url *out);

#endif
