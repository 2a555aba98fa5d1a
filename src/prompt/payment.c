/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `VISA 21.38` below a total of 21.38, or `Mastercard ****4821`, says how it
 * was paid. Of several ways, or where a shop names those that it takes, none is
 * told.
 */
#include "prompt/payment.h"

#define WAY_WORDS 4
#define SUMS_MAX 16
#define ROWS_MAX 2000
#define ROW_TOKENS 16

/* Whose card; one of them says more than that it was a card. */
static const char brands[] =
	"visa mastercard amex discover maestro interac eftpos nets paypal "
	"twint klarna girocard venmo alipay wechat upi vpay jcb diners bizum "
	"ideal bancontact swish mobilepay paynow grabpay";
/* Alone, or around one: `VISA DEBIT`, `EC-Karte`. */
static const char ways[] =
	"cash bar card debit credit contactless kreditkarte karte eckarte "
	"girokarte kort carte bancaire cb contanti tarjeta efectivo dinheiro "
	"espece especes kontant contant";
static const char pairs[] = "american express apple google pay mc";
/* Before one: `Paid Visa 44.10`. */
static const char leads[] =
	"paid payment by with via using bezahlt paye pagado betaald";

struct payment {
	struct values_at at;
	const struct finder *finder;
	struct str paid[2]; /* by a kind of card alone; by whose */
	bool several;
	uint64_t sums[SUMS_MAX];
	size_t n_sums;
};

static void find_sums(struct payment *payment)
{
	const struct label_hits *hits = &payment->finder->hits;
	unsigned looked = 0;
	for (uint32_t i = 0; i < hits->n && looked < SUMS_MAX; i++) {
		struct value value;
		if (hits->hits[i].field != FIELD_TOTAL &&
		    hits->hits[i].field != FIELD_DUE)
			continue;
		looked++;
		if (find_value(payment->finder, payment->at.arena,
			       &hits->hits[i], &value) &&
		    value.form == AMOUNT_MONEY)
			payment->sums[payment->n_sums++] =
				value_cents(value.text);
	}
}

/* The words of ways to pay that a row begins with; *named when one is whose
 * card, and not more than one. */
static struct paper_run way_of(const struct payment *payment,
			       struct paper_run row, bool *named)
{
	const struct paper *paper = payment->at.paper;
	unsigned n = 0;
	struct paper_run way = {row.from, row.from};
	while (way.from < row.to && paper_is_word(paper, way.from, leads))
		way.from++;
	for (way.to = way.from; way.to < row.to; way.to++) {
		bool brand = paper_is_word(paper, way.to, brands);
		bool pair = paper_is_word(paper, way.to, pairs);
		if (paper_token(paper, way.to)->flags &
			    (TOKEN_DIGIT | TOKEN_UNSURE) ||
		    (!brand && !pair && !paper_is_word(paper, way.to, ways)))
			break;
		n += brand ||
		     paper_is_word(paper, way.to, "express apple google");
	}
	*named = n == 1;
	if (n > 1 || way.to - way.from > WAY_WORDS)
		way.to = way.from;
	return way;
}

/* Whether a row says that all was paid, behind the words of a way to. */
static bool is_paid(const struct payment *payment, struct paper_run rest,
		    bool cash)
{
	const struct paper *paper = payment->at.paper;
	struct value value;
	for (; rest.from < rest.to; rest.from++) {
		struct paper_run run = {rest.from,
					paper_cell_end(paper, rest.from)};
		if (value_read(&payment->at, run, KIND_CARD, &value))
			return true;
		if (!value_read(&payment->at, run, KIND_AMOUNT, &value)) {
			if (paper_token(paper, rest.from)->flags & TOKEN_MARK ||
			    value_is_currency(
				    paper_token(paper, rest.from)->text))
				continue;
			return false;
		}
		if (value.form != AMOUNT_MONEY)
			continue;
		for (size_t i = 0; i < payment->n_sums; i++) {
			uint64_t cents = value_cents(value.text);
			if (cents == payment->sums[i] ||
			    (cash && cents > payment->sums[i]))
				return true;
		}
		return false;
	}
	return false;
}

static void read_row(struct payment *payment, struct paper_run row)
{
	const struct paper *paper = payment->at.paper;
	bool named;
	struct paper_run way = way_of(payment, row, &named);
	if (way.to == way.from)
		return;
	bool cash = paper_is_word(paper, way.from,
				  "cash bar contanti efectivo dinheiro espece "
				  "especes kontant contant");
	/* `Paid by UPI`; `VISA CONTACTLESS` alone in its row is the card's */
	bool alone = way.to == row.to && named &&
		     (way.to - way.from >= 2 || way.from > row.from);
	if (!alone &&
	    !is_paid(payment, (struct paper_run){way.to, row.to}, cash))
		return;
	struct str text = paper_text(payment->at.arena, paper, way);
	struct str *paid = &payment->paid[named];
	payment->several |= paid->n && !str_eq_nocase(*paid, text);
	*paid = text;
}

void payment_scan(struct arena *arena, const struct finder *finder,
		  struct scanned *found)
{
	const struct paper *paper = &finder->paper;
	struct payment payment = {
		.at = {arena, paper, finder->labels},
		.finder = finder,
	};
	find_sums(&payment);
	for (uint32_t r = 0; r < paper->n_rows && r < ROWS_MAX; r++) {
		struct paper_run run = paper_row_run(paper, &paper->rows[r]);
		if (run.to - run.from <= ROW_TOKENS)
			read_row(&payment, run);
	}
	struct str paid = payment.paid[payment.paid[1].n > 0];
	if (!payment.several && paid.n)
		scan_add(&found->payments, paid);
}
