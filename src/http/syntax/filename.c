/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax/filename.h"
#include "base/encode.h"

struct str http_from_latin1(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n * 2 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (c >= 0x80)
			out[n++] = (char)(0xc0 | c >> 6);
		out[n++] = (char)(c >= 0x80 ? 0x80 | (c & 0x3f) : c);
	}
	return (struct str){out, n};
}

struct str http_unquote(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		bool escapes = s.p[i] == '\\' && i + 1 < s.n &&
			       (s.p[i + 1] == '"' || s.p[i + 1] == '\\');
		if (escapes)
			i++;
		out[n++] = s.p[i];
	}
	return (struct str){out, n};
}

struct str http_extended(struct arena *arena, struct str value)
{
	struct str text = value;
	struct str charset = str_split(&text, '\'');
	(void)str_split(&text, '\''); /* the language */
	if (text.p == NULL)
		return STR_NONE;
	/* Symfony up to 2021 */
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		text = str_sub(text, 1, text.n - 1);
	text = percent_decode(arena, text);
	if (str_eq_nocase(charset, STR("ISO-8859-1")))
		return http_from_latin1(arena, text);
	bool utf8 = str_eq_nocase(charset, STR("UTF-8")) ||
		    str_eq_nocase(charset, STR("UTF8"));
	return utf8 && str_is_utf8(text) ? text : STR_NONE;
}
