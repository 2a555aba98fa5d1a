/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a label to its value.
 */
#include "prompt/find.h"

#include <math.h>

#define FILLERS_MAX 12
#define BRACKET_TOKENS 8
#define BLOCK_LINES 4
/* Lines of a block are closer than a paragraph. */
#define BLOCK_HEIGHTS 2.4f
#define BLOCK_INDENT 1.5f
#define STACK_HEIGHTS 2.0f
#define BARE_DIGITS 7
/* How far an amount may be from its label. */
#define WALK_CELLS 16
#define WALK_TOKENS 64
#define WALK_WORDS 12
#define LONG_NUMBER 4
#define TAX_DIGITS 7
/* More words behind an amount, and it is within a sentence. */
#define WORDS_BEHIND 2

static struct values_at values_of(const struct finder *finder,
				  struct arena *arena)
{
	return (struct values_at){arena, &finder->paper, finder->labels};
}

/* Behind (...) that begins at i, or i. */
static uint32_t behind_brackets(const struct finder *finder,
				struct paper_run run)
{
	const struct paper *paper = &finder->paper;
	if (!(paper_token(paper, run.from)->flags & TOKEN_BRACKET))
		return run.from;
	char first = *paper_token(paper, run.from)->text.p;
	char last = first == '(' ? ')' : ']';
	if (first != '(' && first != '[')
		return run.from;
	for (uint32_t i = run.from; i < run.to && i < run.from + BRACKET_TOKENS;
	     i++)
		if (str_find(paper_token(paper, i)->text, last) >= 0)
			return i + 1;
	return run.from;
}

/* Marks and words that say nothing between a label and its value. Of a value
 * are a currency, a minus, and the stars of a number that is hidden. */
static bool is_filler(const struct finder *finder,
		      const struct paper_token *token, enum prompt_kind kind)
{
	if (labels_is(finder->labels, token->word, WORD_FILLER))
		return true;
	if (!(token->flags & TOKEN_MARK) || kind == KIND_CARD ||
	    value_is_currency(token->text))
		return false;
	return !(kind == KIND_AMOUNT && str_eq(token->text, STR("-"))) &&
	       !(kind == KIND_NUMBER && *token->text.p == '*');
}

/* Passes over fillers, and over what is in brackets. */
static uint32_t skip_fillers(const struct finder *finder, struct paper_run run,
			     enum prompt_kind kind)
{
	uint32_t i = run.from;
	while (i < run.to && i < run.from + FILLERS_MAX) {
		uint32_t behind =
			behind_brackets(finder, (struct paper_run){i, run.to});
		if (is_filler(finder, paper_token(&finder->paper, i), kind))
			i++;
		else if (behind > i && kind != KIND_PHONE &&
			 !(kind == KIND_AMOUNT && behind == i + 1 &&
			   i + 1 == run.to))
			i = behind;
		else
			break;
	}
	return i;
}

static bool is_label(const struct finder *finder, uint32_t token)
{
	return labels_at(&finder->hits, token) != NULL;
}

static bool is_unit(const struct finder *finder, uint32_t i)
{
	return labels_is(finder->labels, paper_token(&finder->paper, i)->word,
			 WORD_UNIT);
}

bool find_is_amount(const struct finder *finder, struct arena *arena,
		    uint32_t cell, struct value *out)
{
	struct values_at at = values_of(finder, arena);
	struct paper_run run = paper_cell_run(&finder->paper, cell);
	run.from = skip_fillers(finder, run, KIND_AMOUNT);
	if (!value_read(&at, run, KIND_AMOUNT, out) ||
	    (out->form != AMOUNT_MONEY && out->form != AMOUNT_BARE))
		return false;
	return out->to == run.to;
}

/* The walk along a row from a label of an amount. */
struct walk {
	const struct finder *finder;
	struct values_at at;
	struct value best;
	bool found, failed;
	bool tax;   /* it is of one */
	bool rate;  /* a rate was on the way */
	bool colon; /* behind the label, so that words may follow its amount */
};

static bool other_currency(const struct value *a, const struct value *b)
{
	return a->currency.n && b->currency.n &&
	       !str_eq_nocase(a->currency, b->currency);
}

/* Takes an amount; where it goes on. */
static uint32_t walk_amount(struct walk *walk, const struct value *value,
			    uint32_t end)
{
	bool unit = value->to < end && is_unit(walk->finder, value->to);
	if (value->form == AMOUNT_PERCENT) {
		/* rates and amounts by turns are what may be chosen */
		walk->failed |= walk->found && walk->best.form == AMOUNT_MONEY;
		walk->found = false; /* `Tax 1 7.000 %` */
		walk->rate = true;
		return value->to;
	}
	if (value->form == AMOUNT_BARE && unit)
		return value->to + 1; /* `3 items` */
	if (value->form == AMOUNT_ODD || unit) {
		walk->failed = true;
		return end;
	}
	bool better =
		value->form == AMOUNT_MONEY || walk->best.form == AMOUNT_BARE;
	if (!walk->found || (better && !other_currency(&walk->best, value))) {
		walk->best = *value;
		walk->found = true;
	}
	return value->to;
}

/* A word on the way: what came before it was not about money, or is in the
 * middle of a sentence. */
static void walk_word(struct walk *walk, struct paper_run rest, bool own_cell)
{
	uint32_t i = rest.from;
	while (i < rest.to && !is_label(walk->finder, i))
		i++;
	if (!walk->found || walk->best.form == AMOUNT_BARE ||
	    (own_cell && !walk->colon && i - rest.from > WORDS_BEHIND))
		walk->failed = true;
}

/* Words behind a tax that only say how it is meant. */
static bool is_of_tax(const struct walk *walk, uint32_t i)
{
	const struct paper *paper = &walk->finder->paper;
	return walk->tax &&
	       ((walk->rate && paper_is_word(paper, i, "von auf de su")) ||
		paper_is_word(paper, i,
			      "incl included includes inclusive inkl "
			      "enthalten incluido incluso compris inclus "
			      "charge charges above price prices"));
}

/* What of a cell is behind a label, or right of it; false when the walk ends.*/
static bool walk_cell(struct walk *walk, struct paper_run run, bool own_cell)
{
	struct value value;
	uint32_t i = run.from;
	if (run.to > run.from + WALK_TOKENS)
		return false;
	while (i < run.to && !walk->failed) {
		if (is_label(walk->finder, i))
			return false;
		i = skip_fillers(walk->finder, (struct paper_run){i, run.to},
				 KIND_AMOUNT);
		if (i >= run.to)
			break;
		if (is_label(walk->finder, i))
			return false;
		if (i + 1 == run.to &&
		    value_is_currency(
			    paper_token(&walk->finder->paper, i)->text))
			break; /* of the amount in the next cell */
		/* `8.1% von 82.50`, `VAT 7% incl.` */
		if (is_of_tax(walk, i)) {
			i++;
			continue;
		}
		if (!value_read(&walk->at, (struct paper_run){i, run.to},
				KIND_AMOUNT, &value)) {
			walk_word(walk, (struct paper_run){i, run.to},
				  own_cell);
			return false;
		}
		i = walk_amount(walk, &value, run.to);
	}
	return !walk->failed;
}

/* Whether words behind a total say that it is none: `excl. VAT`. */
static bool is_partial(const struct finder *finder, const struct label_hit *hit)
{
	const struct paper *paper = &finder->paper;
	const struct paper_row *row = paper_row_of(paper, hit->from);
	uint32_t end = paper_row_run(paper, row).to;
	if (hit->field != FIELD_TOTAL && hit->field != FIELD_DUE)
		return false;
	for (uint32_t i = hit->to; i < end && i < hit->to + WALK_WORDS; i++) {
		struct fold fold = fold_word(paper_token(paper, i)->text);
		if (fold_is_one_of(&fold,
				   "excl excluding exclude ex exc before "
				   "without net netto ht hor zzgl plus sin "
				   "exclusief esclusa"))
			return true;
		if (is_label(finder, i))
			break;
	}
	return false;
}

/* `Service 10% 5.28` is a charge, `Service 120.00` is work. */
static bool is_work(const struct finder *finder, const struct label_hit *hit)
{
	const struct paper *paper = &finder->paper;
	const struct paper_row *row = paper_row_of(paper, hit->from);
	uint32_t end = paper_row_run(paper, row).to;
	if (hit->field != FIELD_SERVICE || hit->rank == 0)
		return false;
	for (uint32_t i = hit->to; i < end && i < hit->to + WALK_WORDS; i++)
		if (str_find(paper_token(paper, i)->text, '%') >= 0)
			return false;
	return true;
}

/* An integer may be a number of things where other amounts have cents. */
static bool bare_is_fine(const struct finder *finder,
			 const struct label_hit *hit, const struct value *value)
{
	if (value->form == AMOUNT_MONEY)
		return true;
	bool sum = hit->field == FIELD_TOTAL || hit->field == FIELD_DUE ||
		   hit->field == FIELD_SUBTOTAL;
	bool sure = sum ? !finder->cents : hit->rank == 0;
	return hit->field != FIELD_TAX && sure && value->text.n <= BARE_DIGITS;
}

/* A label fills its cell when nothing but fillers is around it. */
static bool fills_cell(const struct finder *finder, struct paper_run label,
		       enum prompt_kind kind)
{
	const struct paper *paper = &finder->paper;
	struct paper_run cell =
		paper_cell_run(paper, paper_token(paper, label.from)->cell);
	for (uint32_t i = cell.from; i < label.from; i++)
		if (!(paper_token(paper, i)->flags & TOKEN_MARK) &&
		    !labels_is(finder->labels, paper_token(paper, i)->word,
			       WORD_BEFORE))
			return false;
	uint32_t i = label.to;
	while (i < cell.to && value_is_currency(paper_token(paper, i)->text))
		i++;
	return skip_fillers(finder, (struct paper_run){i, cell.to}, kind) ==
	       cell.to;
}

/* Whether a label lies right under another: where values lie under them too,
 * which is whose is not said. Over a name it may be a title. */
static bool is_stacked(const struct finder *finder, uint32_t cell,
		       enum prompt_kind kind)
{
	const struct paper *paper = &finder->paper;
	uint32_t above = paper_above(paper, cell);
	if (above == PAPER_NONE)
		return false;
	const struct paper_row *row = &paper->rows[paper->cells[cell].row];
	const struct paper_row *over = &paper->rows[paper->cells[above].row];
	struct paper_run run = paper_cell_run(paper, above);
	bool colon = paper_token(paper, run.to - 1)->flags & TOKEN_COLON;
	const struct label_hit *hit = labels_at(&finder->hits, run.from);
	if (row->y - over->y > STACK_HEIGHTS * row->height || hit == NULL ||
	    (kind >= KIND_TEXT && !colon))
		return false;
	return fills_cell(finder, (struct paper_run){hit->from, hit->to},
			  prompt_kind_of(hit->field));
}

/* The cell below a label that fills its own, where no table of items is. */
static uint32_t below(const struct finder *finder, struct paper_run label,
		      enum prompt_kind kind)
{
	const struct paper *paper = &finder->paper;
	uint32_t cell = paper_token(paper, label.from)->cell;
	if (finder->heads[paper->cells[cell].row] ||
	    !fills_cell(finder, label, kind) || is_stacked(finder, cell, kind))
		return PAPER_NONE;
	return paper_below(paper, cell);
}

/* Whether a label beside others has more than one amount under it, the first
 * of which is in a cell: the parts of a sum, as the rates of a tax. */
static bool heads_column(const struct finder *finder, struct arena *arena,
			 const struct label_hit *hit, uint32_t cell)
{
	const struct paper *paper = &finder->paper;
	struct value next;
	uint32_t under = paper_below(paper, cell);
	return paper_row_of(paper, hit->from)->n > 1 && under != PAPER_NONE &&
	       find_is_amount(finder, arena, under, &next);
}

/* Of a discount the amount in the next cell when it is taken off, whatever it
 * is called: `Remise fidelite -0,50`. */
static bool take_off(const struct finder *finder, struct arena *arena,
		     const struct label_hit *hit, struct value *out)
{
	const struct paper *paper = &finder->paper;
	uint32_t cell = paper_token(paper, hit->from)->cell;
	uint32_t right = paper_right(paper, cell);
	return hit->field == FIELD_DISCOUNT && right != PAPER_NONE &&
	       paper_cell_run(paper, cell).from == hit->from &&
	       find_is_amount(finder, arena, right, out) &&
	       out->form == AMOUNT_MONEY && *out->text.p == '-';
}

/* An amount below a label that has none in its row. */
static bool find_below(const struct finder *finder, struct arena *arena,
		       const struct label_hit *hit, struct value *out)
{
	uint32_t cell = below(finder, (struct paper_run){hit->from, hit->to},
			      KIND_AMOUNT);
	return cell != PAPER_NONE &&
	       !is_label(finder, paper_cell_run(&finder->paper, cell).from) &&
	       find_is_amount(finder, arena, cell, out) &&
	       !heads_column(finder, arena, hit, cell) &&
	       bare_is_fine(finder, hit, out);
}

static bool find_amount(const struct finder *finder, struct arena *arena,
			const struct label_hit *hit, struct value *out)
{
	const struct paper *paper = &finder->paper;
	struct walk walk = {
		.finder = finder,
		.at = values_of(finder, arena),
		.tax = hit->field == FIELD_TAX,
		.colon = paper_token(paper, hit->to - 1)->flags & TOKEN_COLON,
	};
	uint32_t cell = paper_token(paper, hit->from)->cell;
	struct paper_run run = {hit->to, paper_cell_run(paper, cell).to};
	if (is_partial(finder, hit) || is_work(finder, hit))
		return false;
	for (unsigned i = 0; i < WALK_CELLS && walk_cell(&walk, run, i == 0);
	     i++) {
		cell = paper_right(paper, cell);
		if (cell == PAPER_NONE)
			break;
		run = paper_cell_run(paper, cell);
		struct value value;
		/* beside an amount only another; words are of something else */
		if (walk.found && walk.best.form == AMOUNT_MONEY &&
		    !find_is_amount(finder, arena, cell, &value))
			break;
	}
	if (walk.found && !walk.failed) {
		*out = walk.best;
		return bare_is_fine(finder, hit, out);
	}
	if (walk.failed)
		return take_off(finder, arena, hit, out);
	return find_below(finder, arena, hit, out);
}

/* `Order #5`, `Order no. 5` */
static bool is_numbered(const struct finder *finder,
			const struct label_hit *hit, const struct value *value)
{
	const struct paper *paper = &finder->paper;
	for (uint32_t i = hit->to; i < value->to; i++)
		if (str_eq(paper_token(paper, i)->text, STR("#")) ||
		    labels_is(finder->labels, paper_token(paper, i)->word,
			      WORD_FILLER))
			return true;
	return false;
}

/* What may follow a value of a label that says no more than `Invoice`. */
static bool ends_well(const struct finder *finder, const struct label_hit *hit,
		      const struct value *value, uint32_t end)
{
	enum prompt_kind kind = prompt_kind_of(hit->field);
	/* `VAT: 5` is a rate, `VAT: IE 3344556K` a number */
	if (hit->field == FIELD_TAX_NUMBER && hit->rank > 0 &&
	    value->text.n < TAX_DIGITS)
		return false;
	if (value->to >= end || is_label(finder, value->to))
		return true;
	if (kind == KIND_COUNT)
		return is_unit(finder, value->to);
	/* `no` or `#` before it says that it is a number, as more digits do */
	return kind != KIND_NUMBER || hit->rank == 0 ||
	       (hit->to < value->to && value->text.n >= LONG_NUMBER) ||
	       is_numbered(finder, hit, value);
}

static bool read_cell(const struct finder *finder, struct arena *arena,
		      const struct label_hit *hit, struct paper_run run,
		      struct value *out)
{
	struct values_at at = values_of(finder, arena);
	enum prompt_kind kind = prompt_kind_of(hit->field);
	run.from = skip_fillers(finder, run, kind);
	for (uint32_t i = run.from + 1; i < run.to && i < run.from + 8; i++)
		if (is_label(finder, i))
			run.to = i;
	return run.from < run.to && value_read(&at, run, kind, out) &&
	       ends_well(finder, hit, out, run.to);
}

static bool find_typed(const struct finder *finder, struct arena *arena,
		       const struct label_hit *hit, struct value *out)
{
	const struct paper *paper = &finder->paper;
	enum prompt_kind kind = prompt_kind_of(hit->field);
	uint32_t cell = paper_token(paper, hit->from)->cell;
	struct paper_run run = {hit->to, paper_cell_run(paper, cell).to};
	if (read_cell(finder, arena, hit, run, out))
		return true;
	if (skip_fillers(finder, run, kind) < run.to)
		return false;
	cell = paper_right(paper, cell);
	if (cell != PAPER_NONE &&
	    !is_label(finder, paper_cell_run(paper, cell).from) &&
	    read_cell(finder, arena, hit, paper_cell_run(paper, cell), out))
		return true;
	cell = below(finder, (struct paper_run){hit->from, hit->to}, kind);
	return cell != PAPER_NONE &&
	       !is_label(finder, paper_cell_run(paper, cell).from) &&
	       read_cell(finder, arena, hit, paper_cell_run(paper, cell), out);
}

/* The words of a run until the next label with a colon: of that one a word at
 * least. */
static struct paper_run until_label(const struct finder *finder,
				    struct paper_run run)
{
	const struct label_hit *last = NULL;
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct label_hit *hit = labels_at(&finder->hits, i);
		if (hit)
			last = hit;
		if (!(paper_token(&finder->paper, i)->flags & TOKEN_COLON))
			continue;
		bool ends = last && last->from > run.from && last->to > i;
		run.to = ends ? last->from : i;
		break;
	}
	return run;
}

static bool take_line(const struct finder *finder, struct arena *arena,
		      struct paper_run run, struct value *out)
{
	const struct paper *paper = &finder->paper;
	run.from = skip_fillers(finder, run, KIND_TEXT);
	if (run.from >= run.to)
		return false;
	run = until_label(finder, run);
	if (run.from >= run.to || run.to - run.from > VALUE_MAX ||
	    !value_is_sure(paper, run))
		return false;
	*out = (struct value){
		.text = paper_text(arena, paper, run),
		.from = run.from,
		.to = run.to,
	};
	while (out->text.n && strchr(" ,;|", out->text.p[out->text.n - 1]))
		out->text.n--;
	return out->text.n && out->text.n <= VALUE_MAX;
}

/* `Invoice No 5` is a label and its value; `Website redesign` is neither. */
static bool begins_label(const struct finder *finder, struct arena *arena,
			 uint32_t cell)
{
	const struct paper *paper = &finder->paper;
	struct paper_run run = paper_cell_run(paper, cell);
	for (uint32_t i = run.from; i < run.to && i < run.from + 4; i++)
		if (paper_token(paper, i)->flags & TOKEN_COLON)
			return true;
	const struct label_hit *hit = labels_at(&finder->hits, run.from);
	if (hit == NULL)
		return false;
	enum prompt_kind kind = prompt_kind_of(hit->field);
	struct value value;
	if (kind == KIND_NONE || kind >= KIND_TEXT ||
	    fills_cell(finder, (struct paper_run){hit->from, hit->to}, kind))
		return true;
	return kind == KIND_AMOUNT ? find_amount(finder, arena, hit, &value)
				   : find_typed(finder, arena, hit, &value);
}

/* A colon of its own, or leader dots. */
static bool parts(const struct paper_token *token)
{
	return str_eq(token->text, STR(":")) ||
	       str_starts(token->text, STR(".."));
}

bool find_line(const struct finder *finder, struct arena *arena,
	       struct paper_run label, struct value *out)
{
	const struct paper *paper = &finder->paper;
	uint32_t cell = paper_token(paper, label.from)->cell;
	struct paper_run run = {label.to, paper_cell_run(paper, cell).to};
	bool colon = paper_token(paper, label.to - 1)->flags & TOKEN_COLON ||
		     (run.from < run.to && parts(paper_token(paper, run.from)));
	bool fills = fills_cell(finder, label, KIND_TEXT);
	if (!fills)
		return colon && take_line(finder, arena, run, out);
	uint32_t right = paper_right(paper, cell);
	if (right != PAPER_NONE && !begins_label(finder, arena, right))
		return take_line(finder, arena, paper_cell_run(paper, right),
				 out);
	uint32_t under = below(finder, label, KIND_TEXT);
	return under != PAPER_NONE && !begins_label(finder, arena, under) &&
	       take_line(finder, arena, paper_cell_run(paper, under), out);
}

/* The lines right below a value, as far as they are of its block. */
static void add_lines(const struct finder *finder, struct arena *arena,
		      struct value *value)
{
	const struct paper *paper = &finder->paper;
	uint32_t cell = paper_token(paper, value->to - 1)->cell;
	for (unsigned i = 0; i < BLOCK_LINES; i++) {
		uint32_t next = paper_below(paper, cell);
		struct value line;
		if (next == PAPER_NONE || begins_label(finder, arena, next))
			break;
		const struct paper_row *row =
			&paper->rows[paper->cells[cell].row];
		const struct paper_row *under =
			&paper->rows[paper->cells[next].row];
		if (under->y - row->y > BLOCK_HEIGHTS * row->height ||
		    fabsf(paper->cells[next].x0 - paper->cells[cell].x0) >
			    BLOCK_INDENT * row->height ||
		    finder->heads[paper->cells[next].row] ||
		    !take_line(finder, arena, paper_cell_run(paper, next),
			       &line))
			break;
		value->text =
			arena_printf(arena, "%.*s\n%.*s", STR_ARG(value->text),
				     STR_ARG(line.text));
		cell = next;
	}
}

bool find_value(const struct finder *finder, struct arena *arena,
		const struct label_hit *hit, struct value *out)
{
	switch (prompt_kind_of(hit->field)) {
	case KIND_NONE:
		return false;
	case KIND_AMOUNT:
		return find_amount(finder, arena, hit, out);
	case KIND_TEXT:
	case KIND_BLOCK:
		if (!find_line(finder, arena,
			       (struct paper_run){hit->from, hit->to}, out) ||
		    !value_has_letter(out->text))
			return false;
		if (prompt_kind_of(hit->field) == KIND_BLOCK)
			add_lines(finder, arena, out);
		return true;
	default:
		return find_typed(finder, arena, hit, out);
	}
}
