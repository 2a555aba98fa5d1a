/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telling whether a text is JSON that may be passed on as it is. What is not
 * plainly so is left to the parser: it says what is JSON, here is only what it
 * surely takes.
 */
#include "json/verbatim.h"

#define DIGITS_MAX 15 /* of a number that every reader has exactly */

struct scan {
	const char *p, *end;
	size_t depth;
	unsigned char closing[JSON_DEPTH_MAX]; /* what ends each container */
};

static bool at(const struct scan *scan, char c)
{
	return scan->p < scan->end && *scan->p == c;
}

static bool take(struct scan *scan, char c)
{
	bool found = at(scan, c);
	scan->p += found;
	return found;
}

static void skip_blanks(struct scan *scan)
{
	while (at(scan, ' ') || at(scan, '\n') || at(scan, '\t') ||
	       at(scan, '\r'))
		scan->p++;
}

static bool take_word(struct scan *scan, struct str word)
{
	struct str left = {scan->p, (size_t)(scan->end - scan->p)};
	if (!str_starts(left, word))
		return false;
	scan->p += word.n;
	return true;
}

/* Four digits of a character that is one by itself, and not NUL. */
static bool take_code(struct scan *scan)
{
	unsigned code = 0;
	if (scan->end - scan->p < 4)
		return false;
	for (int i = 0; i < 4; i++) {
		int digit = g_ascii_xdigit_value(*scan->p++);
		if (digit < 0)
			return false;
		code = code * 16 + (unsigned)digit;
	}
	return code && (code < 0xd800 || code > 0xdfff);
}

/* Behind its first quote. That the text is UTF-8 is known. */
static bool take_string(struct scan *scan)
{
	while (scan->p < scan->end) {
		unsigned char c = (unsigned char)*scan->p++;
		if (c == '"')
			return true;
		if (c < ' ')
			return false;
		if (c != '\\')
			continue;
		if (scan->p == scan->end)
			return false;
		c = (unsigned char)*scan->p++;
		if (c == 'u' ? !take_code(scan) : !strchr("\"\\/bfnrt", c))
			return false;
	}
	return false;
}

static size_t take_digits(struct scan *scan)
{
	const char *from = scan->p;
	while (scan->p < scan->end && g_ascii_isdigit(*scan->p))
		scan->p++;
	return (size_t)(scan->p - from);
}

/* Without an exponent. */
static bool take_number(struct scan *scan)
{
	take(scan, '-');
	bool zero = at(scan, '0');
	size_t whole = take_digits(scan);
	size_t part = 0;
	if (whole == 0 || (zero && whole > 1))
		return false;
	if (take(scan, '.') && (part = take_digits(scan)) == 0)
		return false;
	return whole + part <= DIGITS_MAX;
}

static bool take_scalar(struct scan *scan)
{
	if (take(scan, '"'))
		return take_string(scan);
	return take_number(scan) || take_word(scan, STR("true")) ||
	       take_word(scan, STR("false")) || take_word(scan, STR("null"));
}

/* A name and its colon, where there has to be one. */
static bool take_name(struct scan *scan)
{
	skip_blanks(scan);
	if (scan->depth == 0 || scan->closing[scan->depth - 1] != '}')
		return true;
	if (!take(scan, '"') || !take_string(scan))
		return false;
	skip_blanks(scan);
	if (!take(scan, ':'))
		return false;
	skip_blanks(scan);
	return true;
}

/* What ends behind a value, down to the comma before the next one. 1 there is a
 * next one, 0 that was all, -1 neither. */
static int take_ends(struct scan *scan)
{
	for (skip_blanks(scan); scan->depth; skip_blanks(scan)) {
		if (take(scan, ','))
			return 1;
		if (!take(scan, (char)scan->closing[scan->depth - 1]))
			return -1;
		scan->depth--;
	}
	return scan->p == scan->end ? 0 : -1;
}

/* Opens containers down to one that is empty, or a scalar. */
static bool take_value(struct scan *scan)
{
	for (;;) {
		bool object = at(scan, '{');
		if (!object && !at(scan, '['))
			return take_scalar(scan);
		if (scan->depth == JSON_DEPTH_MAX)
			return false;
		scan->p++;
		scan->closing[scan->depth++] = object ? '}' : ']';
		skip_blanks(scan);
		if (at(scan, object ? '}' : ']'))
			return true; /* take_ends() closes it */
		if (!take_name(scan))
			return false;
	}
}

static bool is_plain(struct str text)
{
	struct scan scan = {.p = text.p, .end = text.p + text.n};
	int more = 1;
	while (more > 0) {
		if (!take_name(&scan) || !take_value(&scan))
			return false;
		more = take_ends(&scan);
	}
	return more == 0;
}

json_t *json_verbatim(struct str text)
{
	/* a value takes two bytes with its comma */
	if (text.n / 2 >= JSON_VALUES_MAX || !str_is_utf8(text) ||
	    !is_plain(text))
		return json_parse(text, JSON_DECODE_ANY);
	g_autofree char *marked = g_malloc(text.n + 1);
	marked[0] = JSON_VERBATIM_MARK;
	memcpy(marked + 1, text.p, text.n);
	return json_stringn_nocheck(marked, text.n + 1);
}
