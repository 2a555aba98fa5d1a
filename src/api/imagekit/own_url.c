/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of ImageKit's deliveries here, as clients send them back.
 */
#include "api/imagekit/imagekit.h"
#include "api/own_url.h"

/* What stands before the first of the bytes in stops. */
static struct str before(struct str text, const char *stops)
{
	size_t n = 0;
	while (n < text.n && !strchr(stops, text.p[n]))
		n++;
	return str_sub(text, 0, n);
}

bool imagekit_own_url(struct request *rq, struct str url, struct str *path)
{
	struct str rest = own_without_scheme(url);
	struct str host = before(rest, "/?#");
	if (rest.p == NULL || (!own_authority(rq, host) &&
			       !str_eq_nocase(host, STR("ik.imagekit.io"))))
		return false;
	struct str raw = before(str_skip(rest, host.n), "?#");
	own_take_prefix(rq, &raw);
	own_take_segment(&raw, str_of(rq->dialect->name));
	if (!own_take_segment(&raw, str_of(rq->account->name)))
		return false;
	*path = str_trim_char(raw, '/');
	return path->n > 0;
}
