/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax/filename.h"
#include "base/buf.h"
#include "base/encode.h"
#include "http/syntax/head.h"

#define SECTIONS_MAX 64 /* of a name; a part's head has 8 KiB */

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

/* Bytes of a charset by its name; STR_NONE when they are none of it. */
static struct str from_charset(struct arena *arena, struct str charset,
			       struct str bytes)
{
	if (str_eq_nocase(charset, STR("ISO-8859-1")))
		return http_from_latin1(arena, bytes);
	bool utf8 = str_eq_nocase(charset, STR("UTF-8")) ||
		    str_eq_nocase(charset, STR("UTF8"));
	return utf8 && str_is_utf8(bytes) ? bytes : STR_NONE;
}

/* Takes charset'language' off *text, which is absent when they are. */
static struct str take_charset(struct str *text)
{
	struct str charset = str_split(text, '\'');
	(void)str_split(text, '\''); /* the language */
	return charset;
}

static struct str extended(struct arena *arena, struct str value)
{
	struct str text = value, charset = take_charset(&text);
	if (text.p == NULL)
		return STR_NONE;
	/* Symfony up to 2021 */
	if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
		text = str_sub(text, 1, text.n - 1);
	return from_charset(arena, charset, percent_decode(arena, text));
}

struct section {
	struct str text;
	bool is_extended;
};

/* "name*0" or "name*0*" */
static bool is_section(struct str found, struct str name, uint64_t *number,
		       bool *is_extended)
{
	if (!str_starts_nocase(found, name) || found.n < name.n + 2 ||
	    found.p[name.n] != '*')
		return false;
	struct str digits = str_skip(found, name.n + 1);
	*is_extended = str_ends(digits, STR("*"));
	digits.n -= *is_extended;
	return str_to_u64(digits, SECTIONS_MAX - 1, number);
}

static bool find_sections(struct str value, struct str name,
			  struct section sections[SECTIONS_MAX])
{
	struct str rest = value, found, text;
	memset(sections, 0, SECTIONS_MAX * sizeof(*sections));
	str_split(&rest, ';');
	while (http_next_param(&rest, &found, &text)) {
		uint64_t number;
		bool is_extended;
		if (!is_section(found, name, &number, &is_extended) ||
		    sections[number].text.p)
			continue;
		sections[number] = (struct section){text, is_extended};
	}
	return sections[0].text.p != NULL;
}

static struct str join(struct arena *arena, struct section *sections,
		       size_t room)
{
	struct str charset = STR("UTF-8");
	struct buf out;
	if (sections[0].is_extended)
		charset = take_charset(&sections[0].text);
	buf_init(&out, arena, room);
	for (size_t i = 0; i < SECTIONS_MAX && sections[i].text.p; i++)
		buf_add(&out, sections[i].is_extended
				      ? percent_decode(arena, sections[i].text)
				      : http_unquote(arena, sections[i].text));
	if (sections[0].text.p == NULL)
		return STR_NONE;
	return from_charset(arena, charset, out.n ? buf_str(&out) : STR(""));
}

bool http_extended_param(struct arena *arena, struct str value, struct str name,
			 struct str *out)
{
	struct section sections[SECTIONS_MAX];
	*out = STR_NONE;
	if (str_find(value, '*') < 0) /* nearly always */
		return false;
	struct str one = http_param(value, arena_join(arena, name, STR("*")));
	if (one.p)
		*out = extended(arena, one);
	if (out->p)
		return true;
	if (!find_sections(value, name, sections))
		return one.p;
	*out = join(arena, sections, value.n);
	return true;
}
