/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A date is of a paper when nothing before it in its row says that it is of
 * something else. What is not known to say nothing does.
 */
#include "prompt/stamps.h"
#include "prompt/dates.h"

#define BEFORE_TOKENS 12 /* of a cell, before a date */
#define BEFORE_CELLS 4   /* of a row */
#define ROW_TOKENS 64    /* a longer row is no till's */
#define NAME_TOKENS 4
#define NAME_ROWS 3 /* where a shop has its name */

/* How surely a date is of the paper. */
enum claim {
	CLAIM_NONE,
	CLAIM_WEAK, /* beside what is no label: a name, any number */
	CLAIM_STRONG,
};

struct stamp {
	struct str date, time; /* a time, or absent */
	enum claim claim;
};

struct stamps {
	struct values_at at;
	const struct finder *finder;
	struct scanned *found;
	struct stamp list[SCAN_MAX];
	size_t n;
	bool doubt; /* another date of which nothing says what it is of */
};

/* Of what is to come, is over, or runs from one day to another. */
static const char others[] =
	"until till thru through before after since between valid expire "
	"expiry expired expiration exp end ending start starting begin next "
	"last due pay payable deadline warranty guarantee return returned "
	"refund exchange deliver delivery delivered delivering ship shipped "
	"shipping dispatch dispatched expected estimated arrive arrival "
	"arriving depart departure check checkin checkout stay night period "
	"cycle service supply birth born birthday dob member renew renewal "
	"renewed appointment visit pickup collect collection ready reserved "
	"reservation booking booked event travel flight train show date "
	"entry exit entered left scheduled schedule effective opening opened "
	"closing closed hours "
	"previous reading read meter prescribed filled use "
	"best issue issued print printed revision version law act "
	"bis ab seit gultig fallig ablauf zahlbar frist lieferung geliefert "
	"liefertermin leistung abholung umtausch ruckgabe garantie geburt "
	"geboren geburtstag anreise abreise termin nachster nachste zeitraum "
	"haltbar mindestens gedruckt stand "
	"einfahrt ausfahrt entree sortie jusqu jusquau avant apres depuis "
	"valable expiration echeance "
	"livraison livre retour garantie naissance arrivee prochain prochaine "
	"periode limite";
/* Lead to what is behind them. */
static const char leading[] = "to from by for of as at im vom von zum zur du "
			      "au des pour par the in";
static const char linking[] = "on le den am at a um";
static const char titles[] =
	"invoice receipt bill ticket rechnung quittung beleg bon kassenbon "
	"kassenbeleg facture recu addition note";

/* Around a title: `TAX INVOICE`. */
static const char titling[] = "tax vat gst sales sale cash official copy your";
/* With a number behind it, of the till that prints a date before it. */
static const char tills[] =
	"store till reg register lane terminal term trans tran tr op operator "
	"cashier clerk st pos shop server kasse bon filiale caisse caja cassa";

static bool is_other(const struct stamps *stamps, struct paper_run run)
{
	const struct paper *paper = stamps->at.paper;
	for (uint32_t i = run.from; i < run.to; i++)
		if (paper_is_word(paper, i, others))
			return true;
	return run.from < run.to && paper_is_word(paper, run.to - 1, leading);
}

static bool has_digit(const struct stamps *stamps, uint32_t i)
{
	return paper_token(stamps->at.paper, i)->flags & TOKEN_DIGIT;
}

/* `CORNER MARKET`, `Anna M.` */
static bool is_name(const struct stamps *stamps, struct paper_run run)
{
	if (run.to - run.from > NAME_TOKENS)
		return false;
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct paper_token *token =
			paper_token(stamps->at.paper, i);
		char c = *token->text.p;
		if (token->flags & (TOKEN_DIGIT | TOKEN_COLON) ||
		    !((c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80 ||
		      token->flags & TOKEN_MARK))
			return false;
	}
	return run.from < run.to;
}

static bool is_title(const struct stamps *stamps, struct paper_run run)
{
	const struct paper *paper = stamps->at.paper;
	bool title = false;
	for (uint32_t i = run.from; i < run.to; i++) {
		bool one = paper_is_word(paper, i, titles);
		title |= one;
		if (!one && !paper_is_word(paper, i, titling))
			return false;
	}
	return title && run.to - run.from <= NAME_TOKENS;
}

/* A label, of a field or of none that is known. */
struct owner {
	uint32_t to; /* the token behind it; 0: there is none */
	enum prompt_field field;
	bool colon;
};

/* The last label of a run. */
static struct owner last_label(const struct stamps *stamps,
			       struct paper_run run)
{
	const struct label_hits *hits = &stamps->finder->hits;
	struct owner last = {0};
	for (uint32_t i = run.to; i-- > run.from;) {
		if (!last.to &&
		    paper_token(stamps->at.paper, i)->flags & TOKEN_COLON)
			last = (struct owner){i + 1, FIELD_NONE, true};
		const struct label_hit *hit = labels_at(hits, i);
		if (hit == NULL)
			continue;
		if (hit->to >= last.to)
			last = (struct owner){hit->to, hit->field,
					      last.to == hit->to};
		break;
	}
	return last;
}

/* Whether the label that a run ends with has its value there, so that what is
 * behind the run is of another thing. */
static bool is_settled(const struct stamps *stamps, const struct owner *label,
		       uint32_t to)
{
	const struct paper *paper = stamps->at.paper;
	struct paper_run value = {label->to, to};
	enum prompt_kind kind = prompt_kind_of(label->field);
	if (kind == KIND_AMOUNT || kind == KIND_DATE)
		return false;
	while (value.from < to &&
	       (paper_token(paper, value.from)->flags & TOKEN_MARK ||
		labels_is(stamps->finder->labels,
			  paper_token(paper, value.from)->word, WORD_FILLER)))
		value.from++;
	return value.from < to && (has_digit(stamps, to - 1) ||
				   paper_is_word(paper, to - 1, "am pm uhr") ||
				   (label->colon && is_name(stamps, value)));
}

/* Whether what is before a date in its cell, which is [run.from, run.to), has
 * nothing to do with it. */
static bool leaves_cell(const struct stamps *stamps, struct paper_run run)
{
	const struct paper *paper = stamps->at.paper;
	if (run.to - run.from > BEFORE_TOKENS)
		return false;
	while (run.from < run.to &&
	       (paper_token(paper, run.to - 1)->flags & TOKEN_MARK ||
		paper_is_word(paper, run.to - 1, linking)))
		run.to--;
	if (run.from == run.to)
		return true;
	if (is_other(stamps, run) ||
	    paper_token(paper, run.to - 1)->flags & TOKEN_COLON)
		return false;
	struct owner label = last_label(stamps, run);
	if (label.to)
		return is_settled(stamps, &label, run.to);
	/* `Berlin, den 1.2.2024`; `#4711 2024-02-01`, `12:30 PM 2024-02-01` */
	if (run.to == run.from + 1 &&
	    str_ends(paper_token(paper, run.from)->text, STR(",")))
		return true;
	for (uint32_t i = run.from; i < run.to; i++)
		if (!(paper_token(paper, i)->flags &
		      (TOKEN_DIGIT | TOKEN_MARK)) &&
		    !paper_is_word(paper, i, "am pm uhr"))
			return false;
	return true;
}

/* The same of a cell to the left of the date's, which may be a name. */
static enum claim claim_beside(const struct stamps *stamps, uint32_t cell)
{
	const struct paper *paper = &stamps->finder->paper;
	struct paper_run run = paper_cell_run(paper, cell);
	struct value time;
	if (run.to - run.from > BEFORE_TOKENS || is_other(stamps, run) ||
	    paper_token(paper, run.to - 1)->flags & TOKEN_COLON)
		return CLAIM_NONE;
	if (is_title(stamps, run) ||
	    (time_read(&stamps->at, run, &time) && time.to == run.to))
		return CLAIM_STRONG;
	struct owner label = last_label(stamps, run);
	if (label.to)
		return is_settled(stamps, &label, run.to) ? CLAIM_STRONG
							  : CLAIM_NONE;
	return has_digit(stamps, run.to - 1) ||
			       (paper->cells[cell].row < NAME_ROWS &&
				is_name(stamps, run))
		       ? CLAIM_WEAK
		       : CLAIM_NONE;
}

/* Whether the cell above is the head of a column, or leads to the cell below:
 * `Prepared for`. Beside a value of its own it is not. */
static bool is_headed(const struct stamps *stamps, uint32_t cell)
{
	const struct label_hits *hits = &stamps->finder->hits;
	const struct paper *paper = stamps->at.paper;
	uint32_t above = paper_above(paper, cell);
	if (above == PAPER_NONE)
		return false;
	struct paper_run run = paper_cell_run(paper, above);
	if (paper_is_word(paper, run.to - 1, "to for an a by") ||
	    paper_token(paper, run.to - 1)->flags & TOKEN_COLON)
		return true;
	if (is_title(stamps, run))
		return false;
	const struct label_hit *hit = labels_at(hits, run.from);
	if (hit == NULL || hit->to != run.to)
		return is_other(stamps, run) &&
		       !has_digit(stamps, run.to - 1) &&
		       !paper_is_word(paper, run.from, "dine eat");
	uint32_t right = paper_right(paper, above);
	return right == PAPER_NONE ||
	       labels_at(hits, paper->cells[right].first) ||
	       prompt_kind_of(hit->field) == KIND_DATE;
}

/* The only time of a row; absent when it has none or several. */
static struct str time_of(const struct stamps *stamps, struct paper_run row)
{
	struct str found = STR_NONE;
	struct value time;
	for (uint32_t i = row.from; i < row.to; i++) {
		struct paper_run run = {
			i, paper_cell_end(&stamps->finder->paper, i)};
		if (!has_digit(stamps, i) ||
		    !time_read(&stamps->at, run, &time))
			continue;
		if (found.n)
			return STR_NONE;
		found = time.text;
		i = time.to - 1;
	}
	return found;
}

/* What is behind a date in its cell may say what was on that day. */
static bool ends_well(const struct stamps *stamps, struct paper_run behind)
{
	const struct paper *paper = stamps->at.paper;
	return behind.from >= behind.to ||
	       labels_at(&stamps->finder->hits, behind.from) ||
	       paper_token(paper, behind.from)->flags &
		       (TOKEN_DIGIT | TOKEN_MARK) ||
	       paper_is_word(paper, behind.from, "at a um") ||
	       (behind.from + 1 < behind.to &&
		has_digit(stamps, behind.from + 1) &&
		paper_is_word(paper, behind.from, tills));
}

static enum claim claim_of(const struct stamps *stamps, uint32_t token)
{
	const struct paper *paper = &stamps->finder->paper;
	uint32_t cell = paper_token(paper, token)->cell;
	uint32_t first = paper->rows[paper->cells[cell].row].first;
	struct paper_run before = {paper->cells[cell].first, token};
	if (!leaves_cell(stamps, before) || is_headed(stamps, cell) ||
	    cell - first > BEFORE_CELLS)
		return CLAIM_NONE;
	/* what begins a cell with a label and its value is not of the cell to
	 * the left of it */
	if (last_label(stamps, before).to)
		return CLAIM_STRONG;
	enum claim weakest = CLAIM_STRONG;
	for (uint32_t c = first; c < cell; c++) {
		enum claim claim = claim_beside(stamps, c);
		weakest = claim < weakest ? claim : weakest;
	}
	return weakest;
}

/* Whether a row is a line of a list of payments or nights. */
static bool has_amount(const struct stamps *stamps, struct paper_run row)
{
	const struct paper *paper = stamps->at.paper;
	for (uint32_t i = row.from; i < row.to; i++) {
		struct value value;
		struct paper_run run = {i, paper_cell_end(paper, i)};
		if (labels_has_cents(paper_token(paper, i)->text) &&
		    value_read(&stamps->at, run, KIND_AMOUNT, &value) &&
		    value.form == AMOUNT_MONEY)
			return true;
	}
	return false;
}

static bool is_same(const struct stamp *a, const struct stamp *b)
{
	return str_eq_nocase(a->date, b->date) &&
	       (!a->time.n || !b->time.n || str_eq_nocase(a->time, b->time));
}

static void add_stamp(struct stamps *stamps, const struct stamp *stamp)
{
	for (size_t i = 0; i < stamps->n; i++) {
		struct stamp *known = &stamps->list[i];
		if (!is_same(known, stamp))
			continue;
		if (stamp->time.n)
			known->time = stamp->time;
		if (stamp->claim > known->claim)
			known->claim = stamp->claim;
		return;
	}
	if (stamps->n < SCAN_MAX)
		stamps->list[stamps->n++] = *stamp;
}

/* The time beside a date that a label says is the paper's. */
static void add_time(struct stamps *stamps, struct paper_run row, uint32_t date)
{
	struct paper_run before = {row.from, date};
	struct str time = time_of(stamps, row);
	if (time.n && last_label(stamps, before).field == FIELD_DATE)
		scan_add(&stamps->found->times, time);
}

/* The one date of a row, when it is free. Of two neither is the paper's: they
 * are a period. */
static void scan_row(struct stamps *stamps, struct paper_run row)
{
	const struct paper *paper = stamps->at.paper;
	struct value date = {0}, value;
	uint32_t at = row.to;
	for (uint32_t i = row.from; i < row.to; i++) {
		const struct paper_token *token = paper_token(paper, i);
		struct paper_run run = {i, paper_cell_end(paper, i)};
		if ((token->flags & TOKEN_DIGIT || token->text.n >= 2) &&
		    date_read(&stamps->at, run, &value)) {
			if (at < row.to)
				return;
			at = i;
			date = value;
			i = value.to - 1;
		}
	}
	if (at == row.to)
		return;
	if (scan_has(&stamps->found->labelled, date.text)) {
		add_time(stamps, row, at);
		return;
	}
	uint32_t end = paper_cell_end(paper, at);
	enum claim claim = claim_of(stamps, at);
	stamps->doubt |=
		!claim && !is_other(stamps, (struct paper_run){row.from, at});
	if (claim && ends_well(stamps, (struct paper_run){date.to, end}) &&
	    !has_amount(stamps, row))
		add_stamp(stamps, &(struct stamp){date.text,
						  time_of(stamps, row), claim});
}

static bool is_several(const struct stamps *stamps)
{
	for (size_t i = 1; i < stamps->n; i++)
		if (!str_eq_nocase(stamps->list[0].date, stamps->list[i].date))
			return true;
	return false;
}

/* Drops those of a weak claim when there is any other date. */
static void keep_strong(struct stamps *stamps)
{
	size_t n = 0;
	for (size_t i = 0; i < stamps->n; i++)
		if (stamps->list[i].claim == CLAIM_STRONG)
			stamps->list[n++] = stamps->list[i];
	if (n || stamps->doubt)
		stamps->n = n;
}

/* A till prints the time with the date. */
static void settle(struct stamps *stamps)
{
	size_t timed = 0;
	keep_strong(stamps);
	for (size_t i = 0; i < stamps->n; i++)
		timed += stamps->list[i].time.n &&
			 stamps->list[i].claim == CLAIM_STRONG;
	bool several = is_several(stamps), by_time = several && timed == 1;
	if (several && !by_time)
		return;
	for (size_t i = 0; i < stamps->n; i++) {
		const struct stamp *stamp = &stamps->list[i];
		if (by_time && !stamp->time.n)
			continue;
		scan_add(&stamps->found->dates, stamp->date);
		if (stamp->time.n)
			scan_add(&stamps->found->times, stamp->time);
	}
}

/* Whether a row ends a table of items. */
static bool ends_table(const struct stamps *stamps, const struct paper_row *row)
{
	const struct finder *finder = stamps->finder;
	for (uint32_t c = row->first; c < row->first + row->n; c++) {
		const struct label_hit *hit =
			labels_at(&finder->hits, finder->paper.cells[c].first);
		if (hit && prompt_kind_of(hit->field) == KIND_AMOUNT)
			return true;
	}
	return false;
}

void stamps_scan(struct arena *arena, const struct finder *finder,
		 struct scanned *found)
{
	const struct paper *paper = &finder->paper;
	struct stamps stamps = {
		.at = {arena, paper, finder->labels},
		.finder = finder,
		.found = found,
	};
	bool in_table = false;
	for (uint32_t r = 0; r < paper->n_rows; r++) {
		const struct paper_row *row = &paper->rows[r];
		struct paper_run run = paper_row_run(paper, row);
		if (finder->heads[r])
			in_table = true;
		if (in_table && ends_table(&stamps, row))
			in_table = false;
		if (!in_table && run.to - run.from <= ROW_TOKENS)
			scan_row(&stamps, run);
	}
	settle(&stamps);
}
