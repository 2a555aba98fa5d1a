/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent, form, hex and base64. Dates are in date.c.
 */
#include "base/encode.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* The byte that the escape at s.p[at] stands for, or -1. */
static int escape_at(struct str s, size_t at)
{
	if (s.p[at] != '%' || s.n - at < 3)
		return -1;
	int high = hex_value(s.p[at + 1]);
	int low = hex_value(s.p[at + 2]);
	return high < 0 || low < 0 ? -1 : high << 4 | low;
}

/* How many bytes from the beginning stand for themselves. */
static size_t plain_run(struct str s, bool plus)
{
	const char *at = memchr(s.p, '%', s.n);
	size_t n = at ? (size_t)(at - s.p) : s.n;
	if (plus && (at = memchr(s.p, '+', n)) != NULL)
		n = (size_t)(at - s.p);
	return n;
}

/* Most texts have nothing to decode, or only at their end. */
static struct str decode(struct arena *arena, struct str s, bool plus)
{
	if (s.p == NULL)
		return STR_NONE;
	char *out = arena_alloc(arena, s.n + 1);
	size_t n = plain_run(s, plus);
	memcpy(out, s.p, n);
	for (size_t i = n; i < s.n; i++) {
		int byte = escape_at(s, i);
		if (byte >= 0) {
			out[n++] = (char)byte;
			i += 2;
		} else {
			out[n++] = plus && s.p[i] == '+' ? ' ' : s.p[i];
		}
	}
	out[n] = '\0';
	return (struct str){out, n};
}

struct str percent_decode(struct arena *arena, struct str s)
{
	return decode(arena, s, false);
}

struct str form_decode(struct arena *arena, struct str s)
{
	return decode(arena, s, true);
}

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
	       c == '~';
}

struct str percent_encode(struct arena *arena, struct str s, bool keep_slash)
{
	static const char digits[] = "0123456789ABCDEF";
	if (s.p == NULL)
		return STR_NONE;
	char *out = arena_alloc(arena, s.n * 3 + 1);
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		if (is_unreserved((char)c) || (keep_slash && c == '/')) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '%';
		out[n++] = digits[c >> 4];
		out[n++] = digits[c & 15];
	}
	out[n] = '\0';
	return (struct str){out, n};
}

struct str hex_encode(struct arena *arena, const void *p, size_t n)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *bytes = p;
	char *out = arena_alloc(arena, n * 2 + 1);
	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[bytes[i] >> 4];
		out[2 * i + 1] = digits[bytes[i] & 15];
	}
	out[2 * n] = '\0';
	return (struct str){out, n * 2};
}

bool hex_decode(struct str s, uint8_t *out, size_t n)
{
	if (s.n != n * 2)
		return false;
	for (size_t i = 0; i < n; i++) {
		int high = hex_value(s.p[2 * i]);
		int low = hex_value(s.p[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The next pair that is not empty, still encoded. */
static bool next_pair(struct str *rest, struct str *pair)
{
	while (rest->p) {
		*pair = str_split(rest, '&');
		if (pair->n)
			return true;
	}
	return false;
}

/* Takes the name off; what stays is the value. */
static struct str take_name(struct str *pair)
{
	struct str name = str_split(pair, '=');
	if (pair->p == NULL)
		*pair = STR("");
	return name;
}

bool form_next(struct arena *arena, struct str *rest, struct str *name,
	       struct str *value)
{
	struct str pair;
	if (!next_pair(rest, &pair))
		return false;
	*name = form_decode(arena, take_name(&pair));
	*value = form_decode(arena, pair);
	return true;
}

/* Most pairs are told apart by what they begin with. */
static bool may_be_named(struct str pair, struct str name)
{
	char first = pair.p[0];
	return name.n == 0 || first == name.p[0] || first == '%' ||
	       first == '+';
}

/* Whether it decodes to that name: to nothing longer than itself. */
static bool is_named(struct arena *arena, struct str raw, struct str name)
{
	if (raw.n < name.n)
		return false;
	if (plain_run(raw, true) == raw.n)
		return str_eq(raw, name);
	return str_eq(form_decode(arena, raw), name);
}

/* Absent, if it is another's. */
static struct str value_of(struct arena *arena, struct str pair,
			   struct str name)
{
	if (!is_named(arena, take_name(&pair), name))
		return STR_NONE;
	return form_decode(arena, pair);
}

void form_get_all(struct arena *arena, struct str form,
		  struct form_field *fields, size_t n)
{
	struct str pair;
	for (size_t i = 0; i < n; i++)
		fields[i].value = STR_NONE;
	while (next_pair(&form, &pair))
		for (size_t i = 0; i < n; i++)
			if (may_be_named(pair, fields[i].name) &&
			    fields[i].value.p == NULL)
				fields[i].value =
					value_of(arena, pair, fields[i].name);
}

struct str form_get(struct arena *arena, struct str form, struct str name)
{
	struct str pair, value = STR_NONE;
	while (value.p == NULL && next_pair(&form, &pair))
		if (may_be_named(pair, name))
			value = value_of(arena, pair, name);
	return value;
}

size_t base64_write(char *out, const void *p, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789+/";
	const uint8_t *in = p;
	char *at = out;
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i;
		uint32_t bits = (uint32_t)in[i] << 16;
		if (left > 1)
			bits |= (uint32_t)in[i + 1] << 8;
		if (left > 2)
			bits |= in[i + 2];
		*at++ = digits[bits >> 18];
		*at++ = digits[bits >> 12 & 63];
		*at++ = left > 1 ? digits[bits >> 6 & 63] : '=';
		*at++ = left > 2 ? digits[bits & 63] : '=';
	}
	return (size_t)(at - out);
}

struct str base64_encode(struct arena *arena, const void *p, size_t n)
{
	char *out = arena_alloc(arena, BASE64_LEN(n) + 1);
	size_t length = base64_write(out, p, n);
	out[length] = '\0';
	return (struct str){out, length};
}

/* What is not a six-bit value is above 63. */
#define BASE64_BLANK 64
#define BASE64_PAD 65
#define BASE64_BAD 255

/* clang-format off */
static const uint8_t base64_values_plus_one[256] = {
	['A'] = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
	['N'] = 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39,
	['n'] = 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
	['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
	[' '] = BASE64_BLANK + 1, ['\t'] = BASE64_BLANK + 1,
	['\r'] = BASE64_BLANK + 1, ['\n'] = BASE64_BLANK + 1,
	['='] = BASE64_PAD + 1,
};
/* clang-format on */

static uint8_t base64_value(uint8_t c)
{
	return (uint8_t)(base64_values_plus_one[c] - 1);
}

void base64_decode_init(struct base64_decoder *d)
{
	*d = (struct base64_decoder){0};
}

/* One character that the fast path left over; false when it is not allowed
 * here. */
static bool base64_take(struct base64_decoder *d, uint8_t value, uint8_t **at)
{
	if (value == BASE64_BLANK)
		return true;
	if (value == BASE64_PAD)
		return d->have >= 2 && d->have + ++d->padding <= 4;
	if (value == BASE64_BAD || d->padding)
		return false;
	d->bits = d->bits << 6 | value;
	d->have++;
	if (d->have == 2)
		*(*at)++ = (uint8_t)(d->bits >> 4);
	else if (d->have == 3)
		*(*at)++ = (uint8_t)(d->bits >> 2);
	else if (d->have == 4)
		*(*at)++ = (uint8_t)d->bits;
	d->have &= 3;
	return true;
}

ptrdiff_t base64_decode_step(struct base64_decoder *d, const char *in, size_t n,
			     uint8_t *out)
{
	const uint8_t *p = (const uint8_t *)in;
	const uint8_t *end = p + n;
	uint8_t *at = out;
	while (p < end && !d->failed) {
		while (d->have == 0 && d->padding == 0 && end - p >= 4) {
			uint8_t a = base64_value(p[0]);
			uint8_t b = base64_value(p[1]);
			uint8_t c = base64_value(p[2]);
			uint8_t e = base64_value(p[3]);
			if ((a | b | c | e) > 63)
				break;
			at[0] = (uint8_t)(a << 2 | b >> 4);
			at[1] = (uint8_t)(b << 4 | c >> 2);
			at[2] = (uint8_t)(c << 6 | e);
			at += 3;
			p += 4;
		}
		if (p < end && !base64_take(d, base64_value(*p++), &at))
			d->failed = true;
	}
	return d->failed ? -1 : at - out;
}

bool base64_decode_end(const struct base64_decoder *d)
{
	if (d->failed || d->have == 1)
		return false;
	return d->padding == 0 || d->have + d->padding == 4;
}

struct str base64_decode(struct arena *arena, struct str s)
{
	struct base64_decoder d;
	if (s.p == NULL)
		return STR_NONE;
	uint8_t *out = arena_alloc(arena, s.n / 4 * 3 + 4);
	base64_decode_init(&d);
	ptrdiff_t n = base64_decode_step(&d, s.p, s.n, out);
	if (n < 0 || !base64_decode_end(&d))
		return STR_NONE;
	out[n] = '\0';
	return (struct str){(const char *)out, (size_t)n};
}
