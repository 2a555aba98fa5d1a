/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is behind a proxy: X-Forwarded-For, -Proto and -Host, and Forwarded
 * (RFC 7239). Pure functions over a head. Private to src/http.
 *
 * Each proxy adds the address that it was reached from at the right end of the
 * list. So it is read from the right, for as long as what it names is a proxy
 * that is trusted; everything left of the first that is not may be made up by
 * that one. A proxy that hides the address ("unknown", "_hidden") is the client
 * itself, by the address of the connection. With nonsense there, or a list that
 * is longer than FORWARDED_HOPS_MAX and names trusted proxies only, nothing of
 * it is believed.
 *
 * A proxy writes the one or the other and may pass on what its client has
 * written in the other: when both name clients, they have to name the same.
 */
#ifndef HTTP_SYNTAX_FORWARDED_H
#define HTTP_SYNTAX_FORWARDED_H

#include "base/address.h"
#include "http/syntax/head.h"

#define FORWARDED_HOPS_MAX 32

struct forwarded {
	struct address client;
	struct str host;   /* an authority; STR_NONE: not said */
	struct str scheme; /* "http" or "https"; STR_NONE: not said */
};

/* peer is the address of the connection, one of those in trusted. */
void forwarded_read(const struct http_head *head,
		    const struct address_list *trusted,
		    const struct address *peer, struct forwarded *out);

#endif
