/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of a text, and what is answered: which labels answer a field,
 * and which of several values.
 */
#include "prompt/prompt.h"
#include "prompt/find.h"
#include "prompt/items.h"
#include "prompt/letterhead.h"
#include "prompt/named.h"
#include "prompt/payment.h"
#include "prompt/stamps.h"

#include "base/buf.h"

#include <glib.h>

#define OTHER_RANK 8       /* over all of a table of phrases */
#define CANDIDATES_MAX 256 /* values of a field's labels; more are not read */

struct prompt_text {
	struct arena *arena;
	const struct recognised_page *pages;
	size_t n_pages;
	bool is_laid_out; /* what follows is there, but for labels */
	struct finder finder;
	struct scanned scanned;
};

struct prompt_text *prompt_read(struct arena *arena,
				const struct recognised_page *pages,
				size_t n_pages)
{
	struct prompt_text *text = arena_zalloc(arena, sizeof(*text));
	text->arena = arena;
	text->pages = pages;
	text->n_pages = n_pages;
	text->finder.labels = labels_all();
	return text;
}

/* Before the first value is looked for. Most prompts ask for none, and it takes
 * several times as long as all else of an answer that is kept. */
static void lay_out(struct prompt_text *text)
{
	struct arena *arena = text->arena;
	struct finder *finder = &text->finder;
	if (text->is_laid_out)
		return;
	text->is_laid_out = true;
	paper_read(arena, text->pages, text->n_pages,
		   labels_lexicon(finder->labels), &finder->paper);
	labels_find(arena, finder->labels, &finder->paper, &finder->hits);
	finder->heads = arena_alloc(arena, finder->paper.n_rows *
						   sizeof(*finder->heads));
	for (uint32_t i = 0; i < finder->paper.n_rows; i++)
		finder->heads[i] = labels_head_items(
			finder->labels, &finder->paper, &finder->paper.rows[i]);
	for (uint32_t i = 0; i < finder->paper.n_tokens; i++)
		finder->cents |= labels_has_cents(finder->paper.tokens[i].text);
	scan_paper(arena, finder, &text->scanned);
	stamps_scan(arena, finder, &text->scanned);
	payment_scan(arena, finder, &text->scanned);
	letterhead_scan(arena, finder, &text->scanned);
	items_scan(arena, finder, &text->scanned);
}

struct candidate {
	struct str value;
	uint32_t page;
};

struct candidates {
	struct candidate list[CANDIDATES_MAX];
	size_t n;
};

/* Of a label in the very words of the key before others, where what it is
 * called tells fields apart: on `total` it does not, which a paper may have
 * before and after a tax. A check's number is a receipt's when there is no
 * other. */
static unsigned rank_of(const struct labels *labels,
			const struct label_hit *hit,
			const struct label_asked *asked)
{
	if (asked->field == FIELD_TOTAL || asked->field == FIELD_DUE)
		return hit->rank;
	if (hit->phrase == asked->phrase)
		return 0;
	bool other = prompt_kind_of(asked->field) == KIND_NUMBER &&
		     !labels_begin_alike(labels, hit->phrase, asked->phrase);
	return hit->rank + 1u + (other ? OTHER_RANK : 0);
}

/* The values of the labels that say best that they are of a field. */
static void collect(const struct prompt_text *text, struct arena *arena,
		    const struct label_asked *asked, struct candidates *out)
{
	const struct finder *finder = &text->finder;
	unsigned best = UINT8_MAX;
	struct value value;
	out->n = 0;
	for (uint32_t i = 0; i < finder->hits.n; i++) {
		const struct label_hit *hit = &finder->hits.hits[i];
		if (hit->field != asked->field ||
		    !labels_same_tax(finder->labels, asked, hit))
			continue;
		unsigned rank = rank_of(finder->labels, hit, asked);
		if (rank > best || out->n == CANDIDATES_MAX ||
		    !find_value(finder, arena, hit, &value))
			continue;
		if (rank < best)
			out->n = 0;
		best = rank;
		out->list[out->n++] = (struct candidate){
			value.text,
			paper_row_of(&finder->paper, hit->from)->page,
		};
	}
}

/* Whether something that is taken off makes one amount of the other. */
static bool is_less(const struct prompt_text *text, struct arena *arena,
		    uint64_t before, uint64_t after)
{
	static const enum prompt_field fields[] = {
		FIELD_DISCOUNT, FIELD_SAVINGS, FIELD_PAID, FIELD_DEPOSIT};
	struct candidates off;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		collect(text, arena, &(struct label_asked){fields[i], 0}, &off);
		for (size_t k = 0; k < off.n; k++)
			if (after + value_cents(off.list[k].value) == before)
				return true;
	}
	return false;
}

/* Of several totals of a page the last when it is the largest, or what a
 * discount left of the largest; else all. */
static void settle_page(const struct prompt_text *text, struct arena *arena,
			struct candidate *list, size_t n, struct scan_list *out)
{
	uint64_t largest = 0, last = value_cents(list[n - 1].value);
	for (size_t i = 0; i < n; i++) {
		uint64_t cents = value_cents(list[i].value);
		largest = cents > largest ? cents : largest;
	}
	bool settled = last == largest || is_less(text, arena, largest, last);
	for (size_t i = settled ? n - 1 : 0; i < n; i++)
		scan_add(out, list[i].value);
}

static void settle(const struct prompt_text *text, struct arena *arena,
		   enum prompt_field field, struct scan_list *out)
{
	struct candidates found;
	collect(text, arena, &(struct label_asked){field, 0}, &found);
	for (size_t from = 0, to; from < found.n; from = to) {
		for (to = from; to < found.n &&
				found.list[to].page == found.list[from].page;)
			to++;
		settle_page(text, arena, &found.list[from], to - from, out);
	}
}

static void add_labelled(const struct prompt_text *text, struct arena *arena,
			 const struct label_asked *asked, struct scan_list *out)
{
	struct candidates found;
	collect(text, arena, asked, &found);
	for (size_t i = 0; i < found.n; i++)
		scan_add(out, found.list[i].value);
}

static void add_field(const struct prompt_text *text, struct arena *arena,
		      enum prompt_field field, struct scan_list *out)
{
	if (out->n == 0)
		add_labelled(text, arena, &(struct label_asked){field, 0}, out);
}

static void add_all(const struct scan_list *list, struct scan_list *out)
{
	for (size_t i = 0; i < list->n; i++)
		scan_add(out, list->values[i]);
}

static void add_only(const struct scan_list *list, struct scan_list *out)
{
	if (out->n == 0 && list->n == 1)
		scan_add(out, list->values[0]);
}

static bool has_label(const struct prompt_text *text, enum prompt_field field)
{
	for (uint32_t i = 0; i < text->finder.hits.n; i++)
		if (text->finder.hits.hits[i].field == field)
			return true;
	return false;
}

static bool has_value(const struct prompt_text *text, struct arena *arena,
		      enum prompt_field field)
{
	struct candidates found;
	collect(text, arena, &(struct label_asked){field, 0}, &found);
	return found.n > 0;
}

static void add_total_due(const struct prompt_text *text, struct arena *arena,
			  struct scan_list *out)
{
	const struct finder *finder = &text->finder;
	for (uint32_t i = 0; i < finder->hits.n && out->n < SCAN_MAX; i++) {
		const struct label_hit *hit = &finder->hits.hits[i];
		struct value value;
		if (hit->field == FIELD_DUE &&
		    paper_is_word(&finder->paper, hit->from, "total") &&
		    find_value(finder, arena, hit, &value))
			scan_add(out, value.text);
	}
}

/* A total is what is due when nothing was paid before, or when it is called
 * one: `Total amount due`. */
static void find_total(const struct prompt_text *text, struct arena *arena,
		       enum prompt_field field, struct scan_list *out)
{
	enum prompt_field other = field == FIELD_DUE ? FIELD_TOTAL : FIELD_DUE;
	settle(text, arena, field, out);
	if (out->n)
		return;
	if (!has_value(text, arena, FIELD_PAID) &&
	    !has_value(text, arena, FIELD_DEPOSIT))
		settle(text, arena, other, out);
	else if (field == FIELD_TOTAL)
		add_total_due(text, arena, out);
}

/* A code in a row, before a sign; absent without one, or with two. */
static struct str currency_of(const struct paper *paper,
			      const struct paper_row *row)
{
	struct scan_list codes = {.n = 0}, signs = {.n = 0};
	struct paper_run run = paper_row_run(paper, row);
	for (uint32_t i = run.from; i < run.to; i++) {
		struct str text = paper->tokens[i].text;
		struct str sign = value_currency(text);
		if (sign.n && g_ascii_isalpha(*sign.p))
			scan_add(&codes, sign);
		else if (sign.n)
			scan_add(&signs, sign);
	}
	struct scan_list *list = codes.n ? &codes : &signs;
	return list->n == 1 ? list->values[0] : STR_NONE;
}

/* Of several currencies that of the totals, when they are of one. */
static void find_currency(const struct prompt_text *text, struct arena *arena,
			  struct scan_list *out)
{
	const struct finder *finder = &text->finder;
	const struct paper_row *last = NULL; /* one may have many totals */
	struct scan_list totals = {.n = 0};
	struct value value;
	for (uint32_t i = 0; i < finder->hits.n && totals.n < 2; i++) {
		const struct label_hit *hit = &finder->hits.hits[i];
		const struct paper_row *row =
			paper_row_of(&finder->paper, hit->from);
		if (hit->field != FIELD_TOTAL || row == last ||
		    !find_value(finder, arena, hit, &value))
			continue;
		last = row;
		struct str of = currency_of(&finder->paper, row);
		if (of.n)
			scan_add(&totals, of);
	}
	bool several = text->scanned.currencies.n > 1;
	add_all(several && totals.n == 1 ? &totals : &text->scanned.currencies,
		out);
}

/* What has no label, or another that says as much. */
static void find_others(const struct prompt_text *text, struct arena *arena,
			enum prompt_field field, struct scan_list *out)
{
	const struct scanned *scanned = &text->scanned;
	switch (field) {
	case FIELD_INVOICE_DATE:
		if (!has_label(text, FIELD_INVOICE_NUMBER))
			break;
		add_field(text, arena, FIELD_DATE, out);
		add_only(&scanned->dates, out);
		break;
	case FIELD_DATE:
		add_field(text, arena, FIELD_INVOICE_DATE, out);
		add_only(&scanned->dates, out);
		add_field(text, arena, FIELD_ORDER_DATE, out);
		break;
	case FIELD_TIME:
		add_only(&scanned->times, out);
		break;
	case FIELD_PHONE:
		add_all(&scanned->phones, out);
		break;
	case FIELD_CURRENCY:
		find_currency(text, arena, out);
		break;
	case FIELD_MERCHANT:
		add_all(&scanned->merchants, out);
		break;
	case FIELD_ADDRESS:
		add_all(&scanned->addresses, out);
		break;
	case FIELD_PAYMENT_METHOD:
		add_all(&scanned->payments, out);
		break;
	case FIELD_TENDERED:
		add_field(text, arena, FIELD_CASH, out);
		break;
	default:
		break;
	}
}

static void find_field(const struct prompt_text *text, struct arena *arena,
		       const struct label_asked *asked, struct scan_list *out)
{
	const struct scanned *scanned = &text->scanned;
	switch (asked->field) {
	case FIELD_TOTAL:
	case FIELD_DUE:
		find_total(text, arena, asked->field, out);
		return;
	case FIELD_EMAIL:
		add_all(&scanned->emails, out);
		return;
	case FIELD_WEBSITE:
		add_all(&scanned->websites, out);
		return;
	case FIELD_IBAN:
		add_all(&scanned->ibans, out);
		return;
	case FIELD_CARD_NUMBER:
		add_all(&scanned->cards, out);
		return;
	case FIELD_CARD_DIGITS:
		for (size_t i = 0; i < scanned->cards.n; i++)
			scan_add(out, str_skip(scanned->cards.values[i],
					       scanned->cards.values[i].n - 4));
		add_all(&scanned->endings, out);
		return;
	case FIELD_ITEMS:
		*out = scanned->items;
		return;
	default:
		add_labelled(text, arena, asked, out);
		if (out->n == 0)
			find_others(text, arena, asked->field, out);
	}
}

static struct prompt_values values_of(struct arena *arena,
				      const struct scan_list *list)
{
	struct str *values = arena_alloc(arena, list->n * sizeof(*values));
	memcpy(values, list->values, list->n * sizeof(*values));
	return (struct prompt_values){values, list->n};
}

/* Of a block with an address below it, the name. */
static void keep_first_lines(struct scan_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct str rest = list->values[i];
		list->values[i] = str_split(&rest, '\n');
	}
}

/* The field that a key names, or its description. False: none can answer it;
 * FIELD_NONE: it is the label of a line, if anything. */
static bool key_field(const struct labels *labels, const struct ask *ask,
		      struct str description, struct label_asked *out)
{
	struct label_asked described;
	bool refused = false;
	if (!ask_field(labels, ask, out))
		out->field = FIELD_NONE;
	if (!description.p)
		return true;
	if (!ask_description(labels, description, &described, &refused))
		return !refused && !ask_is_at_odds(labels, description,
						   prompt_kind_of(out->field));
	if (described.field != FIELD_NONE)
		*out = described;
	return true;
}

static void find_key(const struct prompt_text *text, struct arena *arena,
		     const struct ask *ask, const struct label_asked *asked,
		     struct scan_list *out)
{
	const struct finder *finder = &text->finder;
	enum prompt_kind kind = prompt_kind_of(asked->field);
	struct named named = {ask, NAMED_ANY};
	if (asked->field == FIELD_NONE) {
		named_find(finder, arena, &named, out);
		if (out->n == 0)
			named_find_shorter(finder, arena, ask, out);
		return;
	}
	find_field(text, arena, asked, out);
	/* lines may have any label, amounts and dates only what names them */
	named.form = NAMED_NAME;
	if (out->n == 0 && kind >= KIND_TEXT)
		named_find(finder, arena, &named, out);
	named.form = NAMED_BEHIND;
	if (out->n == 0 && asked->field == FIELD_ITEMS)
		named_find(finder, arena, &named, out);
	if (kind == KIND_BLOCK && ask->n &&
	    fold_is_one_of(&ask->words[ask->n - 1], "name"))
		keep_first_lines(out);
}

struct prompt_values prompt_find(struct arena *arena, struct prompt_text *text,
				 struct prompt_key key)
{
	const struct labels *labels = text->finder.labels;
	struct ask ask = ask_words(labels, key.name);
	struct label_asked asked = {FIELD_NONE, 0};
	struct scan_list found = {.n = 0};
	if (!key_field(labels, &ask, key.description, &asked))
		return (struct prompt_values){NULL, 0};
	lay_out(text);
	find_key(text, arena, &ask, &asked, &found);
	return values_of(arena, &found);
}

static void add_section(struct buf *out,
			const struct recognised_section *section)
{
	if (out->n)
		buf_add(out, STR("\n\n"));
	for (size_t i = 0; i < section->n_lines; i++) {
		if (i)
			buf_add_char(out, '\n');
		buf_add(out, section->lines[i].text);
	}
}

struct str prompt_whole(struct arena *arena, const struct prompt_text *text)
{
	struct buf out;
	buf_init(&out, arena, SIZE_MAX / 4); /* no longer than what it is of */
	for (size_t i = 0; i < text->n_pages; i++) {
		const struct recognised_page *page = &text->pages[i];
		for (size_t k = 0; k < page->n_sections; k++)
			add_section(&out, &page->sections[k]);
	}
	return buf_str(&out);
}

struct str prompt_answer(struct arena *arena, struct prompt_text *text,
			 struct str prompt)
{
	const struct labels *labels = text->finder.labels;
	struct ask ask = ask_words(labels, prompt);
	struct label_asked asked;
	struct scan_list found = {.n = 0};
	if (ask_field(labels, &ask, &asked) && asked.field != FIELD_NONE) {
		lay_out(text);
		find_field(text, arena, &asked, &found);
	}
	if (found.n == 0)
		return prompt_whole(arena, text);
	struct buf out;
	buf_init(&out, arena, SCAN_MAX * (VALUE_MAX + 1) * 6);
	for (size_t i = 0; i < found.n; i++) {
		if (i)
			buf_add_char(&out, '\n');
		buf_add(&out, found.values[i]);
	}
	return buf_str(&out);
}
