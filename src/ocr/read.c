/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/read.h"

#include "ocr/words/bands.h"
#include "ocr/words/fit.h"
#include "ocr/words/leaders.h"
#include "ocr/words/missed.h"
#include "ocr/words/order.h"
#include "ocr/upright.h"

/* Fewer characters than that part of the letters that were seen: a layout was
 * taken for another thing than text. */
#define READ_LEAST 0.5
#define LETTERS_MOST 3000 /* not for pictures full of what is like letters */

/* Worth less for each character, a page of some length is no text. */
#define WORTH_LEAST 0.2
#define CHARACTERS_TOLD 50

#define DOUBTFUL 0.5 /* confidence */

struct reading {
	struct engine *engine;
	const struct picture *picture;
};

static int read_lines(const struct reading *reading, const struct box *part,
		      struct found *found)
{
	struct picture picture = *reading->picture;
	picture.width = (unsigned)(part->right - part->left);
	picture.height = (unsigned)(part->bottom - part->top);
	picture.pixels =
		picture_row(reading->picture, (unsigned)part->top) + part->left;
	int result =
		engine_read(reading->engine, &picture, ENGINE_BLOCK, found);
	found_move(found, part->left, part->top);
	return result;
}

static bool read_again(void *user, const struct box *part, struct found *out)
{
	const struct reading *reading = user;
	const struct picture *picture = reading->picture;
	const struct box inside = {
		.left = MAX(part->left, 0),
		.top = MAX(part->top, 0),
		.right = MIN(part->right, (int)picture->width),
		.bottom = MIN(part->bottom, (int)picture->height),
	};
	return inside.left < inside.right && inside.top < inside.bottom &&
	       read_lines(reading, &inside, out) == 0;
}

/* All of it as lines, when a page was hardly found in it. */
static int read_hidden(const struct reading *reading,
		       const struct survey *survey, struct found *found)
{
	const struct picture *picture = reading->picture;
	const struct box all = {0, 0, (int)picture->width,
				(int)picture->height};
	struct found lines;
	if (survey->letters > LETTERS_MOST ||
	    found_characters(found) >= survey->letters * READ_LEAST)
		return 0;
	found_init(&lines);
	int result = read_lines(reading, &all, &lines);
	if (result == 0 && found_worth(&lines) > found_worth(found)) {
		found_release(found);
		*found = lines;
	} else {
		found_release(&lines);
	}
	return result;
}

static void drop_nonsense(struct found *found)
{
	unsigned n = found_characters(found);
	if (n < CHARACTERS_TOLD || found_worth(found) >= n * WORTH_LEAST)
		return;
	found_release(found);
	found_init(found);
}

static const struct found_word *word_at(const struct found *found, unsigned i)
{
	return &g_array_index(found->words, struct found_word, i);
}

static bool is_doubtful(const struct found_word *word)
{
	return word->confidence < DOUBTFUL;
}

/* At the end of a line: no letter, or one alone. */
static bool is_stray(const struct found_word *word)
{
	unsigned n = 0, letters = 0;
	for (const char *c = word->text; *c; c += g_utf8_skip[(guchar)*c], n++)
		letters += g_unichar_isalnum(g_utf8_get_char(c));
	return is_doubtful(word) && (letters == 0 || n == 1);
}

/* What the edge of a page was taken for, in a photograph. */
static void drop_strays(struct found *found)
{
	struct found out;
	found_init(&out);
	for (unsigned i = 0; i < found->lines->len; i++) {
		const struct found_line *line =
			&g_array_index(found->lines, struct found_line, i);
		unsigned from = line->first, to = from + line->n, sure = 0;
		bool begins = i == 0 || line->section != line[-1].section;
		for (unsigned k = from; k < to; k++)
			sure += !is_doubtful(word_at(found, k));
		while (from < to && is_stray(word_at(found, from)))
			from++;
		while (to > from && is_stray(word_at(found, to - 1)))
			to--;
		out.section_due |= begins;
		for (unsigned k = from; sure && k < to; k++)
			found_add(&out, word_at(found, k), k == from, false);
	}
	found_release(found);
	*found = out;
}

static int read_prepared(struct engine *engine, struct prepared *prepared,
			 bool is_fine, struct found *found)
{
	struct err err;
	if (upright_turn(engine, prepared, &err) < 0)
		return -1;
	if (!prepared->has_text)
		return 0;
	g_autoptr(GArray) leaders = NULL;
	if (leaders_take(prepared, &leaders, &err) < 0)
		return -1;
	struct reading reading = {engine, &prepared->picture};
	const struct found_reader again = {read_again, &reading};
	if (engine_read(engine, reading.picture, ENGINE_PAGE, found) < 0 ||
	    read_hidden(&reading, &prepared->survey, found) < 0)
		return -1;
	drop_nonsense(found);
	if (prepared->is_photo)
		drop_strays(found);
	order_rows(found, prepared->survey.has_grid, &again);
	missed_read(found, reading.picture, &again);
	bands_order(found);
	fit_boxes(found, reading.picture, is_fine);
	leaders_put(leaders, found);
	return 0;
}

int read_picture(struct engine *engine, const struct picture *picture,
		 bool is_fine, struct read_result *out)
{
	struct prepared prepared;
	struct err err;
	if (prepare(picture, &prepared, &err) < 0)
		return -1;
	int result = 0;
	if (prepared.has_text)
		result = read_prepared(engine, &prepared, is_fine, &out->found);
	out->back = prepared.back;
	prepare_release(&prepared);
	return result;
}
