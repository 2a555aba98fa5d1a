/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/words/order.h"

#include <stdlib.h>

#define SECTIONS_MAX 500 /* more are no table, and would take their square */

/* Words a line, of columns: prose has more in each. */
#define SHORT_WORDS 2.5
#define LONG_WORDS 4.5

/* Of columns of words alone. */
#define ROWS_LEAST 3
#define SPACED 1.9 /* from line to line, in heights of their ink */

/* Of a column's characters, that are of numbers, dates and amounts. */
#define NUMBERS_PART 0.6

/* Of the height of lines: what is that near is at the same height. */
#define LEVEL 0.3
#define LEVEL_PART 0.75 /* of lines that have one beside them */

/* Of the height of lines: how much more than the columns is read again. */
#define MARGIN 1.5
/* What has been read again counts when it is worth that much of what was. */
#define AS_GOOD 0.97

struct cell {
	struct box box;
	unsigned first, n; /* of words */
	unsigned section;
};

struct column {
	struct box box;
	unsigned first, n; /* of cells */
	unsigned words;
	bool is_numbers;
	bool is_spaced; /* as rows of a table are, and lines of a text are not
			 */
	unsigned group; /* the first of those that it is read with */
	bool is_added;  /* its group is where it belongs */
};

struct table {
	struct cell *cells;
	struct column *columns;
	unsigned n; /* columns */
	bool has_grid;
	const struct found_reader *reader;
};

static struct cell cell_of(const struct found *found, unsigned i)
{
	const struct found_line *line =
		&g_array_index(found->lines, struct found_line, i);
	return (struct cell){found_line_box(found, i), line->first, line->n,
			     line->section};
}

static GArray *cells_of(const struct found *found)
{
	GArray *cells = g_array_new(FALSE, FALSE, sizeof(struct cell));
	for (unsigned i = 0; i < found->lines->len; i++) {
		struct cell cell = cell_of(found, i);
		g_array_append_val(cells, cell);
	}
	return cells;
}

static bool is_of_number(char c)
{
	return g_ascii_isdigit(c) || strchr(".,:-/+%$()", c) != NULL;
}

static bool is_numbers(const struct found *found, const struct cell *cells,
		       const struct column *column)
{
	const struct cell *last = &cells[column->first + column->n - 1];
	unsigned all = 0, numbers = 0;
	for (unsigned i = cells[column->first].first; i < last->first + last->n;
	     i++)
		for (const char *c =
			     g_array_index(found->words, struct found_word, i)
				     .text;
		     *c; c++, all++)
			numbers += is_of_number(*c);
	return numbers >= all * NUMBERS_PART;
}

static int middle(const struct box *box)
{
	return (box->top + box->bottom) / 2;
}

/* From each line to the next as far as two lines are high, or more. */
static bool is_spaced(const struct cell *cells, const struct column *column)
{
	const struct cell *first = &cells[column->first];
	const struct cell *last = first + column->n - 1;
	double height = 0;
	for (unsigned i = 0; i < column->n; i++)
		height += first[i].box.bottom - first[i].box.top;
	double pitch =
		(middle(&last->box) - middle(&first->box)) / (column->n - 1.);
	return column->n >= ROWS_LEAST && pitch * column->n >= height * SPACED;
}

static void judge(const struct found *found, const struct cell *cells,
		  struct column *column)
{
	column->is_numbers = is_numbers(found, cells, column);
	column->is_spaced = is_spaced(cells, column);
}

static GArray *columns_of(const struct cell *cells, unsigned n)
{
	GArray *columns = g_array_new(FALSE, FALSE, sizeof(struct column));
	for (unsigned i = 0; i < n; i++) {
		const struct cell *cell = &cells[i];
		struct column new = {
			.box = cell->box, .first = i, .group = columns->len};
		if (i == 0 || cell->section != cells[i - 1].section)
			g_array_append_val(columns, new);
		struct column *column = &g_array_index(columns, struct column,
						       columns->len - 1);
		box_unite(&column->box, &cell->box);
		column->n++;
		column->words += cell->n;
	}
	return columns;
}

/* Whether a line of the column is at the cell's height. */
static bool has_beside(const struct cell *cells, const struct column *column,
		       const struct cell *cell)
{
	for (unsigned i = 0; i < column->n; i++) {
		const struct box *box = &cells[column->first + i].box;
		int height = MIN(box->bottom - box->top,
				 cell->box.bottom - cell->box.top);
		if (abs(middle(box) - middle(&cell->box)) <= height * LEVEL)
			return true;
	}
	return false;
}

static bool are_level(const struct cell *cells, const struct column *few,
		      const struct column *many)
{
	unsigned level = 0;
	for (unsigned i = 0; i < few->n; i++)
		level += has_beside(cells, many, &cells[few->first + i]);
	return level >= few->n * LEVEL_PART;
}

static bool meet(const struct box *a, const struct box *b)
{
	return a->left < b->right && b->left < a->right && a->top < b->bottom &&
	       b->top < a->bottom;
}

/* Line by line: below its last number a column may be as wide as the page. */
static bool are_apart(const struct cell *cells, const struct column *a,
		      const struct column *b)
{
	for (unsigned i = a->first; i < a->first + a->n; i++)
		for (unsigned k = b->first; k < b->first + b->n; k++)
			if (meet(&cells[i].box, &cells[k].box))
				return false;
	return true;
}

/* Of two blocks of words alone, as addresses side by side, each is read for
 * itself, unless rules, or much paper between lines, say that they are a
 * table. */
static bool are_rows(const struct table *table, const struct column *a,
		     const struct column *b)
{
	const struct cell *cells = table->cells;
	double a_words = (double)a->words / a->n;
	double b_words = (double)b->words / b->n;
	bool beside = a->box.top < b->box.bottom && b->box.top < a->box.bottom;
	bool alike = table->has_grid || a->is_numbers || b->is_numbers ||
		     (a->is_spaced && b->is_spaced);
	return alike && beside && MIN(a_words, b_words) <= SHORT_WORDS &&
	       MAX(a_words, b_words) <= LONG_WORDS &&
	       are_level(cells, a->n < b->n ? a : b, a->n < b->n ? b : a) &&
	       are_apart(cells, a, b);
}

static void join(const struct table *table, unsigned a, unsigned b)
{
	for (unsigned i = 0; i < table->n; i++)
		if (table->columns[i].group == MAX(a, b))
			table->columns[i].group = MIN(a, b);
}

/* The box of all of a group; false: it is one column. */
static bool extent(const struct table *table, unsigned number, struct box *out)
{
	unsigned n = 0;
	for (unsigned i = 0; i < table->n; i++) {
		const struct column *column = &table->columns[i];
		if (column->group != number)
			continue;
		if (n++)
			box_unite(out, &column->box);
		else
			*out = column->box;
	}
	return n > 1;
}

static bool is_within(const struct box *in, const struct box *out)
{
	int slack = (in->bottom - in->top) / 2;
	return in->left >= out->left - slack &&
	       in->right <= out->right + slack && in->top >= out->top - slack &&
	       in->bottom <= out->bottom + slack;
}

/* First figures of several rows, taken for a line that stands, are the
 * table's, as is the head of a column. */
static void absorb(const struct table *table)
{
	struct box box;
	for (unsigned i = 0; i < table->n; i++)
		for (unsigned k = 0; extent(table, i, &box) && k < table->n;
		     k++)
			if (table->columns[k].group != i &&
			    is_within(&table->columns[k].box, &box))
				join(table, i, table->columns[k].group);
}

/* Whether there is anything to be done. */
static bool group(const struct table *table)
{
	struct column *columns = table->columns;
	unsigned n = table->n;
	bool any = false;
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = i + 1; k < n; k++) {
			unsigned from = columns[k].group;
			unsigned to = columns[i].group;
			if (from == to ||
			    !are_rows(table, &columns[i], &columns[k]))
				continue;
			any = true;
			join(table, from, to);
		}
	if (any)
		absorb(table);
	return any;
}

static int by_middle(const void *a, const void *b)
{
	const struct cell *left = a, *right = b;
	return middle(&left->box) - middle(&right->box);
}

static int by_left(const void *a, const void *b)
{
	const struct cell *left = a, *right = b;
	return left->box.left - right->box.left;
}

/* Cells that begin at `from` and are of one row; sorted by their middles. */
static unsigned row_end(const struct cell *cells, unsigned from, unsigned n)
{
	int height = cells[from].box.bottom - cells[from].box.top;
	unsigned to = from + 1;
	while (to < n &&
	       middle(&cells[to].box) - middle(&cells[from].box) <= height / 2)
		to++;
	return to;
}

static void add_cell(struct found *out, const struct found *in,
		     const struct cell *cell, bool begins_line,
		     bool begins_section)
{
	for (unsigned i = 0; i < cell->n; i++)
		found_add(out,
			  &g_array_index(in->words, struct found_word,
					 cell->first + i),
			  begins_line && i == 0, begins_section && i == 0);
}

static void add_rows(struct found *out, const struct found *in,
		     struct cell *cells, unsigned n)
{
	qsort(cells, n, sizeof(*cells), by_middle);
	for (unsigned from = 0, to; from < n; from = to) {
		to = row_end(cells, from, n);
		qsort(cells + from, to - from, sizeof(*cells), by_left);
		for (unsigned i = from; i < to; i++)
			add_cell(out, in, &cells[i], i == from, i == 0);
	}
}

/* What a group covers, and a margin, but nothing of others. */
static bool part_of(const struct table *table, unsigned number,
		    struct box *part)
{
	const struct column *of = &table->columns[number];
	int margin = (int)((of->box.bottom - of->box.top) / of->n * MARGIN);
	extent(table, number, part);
	part->left -= margin;
	part->top -= margin / 3;
	part->right += margin;
	part->bottom += margin / 3;
	for (unsigned i = 0; i < table->n; i++)
		if (table->columns[i].group != number &&
		    meet(part, &table->columns[i].box))
			return false;
	return true;
}

static void add_table(struct found *out, const struct found *in,
		      const struct table *table, unsigned number,
		      const GArray *cells)
{
	const struct found_reader *reader = table->reader;
	struct found rows, again;
	struct box part;
	found_init(&rows);
	found_init(&again);
	add_rows(&rows, in, (struct cell *)(void *)cells->data, cells->len);
	bool better = part_of(table, number, &part) &&
		      reader->read(reader->user, &part, &again) &&
		      found_worth(&again) >= found_worth(&rows) * AS_GOOD;
	const struct found *best = better ? &again : &rows;
	found_append(out, best, 0, best->lines->len);
	found_release(&again);
	found_release(&rows);
}

/* All lines of the columns of a group, as they are in a lone one. */
static void add_group(struct found *out, const struct found *in,
		      const struct table *table, unsigned number)
{
	g_autoptr(GArray) cells =
		g_array_new(FALSE, FALSE, sizeof(struct cell));
	unsigned n = 0;
	table->columns[number].is_added = true;
	for (unsigned i = 0; i < table->n; i++) {
		const struct column *c = &table->columns[i];
		if (c->group != number)
			continue;
		g_array_append_vals(cells, table->cells + c->first, c->n);
		n++;
	}
	if (n > 1) {
		add_table(out, in, table, number, cells);
		return;
	}
	for (unsigned i = 0; i < cells->len; i++)
		add_cell(out, in, &g_array_index(cells, struct cell, i), true,
			 i == 0);
}

/* A table is as wide as several columns: what is above it, in any of them,
 * comes before it. */
static void add_below(struct found *out, const struct found *in,
		      const struct table *table, unsigned number)
{
	struct box box;
	for (unsigned i = number + 1;
	     extent(table, number, &box) && i < table->n; i++) {
		const struct column *column = &table->columns[i];
		struct box other = column->box;
		if (column->group == i && !column->is_added &&
		    !extent(table, i, &other) && other.bottom <= box.top &&
		    other.left < box.right && other.right > box.left)
			add_group(out, in, table, i);
	}
	if (!table->columns[number].is_added)
		add_group(out, in, table, number);
}

void order_rows(struct found *found, bool has_grid,
		const struct found_reader *reader)
{
	g_autoptr(GArray) cells = cells_of(found);
	struct cell *first = (struct cell *)(void *)cells->data;
	g_autoptr(GArray) columns = columns_of(first, cells->len);
	const struct table table = {
		.cells = first,
		.columns = (struct column *)(void *)columns->data,
		.n = columns->len,
		.has_grid = has_grid,
		.reader = reader,
	};
	struct found ordered;
	for (unsigned i = 0; i < table.n; i++)
		judge(found, first, &table.columns[i]);
	if (table.n > SECTIONS_MAX || !group(&table))
		return;
	found_init(&ordered);
	for (unsigned i = 0; i < table.n; i++)
		if (table.columns[i].group == i)
			add_below(&ordered, found, &table, i);
	found_release(found);
	*found = ordered;
}
