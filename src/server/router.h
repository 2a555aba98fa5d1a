/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which dialect and route a request belongs to: vendor host name, then path
 * prefix, then path and authorization scheme. Pure; from memory.
 */
#ifndef SERVER_ROUTER_H
#define SERVER_ROUTER_H

#include "api/request.h"

/*
 * Sets rq->dialect and rq->path, from the head as far as it was understood and
 * rq->keyring (may be NULL). Always finds a dialect.
 */
void router_choose_dialect(struct request *rq);
/* The vendors' host names that lead to a dialect, one after the other; NULL
 * behind the last. */
const char *router_vendor_host(size_t i);
/* The name of that dialect; i: one that has a host. */
const char *router_vendor_api(size_t i);
/* How the dialect of that name tells events; NULL: it does not, or there is
 * none. */
const struct webhook_wording *router_events(struct str name);
/* Sets rq->route and rq->param; a path that has a route under another name
 * (dialect->aliases) becomes that. ERR_NOT_FOUND, ERR_METHOD. */
int router_match(struct request *rq, struct err *err) MUST_CHECK;
/* For the Allow header of a 405: the methods that rq->path has, comma and blank
 * between them; in the arena. */
struct str router_allowed(struct request *rq);

#endif
