/* SPDX-License-Identifier: Apache-2.0 */
#include "api/own_url.h"

/* What stands behind "http://" or "https://"; STR_NONE: it begins otherwise. */
static struct str without_scheme(struct str url)
{
	if (str_starts_nocase(url, STR("https://")))
		return str_skip(url, 8);
	if (str_starts_nocase(url, STR("http://")))
		return str_skip(url, 7);
	return STR_NONE;
}

/* Takes what stands before the first of the bytes in stops. */
static struct str take_before(struct str *text, const char *stops)
{
	size_t n = 0;
	while (n < text->n && !strchr(stops, text->p[n]))
		n++;
	struct str taken = str_sub(*text, 0, n);
	*text = str_skip(*text, n);
	return taken;
}

bool own_split(struct str url, struct own_parts *out)
{
	struct str rest = without_scheme(url);
	if (rest.p == NULL)
		return false;
	out->authority = take_before(&rest, "/?#");
	out->path = take_before(&rest, "?#");
	bool has_query = str_starts(rest, STR("?"));
	out->query = has_query ? str_skip(rest, 1) : STR_NONE;
	if (has_query)
		out->query = take_before(&out->query, "#");
	return true;
}

bool own_authority(const struct request *rq, struct str authority)
{
	struct str rest = without_scheme(rq->services->public_url);
	struct str public = str_split(&rest, '/');
	return str_eq_nocase(authority, rq->x->head.authority) ||
	       (public.n && str_eq_nocase(authority, public));
}

bool own_take_segment(struct str *path, struct str name)
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

void own_take_prefix(const struct request *rq, struct str *path)
{
	struct str prefix = without_scheme(rq->services->public_url);
	str_split(&prefix, '/');
	prefix = str_trim_char(prefix, '/');
	if (prefix.n)
		own_take_segment(path, prefix);
}
