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

static void add_confidence(GString *text, double confidence)
{
	unsigned shares = (unsigned)lround(CLAMP(confidence, 0, 1) * SHARES);
	json_append_integer(text, shares / SHARES);
	if (shares % SHARES == 0)
		return;
	char digits[] = ".0000";
	shares %= SHARES;
	for (size_t i = sizeof(digits) - 2; i > 0; i--, shares /= 10)
		digits[i] = (char)('0' + shares % 10);
	size_t n = sizeof(digits) - 1;
	while (digits[n - 1] == '0')
		n--;
	g_string_append_len(text, digits, (gssize)n);
}

/* The mean of two edges: of whole pixels, so a half at most. */
static void add_mean(GString *text, int64_t twice)
{
	if (twice == -1)
		g_string_append_c(text, '-');
	json_append_integer(text, twice / 2);
	if (twice % 2)
		g_string_append(text, ".5");
}

static void add_bounds(const struct writer *w, const struct recognised_box *box)
{
	static const char *const corners[] = {
		"\"top_left\":{\"x\":", "},\"top_right\":{\"x\":",
		"},\"bottom_right\":{\"x\":", "},\"bottom_left\":{\"x\":"};
	const int32_t *x = box->x, *y = box->y;
	if (!w->bounds)
		return;
	g_string_append(w->text, ",\"bounds\":{");
	for (int i = 0; i < 4; i++) {
		g_string_append(w->text, corners[i]);
		json_append_integer(w->text, x[i]);
		g_string_append(w->text, ",\"y\":");
		json_append_integer(w->text, y[i]);
	}
	g_string_append(w->text, "},\"width\":");
	add_mean(w->text, (int64_t)x[1] - x[0] + x[2] - x[3]);
	g_string_append(w->text, ",\"height\":");
	add_mean(w->text, (int64_t)y[3] - y[0] + y[2] - y[1]);
	g_string_append_c(w->text, '}');
}

static void add_word(const struct writer *w, const struct recognised_word *word)
{
	g_string_append(w->text, "{\"text\":");
	json_append_text(w->text, word->text);
	add_bounds(w, &word->box);
	g_string_append(w->text, ",\"confidence\":");
	add_confidence(w->text, word->confidence);
	g_string_append_c(w->text, '}');
}

static void add_line(const struct writer *w, const struct recognised_line *line)
{
	g_string_append(w->text, "{\"text\":");
	json_append_text(w->text, line->text);
	add_bounds(w, &line->box);
	g_string_append(w->text, ",\"average_confidence\":");
	add_confidence(w->text, line->confidence);
	g_string_append(w->text, ",\"words\":[");
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

static void free_text(void *text)
{
	g_string_free(text, TRUE);
}

int vocr_answer(struct arena *arena, const struct vocr *vocr,
		const char *log_id, struct str *out, struct err *err)
{
	const struct recognised_document *document = &vocr->document;
	size_t n_words = count_words(document);
	GString *text = g_string_sized_new(
		MIN(text_size(vocr, n_words), VOCR_ANSWER_MAX));
	const struct writer w = {text, vocr->ask.bounds};
	arena_defer(arena, free_text, text);
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
