/* SPDX-License-Identifier: Apache-2.0 */
#include "api/imagekit/delivery/grammar/url.h"
#include "base/buf.h"
#include "base/encode.h"

#define SEO STR("ik-seo")
/* Transformations in other segments than the first one. Each is looked for, and
 * who asks may be anybody. */
#define CHAINED_MAX 16

/* A path in raw segments. */
struct segments {
	struct arena *arena;
	struct str *items;
	size_t n;
};

static struct segments split(struct arena *arena, struct str path)
{
	struct segments out = {.arena = arena};
	size_t n = 1;
	path = str_trim_char(path, '/');
	for (size_t i = 0; i < path.n; i++)
		n += path.p[i] == '/';
	out.items = arena_alloc(arena, n * sizeof(*out.items));
	while (path.p)
		out.items[out.n++] = str_split(&path, '/');
	return out;
}

static struct str join(const struct segments *segments, size_t from, size_t to)
{
	size_t size = 0;
	struct buf out;
	for (size_t i = from; i < to; i++)
		size += segments->items[i].n + 1;
	buf_init(&out, segments->arena, size);
	for (size_t i = from; i < to; i++) {
		if (i > from)
			buf_add_char(&out, '/');
		buf_add(&out, segments->items[i]);
	}
	return buf_str(&out);
}

/* How many bytes at the start of a segment are "tr:", raw or encoded. */
static size_t opens_steps(struct str segment)
{
	if (str_starts(segment, STR("tr:")))
		return 3;
	return str_starts_nocase(segment, STR("tr%3A")) &&
			       segment.p[0] == 't' && segment.p[1] == 'r'
		       ? 5
		       : 0;
}

/* Layers that a segment begins less those that it ends; separators may be
 * encoded. Never below zero in between. */
static long count_layers(struct arena *arena, struct str segment, long open)
{
	struct str text = percent_decode(arena, segment);
	if (opens_steps(text))
		text = str_skip(text, 3);
	for (struct str steps = text; steps.p;) {
		struct str items = str_split(&steps, ':');
		while (items.p) {
			struct str item = str_trim(str_split(&items, ','));
			if (str_eq(item, STR("l-end")))
				open -= open > 0;
			else if (str_starts(item, STR("l-")))
				open++;
		}
	}
	return open;
}

/* The segment behind the transformation that begins at `at`: a layer's path may
 * hold slashes, so it goes on until its layers end, if they do. */
static size_t steps_end(const struct segments *segments, size_t at)
{
	long open = count_layers(segments->arena, segments->items[at], 0);
	for (size_t i = at + 1; open > 0 && i < segments->n; i++) {
		open = count_layers(segments->arena, segments->items[i], open);
		if (open == 0)
			return i + 1;
	}
	return at + 1;
}

/* Takes the segments out, with empty ones beside them. */
static void take(struct segments *segments, size_t from, size_t to)
{
	while (from > 0 && segments->items[from - 1].n == 0)
		from--;
	while (to < segments->n && segments->items[to].n == 0)
		to++;
	if (to < segments->n)
		memmove(segments->items + from, segments->items + to,
			(segments->n - to) * sizeof(*segments->items));
	segments->n -= to - from;
}

/* The first transformation in the path. A path of one segment is a file's name,
 * whatever it looks like. */
static struct str take_steps(struct segments *segments, bool *is_last)
{
	*is_last = false;
	for (size_t i = 0; segments->n > 1 && i < segments->n; i++) {
		size_t skip = opens_steps(segments->items[i]);
		if (skip == 0)
			continue;
		size_t end = steps_end(segments, i);
		struct str raw = join(segments, i, end);
		*is_last = end == segments->n;
		if (i == 0 && *is_last)
			return STR_NONE;
		take(segments, i, end);
		return str_skip(raw, skip);
	}
	return STR_NONE;
}

static enum imagekit_suffix suffix_of(struct str segment)
{
	static const char *const videos[] = {
		"ik-video.mp4",       "ik-gif-video.mp4",
		"ik-master.m3u8",     "ik-master.mpd",
		"ik-gensubtitle.vtt", "ik-gensubtitle.transcript",
		"ik-genchapter.vtt",
	};
	if (str_eq(segment, STR("ik-thumbnail.jpg")))
		return IMAGEKIT_SUFFIX_THUMBNAIL;
	for (size_t i = 0; i < sizeof(videos) / sizeof(*videos); i++)
		if (str_eq(segment, str_of(videos[i])))
			return IMAGEKIT_SUFFIX_VIDEO;
	return IMAGEKIT_SUFFIX_NONE;
}

static void add(struct imagekit_url *out, struct arena *arena,
		const struct imagekit_reading *reading)
{
	struct imagekit_reading *to = &out->readings[out->n++];
	*to = *reading;
	to->path = percent_decode(arena, str_trim_char(reading->path, '/'));
}

/* "ik-seo/folder/photo/name-for-search.jpg" is folder/photo.jpg, or a file of
 * that name without an extension, or of the rest as it stands. */
static void add_seo(struct imagekit_url *out, struct segments *segments,
		    struct imagekit_reading reading)
{
	size_t at = 0;
	while (at < segments->n && !str_eq(segments->items[at], SEO))
		at++;
	if (at == segments->n || segments->n - at < 2)
		return;
	take(segments, at, at + 1);
	struct str name = segments->items[segments->n - 1];
	ptrdiff_t dot = str_rfind(name, '.');
	struct str stem = join(segments, 0, segments->n - 1);
	if (stem.n && dot >= 0) {
		reading.path = arena_join(segments->arena, stem,
					  str_skip(name, (size_t)dot));
		add(out, segments->arena, &reading);
	}
	if (stem.n) {
		reading.path = stem;
		add(out, segments->arena, &reading);
	}
	reading.path = join(segments, 0, segments->n);
	add(out, segments->arena, &reading);
}

static struct str query_steps(struct str query)
{
	struct str found = STR_NONE;
	while (query.p) {
		struct str pair = str_split(&query, '&');
		/* "&amp;tr=" of pages that were encoded once too often */
		if (str_starts(pair, STR("amp;")))
			pair = str_skip(pair, 4);
		if (str_starts(pair, STR("tr=")))
			found = str_skip(pair, 3);
		/* "?v=1?tr=..." of code that only knows the first one */
		for (size_t i = 0; i + 4 <= pair.n; i++)
			if (str_starts(str_skip(pair, i), STR("?tr=")))
				found = str_skip(pair, i + 4);
	}
	/* "?tr=tr:w-1" of code that knows one spelling only */
	return str_skip(found, opens_steps(found));
}

/* "tr:w-1/tr:h-1/a.jpg": both, one after the other, if there is no file of that
 * name in the folder "tr:h-1". */
static void add_chained(struct imagekit_url *out, struct segments *segments,
			struct imagekit_reading reading)
{
	bool is_last;
	unsigned chained = 0;
	struct buf steps;
	struct str more;
	buf_init(&steps, segments->arena, SIZE_MAX);
	buf_add(&steps, reading.steps);
	while (chained < CHAINED_MAX &&
	       (more = take_steps(segments, &is_last)).p) {
		buf_add_char(&steps, ':');
		buf_add(&steps, more);
		chained++;
	}
	reading.steps = buf_str(&steps);
	reading.path = join(segments, 0, segments->n);
	if (chained)
		add(out, segments->arena, &reading);
}

static struct segments copy(const struct segments *from)
{
	struct segments to = *from;
	to.items = arena_alloc(from->arena, from->n * sizeof(*to.items) + 1);
	memcpy(to.items, from->items, from->n * sizeof(*to.items));
	return to;
}

void imagekit_url_read(struct arena *arena, struct str path, struct str query,
		       struct imagekit_url *out)
{
	bool is_last;
	struct imagekit_reading reading = {0};
	*out = (struct imagekit_url){.query = query_steps(query)};
	if (!str_contains(path, STR("tr:")) &&
	    !str_contains(path, STR("tr%3")) &&
	    !str_contains(path, STR("ik-"))) {
		reading.path = path;
		add(out, arena, &reading);
		return;
	}
	struct segments segments = split(arena, path);
	reading.steps = take_steps(&segments, &is_last);
	struct segments chained = copy(&segments);
	struct imagekit_reading plain = reading;
	plain.path = join(&segments, 0, segments.n);
	if (segments.n > 1)
		reading.suffix = suffix_of(segments.items[segments.n - 1]);
	if (reading.suffix)
		segments.n--;
	struct segments seo = copy(&segments);
	add_seo(out, &seo, reading);
	if (reading.suffix) {
		reading.path = join(&segments, 0, segments.n);
		add(out, arena, &reading);
	}
	add(out, arena, &plain);
	if (plain.steps.p)
		add_chained(out, &chained, plain);
	/* a file whose name begins like a transformation */
	if (is_last && reading.steps.p) {
		struct imagekit_reading name = {.path = path};
		add(out, arena, &name);
	}
}
