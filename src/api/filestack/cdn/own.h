/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the reader of chains asks about this server: its applications' keys, and
 * which URLs are its own.
 */
#ifndef API_FILESTACK_CDN_OWN_H
#define API_FILESTACK_CDN_OWN_H

#include "api/filestack/cdn/chain/chain.h"
#include "api/request.h"

/* Of a raw path and query. Good for as long as the request. */
struct chain_reading cdn_reading(const struct request *rq, struct str path,
				 struct str query);

#endif
