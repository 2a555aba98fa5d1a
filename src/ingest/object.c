/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step a state, each of which takes at least a byte or goes on to another
 * state that does.
 */
#include "ingest/object.h"

#include <glib.h>

#include "base/buf.h"

enum at {
	AT_START,
	AT_MEMBER, /* a name, or the end of an object without any */
	AT_NAME,
	AT_COLON,
	AT_VALUE,
	AT_TEXT,
	AT_LITERAL,
	AT_NESTED,
	AT_ITEM, /* a value of a list, or the end of one without any */
	AT_ITEM_END,
	AT_NEXT, /* a comma, or the end of the object */
	AT_END,
};

struct object_parts {
	struct multipart_events events;
	struct multipart_part part; /* the open one, or the one to come */
	struct buf name;
	enum at at;
	bool first;   /* no member, or no value of the list, has come */
	bool in_list; /* of texts and literals */
	/* a text's escape: behind a backslash, and the digits of a \u */
	bool escaped;
	unsigned digits_left;
	gunichar unit, high; /* high: a surrogate that waits for its pair */
	/* what is nested */
	size_t depth;
	bool quoted;
	char literal[OBJECT_LITERAL_MAX];
	size_t n_literal;
};

static int invalid(struct err *err)
{
	return err_set(err, ERR_INVALID,
		       "The request body is not a valid JSON object.");
}

static char take(struct str *rest)
{
	char c = *rest->p;
	*rest = str_skip(*rest, 1);
	return c;
}

static int part_begin(struct object_parts *o, struct err *err)
{
	return o->events.part_begin(o->events.user, &o->part, err);
}

static int part_end(struct object_parts *o, struct err *err)
{
	o->at = AT_NEXT;
	o->in_list = false;
	if (o->events.part_end(o->events.user, &o->part, err) != 0)
		return -1;
	o->part.index++;
	return 0;
}

/* Bytes of the open text: a name, or of the open part. */
static int put(struct object_parts *o, const char *p, size_t n, struct err *err)
{
	if (o->at != AT_NAME)
		return o->events.part_data(o->events.user, &o->part, p, n, err);
	buf_add(&o->name, (struct str){p, n});
	return o->name.overflow ? invalid(err) : 0;
}

static int put_unit(struct object_parts *o, struct err *err)
{
	char utf8[6];
	gunichar c = o->unit;
	bool low = c >= 0xdc00 && c <= 0xdfff;
	if (c == 0 || low != (o->high != 0))
		return invalid(err);
	if (c >= 0xd800 && c <= 0xdbff) {
		o->high = c;
		return 0;
	}
	if (low)
		c = 0x10000 + ((o->high - 0xd800) << 10) + (c - 0xdc00);
	o->high = 0;
	return put(o, utf8, (size_t)g_unichar_to_utf8(c, utf8), err);
}

static int read_digit(struct object_parts *o, char c, struct err *err)
{
	int digit = g_ascii_xdigit_value(c);
	if (digit < 0)
		return invalid(err);
	o->unit = o->unit << 4 | (gunichar)digit;
	return --o->digits_left ? 0 : put_unit(o, err);
}

static int read_escape(struct object_parts *o, char c, struct err *err)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	const char *name = c ? strchr(names, c) : NULL;
	o->escaped = false;
	if (c == 'u') {
		o->digits_left = 4;
		o->unit = 0;
		return 0;
	}
	if (name == NULL || o->high)
		return invalid(err);
	return put(o, &values[name - names], 1, err);
}

static int text_end(struct object_parts *o, struct err *err)
{
	if (o->at == AT_NAME) {
		o->part.name = buf_str(&o->name);
		o->at = AT_COLON;
		return str_is_utf8(o->part.name) ? 0 : invalid(err);
	}
	if (!o->in_list)
		return part_end(o, err);
	o->at = AT_ITEM_END;
	return 0;
}

/* How many bytes stand for themselves. */
static size_t plain(struct str rest)
{
	size_t n = 0;
	while (n < rest.n && rest.p[n] != '"' && rest.p[n] != '\\' &&
	       (unsigned char)rest.p[n] >= 0x20)
		n++;
	return n;
}

static int step_text(struct object_parts *o, struct str *rest, struct err *err)
{
	if (o->digits_left)
		return read_digit(o, take(rest), err);
	if (o->escaped)
		return read_escape(o, take(rest), err);
	size_t n = plain(*rest);
	if (n) {
		const char *p = rest->p;
		*rest = str_skip(*rest, n);
		return o->high ? invalid(err) : put(o, p, n, err);
	}
	char c = take(rest);
	o->escaped = c == '\\';
	if (o->escaped)
		return 0;
	return c != '"' || o->high ? invalid(err) : text_end(o, err);
}

static bool is_literal(struct str text)
{
	return str_eq(text, STR("true")) || str_eq(text, STR("false")) ||
	       (text.n && (g_ascii_isdigit(*text.p) || *text.p == '-'));
}

static int literal_end(struct object_parts *o, struct err *err)
{
	struct str text = {o->literal, o->n_literal};
	bool null = str_eq(text, STR("null"));
	if (!null && !is_literal(text))
		return invalid(err);
	if (o->in_list) {
		o->at = AT_ITEM_END;
		return null ? 0 : put(o, text.p, text.n, err);
	}
	o->at = AT_NEXT;
	if (null)
		return 0;
	if (part_begin(o, err) != 0 || put(o, text.p, text.n, err) != 0)
		return -1;
	return part_end(o, err);
}

static int step_literal(struct object_parts *o, struct str *rest,
			struct err *err)
{
	char c = *rest->p;
	if (!g_ascii_isalnum(c) && c != '-' && c != '+' && c != '.')
		return literal_end(o, err);
	if (o->n_literal == sizeof(o->literal))
		return invalid(err);
	o->literal[o->n_literal++] = take(rest);
	return 0;
}

static void nested_byte(struct object_parts *o, char c)
{
	if (o->escaped)
		o->escaped = false;
	else if (c == '\\')
		o->escaped = o->quoted;
	else if (c == '"')
		o->quoted = !o->quoted;
	else if (!o->quoted && (c == '{' || c == '['))
		o->depth++;
	else if (!o->quoted && (c == '}' || c == ']'))
		o->depth--;
}

static int step_nested(struct object_parts *o, struct str *rest,
		       struct err *err)
{
	const char *p = rest->p;
	size_t n = 0;
	do
		nested_byte(o, p[n++]);
	while (n < rest->n && o->depth);
	*rest = str_skip(*rest, n);
	if (put(o, p, n, err) != 0)
		return -1;
	return o->depth ? 0 : part_end(o, err);
}

static int begin_literal(struct object_parts *o)
{
	o->n_literal = 0;
	o->at = AT_LITERAL;
	return 0;
}

static int step_value(struct object_parts *o, struct str *rest, struct err *err)
{
	char c = *rest->p;
	if (c != '"' && c != '{' && c != '[')
		return begin_literal(o);
	o->at = c == '"' ? AT_TEXT : c == '{' ? AT_NESTED : AT_ITEM;
	o->in_list = o->first = c == '[';
	o->depth = 0;
	if (c != '{')
		take(rest);
	return part_begin(o, err);
}

static int step_item(struct object_parts *o, struct str *rest, struct err *err)
{
	char c = *rest->p;
	if (c == ']' && o->first) {
		take(rest);
		return part_end(o, err);
	}
	if (c == '{' || c == '[') {
		if (!o->first)
			return invalid(err);
		o->in_list = false;
		o->depth = 1;
		o->at = AT_NESTED;
		return put(o, "[", 1, err);
	}
	if (!o->first && put(o, ",", 1, err) != 0)
		return -1;
	if (c != '"')
		return begin_literal(o);
	take(rest);
	o->at = AT_TEXT;
	return 0;
}

static int step_item_end(struct object_parts *o, struct str *rest,
			 struct err *err)
{
	char c = take(rest);
	o->first = false;
	o->at = AT_ITEM;
	return c == ',' ? 0 : c == ']' ? part_end(o, err) : invalid(err);
}

static int step_start(struct object_parts *o, struct str *rest, struct err *err)
{
	o->first = true;
	o->at = AT_MEMBER;
	return take(rest) == '{' ? 0 : invalid(err);
}

static int step_member(struct object_parts *o, struct str *rest,
		       struct err *err)
{
	char c = take(rest);
	o->name.n = 0;
	o->at = c == '"' ? AT_NAME : AT_END;
	return c == '"' || (c == '}' && o->first) ? 0 : invalid(err);
}

static int step_colon(struct object_parts *o, struct str *rest, struct err *err)
{
	o->at = AT_VALUE;
	return take(rest) == ':' ? 0 : invalid(err);
}

static int step_next(struct object_parts *o, struct str *rest, struct err *err)
{
	char c = take(rest);
	o->first = false;
	o->at = c == ',' ? AT_MEMBER : AT_END;
	return c == ',' || c == '}' ? 0 : invalid(err);
}

static int step_end(struct object_parts *o, struct str *rest, struct err *err)
{
	(void)o;
	(void)rest;
	return invalid(err);
}

static const struct {
	int (*step)(struct object_parts *o, struct str *rest, struct err *err);
	bool between; /* blanks mean nothing */
} steps[] = {
	[AT_START] = {step_start, true},
	[AT_MEMBER] = {step_member, true},
	[AT_NAME] = {step_text, false},
	[AT_COLON] = {step_colon, true},
	[AT_VALUE] = {step_value, true},
	[AT_TEXT] = {step_text, false},
	[AT_LITERAL] = {step_literal, false},
	[AT_NESTED] = {step_nested, false},
	[AT_ITEM] = {step_item, true},
	[AT_ITEM_END] = {step_item_end, true},
	[AT_NEXT] = {step_next, true},
	[AT_END] = {step_end, true},
};

struct object_parts *object_parts_new(struct arena *arena,
				      const struct multipart_events *events)
{
	struct object_parts *o = arena_zalloc(arena, sizeof(*o));
	o->events = *events;
	buf_init(&o->name, arena, OBJECT_NAME_MAX);
	return o;
}

int object_parts_feed(struct object_parts *o, const char *p, size_t n,
		      struct err *err)
{
	struct str rest = {p, n};
	while (rest.n) {
		if (steps[o->at].between && memchr(" \t\r\n", *rest.p, 4))
			take(&rest);
		else if (steps[o->at].step(o, &rest, err) != 0)
			return -1;
	}
	return 0;
}

int object_parts_end(struct object_parts *o, struct err *err)
{
	return o->at == AT_END ? 0 : invalid(err);
}
