/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/source.h"
#include "api/filestack/cdn/chain/scan.h"

#include <glib.h>

#define SCHEME_MAX 16

void source_scheme(struct str text, struct source_scheme *out)
{
	size_t n = 0, mark = 1;
	*out = (struct source_scheme){.word = STR_NONE};
	if (str_starts_nocase(text, STR("www."))) {
		out->word = STR("http");
		out->rest = text;
		return;
	}
	while (n < text.n && n < SCHEME_MAX && g_ascii_isalnum(text.p[n]))
		n++;
	if (n == 0 || n == text.n || scan_mark(text, n, &mark) != ':')
		return;
	bool is_encoded = mark > 1;
	size_t at = n + mark, slashes = 0;
	while (at < text.n && scan_mark(text, at, &mark) == '/') {
		is_encoded = is_encoded || mark > 1;
		at += mark;
		slashes++;
	}
	if (slashes == 0)
		return;
	out->word = str_sub(text, 0, n);
	out->rest = str_skip(text, at);
	out->is_encoded = is_encoded;
}

struct str source_authority(struct str rest, struct str *path)
{
	size_t n = 0;
	while (n < rest.n && !strchr("/?#", rest.p[n]))
		n++;
	*path = str_skip(rest, n);
	return str_sub(rest, 0, n);
}

/* A name, and perhaps a port: with a user, a password or anything encoded it is
 * not clear which host is meant. */
static bool is_plain(struct str authority)
{
	for (size_t i = 0; i < authority.n; i++)
		if (!g_ascii_isalnum(authority.p[i]) &&
		    (authority.p[i] == '\0' || !strchr(".-:", authority.p[i])))
			return false;
	return true;
}

bool source_is_vendors(struct str authority)
{
	static const char *const domains[] = {
		"filestackcontent.com", "filestackapi.com", "filepicker.io"};
	ptrdiff_t colon = str_rfind(authority, ':');
	struct str host =
		colon < 0 ? authority : str_sub(authority, 0, (size_t)colon);
	for (size_t i = 0; i < G_N_ELEMENTS(domains) && is_plain(authority);
	     i++) {
		struct str domain = str_of(domains[i]);
		if (str_eq_nocase(host, domain))
			return true;
		if (host.n > domain.n && host.p[host.n - domain.n - 1] == '.' &&
		    str_eq_nocase(str_skip(host, host.n - domain.n), domain))
			return true;
	}
	return false;
}
