/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer, written as it goes out: a page has thousands of words, and as
 * values each would cost a hundred times its letters.
 */
#include "api/jigsawstack/vocr/vocr.h"

#include <glib.h>
#include <math.h>

#define WORD_ROOM 320 /* bytes of a word with its bounds, mostly */
#define BARE_ROOM 80  /* without */
#define WORD_MADE 160 /* of what a word is made of */
#define SHARES 10000  /* of a confidence that are told apart */

struct writer {
	GString *text;
	bool bounds;
};

/* What stands behind a text is put together on the stack and goes out in one,
 * as it is of thirty pieces: ten numbers of at most ten digits, a
 * confidence, and 150 bytes of names. */
#define PIECE_MAX 512

static inline char *put(char *to, struct str text)
{
	memcpy(to, text.p, text.n);
	return to + text.n;
}

static char *put_number(char *to, uint32_t number)
{
	char *end = to + 1;
	for (uint64_t more = 10; number >= more; more *= 10)
		end++;
	for (char *at = end; at > to; number /= 10)
		*--at = (char)('0' + number % 10);
	return end;
}

static char *put_confidence(char *to, double confidence)
{
	unsigned shares = (unsigned)lround(CLAMP(confidence, 0, 1) * SHARES);
	to = put_number(to, shares / SHARES);
	shares %= SHARES;
	if (shares == 0)
		return to;
	*to++ = '.';
	for (unsigned part = SHARES / 10; shares; part /= 10) {
		*to++ = (char)('0' + shares / part);
		shares %= part;
	}
	return to;
}

/* The mean of two edges: of whole pixels, so a half at most. */
static char *put_mean(char *to, int64_t twice)
{
	if (twice < 0)
		*to++ = '-';
	to = put_number(to, (uint32_t)(ABS(twice) / 2));
	return twice % 2 ? put(to, STR(".5")) : to;
}

static inline char *put_corner(char *to, struct str name, int32_t x, int32_t y)
{
	to = put(to, name);
	to = put(to, STR("{\"x\":"));
	to = put_number(to, (uint32_t)x);
	to = put(to, STR(",\"y\":"));
	to = put_number(to, (uint32_t)y);
	*to++ = '}';
	return to;
}

static char *put_bounds(char *to, const struct recognised_box *box)
{
	const int32_t *x = box->x, *y = box->y;
	to = put(to, STR(",\"bounds\":{"));
	to = put_corner(to, STR("\"top_left\":"), x[0], y[0]);
	to = put_corner(to, STR(",\"top_right\":"), x[1], y[1]);
	to = put_corner(to, STR(",\"bottom_right\":"), x[2], y[2]);
	to = put_corner(to, STR(",\"bottom_left\":"), x[3], y[3]);
	to = put(to, STR(",\"width\":"));
	to = put_mean(to, (int64_t)x[1] - x[0] + x[2] - x[3]);
	to = put(to, STR(",\"height\":"));
	to = put_mean(to, (int64_t)y[3] - y[0] + y[2] - y[1]);
	*to++ = '}';
	return to;
}

/* What words and lines have: a text, where it is, how sure that is. */
struct seen {
	struct str text;
	const struct recognised_box *box;
	double confidence;
	struct str name; /* the confidence's, with what is around it */
	struct str end;
};

static void add_seen(const struct writer *w, const struct seen *seen)
{
	char piece[PIECE_MAX], *to = piece;
	g_string_append_len(w->text, "{\"text\":", 8);
	json_append_text(w->text, seen->text);
	if (w->bounds)
		to = put_bounds(to, seen->box);
	to = put(to, seen->name);
	to = put_confidence(to, seen->confidence);
	to = put(to, seen->end);
	g_string_append_len(w->text, piece, to - piece);
}

static void add_word(const struct writer *w, const struct recognised_word *word)
{
	const struct seen seen = {word->text, &word->box, word->confidence,
				  STR(",\"confidence\":"), STR("}")};
	add_seen(w, &seen);
}

static void add_line(const struct writer *w, const struct recognised_line *line)
{
	const struct seen seen = {line->text, &line->box, line->confidence,
				  STR(",\"average_confidence\":"),
				  STR(",\"words\":[")};
	add_seen(w, &seen);
	for (size_t i = 0; i < line->n_words; i++) {
		if (i)
			g_string_append_c(w->text, ',');
		add_word(w, &line->words[i]);
	}
	g_string_append(w->text, "]}");
}

static bool add_section(const struct writer *w,
			const struct recognised_section *section)
{
	g_autoptr(GString) lines = g_string_new(NULL);
	recognised_section_text(lines, section);
	g_string_append(w->text, "{\"text\":");
	json_append_text(w->text, (struct str){lines->str, lines->len});
	g_string_append(w->text, ",\"lines\":[");
	for (size_t i = 0; i < section->n_lines; i++) {
		if (i)
			g_string_append_c(w->text, ',');
		add_line(w, &section->lines[i]);
		if (w->text->len > VOCR_ANSWER_MAX)
			return false;
	}
	g_string_append(w->text, "]}");
	return true;
}

static bool add_sections(const struct writer *w,
			 const struct recognised_document *document)
{
	const char *comma = "";
	g_string_append(w->text, ",\"sections\":[");
	for (size_t i = 0; i < document->n_pages; i++) {
		const struct recognised_page *page = &document->pages[i];
		for (size_t k = 0; k < page->n_sections; k++) {
			g_string_append(w->text, comma);
			if (!add_section(w, &page->sections[k]))
				return false;
			comma = ",";
		}
	}
	g_string_append_c(w->text, ']');
	return true;
}

static size_t count_words(const struct recognised_document *document)
{
	size_t n = 0;
	for (size_t i = 0; i < document->n_pages; i++)
		for (size_t k = 0; k < document->pages[i].n_sections; k++) {
			const struct recognised_section *section =
				&document->pages[i].sections[k];
			for (size_t l = 0; l < section->n_lines; l++)
				n += section->lines[l].n_words;
		}
	return n;
}

/* A document that was not read to its end says so, asked or not. */
static void add_pages(GString *text, const struct vocr *vocr)
{
	const struct recognised_document *document = &vocr->document;
	bool is_part = document->last < document->total_pages;
	if (document->is_document)
		g_string_append_printf(text, ",\"total_pages\":%u",
				       document->total_pages);
	if (vocr->ask.pages.first || is_part)
		g_string_append_printf(text, ",\"page_range\":[%u,%u]",
				       document->first, document->last);
}

static void add_end(GString *text, const struct vocr *vocr, const char *log_id)
{
	const struct vocr_usage *usage = &vocr->usage;
	g_string_append_printf(
		text,
		",\"_usage\":{\"input_tokens\":%" G_GUINT64_FORMAT
		",\"output_tokens\":%" G_GUINT64_FORMAT
		",\"inference_time_tokens\":0"
		",\"total_tokens\":%" G_GUINT64_FORMAT "},\"log_id\":\"%s\"}",
		usage->input, usage->output, usage->input + usage->output,
		log_id);
}

static uint64_t text_size(const struct vocr *vocr, uint64_t n_words)
{
	return (n_words + 1) * (vocr->ask.bounds ? WORD_ROOM : BARE_ROOM);
}

uint64_t vocr_answer_size(const struct vocr *vocr)
{
	uint64_t n_words = count_words(&vocr->document);
	return text_size(vocr, n_words) + n_words * WORD_MADE;
}

int vocr_answer(struct arena *arena, const struct vocr *vocr,
		const char *log_id, struct str *out, struct err *err)
{
	const struct recognised_document *document = &vocr->document;
	size_t n_words = count_words(document);
	GString *text = g_string_sized_new(
		MIN(text_size(vocr, n_words), VOCR_ANSWER_MAX));
	const struct writer w = {text, vocr->ask.bounds};
	arena_keep_string(arena, text);
	g_string_append(text, "{\"success\":true,\"context\":");
	json_append(text, vocr->context);
	g_string_append_printf(
		text, ",\"width\":%u,\"height\":%u,\"tags\":[],\"has_text\":%s",
		document->width, document->height, n_words ? "true" : "false");
	if (!add_sections(&w, document))
		return err_set(err, ERR_TOO_LARGE,
			       "The answer exceeds the limit of %u bytes: ask "
			       "for fewer pages, or without bounds",
			       VOCR_ANSWER_MAX);
	add_pages(text, vocr);
	add_end(text, vocr, log_id);
	*out = (struct str){text->str, text->len};
	return 0;
}
