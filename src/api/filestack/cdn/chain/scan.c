/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/scan.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char scan_mark(struct str s, size_t i, size_t *n)
{
	char c = s.p[i];
	*n = 1;
	if (c == '%' && s.n - i >= 3) {
		int high = hex_digit(s.p[i + 1]), low = hex_digit(s.p[i + 2]);
		if (high < 0 || low < 0)
			return 0;
		c = (char)(high << 4 | low);
		if (c == '\0' || !strchr("\"[]/,:=", c))
			return 0;
		*n = 3;
		return c;
	}
	return c != '\0' && strchr("\"[]/,:=?", c) ? c : 0;
}

/* A backslash takes a quote, or another one, out of the text's structure. */
static bool is_escape(struct str s, size_t i)
{
	return s.p[i] == '\\' && i + 1 < s.n &&
	       (s.p[i + 1] == '"' || s.p[i + 1] == '\\');
}

static size_t quote_end(struct str s, size_t i)
{
	size_t n;
	scan_mark(s, i, &n);
	for (size_t at = i + n; at < s.n; at += n) {
		if (is_escape(s, at)) {
			n = 2;
			continue;
		}
		if (scan_mark(s, at, &n) == '"')
			return at + n;
	}
	return i;
}

static size_t bracket_end(struct str s, size_t i)
{
	size_t n, depth = 0;
	bool item_begins = false;
	for (size_t at = i; at < s.n; at += n) {
		char c = scan_mark(s, at, &n);
		if (c == '"' && item_begins && quote_end(s, at) > at)
			n = quote_end(s, at) - at;
		depth += c == '[';
		if (c == ']' && --depth == 0)
			return at + n;
		item_begins = c == '[' || c == ',';
	}
	return i;
}

size_t scan_group(struct str s, size_t i)
{
	size_t n;
	char c = i < s.n ? scan_mark(s, i, &n) : 0;
	if (c == '"')
		return quote_end(s, i);
	return c == '[' ? bracket_end(s, i) : i;
}

char scan_next(struct scan *scan, size_t *from, size_t *n)
{
	while (scan->at < scan->s.n) {
		char c = scan_mark(scan->s, scan->at, n);
		bool opens = c == '"' && (scan->at == 0 || scan->before);
		*from = scan->at;
		if (opens || (c == '[' && !scan->no_brackets))
			scan->at = scan_group(scan->s, *from);
		if (c == '[' && scan->at == *from)
			scan->no_brackets = true;
		bool is_group = scan->at > *from;
		if (!is_group)
			scan->at += *n;
		bool cuts = c && !is_group && strchr("/,:=?", c);
		scan->before = cuts ? c : 0;
		if (cuts)
			return c;
	}
	*from = scan->s.n;
	*n = 0;
	return 0;
}

static struct str without_escapes(struct arena *arena, struct str s)
{
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		i += is_escape(s, i);
		out[n++] = s.p[i];
	}
	return (struct str){out, n};
}

struct str scan_unquote(struct arena *arena, struct str text, bool *is_quoted)
{
	*is_quoted =
		text.n >= 2 && text.p[0] == '"' && quote_end(text, 0) == text.n;
	if (!*is_quoted)
		return text;
	struct str inside = str_sub(text, 1, text.n - 1);
	return str_find(inside, '\\') < 0 ? inside
					  : without_escapes(arena, inside);
}
