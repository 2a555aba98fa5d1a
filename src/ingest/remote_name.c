/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/remote_name.h"
#include "base/encode.h"
#include "http/syntax/filename.h"
#include "http/syntax/head.h"

/* What no charset is given for is UTF-8 if it can be, else ISO 8859-1, which
 * every run of bytes is. */
static struct str as_utf8(struct arena *arena, struct str s)
{
	return str_is_utf8(s) ? s : http_from_latin1(arena, s);
}

static struct str disposition_name(struct arena *arena, struct str value)
{
	struct str name;
	(void)http_extended_param(arena, value, STR("filename"), &name);
	if (name.p)
		return name;
	name = http_param(value, STR("filename"));
	return name.p ? as_utf8(arena, http_unquote(arena, name)) : STR_NONE;
}

static struct str last_segment(struct str path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/' || path.p[i - 1] == '\\')
			return str_skip(path, i);
	return path;
}

/* Not longer than REMOTE_NAME_MAX, and no character cut in two. */
static struct str shorten(struct str s)
{
	if (s.n <= REMOTE_NAME_MAX)
		return s;
	size_t n = REMOTE_NAME_MAX;
	while (n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	return str_sub(s, 0, n);
}

static struct str without_controls(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] >= 0x20 && s.p[i] != 0x7f)
			out[n++] = s.p[i];
	return (struct str){out, n};
}

static struct str clean(struct arena *arena, struct str name)
{
	struct str text = without_controls(arena, last_segment(name));
	text = shorten(str_trim(as_utf8(arena, text)));
	if (text.n == 0 || str_eq(text, STR(".")) || str_eq(text, STR("..")))
		return STR("");
	return text;
}

struct str remote_name(struct arena *arena, struct str disposition,
		       struct str path)
{
	struct str name = STR("");
	if (disposition.p)
		name = clean(arena, disposition_name(arena, disposition));
	if (name.n)
		return name;
	return clean(arena, percent_decode(arena, last_segment(path)));
}
