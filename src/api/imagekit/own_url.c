/* SPDX-License-Identifier: Apache-2.0 */
/*
 * URLs of this server's deliveries, as clients send them back.
 */
#include "api/imagekit/imagekit.h"

static struct str without_scheme(struct str url)
{
	if (str_starts_nocase(url, STR("https://")))
		return str_skip(url, 8);
	if (str_starts_nocase(url, STR("http://")))
		return str_skip(url, 7);
	return STR_NONE;
}

/* What stands before the first of the bytes in stops. */
static struct str before(struct str text, const char *stops)
{
	size_t n = 0;
	while (n < text.n && !strchr(stops, text.p[n]))
		n++;
	return str_sub(text, 0, n);
}

static bool is_our_host(const struct request *rq, struct str host)
{
	struct str public = without_scheme(rq->services->public_url);
	return str_eq_nocase(host, rq->x->head.authority) ||
	       (public.n && str_eq_nocase(host, before(public, "/"))) ||
	       str_eq_nocase(host, STR("ik.imagekit.io"));
}

/* Takes "/name" off the front. */
static bool take_prefix(struct str *path, struct str name)
{
	if (path->n <= name.n || path->p[0] != '/' ||
	    !str_starts(str_skip(*path, 1), name))
		return false;
	struct str rest = str_skip(*path, name.n + 1);
	if (rest.n && rest.p[0] != '/')
		return false;
	*path = rest;
	return true;
}

bool imagekit_own_url(struct request *rq, struct str url, struct str *path)
{
	struct str rest = without_scheme(url);
	struct str host = before(rest, "/?#");
	if (rest.p == NULL || !is_our_host(rq, host))
		return false;
	rest = str_skip(rest, host.n);
	struct str raw = before(rest, "?#");
	struct str public = without_scheme(rq->services->public_url);
	struct str prefix = str_skip(public, before(public, "/").n);
	if (prefix.n)
		take_prefix(&raw, str_trim_char(prefix, '/'));
	take_prefix(&raw, STR("imagekit"));
	if (!take_prefix(&raw, str_of(rq->account->name)))
		return false;
	*path = str_trim_char(raw, '/');
	return path->n > 0;
}
