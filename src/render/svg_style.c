/* SPDX-License-Identifier: Apache-2.0 */
#include "render/svg_style.h"

#include <string.h>

/* What CSS gives a meaning; escaped it has none, and becomes a character that
 * is in no text. */
#define SPECIAL "()\"'#{}.,:;@*>+~ \t\r\n\f/\\"
#define SPECIAL_BASE 0xf0000u
#define BLANKS " \t\r\n\f"
#define ANYTHING "*"
#define REFERENCES_MAX 100000 /* of all rules, for each of their selectors */

struct reference {
	char *id;
	enum svg_times times;
};

struct svg_rules {
	GHashTable *by_key; /* ".class", "#id", "tag", "*": GArray of struct
			       reference */
	unsigned n;         /* references */
};

static void add_plain(GString *out, gunichar c)
{
	bool is_special = c && c < 0x80 && strchr(SPECIAL, (int)c);
	g_string_append_unichar(out, is_special ? SPECIAL_BASE + c : c);
}

static const char *next_character(const char *at)
{
	return at + g_utf8_skip[(unsigned char)*at];
}

char *svg_name(const char *text)
{
	GString *out = g_string_new(NULL);
	for (; *text; text = next_character(text))
		add_plain(out, g_utf8_get_char(text));
	return g_string_free(out, FALSE);
}

/* The character that is escaped at `at`, behind the backslash. */
static const char *unescape(const char *at, GString *out)
{
	gunichar c = 0;
	unsigned n = 0;
	if (*at == '\0')
		return at;
	if (!g_ascii_isxdigit(*at)) {
		add_plain(out, g_utf8_get_char(at));
		return next_character(at);
	}
	for (; n < 6 && g_ascii_isxdigit(*at); n++)
		c = c * 16 + (gunichar)g_ascii_xdigit_value(*at++);
	add_plain(out, c && g_unichar_validate(c) ? c : 0xfffd);
	return *at && strchr(BLANKS, *at) ? at + 1 : at;
}

/* Without comments and escapes. */
static char *plain(const char *css)
{
	GString *out = g_string_new(NULL);
	while (*css) {
		const char *end = NULL;
		if (css[0] == '/' && css[1] == '*') {
			end = strstr(css + 2, "*/");
			css = end ? end + 2 : css + strlen(css);
			g_string_append_c(out, ' ');
		} else if (*css == '\\') {
			css = unescape(css + 1, out);
		} else {
			g_string_append_c(out, *css++);
		}
	}
	return g_string_free(out, FALSE);
}

static enum svg_times times_of(const char *property)
{
	if (strstr(property, "marker"))
		return SVG_BY_VERTEX;
	if (strstr(property, "mask") || strstr(property, "clip") ||
	    strstr(property, "filter"))
		return SVG_ONCE;
	return SVG_BY_SHAPE;
}

/* The id at `at`, behind "url(", if it is one of the same file. */
static bool take_id(const char *at, enum svg_times times, svg_refer *refer,
		    void *user)
{
	char quote[2] = "";
	at += strspn(at, BLANKS);
	if (*at == '"' || *at == '\'')
		quote[0] = *at++;
	at += quote[0] ? strspn(at, BLANKS) : 0;
	if (*at++ != '#')
		return true;
	g_autofree char *raw =
		g_strndup(at, strcspn(at, quote[0] ? quote : ")" BLANKS));
	g_autofree char *id = svg_name(raw);
	return refer(user, id, times);
}

/* Of declarations without braces, from a plain text. */
static void declarations(const char *text, svg_refer *refer, void *user)
{
	g_auto(GStrv) list = g_strsplit(text, ";", -1);
	for (char **one = list; *one; one++) {
		g_autofree char *lower = g_ascii_strdown(*one, -1);
		const char *colon = strchr(lower, ':'), *at = lower;
		size_t n = colon ? (size_t)(colon - lower) : 0;
		g_autofree char *property = g_strndup(lower, n);
		while ((at = strstr(at, "url(")) != NULL) {
			at += strlen("url(");
			if (!take_id(*one + (at - lower),
				     n ? times_of(property) : SVG_BY_VERTEX,
				     refer, user))
				return;
		}
	}
}

/* "url(", or an escape that may be part of it. */
static bool may_refer(const char *value)
{
	for (const char *at = value; *at; at++)
		if (*at == '\\' || ((*at == 'l' || *at == 'L') && at[1] == '('))
			return true;
	return false;
}

void svg_attribute(const char *name, const char *value, svg_refer *refer,
		   void *user)
{
	if (!may_refer(value))
		return;
	g_autofree char *text = plain(value);
	if (strcmp(name, "style") == 0) {
		declarations(text, refer, user);
		return;
	}
	g_autofree char *one = g_strconcat(name, ":", text, NULL);
	declarations(one, refer, user);
}

static void clear_reference(void *reference)
{
	g_free(((struct reference *)reference)->id);
}

static void free_references(void *references)
{
	g_array_free(references, TRUE);
}

struct svg_rules *svg_rules_new(void)
{
	struct svg_rules *rules = g_new0(struct svg_rules, 1);
	rules->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					      free_references);
	return rules;
}

void svg_rules_free(struct svg_rules *rules)
{
	g_hash_table_destroy(rules->by_key);
	g_free(rules);
}

struct adding {
	struct svg_rules *rules;
	char **keys;
};

static bool add_reference(void *user, const char *id, enum svg_times times)
{
	const struct adding *adding = user;
	GHashTable *by_key = adding->rules->by_key;
	for (char **key = adding->keys; *key; key++) {
		if (++adding->rules->n > REFERENCES_MAX)
			return false;
		const struct reference one = {g_strdup(id), times};
		GArray *list = g_hash_table_lookup(by_key, *key);
		if (list == NULL) {
			list = g_array_new(FALSE, FALSE, sizeof(one));
			g_array_set_clear_func(list, clear_reference);
			g_hash_table_insert(by_key, g_strdup(*key), list);
		}
		g_array_append_val(list, one);
	}
	return true;
}

static bool is_name(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x80 && !g_ascii_isalnum(*text) &&
		    *text != '-' && *text != '_')
			return false;
	return true;
}

/* The class, else the id, else the tag of a selector's last part. */
static char *key_of(const char *selector)
{
	g_auto(GStrv) parts = g_strsplit_set(selector, ">+~" BLANKS, -1);
	const char *last = "";
	for (char **part = parts; *part; part++)
		if (**part)
			last = *part;
	const char *mark = strchr(last, '.');
	if (mark == NULL)
		mark = strchr(last, '#');
	if (mark == NULL)
		return g_strdup(*last && is_name(last) ? last : ANYTHING);
	size_t n = 1 + strcspn(mark + 1, ".#");
	char *key = g_strndup(mark, n);
	if (n > 1 && is_name(key + 1))
		return key;
	g_free(key);
	return g_strdup(ANYTHING);
}

/* What is no list of plain selectors may be about anything. */
static char **keys_of(const char *prelude)
{
	static const char usual[] = ".#,>+~*-_" BLANKS;
	for (const char *at = prelude; *at; at++)
		if ((unsigned char)*at < 0x80 && !g_ascii_isalnum(*at) &&
		    strchr(usual, *at) == NULL)
			return g_strsplit(ANYTHING, ",", 1);
	char **keys = g_strsplit(prelude, ",", -1);
	for (char **key = keys; *key; key++) {
		char *selector = *key;
		*key = key_of(selector);
		g_free(selector);
	}
	return keys;
}

static bool imports(const char *text)
{
	g_autofree char *lower = g_ascii_strdown(text, -1);
	return strstr(lower, "@import") && strstr(lower, "data");
}

bool svg_rules_add(struct svg_rules *rules, const char *css)
{
	g_autofree char *text = plain(css);
	char *at = text;
	char **keys = g_strsplit(ANYTHING, ",", 1);
	while (*at) {
		size_t n = strcspn(at, "{}");
		char end = at[n];
		at[n] = '\0';
		/* what stands before a brace that opens is no declaration, and
		 * if it is, nobody knows of what */
		if (end != '}') {
			g_strfreev(keys);
			keys = g_strsplit(ANYTHING, ",", 1);
		}
		declarations(at, add_reference, &(struct adding){rules, keys});
		if (end == '{') {
			g_strfreev(keys);
			keys = keys_of(at);
		}
		at[n] = end;
		at += n + (end != '\0');
	}
	g_strfreev(keys);
	return rules->n <= REFERENCES_MAX && !imports(text);
}

static bool find(const struct svg_rules *rules, const char *mark,
		 const char *name, svg_refer *refer, void *user)
{
	g_autofree char *key = g_strconcat(mark, name, NULL);
	const GArray *list = g_hash_table_lookup(rules->by_key, key);
	for (guint i = 0; list && i < list->len; i++) {
		const struct reference *one =
			&g_array_index(list, struct reference, i);
		if (!refer(user, one->id, one->times))
			return false;
	}
	return true;
}

void svg_rules_find(const struct svg_rules *rules,
		    const struct svg_names *names, svg_refer *refer, void *user)
{
	if (g_hash_table_size(rules->by_key) == 0)
		return;
	bool goes_on = find(rules, "", ANYTHING, refer, user) &&
		       find(rules, "", names->tag, refer, user);
	if (goes_on && names->id) {
		g_autofree char *name = svg_name(names->id);
		goes_on = find(rules, "#", name, refer, user);
	}
	g_auto(GStrv) classes = g_strsplit_set(
		names->classes ? names->classes : "", BLANKS, -1);
	for (char **one = classes; *one && goes_on; one++) {
		g_autofree char *name = svg_name(*one);
		goes_on = *name == '\0' || find(rules, ".", name, refer, user);
	}
}
