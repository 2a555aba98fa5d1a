/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax/url.h"
#include "base/address.h"

#include <glib.h>

#define HOST_MAX 253 /* bytes (RFC 1035 2.3.4), without the dot at the end */
#define LABEL_MAX 63

/* Bytes of other scripts are for whoever looks the name up. */
static bool is_label(struct str label)
{
	for (size_t i = 0; i < label.n; i++)
		if ((unsigned char)label.p[i] < 0x80 &&
		    !g_ascii_isalnum(label.p[i]) && label.p[i] != '-' &&
		    label.p[i] != '_')
			return false;
	return label.n > 0 && label.n <= LABEL_MAX;
}

static bool is_name(struct str host)
{
	if (str_ends(host, STR(".")))
		host.n--;
	if (host.n > HOST_MAX)
		return false;
	do
		if (!is_label(str_split(&host, '.')))
			return false;
	while (host.p);
	return true;
}

static bool is_port(struct str text)
{
	uint64_t port;
	return str_to_u64(text, UINT16_MAX, &port) && port > 0;
}

/* [HOST] or HOST; *rest is what stands behind it. */
static bool read_host(struct str authority, struct str *host, struct str *rest)
{
	struct address v6;
	*rest = authority;
	if (!str_starts(authority, STR("["))) {
		ptrdiff_t colon = str_find(authority, ':');
		size_t n = colon < 0 ? authority.n : (size_t)colon;
		*host = str_sub(authority, 0, n);
		*rest = str_skip(authority, n);
		return is_name(*host);
	}
	*rest = str_skip(authority, 1);
	*host = str_split(rest, ']');
	return rest->p && str_find(*host, ':') >= 0 &&
	       address_parse(*host, &v6);
}

bool http_url_read(struct str text, struct http_url *out)
{
	size_t scheme = str_starts_nocase(text, STR("http://"))    ? 7
			: str_starts_nocase(text, STR("https://")) ? 8
								   : 0;
	if (scheme == 0 || str_has_control(text) || !str_is_utf8(text) ||
	    str_find(text, ' ') >= 0 || str_find(text, '#') >= 0)
		return false;
	struct str rest = str_skip(text, scheme);
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '/' && rest.p[n] != '?')
		n++;
	out->authority = str_sub(rest, 0, n);
	out->has_query = str_find(str_skip(rest, n), '?') >= 0;
	if (!read_host(out->authority, &out->host, &rest))
		return false;
	return rest.n == 0 || (rest.p[0] == ':' && is_port(str_skip(rest, 1)));
}
