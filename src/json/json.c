/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json.h"

#include <stdlib.h>

/*
 * Counts what a text that is JSON will have: each value but the root follows a
 * comma, or the bracket of a container that is not empty. Of other texts it
 * says nothing; the parser refuses them.
 */
static bool is_within_limits(struct str text)
{
	size_t values = 1, depth = 0;
	bool quoted = false, opened = false;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
			continue;
		}
		if (g_ascii_isspace(c))
			continue;
		bool closes = c == ']' || c == '}';
		values += (opened && !closes) || c == ',';
		opened = c == '[' || c == '{';
		depth += opened;
		depth -= closes && depth > 0;
		quoted = c == '"';
		if (values > JSON_VALUES_MAX || depth > JSON_DEPTH_MAX)
			return false;
	}
	return true;
}

json_t *json_parse(struct str text, size_t flags)
{
	if (text.n == 0 || !is_within_limits(text))
		return NULL;
	return json_loadb(text.p, text.n, flags, NULL);
}

static void drop(void *arg)
{
	json_decref(arg);
}

json_t *json_parse_arena(struct arena *arena, struct str text, size_t flags)
{
	json_t *value = json_parse(text, flags);
	if (value)
		arena_defer(arena, drop, value);
	return value;
}

struct str json_write(struct arena *arena, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	if (text)
		arena_defer(arena, free, text);
	return str_of(text);
}

static int append(const char *p, size_t n, void *text)
{
	g_string_append_len(text, p, (gssize)n);
	return 0;
}

void json_append(GString *text, const json_t *value)
{
	json_dump_callback(value, append, text, JSON_COMPACT | JSON_ENCODE_ANY);
}

struct str json_text(const json_t *value)
{
	return (struct str){json_string_value(value),
			    json_string_length(value)};
}

json_t *json_str(struct str s)
{
	if (s.p == NULL)
		return json_null();
	if (str_is_utf8(s))
		return json_stringn(s.p, s.n);
	g_autofree char *valid = g_utf8_make_valid(s.p, (gssize)s.n);
	return json_string(valid);
}

json_t *json_id(const struct id *id)
{
	char hex[ID_HEX_LEN + 1];
	id_to_hex(id, hex);
	return json_string(hex);
}
