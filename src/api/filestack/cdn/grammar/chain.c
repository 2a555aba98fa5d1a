/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/grammar/chain.h"
#include "api/filestack/cdn/grammar/params.h"
#include "api/filestack/cdn/grammar/scan.h"
#include "api/filestack/cdn/grammar/segments.h"
#include "api/filestack/cdn/grammar/source.h"
#include "base/encode.h"

#include <glib.h>

struct reader {
	const struct chain_reading *in;
	struct arena *arena;
	struct chain *out;
	struct chain_task **next_task;
	struct chain_source **next_source;
	unsigned depth; /* own URLs that this one is in */
	struct err *err;
};

static int read_chain(struct reader *reader, struct str text);
static int read_sources(struct reader *reader, struct str raw, bool is_inner);

/* Behind what is there already: what was said further outside comes first. */
static void add_query(struct reader *reader, struct str query)
{
	struct chain *out = reader->out;
	while (query.n && strchr("?&", query.p[0]))
		query = str_skip(query, 1);
	if (query.n == 0)
		return;
	if (out->query.n)
		query = arena_join(
			reader->arena,
			arena_join(reader->arena, out->query, STR("&")), query);
	out->query = query;
}

static int check_text(const struct reader *reader, struct str text)
{
	return str_is_utf8(text) ? 0
				 : err_set(reader->err, ERR_INVALID,
					   "The URL is not UTF-8");
}

static int add_source(struct reader *reader, enum chain_source_kind kind,
		      struct str text)
{
	if (check_text(reader, text) < 0)
		return -1;
	if (reader->out->n_sources == CHAIN_SOURCES_MAX)
		return err_set(reader->err, ERR_LIMIT,
			       "The URL has more than %d sources",
			       CHAIN_SOURCES_MAX);
	struct chain_source *source =
		arena_zalloc(reader->arena, sizeof(*source));
	*source = (struct chain_source){.kind = kind, .text = text};
	*reader->next_source = source;
	reader->next_source = &source->next;
	reader->out->n_sources++;
	return 0;
}

/* "HANDLE+name.png": the name is for people. What has dots is a host. */
static int add_handle(struct reader *reader, struct str raw)
{
	struct str text = str_trim(percent_decode(reader->arena, raw));
	ptrdiff_t plus = str_find(text, '+');
	if (reader->out->key.p && str_find(text, '.') > 0 && plus < 0)
		return add_source(
			reader, CHAIN_URL,
			arena_join(reader->arena, STR("http://"), text));
	if (plus >= 0)
		text = str_sub(text, 0, (size_t)plus);
	return add_source(reader, CHAIN_HANDLE, text);
}

/* An own URL is a chain itself, and never fetched. */
static int read_own(struct reader *reader, struct str text)
{
	unsigned before = reader->out->n_sources;
	if (reader->depth == CHAIN_OWN_MAX)
		return err_set(reader->err, ERR_INVALID,
			       "The source is a URL of this server more than "
			       "%d times",
			       CHAIN_OWN_MAX);
	reader->depth++;
	int rc = read_chain(reader, text);
	reader->depth--;
	if (rc == 0 && reader->out->n_sources == before)
		return err_set(reader->err, ERR_INVALID,
			       "The source is a URL of this server without a "
			       "file");
	return rc;
}

static int read_url(struct reader *reader, const struct source_scheme *scheme)
{
	struct str path,
		start = arena_join(reader->arena, scheme->word, STR("://"));
	struct str url = arena_join(reader->arena, start, scheme->rest);
	struct str authority = source_authority(str_skip(url, start.n), &path);
	struct str after = path;
	struct str own = str_split(&after, '?');
	if (source_is_vendors(authority) ||
	    reader->in->is_own(reader->in->user, authority, &own)) {
		const char *end = path.p + path.n;
		return read_own(reader,
				(struct str){own.p, (size_t)(end - own.p)});
	}
	return add_source(reader, CHAIN_URL, url);
}

/* is_inner: a query behind it is its own. It is of a URL, unless that was
 * encoded as a whole. */
static int read_source(struct reader *reader, struct str raw, bool is_inner)
{
	struct source_scheme scheme;
	source_scheme(raw, &scheme);
	bool is_url = str_eq_nocase(scheme.word, STR("http")) ||
		      str_eq_nocase(scheme.word, STR("https"));
	if (!is_inner && (!is_url || scheme.is_encoded)) {
		struct str rest = scheme.word.p ? scheme.rest : raw;
		scheme.rest = raw = str_split(&rest, '?');
		add_query(reader, rest);
	}
	if (scheme.word.p == NULL)
		return add_handle(reader, raw);
	if (!is_url || scheme.is_encoded)
		scheme.rest = percent_decode(reader->arena, scheme.rest);
	if (is_url)
		return read_url(reader, &scheme);
	if (str_eq_nocase(scheme.word, STR("src")))
		return add_source(reader, CHAIN_ALIAS, scheme.rest);
	return err_set(reader->err, ERR_UNSUPPORTED,
		       "There are no sources of the kind %.*s:// here",
		       STR_ARG(scheme.word));
}

static int read_item(struct reader *reader, struct str raw)
{
	size_t n = 0;
	unsigned tasks = reader->out->n_tasks;
	while (raw.n && (raw.p[0] == ' ' || str_starts(raw, STR("%20"))))
		raw = str_skip(raw, raw.p[0] == ' ' ? 1 : 3);
	char c = raw.n ? scan_mark(raw, 0, &n) : 0;
	if (c == '[')
		return err_set(reader->err, ERR_INVALID,
			       "A list of sources has no lists inside");
	if (c == 0 && raw.n == 0)
		return 0;
	if (read_sources(reader, raw, true) < 0)
		return -1;
	if (reader->out->n_tasks > tasks || reader->out->is_list)
		return err_set(reader->err, ERR_UNSUPPORTED,
			       "A source in a list is a file, and has no tasks "
			       "of its own");
	return 0;
}

static int read_list(struct reader *reader, struct str inside)
{
	size_t at, n, from = 0;
	struct scan scan = {.s = inside, .before = '['};
	char c;
	do {
		c = scan_next(&scan, &at, &n);
		if (c && c != ',')
			continue;
		if (read_item(reader, str_sub(inside, from, at)) < 0)
			return -1;
		from = scan.at;
	} while (c);
	reader->out->is_list = true;
	return 0;
}

static int read_sources(struct reader *reader, struct str raw, bool is_inner)
{
	size_t first = 0, last, end = scan_group(raw, 0);
	if (end == 0)
		return read_source(reader, raw, is_inner);
	char c = scan_mark(raw, 0, &first);
	last = raw.p[end - 1] == (c == '"' ? '"' : ']') ? 1 : 3;
	struct str inside = str_sub(raw, first, end - last);
	struct str after = str_skip(raw, end);
	if (!is_inner)
		add_query(reader, after);
	return c == '[' ? read_list(reader, inside)
			: read_source(reader, inside, true);
}

static int add_task(struct reader *reader, struct str raw)
{
	struct chain_task *task = arena_zalloc(reader->arena, sizeof(*task));
	if (reader->out->n_tasks == CHAIN_TASKS_MAX)
		return err_set(reader->err, ERR_LIMIT,
			       "The URL has more than %d tasks",
			       CHAIN_TASKS_MAX);
	if (params_read(reader->arena, raw, task, reader->err) < 0)
		return -1;
	*reader->next_task = task;
	reader->next_task = &task->next;
	reader->out->n_tasks++;
	return 0;
}

static bool is_task(const struct reader *reader, struct str raw)
{
	return segment_is_task(raw, reader->in->is_task);
}

static int add_tasks(struct reader *reader, const struct segments *segments)
{
	const struct str *items = segments->items;
	for (size_t i = 0; i < segments->n; i++) {
		struct str raw = items[i];
		bool is_open = params_leave_open(raw, false);
		while (is_open && i + 1 < segments->n &&
		       !is_task(reader, items[i + 1])) {
			is_open = params_leave_open(items[++i], true);
			raw.n = (size_t)(items[i].p + items[i].n - raw.p);
		}
		if (add_task(reader, raw) < 0)
			return -1;
	}
	return 0;
}

/* What is behind a handle. */
static bool is_view(struct str segment)
{
	return str_eq(segment, STR("metadata"));
}

/* The last segment, unless that is a task; with "file/" and "api/file/" before
 * it, and in *view what is behind it, STR_NONE without. */
static struct str take_handle(struct reader *reader, struct segments *segments,
			      struct str *view)
{
	struct str *items = segments->items;
	size_t n = segments->n;
	*view = STR_NONE;
	if (n > 1 && is_view(items[n - 1]) && !is_task(reader, items[n - 2]) &&
	    (n > 2 || !reader->in->is_key(reader->in->user, items[0])))
		*view = items[--n];
	if (n == 0 || is_task(reader, items[n - 1]))
		return STR_NONE;
	struct str handle = items[--n];
	if (n && str_eq(items[n - 1], STR("file")))
		n -= n > 1 && str_eq(items[n - 2], STR("api")) ? 2 : 1;
	segments->n = n;
	return handle;
}

/* The first segment, also behind "debug", if it is a key or can be nothing
 * else. */
static int take_key(struct reader *reader, struct segments *segments)
{
	struct str *items = segments->items;
	size_t at = segments->n && str_eq(items[0], STR("debug"));
	if (segments->n <= at)
		return 0;
	struct str text = percent_decode(reader->arena, items[at]);
	bool is_key = reader->in->is_key(reader->in->user, text);
	if (!is_key && is_task(reader, items[at]))
		return 0;
	if (reader->out->key.p == NULL)
		reader->out->key = text;
	segments->n--;
	if (at == 1)
		items[1] = items[0];
	segments->items++;
	return check_text(reader, text);
}

static int read_chain(struct reader *reader, struct str text)
{
	struct str view;
	struct segments segments;
	if (text.n && text.p[0] == '/')
		text = str_skip(text, 1);
	segments_cut(reader->arena, text, reader->in->is_task, &segments);
	add_query(reader, segments.query);
	bool is_handle = segments.source.p == NULL;
	struct str handle =
		is_handle ? take_handle(reader, &segments, &view) : STR_NONE;
	if (take_key(reader, &segments) < 0)
		return -1;
	/* What the source brings along is done first. */
	if (handle.p && add_handle(reader, handle) < 0)
		return -1;
	if (!is_handle && read_sources(reader, segments.source, false) < 0)
		return -1;
	if (add_tasks(reader, &segments) < 0)
		return -1;
	return handle.p && view.p ? add_task(reader, view) : 0;
}

int chain_read(const struct chain_reading *in, struct arena *arena,
	       struct chain *out, struct err *err)
{
	struct reader reader = {.in = in,
				.arena = arena,
				.out = out,
				.next_task = &out->tasks,
				.next_source = &out->sources,
				.err = err};
	struct str text = in->path;
	*out = (struct chain){.key = STR_NONE};
	if (in->query.p)
		text = arena_join(arena, arena_join(arena, text, STR("?")),
				  in->query);
	return read_chain(&reader, text);
}
