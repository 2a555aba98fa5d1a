/* SPDX-License-Identifier: Apache-2.0 */
#include "api/filestack/cdn/chain/chain.h"
#include "api/filestack/cdn/chain/builder.h"
#include "api/filestack/cdn/chain/encoded.h"
#include "api/filestack/cdn/chain/legacy.h"
#include "api/filestack/cdn/chain/params.h"
#include "api/filestack/cdn/chain/scan.h"
#include "api/filestack/cdn/chain/segments.h"
#include "api/filestack/cdn/chain/source.h"
#include "base/buf.h"
#include "base/encode.h"

#include <glib.h>

#define METADATA STR("metadata")
#define CONVERT STR("convert")
#define ENCODED STR("b64")

struct reader {
	const struct chain_reading *in;
	struct arena *arena;
	struct chain *out;
	struct builder tasks;
	struct chain_source **next_source;
	struct buf query; /* of the chain, as many add to it */
	unsigned depth;   /* own URLs that this one is in */
	struct err *err;
};

static int read_chain(struct reader *reader, struct str text);
static int read_sources(struct reader *reader, struct str raw, bool is_inner);

/* "&amp;" of pages that were encoded once too often. */
static struct str clean_query(struct arena *arena, struct str query)
{
	struct buf out;
	if (!str_contains(query, STR("&amp;")))
		return query;
	buf_init(&out, arena, query.n);
	while (query.n) {
		size_t skip = str_starts(query, STR("&amp;")) ? 5 : 1;
		buf_add_char(&out, query.p[0]);
		query = str_skip(query, skip);
	}
	return buf_str(&out);
}

/* Behind what is there already: what was said further outside comes first. */
static void add_query(struct reader *reader, struct str query)
{
	while (query.n && strchr("?&", query.p[0]))
		query = str_skip(query, 1);
	if (query.n == 0)
		return;
	if (reader->query.n)
		buf_add_char(&reader->query, '&');
	buf_add(&reader->query, clean_query(reader->arena, query));
}

static int add_source(struct reader *reader, enum chain_source_kind kind,
		      struct str text)
{
	if (builder_check_text(&reader->tasks, text) < 0)
		return -1;
	if (reader->out->n_sources == CHAIN_SOURCES_MAX)
		return err_set(reader->err, ERR_LIMIT,
			       "There are more than %d sources",
			       CHAIN_SOURCES_MAX);
	struct chain_source *source =
		arena_zalloc(reader->arena, sizeof(*source));
	*source = (struct chain_source){.kind = kind, .text = text};
	*reader->next_source = source;
	reader->next_source = &source->next;
	reader->out->n_sources++;
	return 0;
}

/* "HANDLE+name.png": the name is for people. */
static int add_handle(struct reader *reader, struct str raw)
{
	struct str query = raw;
	raw = str_split(&query, '?');
	add_query(reader, query);
	struct str text = str_trim(percent_decode(reader->arena, raw));
	ptrdiff_t plus = str_find(text, '+');
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
	reader->out->has_own = true;
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

/* b64://TEXT */
static int read_encoded_source(struct reader *reader, struct str text)
{
	struct str source = base64_decode(reader->arena, text);
	if (source.n == 0)
		return err_set(
			reader->err, ERR_INVALID,
			"What follows b64:// in the URL must be a source "
			"in base64");
	return read_sources(reader, source, true);
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
	if (str_eq_nocase(scheme.word, STR("b64")))
		return read_encoded_source(reader, scheme.rest);
	if (str_eq_nocase(scheme.word, STR("src")))
		return add_source(reader, CHAIN_ALIAS, scheme.rest);
	bool is_known = str_eq_nocase(scheme.word, STR("wf"));
	return err_set(reader->err, is_known ? ERR_UNSUPPORTED : ERR_INVALID,
		       "There are no sources of the kind %.*s:// here",
		       STR_ARG(scheme.word));
}

static int twins(struct reader *reader)
{
	return err_set(reader->err, ERR_INVALID, "A source has no key twice");
}

static int read_one_of_several(struct reader *reader, struct str raw)
{
	unsigned tasks = reader->tasks.n;
	if (read_sources(reader, raw, true) < 0)
		return -1;
	if (reader->tasks.n > tasks || reader->out->is_list)
		return err_set(reader->err, ERR_UNSUPPORTED,
			       "A source in a list is a file, and has no tasks "
			       "of its own");
	return 0;
}

static int read_item(struct reader *reader, struct str raw)
{
	size_t n = 0;
	while (raw.n && (raw.p[0] == ' ' || str_starts(raw, STR("%20"))))
		raw = str_skip(raw, raw.p[0] == ' ' ? 1 : 3);
	char c = raw.n ? scan_mark(raw, 0, &n) : 0;
	if (c == '[')
		return err_set(reader->err, ERR_INVALID,
			       "A list of sources has no lists inside");
	if (c == 0 && raw.n == 0)
		return 0;
	return read_one_of_several(reader, raw);
}

/* is_encoded: the brackets are, and so the commas. */
static int read_list(struct reader *reader, struct str inside, bool is_encoded)
{
	size_t at, n, from = 0;
	struct scan scan = {.s = inside, .before = '['};
	char c;
	do {
		c = scan_next(&scan, &at, &n);
		if (c && (c != ',' || (n > 1 && !is_encoded)))
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
	return c == '[' ? read_list(reader, inside, first > 1)
			: read_source(reader, inside, true);
}

static bool is_task(const struct reader *reader, struct str raw)
{
	return segment_is_task(raw, reader->in->is_task);
}

static bool is_base64(struct str raw)
{
	for (size_t i = 0; i < raw.n; i++)
		if (!g_ascii_isalnum(raw.p[i]) &&
		    (raw.p[i] == '\0' || !strchr("+-_=%", raw.p[i])))
			return false;
	return true;
}

/* Behind "b64": base64 itself can have slashes. *i is then its last segment. */
static int add_encoded(struct reader *reader, const struct segments *segments,
		       size_t *i)
{
	const struct str *items = segments->items;
	struct str raw = items[++*i];
	while (*i + 1 < segments->n && !str_ends(items[*i], STR("=")) &&
	       is_base64(items[*i + 1]) &&
	       !reader->in->is_task(items[*i + 1])) {
		++*i;
		raw.n = (size_t)(items[*i].p + items[*i].n - raw.p);
	}
	return encoded_read(&reader->tasks, raw);
}

/* Whether a segment behind one that is open is more of it: what is no task, and
 * a policy's end, which only looks like one ("fQ==,signature:..."). */
static bool goes_on(const struct reader *reader, struct str open,
		    struct str next)
{
	if (!is_task(reader, next))
		return true;
	struct str word = str_split(&next, '=');
	bool is_padded = next.n == 0 || strchr("=,", next.p[0]);
	return str_starts(open, STR("security=")) && is_padded &&
	       is_base64(word) && !reader->in->is_task(word);
}

static int add_tasks(struct reader *reader, const struct segments *segments)
{
	const struct str *items = segments->items;
	for (size_t i = 0; i < segments->n; i++) {
		struct str raw = items[i];
		if (str_eq(raw, ENCODED) && i + 1 < segments->n) {
			if (add_encoded(reader, segments, &i) < 0)
				return -1;
			continue;
		}
		bool is_open = params_leave_open(raw, false);
		while (is_open && i + 1 < segments->n &&
		       goes_on(reader, raw, items[i + 1])) {
			is_open = params_leave_open(items[++i], true);
			raw.n = (size_t)(items[i].p + items[i].n - raw.p);
		}
		if (params_read(&reader->tasks, raw) < 0)
			return -1;
	}
	return 0;
}

/* What is behind a handle, STR_NONE without. */
static struct str take_view(struct reader *reader, struct segments *segments)
{
	const struct str *items = segments->items;
	size_t n = segments->n;
	if (n < 2 || is_task(reader, items[n - 2]) ||
	    (!str_eq(items[n - 1], METADATA) && !str_eq(items[n - 1], CONVERT)))
		return STR_NONE;
	if (n == 2 && reader->in->is_key(reader->in->user, items[0]))
		return STR_NONE;
	return items[--segments->n];
}

/* The last segment, unless that is a task; with "file/" and "api/file/" before
 * it. */
static struct str take_handle(struct reader *reader, struct segments *segments)
{
	const struct str *items = segments->items;
	size_t n = segments->n;
	if (n == 0 || is_task(reader, items[n - 1]) ||
	    (n > 1 && str_eq(items[n - 2], ENCODED)))
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
	return builder_check_text(&reader->tasks, text);
}

static int read_chain(struct reader *reader, struct str text)
{
	struct str view = STR_NONE, handle = STR_NONE;
	struct segments segments;
	if (text.n && text.p[0] == '/')
		text = str_skip(text, 1);
	segments_cut(reader->arena, text, reader->in->is_task, &segments);
	add_query(reader, segments.query);
	if (segments.source.p == NULL) {
		view = take_view(reader, &segments);
		handle = take_handle(reader, &segments);
	}
	if (take_key(reader, &segments) < 0)
		return -1;
	/* What the source brings along is done first. */
	if (handle.p && add_handle(reader, handle) < 0)
		return -1;
	if (segments.source.p &&
	    read_sources(reader, segments.source, false) < 0)
		return -1;
	if (str_eq(view, CONVERT) &&
	    legacy_read(&reader->tasks,
			clean_query(reader->arena, segments.query),
			reader->in->stores && reader->depth == 0) < 0)
		return -1;
	if (add_tasks(reader, &segments) < 0)
		return -1;
	return str_eq(view, METADATA) ? builder_task(&reader->tasks, METADATA)
				      : 0;
}

/* reader->arena and err are set. */
static void begin(struct reader *reader, const struct chain_reading *in,
		  struct chain *out)
{
	reader->in = in;
	reader->out = out;
	reader->next_source = &out->sources;
	*out = (struct chain){.key = STR_NONE};
	builder_init(&reader->tasks, reader->arena, reader->err);
	buf_init(&reader->query, reader->arena, SIZE_MAX / 2);
}

static int end(struct reader *reader)
{
	reader->out->tasks = reader->tasks.tasks;
	reader->out->n_tasks = reader->tasks.n;
	reader->out->query = buf_str(&reader->query);
	return 0;
}

int chain_read(const struct chain_reading *in, struct arena *arena,
	       struct chain *out, struct err *err)
{
	struct reader reader = {.arena = arena, .err = err};
	struct str text = in->path;
	begin(&reader, in, out);
	if (in->query.p)
		text = arena_join(arena, arena_join(arena, text, STR("?")),
				  in->query);
	return read_chain(&reader, text) < 0 ? -1 : end(&reader);
}

static int read_command_source(struct reader *reader, json_t *value,
			       bool is_only)
{
	json_t *headers = NULL;
	if (json_is_object(value)) {
		if (json_has_twins(value))
			return twins(reader);
		headers = json_member_nocase(value, "headers");
		value = json_member_nocase(value, "source");
	}
	struct str text = str_trim(json_text(value));
	if (text.n == 0)
		return err_set(reader->err, ERR_INVALID,
			       "A source is a text, or has one as `source`");
	if (headers && !json_is_object(headers) && !json_is_null(headers))
		return err_set(reader->err, ERR_INVALID,
			       "The headers of a source are an object");
	struct chain_source **first = reader->next_source;
	int result = is_only ? read_sources(reader, text, true)
			     : read_one_of_several(reader, text);
	if (result == 0 && *first && chain_is_remote(*first) &&
	    json_object_size(headers) > 0)
		(*first)->headers = headers;
	return result;
}

static int read_command(struct reader *reader, json_t *command)
{
	size_t i;
	json_t *value;
	json_t *key = json_member_nocase(command, "apikey");
	json_t *sources = json_member_nocase(command, "sources");
	if (key && !json_is_string(key) && !json_is_null(key))
		return err_set(reader->err, ERR_INVALID,
			       "apikey must be a text");
	reader->out->key = json_text(key);
	add_query(reader, reader->in->query);
	if (sources && !json_is_array(sources))
		return err_set(reader->err, ERR_INVALID,
			       "sources must be an array");
	json_array_foreach (sources, i, value)
		if (read_command_source(reader, value,
					json_array_size(sources) == 1) < 0)
			return -1;
	return encoded_add(&reader->tasks,
			   json_member_nocase(command, "tasks"));
}

int chain_read_command(const struct chain_reading *in, json_t *command,
		       struct arena *arena, struct chain *out, struct err *err)
{
	struct reader reader = {.arena = arena, .err = err};
	begin(&reader, in, out);
	return read_command(&reader, command) < 0 ? -1 : end(&reader);
}
