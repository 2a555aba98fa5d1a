/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/leaders.h"

#include "ocr/picture/light.h"
#include "ocr/words/parts.h"

#include <allheaders.h>
#include <stdlib.h>

#define DOTS_LEAST 6 /* in a row; fewer may be an ellipsis */
#define LEADERS_MAX 500

/* Of the height of letters. */
#define DOT_MOST 0.5
#define PITCH_MOST 2.0
#define LEVEL 0.15

/* Of what the dots before have. */
#define PITCH_ALIKE 0.35
#define EDGE 2 /* pixels around a dot */

#define CONFIDENCE 0.9

static bool is_dot(const struct box *box, double height)
{
	int wide = box->right - box->left, high = box->bottom - box->top;
	return high >= 2 && wide >= 2 && wide <= height * DOT_MOST &&
	       high <= height * DOT_MOST && wide <= 2 * high &&
	       high <= 2 * wide;
}

static int by_bottom(const void *a, const void *b)
{
	const struct box *left = a, *right = b;
	return left->bottom - right->bottom;
}

static int by_left(const void *a, const void *b)
{
	const struct box *left = a, *right = b;
	return left->left - right->left;
}

static int middle(const struct box *box)
{
	return (box->left + box->right) / 2;
}

/* Whether the third of three dots goes on as the first two. */
static bool goes_on(const struct box *dot, double height)
{
	int pitch = middle(&dot[1]) - middle(&dot[0]);
	int next = middle(&dot[2]) - middle(&dot[1]);
	return next <= height * PITCH_MOST &&
	       abs(next - pitch) <= pitch * PITCH_ALIKE + 1;
}

/* Those of a row, sorted from left to right. */
static void add_row(GArray *leaders, const struct box *dots, unsigned n,
		    double height)
{
	for (unsigned from = 0, to; from + 1 < n; from = to - 1) {
		to = from + 2;
		while (to < n && goes_on(&dots[to - 2], height))
			to++;
		if (to - from < DOTS_LEAST || leaders->len >= LEADERS_MAX)
			continue;
		struct leader leader = {dots[from], to - from};
		for (unsigned i = from; i < to; i++)
			box_unite(&leader.box, &dots[i]);
		g_array_append_val(leaders, leader);
	}
}

static void add_rows(GArray *leaders, GArray *dots, double height)
{
	struct box *all = (struct box *)(void *)dots->data;
	int level = (int)(height * LEVEL) + 1;
	g_array_sort(dots, by_bottom);
	for (unsigned from = 0, to; from < dots->len; from = to) {
		to = from + 1;
		while (to < dots->len &&
		       all[to].bottom - all[to - 1].bottom < level &&
		       all[to].bottom - all[from].bottom <= height)
			to++;
		qsort(all + from, to - from, sizeof(*all), by_left);
		add_row(leaders, all + from, to - from, height);
	}
}

static void erase(const struct picture *picture, const struct box *box)
{
	int left = MAX(box->left - EDGE, 0);
	int right = MIN(box->right + EDGE, (int)picture->width);
	int bottom = MIN(box->bottom + EDGE, (int)picture->height);
	for (int y = MAX(box->top - EDGE, 0); y < bottom; y++)
		memset(picture_row(picture, (unsigned)y) + left, UINT8_MAX,
		       (size_t)(right - left));
}

int leaders_take(struct prepared *prepared, GArray **out, struct err *err)
{
	double height = prepared->survey.height;
	*out = g_array_new(FALSE, FALSE, sizeof(struct leader));
	if (!prepared->survey.has_dots)
		return 0;
	PIX *ink = survey_ink(&prepared->picture, LIGHT_THRESHOLD);
	g_autoptr(GArray) dots = ink ? parts_find(ink, height, is_dot) : NULL;
	pixDestroy(&ink);
	if (dots)
		add_rows(*out, dots, height);
	if (dots && ((*out)->len == 0 || prepare_own(prepared, err) == 0)) {
		for (unsigned i = 0; i < (*out)->len; i++)
			erase(&prepared->picture,
			      &g_array_index(*out, struct leader, i).box);
		return 0;
	}
	g_clear_pointer(out, g_array_unref);
	return err_set(err, ERR_TOO_LARGE, "no memory for its parts");
}

/* How far a line's last word before the leader is from it; -1: it has none, or
 * is not at its height. */
static int distance(const struct found *found, unsigned number,
		    const struct leader *leader)
{
	const struct found_line *line =
		&g_array_index(found->lines, struct found_line, number);
	struct box box = found_line_box(found, number);
	int y = (leader->box.top + leader->box.bottom) / 2, nearest = -1;
	if (y < box.top || y > box.bottom + (box.bottom - box.top) / 4)
		return -1;
	for (unsigned i = line->first; i < line->first + line->n; i++) {
		int gap = leader->box.left -
			  g_array_index(found->words, struct found_word, i)
				  .box.right;
		if (gap > -EDGE && (nearest < 0 || gap < nearest))
			nearest = MAX(gap, 0);
	}
	return nearest;
}

/* The line that it leads away from; the number of lines: none. */
static unsigned line_of(const struct found *found, const struct leader *leader)
{
	unsigned best = found->lines->len;
	int nearest = INT_MAX;
	for (unsigned i = 0; i < found->lines->len; i++) {
		int gap = distance(found, i, leader);
		if (gap < 0 || gap >= nearest)
			continue;
		nearest = gap;
		best = i;
	}
	return best;
}

static void add_dots(struct found *out, const struct leader *leader)
{
	g_autofree char *text = g_strnfill(leader->dots, '.');
	const struct found_word word = {text, CONFIDENCE, leader->box};
	found_add(out, &word, false, false);
}

/* The line's words and its leaders, from left to right; what is first, of
 * either, begins it. */
static void add_line(struct found *out, const struct found *found,
		     unsigned number, const GArray *leaders,
		     const unsigned *lines)
{
	const struct found_line *line =
		&g_array_index(found->lines, struct found_line, number);
	unsigned next = 0;
	out->line_due = true;
	out->section_due = number == 0 || line->section != line[-1].section;
	for (unsigned i = 0; i <= line->n; i++) {
		const struct found_word *word =
			i < line->n ? &g_array_index(found->words,
						     struct found_word,
						     line->first + i)
				    : NULL;
		for (; next < leaders->len; next++) {
			const struct leader *leader =
				&g_array_index(leaders, struct leader, next);
			if (lines[next] == number && word &&
			    leader->box.left > word->box.left)
				break;
			if (lines[next] == number)
				add_dots(out, leader);
		}
		if (word)
			found_add(out, word, false, false);
	}
}

void leaders_put(const GArray *leaders, struct found *found)
{
	struct found out;
	g_autofree unsigned *lines = g_new(unsigned, leaders->len + 1);
	if (leaders->len == 0)
		return;
	for (unsigned i = 0; i < leaders->len; i++)
		lines[i] = line_of(found,
				   &g_array_index(leaders, struct leader, i));
	found_init(&out);
	for (unsigned i = 0; i < found->lines->len; i++)
		add_line(&out, found, i, leaders, lines);
	found_release(found);
	*found = out;
}
