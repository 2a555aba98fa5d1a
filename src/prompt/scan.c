/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values without labels.
 */
#include "prompt/scan.h"

#include <glib.h>

#define HEAD_ROWS 12   /* where who issued a paper says so */
#define NAME_ROWS 4    /* where a shop has its name */
#define NAME_LETTERS 5 /* of a name that is also a domain's */

struct scan {
	struct values_at at;
	const struct finder *finder;
	struct scanned *out;
};

void scan_add(struct scan_list *list, struct str value)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_eq_nocase(list->values[i], value))
			return;
	if (list->n < SCAN_MAX)
		list->values[list->n++] = value;
}

bool scan_has(const struct scan_list *list, struct str value)
{
	for (size_t i = 0; i < list->n; i++)
		if (str_contains(list->values[i], value))
			return true;
	return false;
}

/* Whether a row's cell is what a label to the left of it has. */
static bool is_labelled(const struct scan *scan, uint32_t cell)
{
	const struct paper *paper = &scan->finder->paper;
	if (cell == paper->rows[paper->cells[cell].row].first)
		return false;
	const struct paper_cell *left = &paper->cells[cell - 1];
	return paper_token(paper, left->first + left->n - 1)->flags &
		       TOKEN_COLON ||
	       labels_at(&scan->finder->hits, left->first);
}

/* Whether the cell above is a label of the cell, as in a head of columns, or
 * leads to it: `Prepared for`. */
static bool is_headed(const struct scan *scan, uint32_t cell)
{
	const struct paper *paper = scan->at.paper;
	uint32_t above = paper_above(paper, cell);
	if (above == PAPER_NONE)
		return false;
	const struct paper_cell *c = &paper->cells[above];
	uint32_t last = c->first + c->n - 1;
	const struct label_hit *hit = labels_at(&scan->finder->hits, c->first);
	if (paper_token(paper, last)->flags & TOKEN_COLON ||
	    paper_is_word(paper, last, "to for an a by"))
		return true;
	return hit && hit->to == last + 1 && hit->from == c->first;
}

/* (555) 123-4567, 555-123-4567, +49 ... */
static bool is_plain_phone(struct str text)
{
	size_t digits = 0, groups = 0, run = 0, sizes[4] = {0};
	for (size_t i = 0; i <= text.n; i++) {
		bool digit = i < text.n && text.p[i] >= '0' && text.p[i] <= '9';
		digits += digit;
		run += digit;
		if (!digit && run) {
			if (groups < 4)
				sizes[groups] = run;
			groups++;
			run = 0;
		}
	}
	if (text.n && *text.p == '+')
		return digits >= 9;
	size_t first = groups == 4 && sizes[0] == 1 ? 1 : 0;
	return groups == first + 3 && sizes[first] == 3 &&
	       sizes[first + 1] == 3 && sizes[first + 2] == 4;
}

/* What stands between parts of a line that have nothing to do with each other.
 */
static bool is_divider(struct str text)
{
	return str_eq(text, STR("|")) || str_eq(text, STR("•")) ||
	       str_eq(text, STR("·")) || str_eq(text, STR("/"));
}

static void scan_phone(struct scan *scan, struct paper_run run)
{
	const struct paper *paper = scan->at.paper;
	struct value value;
	char c = *paper_token(paper, run.from)->text.p;
	uint32_t cell = paper_token(paper, run.from)->cell;
	if (c != '(' && c != '+' && (c < '0' || c > '9'))
		return;
	bool first = run.from == paper->cells[cell].first;
	if (!(first && !is_labelled(scan, cell)) &&
	    !(!first &&
	      (is_divider(paper_token(paper, run.from - 1)->text) ||
	       str_ends(paper_token(paper, run.from - 1)->text, STR("?")))))
		return;
	if (value_read(&scan->at, run, KIND_PHONE, &value) &&
	    is_plain_phone(value.text))
		scan_add(&scan->out->phones, value.text);
}

static void scan_currency(struct scan *scan, struct str text)
{
	text = str_trim_char(str_trim_char(text, '('), ')');
	scan_add(&scan->out->currencies, text);
}

/* At the end of a cell, of the amount in the next one: `Total EUR`. */
static void scan_code(struct scan *scan, struct paper_run run)
{
	const struct paper *paper = scan->at.paper;
	uint32_t right = paper_right(paper, paper_token(paper, run.from)->cell);
	struct value value;
	if (run.from + 1 == run.to && right != PAPER_NONE &&
	    value_is_currency(paper_token(paper, run.from)->text) &&
	    find_is_amount(scan->finder, scan->at.arena, right, &value))
		scan_currency(scan, paper_token(paper, run.from)->text);
}

/* Where the digits are that a card ends in, of words before them; PAPER_NONE
 * when it is none: `ending in 4821`, `AMEX x1005`, `Visa - 4242`. *masked when
 * only what hides others says what they are. */
static uint32_t ending_at(const struct scan *scan, struct paper_run run,
			  bool *masked)
{
	const struct paper *paper = scan->at.paper;
	uint32_t i = run.from + 1;
	*masked = false;
	if (paper_is_word(paper, run.from, "ending")) {
		i += i < run.to && paper_is_word(paper, i, "in with");
	} else if (paper_is_word(paper, run.from,
				 "visa mastercard amex discover maestro")) {
		bool mark =
			i < run.to && paper_token(paper, i)->flags & TOKEN_MARK;
		i += mark;
		*masked = !mark;
	} else {
		return PAPER_NONE;
	}
	return i < run.to ? i : PAPER_NONE;
}

static void scan_ending(struct scan *scan, struct paper_run run)
{
	const struct paper *paper = scan->at.paper;
	bool masked;
	uint32_t i = ending_at(scan, run, &masked);
	if (i == PAPER_NONE)
		return;
	struct str text = paper_token(paper, i)->text;
	if (masked) {
		if (text.n < 5 || !strchr("xX*", *text.p))
			return;
		text = str_skip(text, text.n - 4);
	}
	while (text.n && strchr(".,;)", text.p[text.n - 1]))
		text.n--;
	uint64_t digits;
	if (text.n == 4 && str_to_u64(text, 9999, &digits) &&
	    value_is_sure(paper, (struct paper_run){i, i + 1}))
		scan_add(&scan->out->endings, text);
}

static void scan_token(struct scan *scan, struct paper_run run)
{
	const struct paper_token *token = paper_token(scan->at.paper, run.from);
	struct scanned *out = scan->out;
	struct value value;
	if (str_find(token->text, '@') > 0) {
		if (value_read(&scan->at, run, KIND_EMAIL, &value))
			scan_add(&out->emails, value.text);
		return;
	}
	if (str_find(token->text, '.') > 0 &&
	    value_read(&scan->at, run, KIND_URL, &value))
		scan_add(&out->websites, value.text);
	if (value_read(&scan->at, run, KIND_IBAN, &value))
		scan_add(&out->ibans, value.text);
	if (value_read(&scan->at, run, KIND_CARD, &value) &&
	    !scan_has(&out->cards,
		      value.text)) /* its groups from the second on */
		scan_add(&out->cards, value.text);
	if (value_read(&scan->at, run, KIND_AMOUNT, &value) &&
	    value.form == AMOUNT_MONEY && value.currency.n)
		scan_currency(scan, value.currency);
	scan_code(scan, run);
	scan_ending(scan, run);
	scan_phone(scan, run);
}

static struct str name_of(const struct scan *scan, struct paper_run run)
{
	struct str text = paper_text(scan->at.arena, scan->at.paper, run);
	while (text.n && strchr("!,;*", text.p[text.n - 1]))
		text.n--;
	return text;
}

/* `Welcome to X`, `Thank you for shopping at X` */
static void scan_greeting(struct scan *scan, struct paper_run run)
{
	const struct paper *paper = scan->at.paper;
	static const char visits[] =
		"shopping dining eating staying visiting choosing";
	uint32_t from = run.from;
	if (run.to - run.from < 3 || run.to - run.from > 14)
		return;
	if (paper_is_word(paper, from, "welcome") &&
	    paper_is_word(paper, from + 1, "to")) {
		from += 2;
	} else {
		while (from + 1 < run.to && !paper_is_word(paper, from, visits))
			from++;
		from += paper_is_word(paper, from, "visiting choosing") ? 1 : 2;
		if (from > run.to || from < run.from + 2 ||
		    (!paper_is_word(paper, from - 1,
				    "at with visiting choosing")))
			return;
	}
	if (from >= run.to ||
	    paper_is_word(paper, from, "us our the your this"))
		return;
	char c = *paper_token(paper, from)->text.p;
	if (c >= 'A' && c <= 'Z')
		scan_add(&scan->out->merchants,
			 name_of(scan, (struct paper_run){from, run.to}));
}

static bool is_a_name(const struct scan *scan, struct paper_run run)
{
	const struct paper *paper = scan->at.paper;
	if (run.to - run.from > 8 || labels_at(&scan->finder->hits, run.from))
		return false;
	for (uint32_t i = run.from; i < run.to; i++)
		if (paper_token(paper, i)->flags &
			    (TOKEN_DIGIT | TOKEN_COLON) ||
		    str_find(paper_token(paper, i)->text, '@') >= 0)
			return false;
	return true;
}

/* A line that ends with what companies are, and is not the customer's. */
static void scan_company(struct scan *scan, struct paper_run run)
{
	const struct paper *paper = scan->at.paper;
	static const char forms[] =
		"inc llc ltd limited gmbh ag kg ohg ug sarl sas sa corp "
		"corporation plc llp lp pty bv nv oy ab spa srl kgaa co "
		"company incorporated";
	uint32_t cell = paper_token(paper, run.from)->cell;
	if (run.to - run.from < 2 || !is_a_name(scan, run) ||
	    !paper_is_word(paper, run.to - 1, forms) ||
	    is_labelled(scan, cell) || is_headed(scan, cell))
		return;
	/* `Denver, CO` */
	struct str before = paper_token(paper, run.to - 2)->text;
	struct str form = paper_token(paper, run.to - 1)->text;
	if (*form.p < 'A' || *form.p > 'Z' ||
	    (str_ends(before, STR(",")) && str_eq(form, STR("CO"))))
		return;
	/* `Make checks payable to Brightwater LLC` */
	for (uint32_t i = run.from; i < run.to; i++)
		if (g_ascii_islower(*paper_token(paper, i)->text.p) &&
		    !paper_is_word(paper, i,
				   "of and the for de la du des der und et "
				   "da do del van von y e"))
			return;
	struct str name = name_of(scan, run);
	if (!scan_has(&scan->out->labelled, name))
		scan_add(&scan->out->merchants, name);
}

static size_t letters_of(struct str text, char *out, size_t max)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n && n < max; i++) {
		char c = text.p[i], low = (char)(c | 0x20);
		if (low >= 'a' && low <= 'z')
			out[n++] = low;
		else if (c >= '0' && c <= '9')
			out[n++] = c;
	}
	return n;
}

/* A line at the top that is also the name of the paper's own domain. */
static void scan_name(struct scan *scan, struct paper_run run)
{
	char name[64], domain[64];
	uint32_t cell = paper_token(scan->at.paper, run.from)->cell;
	if (!is_a_name(scan, run) || is_labelled(scan, cell) ||
	    is_headed(scan, cell))
		return;
	struct str text = name_of(scan, run);
	size_t n = letters_of(text, name, sizeof(name));
	const struct scanned *out = scan->out;
	for (size_t i = 0; i < out->websites.n + out->emails.n; i++) {
		struct str host =
			i < out->websites.n
				? out->websites.values[i]
				: out->emails.values[i - out->websites.n];
		host = str_after_last(host, '@');
		if (str_contains(host, STR("//")))
			host = str_skip(host, (size_t)str_find(host, '/') + 2);
		host = str_split(&host, '/');
		if (str_starts_nocase(host, STR("www.")))
			host = str_skip(host, 4);
		host = str_split(&host, '.');
		size_t d = letters_of(host, domain, sizeof(domain));
		size_t least = n < d ? n : d;
		if (least >= NAME_LETTERS && memcmp(name, domain, least) == 0 &&
		    !scan_has(&scan->out->labelled, text)) {
			scan_add(&scan->out->merchants, text);
			return;
		}
	}
}

static void scan_rows(struct scan *scan)
{
	const struct paper *paper = &scan->finder->paper;
	for (uint32_t r = 0; r < paper->n_rows; r++) {
		const struct paper_row *row = &paper->rows[r];
		for (uint32_t c = row->first; c < row->first + row->n; c++) {
			struct paper_run run = paper_cell_run(paper, c);
			for (; run.from < run.to; run.from++)
				scan_token(scan, run);
		}
	}
}

/* What labels are of is not free, and a customer is no merchant. */
static void scan_labels(struct scan *scan)
{
	const struct label_hits *hits = &scan->finder->hits;
	struct value value;
	for (uint32_t i = 0; i < hits->n; i++) {
		const struct label_hit *hit = &hits->hits[i];
		enum prompt_kind kind = prompt_kind_of(hit->field);
		bool customer = hit->field == FIELD_CUSTOMER ||
				hit->field == FIELD_SHIP_TO;
		if ((kind == KIND_DATE || customer) &&
		    scan->out->labelled.n < SCAN_MAX &&
		    find_value(scan->finder, scan->at.arena, hit, &value))
			scan_add(&scan->out->labelled, value.text);
	}
}

void scan_paper(struct arena *arena, const struct finder *finder,
		struct scanned *out)
{
	const struct paper *paper = &finder->paper;
	struct scan scan = {
		.at = {arena, paper, finder->labels},
		.finder = finder,
		.out = out,
	};
	scan_labels(&scan);
	scan_rows(&scan);
	for (uint32_t c = 0; c < paper->n_cells; c++)
		scan_greeting(&scan, paper_cell_run(paper, c));
	for (uint32_t r = 0; r < paper->n_rows && r < HEAD_ROWS; r++) {
		const struct paper_row *row = &paper->rows[r];
		for (uint32_t c = row->first;
		     c < row->first + row->n && out->merchants.n == 0; c++) {
			struct paper_run run = paper_cell_run(paper, c);
			scan_company(&scan, run);
			if (r < NAME_ROWS && out->merchants.n == 0)
				scan_name(&scan, run);
		}
	}
}
