/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows, cells and tokens from the boxes of words.
 */
#include "prompt/paper.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>

/* A gap of so many heights of letters parts cells; less between what was not
 * recognised as one line. */
#define CELL_GAP 1.5f
#define LINE_GAP 1.0f
/* Lines that share so much of the lower one's height are in one row. */
#define SHARED 0.55f
/* A heading beside several lines is in a row of its own. */
#define TALLER 2.5f
#define ROW_LINES 8
/* What is below: in the next rows, no further away than so many heights. */
#define BELOW_ROWS 4
#define BELOW_HEIGHTS 3.2f
#define PIECES_MAX 8
/* Cents that were taken for a column of their own are not further away. */
#define CENTS_GAP 0.6f
#define LEADER_DOTS 4
/* What recognition is less sure of may be anything, if it may be anything. */
#define SURE 0.2f
#define LEADER_CONFIDENCE 0.5f

/* Where a page's lines run. */
struct frame {
	double cos, sin;
};

struct place {
	float x0, x1, y0, y1;
};

struct laid_word {
	struct str text;
	float confidence;
	struct place place;
	uint32_t line, order;
};

struct laid_line {
	struct place place; /* y of the middle of its words */
	uint32_t first, n;  /* words */
};

struct layout {
	struct arena *arena;
	const struct lexicon *lexicon;
	struct paper *paper;
	struct laid_word *words, *row_words;
	struct laid_line *lines;
	uint32_t n_words, n_lines, page;
};

static void centre(const struct recognised_box *box, double *x, double *y)
{
	*x = ((double)box->x[0] + box->x[1] + box->x[2] + box->x[3]) / 4;
	*y = ((double)box->y[0] + box->y[1] + box->y[2] + box->y[3]) / 4;
}

static struct place place_box(struct frame frame,
			      const struct recognised_box *box)
{
	struct place place = {INFINITY, -INFINITY, INFINITY, -INFINITY};
	for (unsigned i = 0; i < 4; i++) {
		float x =
			(float)(box->x[i] * frame.cos + box->y[i] * frame.sin);
		float y =
			(float)(box->y[i] * frame.cos - box->x[i] * frame.sin);
		place.x0 = fminf(place.x0, x);
		place.x1 = fmaxf(place.x1, x);
		place.y0 = fminf(place.y0, y);
		place.y1 = fmaxf(place.y1, y);
	}
	return place;
}

/* Of a page without a line of two words: along its words, which are longer than
 * they are high, and the right way up when its lines go down. */
static struct frame frame_of_words(const struct recognised_page *page)
{
	double wide = 0, high = 0, x0, y0, x1, y1;
	for (size_t i = 0; i < page->n_sections; i++) {
		const struct recognised_section *section = &page->sections[i];
		for (size_t k = 0; k < section->n_lines; k++) {
			struct place place =
				place_box((struct frame){1, 0},
					  &section->lines[k].words[0].box);
			wide += place.x1 - place.x0;
			high += place.y1 - place.y0;
		}
	}
	if (page->n_sections == 0)
		return (struct frame){1, 0};
	const struct recognised_section *last =
		&page->sections[page->n_sections - 1];
	centre(&page->sections[0].lines[0].words[0].box, &x0, &y0);
	centre(&last->lines[last->n_lines - 1].words[0].box, &x1, &y1);
	if (wide >= high)
		return (struct frame){y1 < y0 ? -1 : 1, 0};
	return (struct frame){0, x1 > x0 ? -1 : 1};
}

/* From the first to the last word of all lines. */
static struct frame page_frame(const struct recognised_page *page)
{
	double dx = 0, dy = 0, x0, y0, x1, y1;
	for (size_t i = 0; i < page->n_sections; i++) {
		const struct recognised_section *section = &page->sections[i];
		for (size_t k = 0; k < section->n_lines; k++) {
			const struct recognised_line *line = &section->lines[k];
			centre(&line->words[0].box, &x0, &y0);
			centre(&line->words[line->n_words - 1].box, &x1, &y1);
			dx += x1 - x0;
			dy += y1 - y0;
		}
	}
	double length = hypot(dx, dy);
	if (length < 1)
		return frame_of_words(page);
	return (struct frame){dx / length, dy / length};
}

static void lay_line(struct layout *layout, struct frame frame,
		     const struct recognised_line *line)
{
	struct laid_line *laid = &layout->lines[layout->n_lines];
	float n = (float)line->n_words;
	*laid = (struct laid_line){
		.place = {INFINITY, -INFINITY, 0, 0},
		.first = layout->n_words,
		.n = (uint32_t)line->n_words,
	};
	for (size_t i = 0; i < line->n_words; i++) {
		struct laid_word *word = &layout->words[layout->n_words];
		*word = (struct laid_word){
			.text = line->words[i].text,
			.confidence = (float)line->words[i].confidence,
			.place = place_box(frame, &line->words[i].box),
			.line = layout->n_lines,
			.order = layout->n_words++,
		};
		laid->place.x0 = fminf(laid->place.x0, word->place.x0);
		laid->place.x1 = fmaxf(laid->place.x1, word->place.x1);
		laid->place.y0 += word->place.y0 / n;
		laid->place.y1 += word->place.y1 / n;
	}
	layout->n_lines++;
}

static int by_place(const void *a, const void *b)
{
	const struct laid_line *p = a, *q = b;
	float x = p->place.y0 + p->place.y1, y = q->place.y0 + q->place.y1;
	if (x != y)
		return x < y ? -1 : 1;
	return p->first < q->first ? -1 : 1;
}

static int by_x(const void *a, const void *b)
{
	const struct laid_word *p = a, *q = b;
	if (p->place.x0 != q->place.x0)
		return p->place.x0 < q->place.x0 ? -1 : 1;
	return p->order < q->order ? -1 : 1;
}

static bool beside(const struct place *a, const struct place *b)
{
	float low = fminf(a->y1 - a->y0, b->y1 - b->y0);
	float high = fmaxf(a->y1 - a->y0, b->y1 - b->y0);
	float shared = fminf(a->y1, b->y1) - fmaxf(a->y0, b->y0);
	float over = fminf(a->x1, b->x1) - fmaxf(a->x0, b->x0);
	return shared >= SHARED * low && high <= TALLER * low && over <= low;
}

/* Whether the line behind the n of a row is beside them all, or all that are
 * looked at. */
static bool in_row(const struct laid_line *row, size_t n)
{
	const struct laid_line *line = row + n;
	for (size_t i = n > ROW_LINES ? n - ROW_LINES : 0; i < n; i++)
		if (!beside(&row[i].place, &line->place))
			return false;
	return beside(&row->place, &line->place);
}

static bool is_word_char(char c)
{
	return g_ascii_isdigit(c) || fold_is_letter(c);
}

/* How long a run of leader dots, dashes or lines is at i, or 0. */
static size_t leader(struct str text, size_t i)
{
	size_t n = 0;
	char c = text.p[i];
	if (c != '.' && c != '_' && c != '-' && c != '=')
		return 0;
	while (i + n < text.n && text.p[i + n] == c)
		n++;
	return n >= (c == '.' || c == '_' ? 2 : 3) ? n : 0;
}

/* Whether the token that begins at `from` ends before i: behind the colon of
 * `Tel:030` but not of `12:30` and `http://`, behind the dot of `No.5`. */
static bool ends_before(struct str text, size_t from, size_t i)
{
	char before = text.p[i - 1], c = text.p[i];
	if (c == '#' || leader(text, i))
		return true;
	if (i < from + 2)
		return false;
	char second = text.p[i - 2];
	switch (before) {
	case ':':
		return c != '/' &&
		       !(g_ascii_isdigit(second) && g_ascii_isdigit(c));
	case '=':
		return fold_is_letter(second);
	case '.':
		return g_ascii_isdigit(c) && fold_is_letter(second) &&
		       i >= from + 3 && !g_ascii_isdigit(text.p[from]);
	default:
		return false;
	}
}

/* Where the token ends that begins at `from`. */
static size_t token_end(struct str text, size_t from)
{
	size_t n = leader(text, from), end = from + 1;
	if (n)
		return from + n;
	if (text.p[from] == '#')
		return end;
	while (end < text.n && !ends_before(text, from, end))
		end++;
	return end;
}

static size_t piece_end(struct str text, size_t from, unsigned piece)
{
	return piece < PIECES_MAX ? token_end(text, from) : text.n;
}

static bool has_any(struct str text, const char *chars)
{
	for (size_t i = 0; i < text.n; i++)
		if (strchr(chars, text.p[i]) && text.p[i])
			return true;
	return false;
}

/* Leader dots that were taken for letters. */
static bool is_leader(const struct laid_word *word)
{
	return word->confidence < LEADER_CONFIDENCE &&
	       leader(word->text, 0) >= LEADER_DOTS;
}

static void add_token(struct layout *layout, const struct laid_word *word,
		      size_t from, size_t to)
{
	struct paper *paper = layout->paper;
	struct str text = str_sub(word->text, from, to);
	float width = (word->place.x1 - word->place.x0) / (float)word->text.n;
	struct paper_token token = {
		.x0 = word->place.x0 + width * (float)from,
		.x1 = word->place.x0 + width * (float)to,
		.cell = paper->n_cells - 1,
		.flags = from ? TOKEN_GLUED : 0,
	};
	while (text.n > 1 && text.p[text.n - 1] == ':') {
		text.n--;
		token.flags |= TOKEN_COLON;
	}
	if (str_eq(text, STR(":")))
		token.flags |= TOKEN_COLON;
	token.text = text;
	if (has_any(text, "()[]"))
		token.flags |= TOKEN_BRACKET;
	bool mark = true;
	for (size_t i = 0; i < text.n; i++) {
		mark &= !is_word_char(text.p[i]);
		token.flags |= g_ascii_isdigit(text.p[i]) ? TOKEN_DIGIT : 0;
	}
	bool number = str_eq(text, STR("#"));
	struct fold fold = fold_word(number ? STR("no") : text);
	if (word->confidence < SURE)
		token.flags |= TOKEN_UNSURE;
	if (mark || is_leader(word) ||
	    (fold.n == 0 && !(token.flags & TOKEN_DIGIT) && text.n < 4))
		token.flags |= TOKEN_MARK;
	token.hash = fold_hash(&fold);
	token.word = lexicon_find(layout->lexicon, &fold);
	paper->tokens[paper->n_tokens++] = token;
}

static void add_word(struct layout *layout, const struct laid_word *word)
{
	size_t from = 0;
	for (unsigned piece = 1; from < word->text.n; piece++) {
		size_t to = is_leader(word)
				    ? word->text.n
				    : piece_end(word->text, from, piece);
		add_token(layout, word, from, to);
		from = to;
	}
}

static void open_cell(struct layout *layout, float x)
{
	struct paper *paper = layout->paper;
	paper->cells[paper->n_cells++] = (struct paper_cell){
		.first = paper->n_tokens,
		.row = paper->n_rows - 1,
		.x0 = x,
		.x1 = x,
	};
	paper->rows[paper->n_rows - 1].n++;
}

/* Whether a word is the cents of the amount before it: `$37.` and `45`. */
static bool are_cents(const struct laid_word *before,
		      const struct laid_word *word, float height)
{
	struct str a = before->text, b = word->text;
	return a.n >= 2 && (a.p[a.n - 1] == '.' || a.p[a.n - 1] == ',') &&
	       g_ascii_isdigit(a.p[a.n - 2]) && b.n == 2 &&
	       g_ascii_isdigit(b.p[0]) && g_ascii_isdigit(b.p[1]) &&
	       word->place.x0 - before->place.x1 < CENTS_GAP * height;
}

/* Puts together what is one word; how many are left. */
static uint32_t join_cents(struct layout *layout, struct laid_word *words,
			   uint32_t n, float height)
{
	uint32_t to = 0;
	for (uint32_t i = 0; i < n; i++) {
		struct laid_word *before = to ? &words[to - 1] : NULL;
		if (!before || !are_cents(before, &words[i], height)) {
			words[to++] = words[i];
			continue;
		}
		before->text =
			arena_join(layout->arena, before->text, words[i].text);
		before->place.x1 = words[i].place.x1;
	}
	return to;
}

static void add_row(struct layout *layout, const struct laid_line *lines,
		    uint32_t n_lines)
{
	struct paper *paper = layout->paper;
	struct laid_word *words = layout->row_words;
	uint32_t n = 0;
	float height = 0, middle = 0, end = 0;
	for (uint32_t i = 0; i < n_lines; i++)
		for (uint32_t k = 0; k < lines[i].n; k++)
			words[n++] = layout->words[lines[i].first + k];
	for (uint32_t i = 0; i < n_lines; i++) {
		const struct place *place = &lines[i].place;
		height += (place->y1 - place->y0) / (float)n_lines;
		middle += (place->y1 + place->y0) / 2 / (float)n_lines;
	}
	qsort(words, n, sizeof(*words), by_x);
	n = join_cents(layout, words, n, height);
	paper->rows[paper->n_rows++] = (struct paper_row){
		.first = paper->n_cells,
		.page = layout->page,
		.y = middle,
		.height = height,
	};
	for (uint32_t i = 0; i < n; i++) {
		const struct laid_word *word = &words[i];
		bool line = i && words[i - 1].line == word->line;
		float gap = word->place.x0 - end;
		if (i == 0 || gap > (line ? CELL_GAP : LINE_GAP) * height)
			open_cell(layout, word->place.x0);
		struct paper_cell *cell = &paper->cells[paper->n_cells - 1];
		add_word(layout, word);
		cell->n = paper->n_tokens - cell->first;
		cell->x1 = fmaxf(cell->x1, word->place.x1);
		end = i ? fmaxf(end, word->place.x1) : word->place.x1;
	}
}

static void add_page(struct layout *layout, const struct recognised_page *page)
{
	struct frame frame = page_frame(page);
	layout->n_lines = layout->n_words = 0;
	for (size_t i = 0; i < page->n_sections; i++)
		for (size_t k = 0; k < page->sections[i].n_lines; k++)
			lay_line(layout, frame, &page->sections[i].lines[k]);
	qsort(layout->lines, layout->n_lines, sizeof(*layout->lines), by_place);
	for (uint32_t from = 0, to; from < layout->n_lines; from = to) {
		to = from + 1;
		while (to < layout->n_lines &&
		       in_row(&layout->lines[from], to - from))
			to++;
		add_row(layout, &layout->lines[from], to - from);
	}
}

static size_t pieces_of(const struct recognised_line *line)
{
	size_t n = 0, end = 0;
	for (size_t i = 0; i < line->n_words; i++, end = 0)
		for (unsigned piece = 1; end < line->words[i].text.n;
		     piece++, n++)
			end = piece_end(line->words[i].text, end, piece);
	return n;
}

void paper_read(struct arena *arena, const struct recognised_page *pages,
		size_t n_pages, const struct lexicon *lexicon,
		struct paper *paper)
{
	size_t words = 0, lines = 0, tokens = 0;
	for (size_t i = 0; i < n_pages; i++) {
		for (size_t k = 0; k < pages[i].n_sections; k++) {
			const struct recognised_section *section =
				&pages[i].sections[k];
			lines += section->n_lines;
			for (size_t l = 0; l < section->n_lines; l++) {
				words += section->lines[l].n_words;
				tokens += pieces_of(&section->lines[l]);
			}
		}
	}
	struct layout layout = {
		.arena = arena,
		.lexicon = lexicon,
		.paper = paper,
		.words = arena_alloc(arena, words * sizeof(*layout.words)),
		.row_words = arena_alloc(arena, words * sizeof(*layout.words)),
		.lines = arena_alloc(arena, lines * sizeof(*layout.lines)),
	};
	*paper = (struct paper){
		.tokens = arena_alloc(arena, tokens * sizeof(*paper->tokens)),
		.cells = arena_alloc(arena, words * sizeof(*paper->cells)),
		.rows = arena_alloc(arena, lines * sizeof(*paper->rows)),
	};
	for (size_t i = 0; i < n_pages; i++) {
		layout.page = (uint32_t)i;
		add_page(&layout, &pages[i]);
	}
}

uint32_t paper_right(const struct paper *paper, uint32_t cell)
{
	const struct paper_row *row = &paper->rows[paper->cells[cell].row];
	return cell + 1 < row->first + row->n ? cell + 1 : PAPER_NONE;
}

/* Of a row, the cell that lies most under [x0, x1]; few are looked at, from the
 * one on that a search finds. */
static uint32_t cell_under(const struct paper *paper,
			   const struct paper_row *row, float x0, float x1)
{
	uint32_t low = row->first, high = row->first + row->n;
	uint32_t end = high, found = PAPER_NONE;
	float most = 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (paper->cells[middle].x0 < x0)
			low = middle + 1;
		else
			high = middle;
	}
	uint32_t from = low > row->first ? low - 1 : low;
	for (uint32_t i = from; i < end && i < from + 4; i++) {
		const struct paper_cell *cell = &paper->cells[i];
		float shared = fminf(x1, cell->x1) - fmaxf(x0, cell->x0);
		if (shared > most) {
			most = shared;
			found = i;
		}
	}
	return found;
}

/* step is 1 downwards, -1 upwards. */
static uint32_t cell_over_or_under(const struct paper *paper, uint32_t cell,
				   int step)
{
	const struct paper_cell *from = &paper->cells[cell];
	const struct paper_row *row = &paper->rows[from->row];
	int64_t r = from->row;
	for (unsigned i = 0; i < BELOW_ROWS; i++) {
		r += step;
		if (r < 0 || r >= paper->n_rows)
			return PAPER_NONE;
		const struct paper_row *other = &paper->rows[r];
		if (other->page != row->page ||
		    fabsf(other->y - row->y) > BELOW_HEIGHTS * row->height)
			return PAPER_NONE;
		uint32_t found = cell_under(paper, other, from->x0, from->x1);
		if (found != PAPER_NONE)
			return found;
	}
	return PAPER_NONE;
}

uint32_t paper_below(const struct paper *paper, uint32_t cell)
{
	return cell_over_or_under(paper, cell, 1);
}

uint32_t paper_above(const struct paper *paper, uint32_t cell)
{
	return cell_over_or_under(paper, cell, -1);
}

bool paper_is_word(const struct paper *paper, uint32_t token, const char *words)
{
	struct fold fold = fold_word(paper->tokens[token].text);
	return fold_is_one_of(&fold, words);
}

struct str paper_text(struct arena *arena, const struct paper *paper,
		      struct paper_run run)
{
	size_t n = 0;
	for (uint32_t i = run.from; i < run.to; i++)
		n += paper->tokens[i].text.n + 2; /* a blank, a colon */
	if (run.to == run.from + 1)
		return paper->tokens[run.from].text;
	char *text = arena_alloc(arena, n), *end = text;
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct paper_token *token = &paper->tokens[i];
		if (i > run.from && !(token->flags & TOKEN_GLUED))
			*end++ = ' ';
		memcpy(end, token->text.p, token->text.n);
		end += token->text.n;
		if ((token->flags & TOKEN_COLON) && i + 1 < run.to &&
		    !str_eq(token->text, STR(":")))
			*end++ = ':';
	}
	return (struct str){text, (size_t)(end - text)};
}
