/* SPDX-License-Identifier: Apache-2.0 */
#include "api/jigsawstack/call_text.h"
#include "base/buf.h"

/* "\u00e9" is the most that one byte of Python's becomes. */
#define GROWTH 6

bool call_text_is_none(struct str text)
{
	return text.n == 0 || str_eq(text, STR("undefined")) ||
	       str_eq(text, STR("null")) || str_eq(text, STR("None"));
}

/* Takes `\x`: what JSON has no spelling for becomes \u, the rest is alike. */
static struct str escape(struct str rest, struct buf *out)
{
	char c = rest.p[1];
	if (c == '\'') {
		buf_add_char(out, c);
	} else if (c == 'x') {
		buf_add(out, STR("\\u00"));
	} else {
		buf_add_char(out, '\\');
		buf_add_char(out, c);
	}
	return str_skip(rest, 2);
}

/* Takes a string with its quotes. */
static struct str quoted(struct str rest, struct buf *out)
{
	char quote = rest.p[0];
	buf_add_char(out, '"');
	rest = str_skip(rest, 1);
	while (rest.n && rest.p[0] != quote) {
		if (rest.p[0] == '\\' && rest.n > 1) {
			rest = escape(rest, out);
			continue;
		}
		if (rest.p[0] == '"')
			buf_add_char(out, '\\');
		buf_add_char(out, rest.p[0]);
		rest = str_skip(rest, 1);
	}
	if (rest.n == 0)
		return rest; /* no end: no JSON either */
	buf_add_char(out, '"');
	return str_skip(rest, 1);
}

static const struct {
	struct str python, json;
} words[] = {
	{{"True", 4}, {"true", 4}}, {{"False", 5}, {"false", 5}},
	{{"None", 4}, {"null", 4}}, {{"(", 1}, {"[", 1}},
	{{")", 1}, {"]", 1}},
};

static struct str bare(struct str rest, struct buf *out)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (!str_starts(rest, words[i].python))
			continue;
		buf_add(out, words[i].json);
		return str_skip(rest, words[i].python.n);
	}
	buf_add_char(out, rest.p[0]);
	return str_skip(rest, 1);
}

static struct str json_of_python(struct arena *arena, struct str text)
{
	struct buf out;
	buf_init(&out, arena, GROWTH * text.n);
	while (text.n)
		text = text.p[0] == '\'' || text.p[0] == '"'
			       ? quoted(text, &out)
			       : bare(text, &out);
	return buf_str(&out);
}

static json_t *read_value(struct call_texts *texts, struct str text)
{
	if (text.n == 0 || !strchr("[{(", text.p[0]) ||
	    text.n > CALL_TEXTS_MAX - texts->read)
		return NULL;
	texts->read += text.n;
	json_t *value = json_parse(text, 0);
	return value ? value
		     : json_parse(json_of_python(texts->arena, text), 0);
}

json_t *call_text_value(struct call_texts *texts, struct str text)
{
	if (call_text_is_none(text))
		return NULL;
	json_t *value = read_value(texts, str_trim(text));
	return value ? value : json_str(text);
}
