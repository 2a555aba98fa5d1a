/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of this server's deliveries, as clients send them back. Which file they
 * are about is their dialect's to say.
 */
#ifndef API_OWN_URL_H
#define API_OWN_URL_H

#include "api/request.h"

/* Of an http or https URL, raw: "host:port", the path, what is behind the
 * question mark. */
struct own_parts {
	struct str authority, path, query;
};
/* False: it is none. */
bool own_split(struct str url, struct own_parts *out);

/* Whether the authority ("host:port") is what the request came to, or the
 * public URL's. */
bool own_authority(const struct request *rq, struct str authority);

/* Takes "/name" off the front of a raw path, if that is its first segment. */
bool own_take_segment(struct str *path, struct str name);

/* Takes off the front of such a URL's raw path what leads to this server: the
 * public URL's own path. */
void own_take_prefix(const struct request *rq, struct str *path);

#endif
