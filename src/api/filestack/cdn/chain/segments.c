/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/segments.h"
#include "api/filestack/cdn/chain/scan.h"
#include "api/filestack/cdn/chain/source.h"

#include <glib.h>

static bool is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* The word at i, and the mark behind it; '/' at the end. */
static struct str word_at(struct str s, size_t i, char *mark)
{
	size_t to = i, n;
	while (to < s.n && is_name_char(s.p[to]))
		to++;
	*mark = to < s.n ? scan_mark(s, to, &n) : '/';
	return str_sub(s, i, to);
}

static bool task_begins(struct str s, size_t i, bool (*is_task)(struct str))
{
	char mark;
	struct str word = word_at(s, i, &mark);
	if (mark != '=' && mark != '/' && mark != '?')
		return false;
	return is_task(word) || str_eq(word, STR("b64"));
}

bool segment_is_task(struct str raw, bool (*is_task)(struct str name))
{
	char mark;
	struct str word = word_at(raw, 0, &mark);
	return (word.n && mark == '=') || task_begins(raw, 0, is_task);
}

/* Where the last segment begins that is not empty, by raw slashes. */
static size_t last_segment(struct str text)
{
	struct str path = str_split(&text, '?');
	while (path.n && path.p[path.n - 1] == '/')
		path.n--;
	return (size_t)(str_rfind(path, '/') + 1);
}

/* A source in quotes, a list or with a scheme at the scan's place. */
static bool source_begins(struct scan *scan)
{
	size_t n;
	struct source_scheme scheme;
	char c = scan_mark(scan->s, scan->at, &n);
	if (c == '[' && scan->no_brackets)
		return false;
	if (scan_group(scan->s, scan->at) > scan->at)
		return true;
	scan->no_brackets = scan->no_brackets || c == '[';
	source_scheme(str_skip(scan->s, scan->at), &scheme);
	return scheme.word.p != NULL;
}

/* What an encoded slash before it makes one that cuts. */
static bool is_worth_cutting(struct str rest, bool (*is_task)(struct str))
{
	size_t n;
	struct source_scheme scheme;
	char c = rest.n ? scan_mark(rest, 0, &n) : 0;
	source_scheme(rest, &scheme);
	return c == '"' || c == '[' || scheme.word.p ||
	       task_begins(rest, 0, is_task);
}

void segments_cut(struct arena *arena, struct str text,
		  bool (*is_task)(struct str name), struct segments *out)
{
	size_t most = 1, last = last_segment(text), at, n;
	struct scan scan = {.s = text};
	char c = '/';
	for (size_t i = 0; i < text.n; i++)
		most += text.p[i] == '/' || text.p[i] == '%';
	*out = (struct segments){
		.items = arena_alloc(arena, most * sizeof(*out->items))};
	while (c == '/' && scan.at < text.n) {
		size_t begin = scan.at;
		if (source_begins(&scan)) {
			out->source = str_skip(text, begin);
			return;
		}
		do
			c = scan_next(&scan, &at, &n);
		while (c && c != '?' &&
		       (c != '/' ||
			(n > 1 && at < last &&
			 !is_worth_cutting(str_skip(text, at + n), is_task))));
		if (at > begin)
			out->items[out->n++] = str_sub(text, begin, at);
	}
	if (c == '?')
		out->query = str_skip(text, scan.at);
}
