/* SPDX-License-Identifier: Apache-2.0 */
#include "json/json.h"
#include "json/verbatim.h"

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

/* Programs for Windows write it before any UTF-8; RFC 8259 section 8.1 lets it
 * be ignored. */
static struct str skip_mark(struct str text)
{
	static const struct str mark = STR("\xef\xbb\xbf");
	return str_starts(text, mark) ? str_skip(text, mark.n) : text;
}

bool json_begins(struct str text)
{
	text = skip_mark(text);
	while (text.n && g_ascii_isspace(text.p[0]))
		text = str_skip(text, 1);
	return text.n && (text.p[0] == '{' || text.p[0] == '[');
}

json_t *json_parse(struct str text, size_t flags)
{
	text = skip_mark(text);
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
	return json_keep(arena, json_parse(text, flags));
}

json_t *json_keep(struct arena *arena, json_t *value)
{
	if (value)
		arena_defer(arena, drop, value);
	return value;
}

bool json_is_empty_list(const json_t *value)
{
	return json_is_array(value) && json_array_size(value) == 0;
}

json_t *json_member_nocase(json_t *object, const char *name)
{
	const char *key;
	json_t *value;
	json_object_foreach (object, key, value)
		if (g_ascii_strcasecmp(key, name) == 0)
			return value;
	return NULL;
}

static int compare_keys(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;
	return g_ascii_strcasecmp(*left, *right);
}

bool json_has_twins(json_t *object)
{
	size_t n = 0;
	const char *key;
	json_t *value;
	g_autofree const char **keys =
		g_new(const char *, json_object_size(object));
	json_object_foreach (object, key, value)
		keys[n++] = key;
	if (n > 1)
		qsort(keys, n, sizeof(*keys), compare_keys);
	for (size_t i = 1; i < n; i++)
		if (g_ascii_strcasecmp(keys[i - 1], keys[i]) == 0)
			return true;
	return false;
}

/* Writing. jansson's own writer costs eight times as much: it calls back for
 * each piece, decodes each character, and looks for circles. */

static void append_value(GString *text, const json_t *value);

static void append_escaped(GString *text, guchar c)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i + 1 < sizeof(shorts); i += 2)
		if (c == (guchar)shorts[i]) {
			const char pair[] = {'\\', shorts[i + 1]};
			g_string_append_len(text, pair, sizeof(pair));
			return;
		}
	const char code[] = {'\\',           'u',           '0', '0',
			     digits[c >> 4], digits[c & 15]};
	g_string_append_len(text, code, sizeof(code));
}

static bool stands_for_itself(char c)
{
	return (guchar)c >= ' ' && c != '"' && c != '\\';
}

/* The loop has no way out, so that the compiler looks at many bytes at a time.
 */
static bool is_plain(const char *p, size_t n)
{
	guchar odd = 0;
	for (size_t i = 0; i < n; i++)
		odd |= !stands_for_itself(p[i]);
	return odd == 0;
}

/* What has nothing to escape, in one. */
static void append_plain(GString *text, const char *p, size_t n)
{
	size_t at = text->len;
	g_string_set_size(text, at + n + 2);
	text->str[at] = '"';
	if (n)
		memcpy(text->str + at + 1, p, n);
	text->str[at + 1 + n] = '"';
}

static void append_text(GString *text, const char *p, size_t n)
{
	size_t from = 0, i = 0;
	if (n && *p == JSON_VERBATIM_MARK) {
		g_string_append_len(text, p + 1, (gssize)(n - 1));
		return;
	}
	if (is_plain(p, n)) {
		append_plain(text, p, n);
		return;
	}
	g_string_append_c(text, '"');
	for (; i < n; i++) {
		if (stands_for_itself(p[i]))
			continue;
		g_string_append_len(text, p + from, (gssize)(i - from));
		append_escaped(text, (guchar)p[i]);
		from = i + 1;
	}
	g_string_append_len(text, p + from, (gssize)(n - from));
	g_string_append_c(text, '"');
}

void json_append_text(GString *text, struct str utf8)
{
	append_text(text, utf8.p, utf8.n);
}

void json_append_integer(GString *text, json_int_t value)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		*--p = '-';
	g_string_append_len(text, p, digits + sizeof(digits) - p);
}

/* As jansson does it: the bytes that a double needs differ from one to the
 * next. */
static void append_real(GString *text, const json_t *value)
{
	g_autofree char *number =
		json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	g_string_append(text, number);
}

static void append_object(GString *text, const json_t *object)
{
	const char *key, *comma = "";
	json_t *value;
	g_string_append_c(text, '{');
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		g_string_append(text, comma);
		append_text(text, key, strlen(key));
		g_string_append_c(text, ':');
		append_value(text, value);
		comma = ",";
	}
	g_string_append_c(text, '}');
}

static void append_array(GString *text, const json_t *array)
{
	size_t i;
	json_t *value;
	g_string_append_c(text, '[');
	json_array_foreach (array, i, value) {
		if (i)
			g_string_append_c(text, ',');
		append_value(text, value);
	}
	g_string_append_c(text, ']');
}

static void append_value(GString *text, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		append_object(text, value);
		break;
	case JSON_ARRAY:
		append_array(text, value);
		break;
	case JSON_STRING:
		append_text(text, json_string_value(value),
			    json_string_length(value));
		break;
	case JSON_INTEGER:
		json_append_integer(text, json_integer_value(value));
		break;
	case JSON_REAL:
		append_real(text, value);
		break;
	case JSON_TRUE:
		g_string_append(text, "true");
		break;
	case JSON_FALSE:
		g_string_append(text, "false");
		break;
	case JSON_NULL:
		g_string_append(text, "null");
		break;
	}
}

#define TEXT_FIRST 512

static struct str keep_text(struct arena *arena, GString *text)
{
	struct str out = {.n = text->len};
	out.p = g_string_free(text, FALSE);
	arena_defer(arena, g_free, (void *)(uintptr_t)out.p);
	return out;
}

struct str json_write(struct arena *arena, const json_t *value)
{
	if (value == NULL)
		return STR_NONE;
	GString *text = g_string_sized_new(TEXT_FIRST);
	append_value(text, value);
	return keep_text(arena, text);
}

GString *json_open(void)
{
	GString *object = g_string_sized_new(TEXT_FIRST);
	g_string_append_c(object, '{');
	return object;
}

static void add_name(GString *object, const char *name)
{
	if (object->str[object->len - 1] != '{')
		g_string_append_c(object, ',');
	append_plain(object, name, strlen(name));
	g_string_append_c(object, ':');
}

void json_add_text(GString *object, const char *name, struct str text)
{
	add_name(object, name);
	if (text.p == NULL) {
		g_string_append(object, "null");
	} else if (str_is_utf8(text)) {
		append_text(object, text.p, text.n);
	} else {
		g_autofree char *valid =
			g_utf8_make_valid(text.p, (gssize)text.n);
		append_text(object, valid, strlen(valid));
	}
}

void json_add_integer(GString *object, const char *name, json_int_t value)
{
	add_name(object, name);
	json_append_integer(object, value);
}

void json_add_new(GString *object, const char *name, json_t *value)
{
	if (value == NULL)
		return;
	add_name(object, name);
	append_value(object, value);
	json_decref(value);
}

struct str json_close(struct arena *arena, GString *object)
{
	g_string_append_c(object, '}');
	return keep_text(arena, object);
}

void json_append(GString *text, const json_t *value)
{
	if (value)
		append_value(text, value);
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
