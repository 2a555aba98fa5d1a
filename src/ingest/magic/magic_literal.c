/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A walk down the expression: of an alternation every branch's texts are wanted
 * (one of them is there), of a branch those of its best piece (all of them
 * are). Runs of plain characters are pieces, and groups; what may be absent, or
 * stands for several characters, is none.
 */
#include "ingest/magic/magic_literal.h"

#include <glib.h>
#include <limits.h>
#include <string.h>

#define DEPTH_MAX 8

struct walk {
	struct str rest;
	unsigned depth;
};

/* How much a set says: the length of its shortest text; of single bytes those
 * that no text has most. */
static unsigned worth_of(const struct literals *set)
{
	unsigned worth = UINT_MAX;
	for (unsigned i = 0; i < set->n; i++) {
		const struct literal *text = &set->of[i];
		bool rare = text->n == 1 && (unsigned char)text->text[0] < '\b';
		worth = MIN(worth, text->n * 2u + rare);
	}
	return set->n ? worth : 0;
}

static void keep_better(struct literals *best, const struct literals *other)
{
	if (worth_of(other) > worth_of(best))
		*best = *other;
}

static bool at(const struct walk *w, char c)
{
	return w->rest.n && w->rest.p[0] == c;
}

static void skip(struct walk *w, size_t n)
{
	w->rest = str_skip(w->rest, MIN(n, w->rest.n));
}

static bool is_among(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Behind "[:name:]", "[.x.]" or "[=x=]"; false when that is not what is here.
 */
static bool skip_named(struct walk *w)
{
	char kind = w->rest.n > 1 && at(w, '[') ? w->rest.p[1] : '\0';
	if (!is_among(kind, ":.="))
		return false;
	skip(w, 2);
	while (w->rest.n > 1 && !(at(w, kind) && w->rest.p[1] == ']'))
		skip(w, 1);
	skip(w, 2);
	return true;
}

/* Behind a bracket expression. */
static void skip_bracket(struct walk *w)
{
	skip(w, 1);
	if (at(w, '^'))
		skip(w, 1);
	if (at(w, ']'))
		skip(w, 1);
	while (w->rest.n && !at(w, ']'))
		if (!skip_named(w))
			skip(w, 1);
	skip(w, 1);
}

/* The number that begins a bound, "{11,"; at most 100. */
static unsigned bound_of(const struct walk *w)
{
	unsigned number = 0;
	for (size_t i = 1; i < w->rest.n && g_ascii_isdigit(w->rest.p[i]); i++)
		number = MIN(number * 10 + (unsigned)(w->rest.p[i] - '0'), 100);
	return number;
}

/* Takes the repetitions behind a piece: how often it is there at least. */
static unsigned take_repetition(struct walk *w)
{
	unsigned times = 1;
	for (;;) {
		if (at(w, '*') || at(w, '?')) {
			times = 0;
		} else if (at(w, '{')) {
			times = MIN(times * bound_of(w), 100);
			while (w->rest.n && !at(w, '}'))
				skip(w, 1);
		} else if (!at(w, '+')) {
			return times;
		}
		skip(w, 1);
	}
}

/* That a piece is there so often. Only single bytes are counted. */
static void multiply(struct literals *piece, unsigned times)
{
	if (times == 0)
		piece->n = 0;
	for (unsigned i = 0; i < piece->n; i++)
		piece->of[i].times = piece->n == 1 && piece->of[i].n == 1
					     ? (unsigned char)times
					     : 1;
}

/* A character that stands for itself: its length in the expression, 0 for
 * anything else. */
static size_t plain_char(const struct walk *w, char *out)
{
	if (w->rest.n == 0 || is_among(w->rest.p[0], "[](){}.*+?|^$"))
		return 0;
	*out = w->rest.p[0];
	if (*out == LITERAL_DIGIT)
		return 0;
	if (*out != '\\')
		return 1;
	if (w->rest.n < 2 || g_ascii_isalnum(w->rest.p[1]) ||
	    is_among(w->rest.p[1], "<>`'"))
		return 0;
	*out = w->rest.p[1];
	return 2;
}

/* "[0-9]", not repeated, inside a run. */
static void take_digits(struct walk *w, struct literal *text)
{
	const struct str digits = STR("[0-9]");
	while (str_starts(w->rest, digits)) {
		struct walk behind = *w;
		skip(&behind, digits.n);
		if (behind.rest.n && is_among(behind.rest.p[0], "*?{+"))
			return;
		*w = behind;
		if (text->n < LITERAL_MAX)
			text->text[text->n++] = LITERAL_DIGIT;
	}
}

/* A run of them; the last is left alone when something repeats it. */
static void take_run(struct walk *w, struct literals *out,
		     enum literal_place place)
{
	struct literal *text = &out->of[0];
	size_t n;
	char c;
	*out = (struct literals){.n = 0};
	text->place = (unsigned char)place;
	text->times = 1;
	while ((n = plain_char(w, &c)) > 0) {
		struct walk behind = *w;
		skip(&behind, n);
		bool repeated =
			behind.rest.n && is_among(behind.rest.p[0], "*?{+");
		if (repeated && text->n)
			break;
		*w = behind;
		if (repeated && !take_repetition(w))
			break;
		if (text->n < LITERAL_MAX)
			text->text[text->n++] = c;
		if (repeated)
			break;
		take_digits(w, text);
	}
	out->n = text->n > 0;
}

static void take_alternation(struct walk *w, struct literals *out,
			     enum literal_place place);

/* What is no run of plain characters. */
static void take_piece(struct walk *w, struct literals *out,
		       enum literal_place place)
{
	*out = (struct literals){.n = 0};
	if (at(w, '(')) {
		skip(w, 1);
		take_alternation(w, out, place);
		skip(w, 1);
	} else {
		skip(w, at(w, '\\') ? 2 : 1);
	}
	multiply(out, take_repetition(w));
}

/* A bracket expression of nothing but blanks, and its repetitions. */
static bool take_blanks(struct walk *w)
{
	static const struct str names[] = {STR("[:space:]"), STR("[:blank:]")};
	struct walk inside = *w;
	if (!at(w, '['))
		return false;
	skip_bracket(w);
	take_repetition(w);
	skip(&inside, 1);
	while (inside.rest.n && !at(&inside, ']')) {
		size_t n = is_among(inside.rest.p[0], " \t\f\v\r\n");
		for (size_t i = 0; n == 0 && i < G_N_ELEMENTS(names); i++)
			if (str_starts(inside.rest, names[i]))
				n = names[i].n;
		if (n == 0)
			return false;
		skip(&inside, n);
	}
	return true;
}

static void take_branch(struct walk *w, struct literals *best,
			enum literal_place place)
{
	struct literals piece;
	char c;
	*best = (struct literals){.n = 0};
	if (at(w, '^')) {
		place = LINE_START;
		skip(w, 1);
	}
	while (w->rest.n && !at(w, '|') && !at(w, ')')) {
		if (at(w, '[')) {
			bool blanks = take_blanks(w);
			place = blanks && place != ANYWHERE ? LINE_INDENT
							    : ANYWHERE;
			continue;
		}
		if (plain_char(w, &c))
			take_run(w, &piece, place);
		else
			take_piece(w, &piece, place);
		keep_better(best, &piece);
		place = ANYWHERE;
	}
}

static void take_alternation(struct walk *w, struct literals *out,
			     enum literal_place place)
{
	struct literals branch;
	bool known = ++w->depth <= DEPTH_MAX;
	*out = (struct literals){.n = 0};
	for (;;) {
		if (w->depth > DEPTH_MAX) {
			skip(w, w->rest.n);
			known = false;
		}
		take_branch(w, &branch, place);
		known = known && branch.n && out->n + branch.n <= LITERALS_MAX;
		for (unsigned i = 0; known && i < branch.n; i++)
			out->of[out->n++] = branch.of[i];
		if (!at(w, '|'))
			break;
		skip(w, 1);
	}
	if (!known)
		out->n = 0;
	w->depth--;
}

/* Whether what matches can go over a line's end. '.' and "[^...]" cannot: the
 * expressions are compiled with REG_NEWLINE. */
static bool spans_lines(struct str expression)
{
	return str_find(expression, '\n') >= 0 ||
	       str_find(expression, '\\') >= 0 ||
	       str_contains(expression, STR(":space:")) ||
	       str_contains(expression, STR(":cntrl:"));
}

void literals_of(struct literals *out, struct str expression)
{
	struct walk w = {.rest = expression};
	take_alternation(&w, out, ANYWHERE);
	/* an unbalanced one is not understood */
	if (w.rest.n)
		out->n = 0;
	for (unsigned i = 0; i < out->n && spans_lines(expression); i++)
		out->of[i].times = 1;
}
