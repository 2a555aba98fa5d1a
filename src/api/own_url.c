/* SPDX-License-Identifier: Apache-2.0 */
#include "api/own_url.h"

struct str own_without_scheme(struct str url)
{
	if (str_starts_nocase(url, STR("https://")))
		return str_skip(url, 8);
	if (str_starts_nocase(url, STR("http://")))
		return str_skip(url, 7);
	return STR_NONE;
}

bool own_authority(const struct request *rq, struct str authority)
{
	struct str rest = own_without_scheme(rq->services->public_url);
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
	struct str prefix = own_without_scheme(rq->services->public_url);
	str_split(&prefix, '/');
	prefix = str_trim_char(prefix, '/');
	if (prefix.n)
		own_take_segment(path, prefix);
}
