/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of ImageKit's deliveries here, as clients send them back.
 */
#include "api/imagekit/imagekit.h"
#include "api/own_url.h"

bool imagekit_own_url(struct request *rq, struct str url, struct str *path)
{
	struct own_parts parts;
	if (!own_split(url, &parts) ||
	    (!own_authority(rq, parts.authority) &&
	     !str_eq_nocase(parts.authority, STR("ik.imagekit.io"))))
		return false;
	struct str raw = parts.path;
	own_take_prefix(rq, &raw);
	own_take_segment(&raw, str_of(rq->dialect->name));
	if (!own_take_segment(&raw, str_of(rq->account->name)))
		return false;
	*path = str_trim_char(raw, '/');
	return path->n > 0;
}
