/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/found.h"

#include <stdlib.h>

#define TEXTS_BLOCK 16384

/* What is less sure may be a speck. */
#define CONFIDENCE_COUNTED 0.5

void box_unite(struct box *box, const struct box *other)
{
	box->left = MIN(box->left, other->left);
	box->top = MIN(box->top, other->top);
	box->right = MAX(box->right, other->right);
	box->bottom = MAX(box->bottom, other->bottom);
}

void found_init(struct found *found)
{
	found->words = g_array_new(FALSE, FALSE, sizeof(struct found_word));
	found->lines = g_array_new(FALSE, FALSE, sizeof(struct found_line));
	found->texts = g_string_chunk_new(TEXTS_BLOCK);
	found->section_due = found->line_due = false;
}

void found_release(struct found *found)
{
	g_array_free(found->words, TRUE);
	g_array_free(found->lines, TRUE);
	g_string_chunk_free(found->texts);
}

static void begin_line(struct found *found, bool begins_section)
{
	const GArray *lines = found->lines;
	struct found_line line = {.first = found->words->len};
	if (lines->len)
		line.section =
			g_array_index(lines, struct found_line, lines->len - 1)
				.section +
			begins_section;
	g_array_append_val(found->lines, line);
}

static bool is_text(struct str text)
{
	return text.n && str_is_utf8(text) && !str_has_control(text);
}

void found_add(struct found *found, const struct found_word *word,
	       bool begins_line, bool begins_section)
{
	struct found_word own = *word;
	g_autofree char *text = g_strstrip(g_strdup(word->text));
	found->section_due |= begins_section;
	found->line_due |= begins_line || begins_section;
	if (!is_text(str_of(text)))
		return;
	if (found->line_due || found->lines->len == 0)
		begin_line(found, found->section_due);
	found->section_due = found->line_due = false;
	own.text = g_string_chunk_insert(found->texts, text);
	own.confidence = CLAMP(word->confidence, 0, 1);
	g_array_append_val(found->words, own);
	g_array_index(found->lines, struct found_line, found->lines->len - 1)
		.n++;
}

void found_append(struct found *to, const struct found *from, unsigned line,
		  unsigned n_lines)
{
	for (unsigned i = line; i < line + n_lines; i++) {
		const struct found_line *of =
			&g_array_index(from->lines, struct found_line, i);
		for (unsigned k = 0; k < of->n; k++)
			found_add(to,
				  &g_array_index(from->words, struct found_word,
						 of->first + k),
				  k == 0, k == 0 && i == line);
	}
}

struct box found_line_box(const struct found *found, unsigned line)
{
	const struct found_line *of =
		&g_array_index(found->lines, struct found_line, line);
	const struct found_word *words =
		&g_array_index(found->words, struct found_word, of->first);
	struct box box = words[0].box;
	for (unsigned i = 1; i < of->n; i++)
		box_unite(&box, &words[i].box);
	return box;
}

static int by_value(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

int found_line_height(const struct found *found)
{
	unsigned n = found->lines->len;
	g_autofree int *heights = g_new(int, n + 1);
	for (unsigned i = 0; i < n; i++) {
		struct box box = found_line_box(found, i);
		heights[i] = box.bottom - box.top;
	}
	qsort(heights, n, sizeof(*heights), by_value);
	return n ? heights[n / 2] : 0;
}

void found_move(struct found *found, int right, int down)
{
	for (unsigned i = 0; i < found->words->len; i++) {
		struct box *box =
			&g_array_index(found->words, struct found_word, i).box;
		box->left += right;
		box->right += right;
		box->top += down;
		box->bottom += down;
	}
}

unsigned found_characters(const struct found *found)
{
	unsigned n = 0;
	for (unsigned i = 0; i < found->words->len; i++)
		n += (unsigned)g_utf8_strlen(
			g_array_index(found->words, struct found_word, i).text,
			-1);
	return n;
}

double found_worth(const struct found *found)
{
	double worth = 0;
	for (unsigned i = 0; i < found->words->len; i++) {
		const struct found_word *word =
			&g_array_index(found->words, struct found_word, i);
		double n = (double)g_utf8_strlen(word->text, -1);
		if (word->confidence >= CONFIDENCE_COUNTED)
			worth += n * word->confidence * word->confidence;
	}
	return worth;
}
