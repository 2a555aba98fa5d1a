/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that end with an amount are items when their amounts are, to the cent,
 * the sum that a label below them has. What a discount takes off, and taxes and
 * fees with labels between them and the sum, count but are no items. Nothing
 * else about a line says as much, so without such a sum there are none.
 */
#include "prompt/items.h"

#define SUMS_MAX 16    /* labels of sums that are looked at */
#define ROWS_MAX 200   /* above a sum */
#define ROW_TOKENS 48  /* a longer row is no line of items */
#define BETWEEN_ROWS 3 /* without an amount, between two with one */
#define ITEM_LETTERS 2
/* A line of more is none; those of all rows together are within 64 bits. */
#define CENTS_MAX INT64_C(10000000000000000)

struct items {
	struct values_at at;
	const struct finder *finder;
	struct str lines[SCAN_MAX]; /* from the lowest up */
	size_t n;
	int64_t sum;
	unsigned others; /* amounts that count and are no items */
	bool headed;     /* a row of headings is over them */
};

enum line_kind {
	LINE_PLAIN, /* no amount */
	LINE_ITEM,
	LINE_DETAIL, /* of one that the row above names */
	LINE_OTHER,  /* counts */
	LINE_END,    /* of another sum */
};

struct line {
	enum line_kind kind;
	int64_t cents;
};

static struct paper_run row_run(const struct items *items, uint32_t r)
{
	const struct paper *paper = &items->finder->paper;
	return paper_row_run(paper, &paper->rows[r]);
}

static int64_t signed_cents(struct str text)
{
	int64_t cents = (int64_t)value_cents(text);
	bool minus = str_starts(text, STR("-")) || str_starts(text, STR("(")) ||
		     str_starts(text, STR("–")) || str_ends(text, STR("-")) ||
		     str_starts(text, STR("\xe2\x88\x92"));
	return minus && !str_ends(text, STR(",-")) ? -cents : cents;
}

/* The last amount of a row, when nothing but the code of a tax is behind it;
 * *from is where it begins. */
static bool last_amount(const struct items *items, struct paper_run row,
			struct value *out, uint32_t *from)
{
	const struct paper *paper = items->at.paper;
	bool found = false;
	for (uint32_t i = row.from; i < row.to; i++) {
		struct value value;
		struct paper_run run = {i, paper_cell_end(paper, i)};
		if (!value_read(&items->at, run, KIND_AMOUNT, &value))
			continue;
		found = value.form == AMOUNT_MONEY && value.to == run.to;
		*out = value;
		*from = i;
		i = value.to - 1;
	}
	return found && (out->to == row.to ||
			 (out->to + 1 == row.to &&
			  paper_token(paper, out->to)->text.n <= 2));
}

/* Where amounts have cents, `555 017` is a telephone's. */
static bool has_cents(struct str text)
{
	while (text.n && strchr("-)", text.p[text.n - 1]))
		text.n--;
	return labels_has_cents(text);
}

static unsigned amounts_in(const struct items *items, uint32_t r)
{
	struct paper_run row = row_run(items, r);
	unsigned n = 0;
	for (uint32_t i = row.from; i < row.to && i < row.from + ROW_TOKENS;
	     i++) {
		struct value value;
		struct paper_run run = {
			i, paper_cell_end(&items->finder->paper, i)};
		if (!value_read(&items->at, run, KIND_AMOUNT, &value))
			continue;
		n += value.form == AMOUNT_MONEY;
		i = value.to - 1;
	}
	return n;
}

static size_t letters_in(const struct items *items, struct paper_run run)
{
	const struct paper *paper = items->at.paper;
	size_t n = 0;
	for (uint32_t i = run.from; i < run.to; i++)
		for (size_t k = 0; k < paper_token(paper, i)->text.n; k++)
			n += fold_is_letter(paper_token(paper, i)->text.p[k]);
	return n;
}

/* What a label that begins a row makes of it; else it is LINE_PLAIN. */
static const enum line_kind kinds[FIELDS] = {
	[FIELD_TAX] = LINE_OTHER,      [FIELD_TIP] = LINE_OTHER,
	[FIELD_SERVICE] = LINE_OTHER,  [FIELD_SHIPPING] = LINE_OTHER,
	[FIELD_DISCOUNT] = LINE_OTHER, [FIELD_TOTAL] = LINE_END,
	[FIELD_DUE] = LINE_END,        [FIELD_SUBTOTAL] = LINE_END,
	[FIELD_PAID] = LINE_END,       [FIELD_CASH] = LINE_END,
	[FIELD_CHANGE] = LINE_END,     [FIELD_TENDERED] = LINE_END,
	[FIELD_DEPOSIT] = LINE_END,    [FIELD_SAVINGS] = LINE_END,
};

static enum prompt_field field_of(const struct items *items, uint32_t token)
{
	const struct label_hit *hit = labels_at(&items->finder->hits, token);
	return hit ? (enum prompt_field)hit->field : FIELD_NONE;
}

/* Whether a row only says how many and how much of the row above it: `3 @ 14.00
 * 42.00`, `1.2 kg x 0.99 1.19`. */
static bool is_detail(const struct items *items, struct paper_run run)
{
	const struct paper *paper = items->at.paper;
	bool times = false;
	if (run.from >= run.to ||
	    !(paper_token(paper, run.from)->flags & TOKEN_DIGIT))
		return false;
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct paper_token *token = paper_token(paper, i);
		bool mark = paper_is_word(paper, i, "x at per ea for") ||
			    str_find(token->text, '@') >= 0;
		times |= mark;
		if (!mark && !(token->flags & (TOKEN_DIGIT | TOKEN_MARK)) &&
		    !labels_is(items->finder->labels, token->word, WORD_UNIT) &&
		    !value_is_currency(token->text))
			return false;
	}
	return times;
}

/* What words before an amount make of it, where no label does. */
static enum line_kind kind_of_words(const struct items *items,
				    struct paper_run words)
{
	const struct paper *paper = &items->finder->paper;
	size_t letters = letters_in(items, words);
	while (words.to > words.from + 1 &&
	       (paper_token(paper, words.to - 1)->flags & TOKEN_MARK ||
		value_is_currency(paper_token(paper, words.to - 1)->text)))
		words.to--;
	if (is_detail(items, words))
		return LINE_DETAIL;
	/* `Amount: 5.00` is no item, and no other sum's */
	if (letters < ITEM_LETTERS ||
	    paper_token(paper, words.to - 1)->flags & TOKEN_COLON ||
	    (words.to == words.from + 1 &&
	     paper_is_word(paper, words.from, "amount betrag montant")))
		return LINE_END;
	/* `1 Tax guide` is one, and so is a night's tax behind its date */
	bool tax = !(paper_token(paper, words.from)->flags & TOKEN_DIGIT) &&
		   paper_is_word(paper, words.to - 1,
				 "tax vat gst mwst tva iva btw");
	return tax ? LINE_OTHER : LINE_ITEM;
}

/* `sum` is of the sum below: what is shipped and served is an item of a
 * subtotal. */
static struct line read_line(const struct items *items, uint32_t r,
			     enum prompt_field sum)
{
	struct paper_run row = row_run(items, r);
	struct line line = {LINE_PLAIN, 0};
	struct value value;
	uint32_t from = row.from;
	if (row.to - row.from > ROW_TOKENS ||
	    !last_amount(items, row, &value, &from) ||
	    (items->finder->cents && !has_cents(value.text)))
		return line;
	line.cents = signed_cents(value.text);
	if (line.cents > CENTS_MAX || line.cents < -CENTS_MAX) {
		line.kind = LINE_END;
		return line;
	}
	enum prompt_field field = field_of(items, row.from);
	line.kind = kinds[field];
	if (sum == FIELD_SUBTOTAL &&
	    (field == FIELD_SHIPPING || field == FIELD_SERVICE))
		line.kind = LINE_ITEM;
	if (field == FIELD_DISCOUNT && line.cents > 0)
		line.cents = -line.cents;
	if (line.kind == LINE_PLAIN)
		line.kind = kind_of_words(items,
					  (struct paper_run){row.from, from});
	if (line.cents < 0 && line.kind != LINE_END)
		line.kind = LINE_OTHER;
	return line;
}

/* Its words without the dots that lead to its amount. */
static struct str line_text(const struct items *items, uint32_t r)
{
	const struct paper *paper = items->at.paper;
	struct arena *arena = items->at.arena;
	struct paper_run row = row_run(items, r);
	struct str text = STR_NONE;
	for (uint32_t i = row.from, from = i; i <= row.to; i++) {
		bool leader =
			i < row.to &&
			str_starts(paper_token(paper, i)->text, STR(".."));
		if (i < row.to && !leader)
			continue;
		struct str part =
			paper_text(arena, paper, (struct paper_run){from, i});
		if (from < i)
			text = text.n ? arena_printf(arena, "%.*s %.*s",
						     STR_ARG(text),
						     STR_ARG(part))
				      : part;
		from = i + 1;
	}
	return text;
}

/* Whether a row is the name of what the row below it counts. */
static bool is_named_by(const struct items *items, uint32_t r)
{
	struct paper_run row = row_run(items, r);
	return letters_in(items, row) >= ITEM_LETTERS &&
	       row.to - row.from <= ROW_TOKENS &&
	       !labels_at(&items->finder->hits, row.from) &&
	       !items->finder->heads[r] &&
	       !(paper_token(items->at.paper, row.to - 1)->flags &
		 TOKEN_COLON) &&
	       read_line(items, r, FIELD_NONE).kind == LINE_PLAIN;
}

/* Adds the item of a row, and of the one above when that has its name; the
 * topmost that it is of, or PAPER_NONE when there are too many. */
static uint32_t add_item(struct items *items, uint32_t r, enum line_kind kind)
{
	struct str text = line_text(items, r);
	if (kind == LINE_DETAIL && (r == 0 || !is_named_by(items, r - 1)))
		return PAPER_NONE;
	if (kind == LINE_DETAIL) {
		struct str name = line_text(items, --r);
		text = arena_printf(items->at.arena, "%.*s %.*s", STR_ARG(name),
				    STR_ARG(text));
	}
	if (items->n == SCAN_MAX || text.n > VALUE_MAX)
		return PAPER_NONE;
	items->lines[items->n++] = text;
	return r;
}

/* The lines above a row, up to another sum, a head of columns or the top.
 * False when there are none, or what is none of them. */
static bool gather(struct items *items, uint32_t sum_row,
		   enum prompt_field field)
{
	const struct paper *paper = &items->finder->paper;
	unsigned between = 0;
	items->n = items->others = 0;
	items->sum = 0;
	items->headed = false;
	for (uint32_t r = sum_row; r-- > 0 && sum_row - r <= ROWS_MAX;) {
		if (paper->rows[r].page != paper->rows[sum_row].page)
			break;
		items->headed = items->finder->heads[r];
		if (items->headed)
			break;
		struct line line = read_line(items, r, field);
		between = line.kind == LINE_PLAIN ? between + 1 : 0;
		if (line.kind == LINE_END ||
		    (between > BETWEEN_ROWS && items->n))
			break;
		items->sum += line.cents;
		items->others += line.kind == LINE_OTHER;
		if (line.kind != LINE_ITEM && line.kind != LINE_DETAIL)
			continue;
		r = add_item(items, r, line.kind);
		if (r == PAPER_NONE)
			return false;
	}
	return items->n > 0;
}

/* One line may be another label for the sum. */
static bool is_enough(const struct items *items)
{
	return items->n + items->others > 1 || items->headed;
}

void items_scan(struct arena *arena, const struct finder *finder,
		struct scanned *found)
{
	const struct paper *paper = &finder->paper;
	struct items items = {
		.at = {arena, paper, finder->labels},
		.finder = finder,
	};
	unsigned looked = 0;
	for (uint32_t i = 0; i < finder->hits.n && looked < SUMS_MAX; i++) {
		const struct label_hit *hit = &finder->hits.hits[i];
		struct value value;
		if (hit->field != FIELD_TOTAL && hit->field != FIELD_SUBTOTAL &&
		    hit->field != FIELD_DUE)
			continue;
		looked++;
		if (!find_value(finder, arena, hit, &value) ||
		    value.form != AMOUNT_MONEY)
			continue;
		uint32_t row =
			paper->cells[paper_token(paper, hit->from)->cell].row;
		/* beside another it is a column's */
		if (amounts_in(&items, row) != 1 ||
		    !gather(&items, row, hit->field) || !is_enough(&items) ||
		    items.sum != signed_cents(value.text))
			continue;
		/* two of the same are two */
		while (items.n)
			found->items.values[found->items.n++] =
				items.lines[--items.n];
		return;
	}
}
