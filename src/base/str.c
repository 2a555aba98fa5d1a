/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <glib.h>
#include <strings.h>

bool str_eq_nocase(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

bool str_starts_nocase(struct str s, struct str prefix)
{
	return s.n >= prefix.n && strncasecmp(s.p, prefix.p, prefix.n) == 0;
}

ptrdiff_t str_find(struct str s, char c)
{
	const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
	return hit ? hit - s.p : -1;
}

ptrdiff_t str_rfind(struct str s, char c)
{
	const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;
	return hit ? hit - s.p : -1;
}

/* memmem() prepares its search even where the last byte of the part is nowhere,
 * as it mostly is. */
bool str_contains(struct str s, struct str part)
{
	if (part.n == 0)
		return true;
	return s.n >= part.n && memchr(s.p, part.p[part.n - 1], s.n) &&
	       memmem(s.p, s.n, part.p, part.n);
}

struct str str_trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = str_skip(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

struct str str_trim_char(struct str s, char c)
{
	while (s.n && s.p[0] == c)
		s = str_skip(s, 1);
	while (s.n && s.p[s.n - 1] == c)
		s.n--;
	return s;
}

struct str str_split(struct str *rest, char sep)
{
	struct str whole = *rest;
	const char *at = whole.n ? memchr(whole.p, sep, whole.n) : NULL;
	if (at == NULL) {
		*rest = STR_NONE;
		return whole;
	}
	size_t n = (size_t)(at - whole.p);
	*rest = (struct str){at + 1, whole.n - n - 1};
	return (struct str){whole.p, n};
}

bool str_to_u64(struct str s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - (unsigned)'0';
		if (digit > 9 || value > (max - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	*out = value;
	return value <= max;
}

#define NOT_ASCII UINT64_C(0x8080808080808080)

/* GLib looks at each byte; nearly all texts are ASCII. */
bool str_is_utf8(struct str s)
{
	size_t ascii = 0;
	uint64_t word = 0;
	if (s.n && memchr(s.p, 0, s.n))
		return false;
	for (; s.n - ascii >= sizeof(word); ascii += sizeof(word)) {
		memcpy(&word, s.p + ascii, sizeof(word));
		if (word & NOT_ASCII)
			break;
	}
	return ascii == s.n ||
	       g_utf8_validate(s.p + ascii, (gssize)(s.n - ascii), NULL);
}

/* No way out of the loop, so that the compiler looks at many bytes at a time.
 */
bool str_has_control(struct str s)
{
	unsigned char hits = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		hits |= (unsigned char)((c < 0x20) | (c == 0x7f));
	}
	return hits;
}

struct str str_cut(struct str s, size_t max)
{
	if (s.n <= max)
		return s;
	/* a byte 10xxxxxx goes on with a character */
	while (max && ((unsigned char)s.p[max] & 0xc0) == 0x80)
		max--;
	return str_sub(s, 0, max);
}

struct str str_after_last(struct str s, char sep)
{
	ptrdiff_t at = str_rfind(s, sep);
	return at < 0 ? s : str_skip(s, (size_t)at + 1);
}
