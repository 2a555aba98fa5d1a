/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text as it lies on paper: pages turned upright, rows across their columns,
 * rows cut into cells where a gap is wide, cells into tokens. Not here: what
 * any of it means.
 */
#ifndef PROMPT_PAPER_H
#define PROMPT_PAPER_H

#include "prompt/fold.h"
#include "recognition/page.h"

#define PAPER_NONE UINT32_MAX

enum {
	TOKEN_COLON = 1,    /* a colon stood behind it */
	TOKEN_DIGIT = 2,    /* has a digit */
	TOKEN_MARK = 4,     /* marks only */
	TOKEN_GLUED = 8,    /* no blank before it */
	TOKEN_BRACKET = 16, /* has a bracket */
	TOKEN_UNSURE = 32,  /* recognition hardly made it out */
};

/* A word, or a part of one: `Total:5.00` and `#1001` are two. */
struct paper_token {
	struct str text; /* without a colon at its end */
	float x0, x1;
	uint32_t cell;
	uint32_t hash; /* of its fold; 0 when it is no word */
	uint16_t word; /* of the lexicon, or 0 */
	uint8_t flags;
};

/* Of pages that stand upright, x to the right and y down, in pixels. */
struct paper_cell {
	uint32_t first, n; /* tokens */
	uint32_t row;
	float x0, x1;
};

struct paper_row {
	uint32_t first, n; /* cells */
	uint32_t page;
	float y, height; /* of its middle; of its letters */
};

/* In reading order: rows down the pages, cells and tokens from the left. */
struct paper {
	struct paper_token *tokens;
	struct paper_cell *cells;
	struct paper_row *rows;
	uint32_t n_tokens, n_cells, n_rows;
};

/* Tokens [from, to) of a row, mostly of one cell of it. */
struct paper_run {
	uint32_t from, to;
};

void paper_read(struct arena *arena, const struct recognised_page *pages,
		size_t n_pages, const struct lexicon *lexicon,
		struct paper *paper);

static inline const struct paper_token *paper_token(const struct paper *paper,
						    uint32_t token)
{
	return &paper->tokens[token];
}

/* The end of the cell that a token is in. */
static inline uint32_t paper_cell_end(const struct paper *paper, uint32_t token)
{
	const struct paper_cell *cell =
		&paper->cells[paper->tokens[token].cell];
	return cell->first + cell->n;
}

static inline const struct paper_row *paper_row_of(const struct paper *paper,
						   uint32_t token)
{
	uint32_t cell = paper->tokens[token].cell;
	return &paper->rows[paper->cells[cell].row];
}

static inline struct paper_run paper_cell_run(const struct paper *paper,
					      uint32_t cell)
{
	const struct paper_cell *c = &paper->cells[cell];
	return (struct paper_run){c->first, c->first + c->n};
}

/* From the first token of its first cell to the last one's end. */
static inline struct paper_run paper_row_run(const struct paper *paper,
					     const struct paper_row *row)
{
	uint32_t last = row->first + row->n - 1;
	return (struct paper_run){paper->cells[row->first].first,
				  paper_cell_run(paper, last).to};
}

/* The cell to the right in the row; the closest one under or over it, within
 * three heights of letters. PAPER_NONE without one. */
uint32_t paper_right(const struct paper *paper, uint32_t cell);
uint32_t paper_below(const struct paper *paper, uint32_t cell);
uint32_t paper_above(const struct paper *paper, uint32_t cell);

/* Whether a token's word is one of some, apart by blanks. */
bool paper_is_word(const struct paper *paper, uint32_t token,
		   const char *words);

/* The text of a run, one blank where there was one. */
struct str paper_text(struct arena *arena, const struct paper *paper,
		      struct paper_run run);

#endif
