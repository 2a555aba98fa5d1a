/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text has one form: these members in this order and no blanks, as another
 * program of this build writes it. Whatever deviates is refused, so no value of
 * any JSON is made of it, and a page of ten thousand words costs what its words
 * do. Only a string with an escape in it is left to jansson.
 */
#include "recognition/page.h"
#include "json/json.h"

#include <glib.h>

#define SIDE_MAX 999999999u
#define NUMBER_MAX 9 /* digits: no side has more pixels */

struct reader {
	struct arena *arena;
	struct str left;
	bool failed;
	uint32_t width, height;
	GArray *words, *lines, *sections; /* of what is being read */
};

static void fail(struct reader *reader)
{
	reader->failed = true;
	reader->left = STR_NONE;
}

static bool takes(struct reader *reader, struct str text)
{
	if (!str_starts(reader->left, text))
		return false;
	reader->left = str_skip(reader->left, text.n);
	return true;
}

static void expect(struct reader *reader, struct str text)
{
	if (!takes(reader, text))
		fail(reader);
}

/* Whether another item of a list follows; `is_first` before any. The end is
 * taken. */
static bool has_next(struct reader *reader, bool is_first)
{
	if (reader->failed)
		return false;
	if (takes(reader, STR("]")))
		return false;
	if (!is_first)
		expect(reader, STR(","));
	return !reader->failed;
}

/* Takes digits, at least one and at most NUMBER_MAX; *n: how many. */
static uint64_t take_digits(struct reader *reader, size_t *n)
{
	struct str left = reader->left;
	uint64_t value = 0;
	*n = 0;
	while (*n < left.n && g_ascii_isdigit(left.p[*n]) && *n < NUMBER_MAX)
		value = value * 10 + (uint64_t)(left.p[(*n)++] - '0');
	if (*n == 0)
		fail(reader);
	else
		reader->left = str_skip(left, *n);
	return value;
}

/* As JSON has them: without a zero in front. */
static uint32_t read_whole(struct reader *reader, uint32_t max)
{
	size_t n;
	bool is_zero = reader->left.n && reader->left.p[0] == '0';
	uint64_t value = take_digits(reader, &n);
	if (value > max || (is_zero && n > 1))
		fail(reader);
	return (uint32_t)value;
}

/* 0, 1, or between them with a point. */
static double read_confidence(struct reader *reader)
{
	static const double tenths[] = {1,    1e-1, 1e-2, 1e-3, 1e-4,
					1e-5, 1e-6, 1e-7, 1e-8, 1e-9};
	size_t n = 0;
	double value = read_whole(reader, 1);
	if (takes(reader, STR("."))) {
		uint64_t part = take_digits(reader, &n);
		value += (double)part * tenths[MIN(n, NUMBER_MAX)];
	}
	if (value > 1)
		fail(reader);
	return value;
}

/* Takes a string with its quotes; *plain: all of its letters are printable
 * ASCII and stand for themselves. */
static struct str take_quoted(struct reader *reader, bool *plain)
{
	struct str left = reader->left;
	size_t n = 1;
	*plain = true;
	if (left.n == 0 || left.p[0] != '"')
		n = left.n;
	while (n < left.n && left.p[n] != '"') {
		unsigned char c = (unsigned char)left.p[n];
		*plain &= c >= ' ' && c < 0x7f && c != '\\';
		n += c == '\\' ? 2 : 1;
	}
	if (n >= left.n) {
		fail(reader);
		return STR_NONE;
	}
	reader->left = str_skip(left, n + 1);
	return str_sub(left, 0, n + 1);
}

static bool has_escape(struct str quoted)
{
	return str_find(quoted, '\\') >= 0;
}

static struct str read_text(struct reader *reader)
{
	bool plain;
	struct str quoted = take_quoted(reader, &plain);
	struct str text = STR_NONE;
	if (quoted.p && !plain && has_escape(quoted))
		text = json_text(json_parse_arena(reader->arena, quoted,
						  JSON_DECODE_ANY));
	else if (quoted.p)
		text = str_sub(quoted, 1, quoted.n - 1);
	if (text.n == 0 ||
	    (!plain && (!str_is_utf8(text) || str_has_control(text))))
		fail(reader);
	return text;
}

static void read_box(struct reader *reader, struct recognised_box *out)
{
	expect(reader, STR("["));
	for (unsigned i = 0; i < 4; i++) {
		if (i)
			expect(reader, STR(","));
		out->x[i] = (int32_t)read_whole(reader, reader->width);
		expect(reader, STR(","));
		out->y[i] = (int32_t)read_whole(reader, reader->height);
	}
	expect(reader, STR("]"));
}

/* What has been gathered of a list, in the arena. An empty one is left out by
 * whoever writes. */
static const void *keep(struct reader *reader, GArray *gathered, size_t *n)
{
	size_t bytes = gathered->len * g_array_get_element_size(gathered);
	*n = gathered->len;
	if (reader->failed || bytes == 0)
		return NULL;
	void *kept = arena_alloc(reader->arena, bytes);
	memcpy(kept, gathered->data, bytes);
	return kept;
}

static const void *keep_some(struct reader *reader, GArray *gathered, size_t *n)
{
	const void *kept = keep(reader, gathered, n);
	if (kept == NULL)
		fail(reader);
	return kept;
}

/* What words and lines begin with. */
static void read_seen(struct reader *reader, struct str *text,
		      double *confidence, struct recognised_box *box)
{
	expect(reader, STR("{\"text\":"));
	*text = read_text(reader);
	expect(reader, STR(",\"confidence\":"));
	*confidence = read_confidence(reader);
	expect(reader, STR(",\"box\":"));
	read_box(reader, box);
}

static void read_word(struct reader *reader)
{
	struct recognised_word word = {0};
	read_seen(reader, &word.text, &word.confidence, &word.box);
	expect(reader, STR("}"));
	g_array_append_val(reader->words, word);
}

static void read_line(struct reader *reader)
{
	struct recognised_line line = {0};
	read_seen(reader, &line.text, &line.confidence, &line.box);
	expect(reader, STR(",\"words\":["));
	g_array_set_size(reader->words, 0);
	while (has_next(reader, reader->words->len == 0))
		read_word(reader);
	line.words = keep_some(reader, reader->words, &line.n_words);
	expect(reader, STR("}"));
	g_array_append_val(reader->lines, line);
}

static void read_section(struct reader *reader)
{
	struct recognised_section section = {0};
	expect(reader, STR("{\"lines\":["));
	g_array_set_size(reader->lines, 0);
	while (has_next(reader, reader->lines->len == 0))
		read_line(reader);
	section.lines = keep_some(reader, reader->lines, &section.n_lines);
	expect(reader, STR("}"));
	g_array_append_val(reader->sections, section);
}

static void read_page(struct reader *reader, struct recognised_page *out)
{
	expect(reader, STR("{\"width\":"));
	out->width = reader->width = read_whole(reader, SIDE_MAX);
	expect(reader, STR(",\"height\":"));
	out->height = reader->height = read_whole(reader, SIDE_MAX);
	expect(reader, STR(",\"sections\":["));
	while (has_next(reader, reader->sections->len == 0))
		read_section(reader);
	out->sections = keep(reader, reader->sections, &out->n_sections);
	expect(reader, STR("}"));
	if (reader->left.n || out->width == 0 || out->height == 0)
		fail(reader);
}

int recognised_page_read(struct arena *arena, struct str json,
			 struct recognised_page *out, struct err *err)
{
	struct reader reader = {
		.arena = arena,
		.left = json,
		.words = g_array_new(FALSE, FALSE,
				     sizeof(struct recognised_word)),
		.lines = g_array_new(FALSE, FALSE,
				     sizeof(struct recognised_line)),
		.sections = g_array_new(FALSE, FALSE,
					sizeof(struct recognised_section)),
	};
	read_page(&reader, out);
	g_array_unref(reader.words);
	g_array_unref(reader.lines);
	g_array_unref(reader.sections);
	if (reader.failed)
		return err_set(err, ERR_INTERNAL,
			       "The program that reads texts answers "
			       "nonsense.");
	return 0;
}

void recognised_section_text(GString *text,
			     const struct recognised_section *section)
{
	for (size_t i = 0; i < section->n_lines; i++) {
		struct str line = section->lines[i].text;
		if (i)
			g_string_append_c(text, '\n');
		g_string_append_len(text, line.p, (gssize)line.n);
	}
}
