/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases found in papers and in prompts.
 */
#include "prompt/labels.h"
#include "prompt/phrases.h"

#include <glib.h>

#define PHRASES_MAX 4096
#define WORDS_MAX (LEXICON_MAX + 1) /* numbers of the lexicon, and 0 */

struct labels {
	struct lexicon *lexicon;
	struct label_phrase phrases[PHRASES_MAX]; /* from 1 */
	uint16_t n;
	uint16_t first[WORDS_MAX]; /* the phrases that begin with a word */
	uint8_t words[WORDS_MAX];  /* bits of enum label_word */
	uint16_t taxes[WORDS_MAX]; /* a bit for each that a word names */
};

static const enum prompt_kind kinds[FIELDS] = {
	[FIELD_TOTAL] = KIND_AMOUNT,
	[FIELD_DUE] = KIND_AMOUNT,
	[FIELD_SUBTOTAL] = KIND_AMOUNT,
	[FIELD_TAX] = KIND_AMOUNT,
	[FIELD_TAX_RATE] = KIND_PERCENT,
	[FIELD_TIP] = KIND_AMOUNT,
	[FIELD_SERVICE] = KIND_AMOUNT,
	[FIELD_SHIPPING] = KIND_AMOUNT,
	[FIELD_DISCOUNT] = KIND_AMOUNT,
	[FIELD_SAVINGS] = KIND_AMOUNT,
	[FIELD_CHANGE] = KIND_AMOUNT,
	[FIELD_CASH] = KIND_AMOUNT,
	[FIELD_TENDERED] = KIND_AMOUNT,
	[FIELD_PAID] = KIND_AMOUNT,
	[FIELD_DEPOSIT] = KIND_AMOUNT,
	[FIELD_ITEM_COUNT] = KIND_COUNT,
	[FIELD_INVOICE_NUMBER] = KIND_NUMBER,
	[FIELD_ORDER_NUMBER] = KIND_NUMBER,
	[FIELD_PURCHASE_ORDER] = KIND_NUMBER,
	[FIELD_RECEIPT_NUMBER] = KIND_NUMBER,
	[FIELD_TRANSACTION] = KIND_NUMBER,
	[FIELD_REFERENCE] = KIND_NUMBER,
	[FIELD_CUSTOMER_NUMBER] = KIND_NUMBER,
	[FIELD_ACCOUNT_NUMBER] = KIND_NUMBER,
	[FIELD_LOYALTY_NUMBER] = KIND_NUMBER,
	[FIELD_TRACKING_NUMBER] = KIND_NUMBER,
	[FIELD_TAX_NUMBER] = KIND_NUMBER,
	[FIELD_DATE] = KIND_DATE,
	[FIELD_INVOICE_DATE] = KIND_DATE,
	[FIELD_DUE_DATE] = KIND_DATE,
	[FIELD_ORDER_DATE] = KIND_DATE,
	[FIELD_DELIVERY_DATE] = KIND_DATE,
	[FIELD_TIME] = KIND_TIME,
	[FIELD_PHONE] = KIND_PHONE,
	[FIELD_FAX] = KIND_PHONE,
	[FIELD_EMAIL] = KIND_EMAIL,
	[FIELD_WEBSITE] = KIND_URL,
	[FIELD_IBAN] = KIND_IBAN,
	[FIELD_BIC] = KIND_BIC,
	[FIELD_CARD_NUMBER] = KIND_CARD,
	[FIELD_CARD_DIGITS] = KIND_CARD,
	[FIELD_CURRENCY] = KIND_CURRENCY,
	[FIELD_MERCHANT] = KIND_TEXT,
	[FIELD_ADDRESS] = KIND_BLOCK,
	[FIELD_CUSTOMER] = KIND_BLOCK,
	[FIELD_SHIP_TO] = KIND_BLOCK,
	[FIELD_PAYMENT_METHOD] = KIND_TEXT,
	[FIELD_ITEMS] = KIND_NONE, /* no label has them */
};

enum prompt_kind prompt_kind_of(enum prompt_field field)
{
	return kinds[field];
}

const struct lexicon *labels_lexicon(const struct labels *labels)
{
	return labels->lexicon;
}

/* Those of which a paper may have one and not another. */
static const char *const taxes[] = {
	"vat mwst ust umsatzsteuer mehrwertsteuer added tva iva piva btw moms "
	"mva ustid ustidnr idnr uid cif nif nip trn btwnummer btwnr",
	"sale",
	"gst gstin",
	"hst",
	"pst",
	"qst tvq",
	"cgst",
	"sgst",
	"igst",
	"abn",
	"ein",
	"siret siren",
	"city",
	"county",
	"state",
	"local occupancy room meal food restaurant",
};
/* Labels that only say `tax` may be of the first two; those of the last four
 * are taxes on sales. */
#define TAX_COMMON 3u
#define TAX_SALES 2u
#define TAX_LOCAL 0xf000u

static void add_phrase(struct labels *labels, const struct phrase_row *row,
		       struct str text)
{
	struct label_phrase phrase = {
		.field = (uint8_t)row->field,
		.rank = row->rank,
		.use = (uint8_t)row->use,
	};
	while (text.p && phrase.n < PHRASE_WORDS) {
		struct str word = str_split(&text, ' ');
		phrase.words[phrase.n++] = lexicon_add(labels->lexicon, word);
	}
	g_assert(!text.p && labels->n + 1 < PHRASES_MAX);
	uint16_t *first = &labels->first[phrase.words[0]];
	phrase.next = *first;
	*first = ++labels->n;
	labels->phrases[labels->n] = phrase;
}

static struct labels *labels_new(struct arena *arena)
{
	struct labels *labels = arena_zalloc(arena, sizeof(*labels));
	labels->lexicon = lexicon_new(arena);
	for (size_t i = 0; i < prompt_phrases_count; i++) {
		struct str rest = str_of(prompt_phrases[i].phrases);
		while (rest.p)
			add_phrase(labels, &prompt_phrases[i],
				   str_split(&rest, '|'));
	}
	for (unsigned what = WORD_FILLER; what <= WORD_MAYBE; what++) {
		struct str rest = str_of(prompt_label_words[what]);
		while (rest.p) {
			struct str word = str_split(&rest, ' ');
			labels->words[lexicon_add(labels->lexicon, word)] |=
				(uint8_t)(1u << what);
		}
	}
	for (unsigned tax = 0; tax < G_N_ELEMENTS(taxes); tax++) {
		struct str rest = str_of(taxes[tax]);
		while (rest.p) {
			struct str word = str_split(&rest, ' ');
			labels->taxes[lexicon_add(labels->lexicon, word)] |=
				(uint16_t)(1u << tax);
		}
	}
	return labels;
}

/* The same for all. To make them takes longer than to answer most prompts, so
 * they stay until the process ends. */
const struct labels *labels_all(void)
{
	static const struct labels *all;
	static struct arena arena;
	static gsize made;
	if (g_once_init_enter(&made)) {
		arena_init(&arena);
		all = labels_new(&arena);
		g_once_init_leave(&made, 1);
	}
	return all;
}

bool labels_is(const struct labels *labels, uint16_t word, enum label_word what)
{
	return word && (labels->words[word] >> what & 1);
}

/* Marks and rates between words of a label: `incl. 20% VAT`. */
static bool is_between(const struct paper_token *token)
{
	return !(token->flags & TOKEN_COLON) && token->word == 0 &&
	       (token->flags & TOKEN_MARK || str_ends(token->text, STR("%")));
}

/* `20 %`, of which the sign is a token of its own. */
static bool is_rate(const struct paper *paper, uint32_t at, uint32_t end)
{
	return at + 1 < end && g_ascii_isdigit(*paper->tokens[at].text.p) &&
	       str_eq(paper->tokens[at + 1].text, STR("%"));
}

/* Whether a colon is behind the label that ends at `to`. */
static bool has_colon(const struct paper *paper, uint32_t to, uint32_t end)
{
	const struct paper_token *tokens = paper->tokens;
	return tokens[to - 1].flags & TOKEN_COLON ||
	       (to < end && tokens[to].flags & TOKEN_COLON &&
		tokens[to].flags & TOKEN_MARK);
}

/* `ITEMS 3`, alone in its row. */
static bool is_counted(const struct paper *paper, uint32_t from, uint32_t to)
{
	struct paper_run row = paper_row_run(paper, paper_row_of(paper, from));
	return from == row.from && to + 1 == row.to &&
	       paper->tokens[to].flags & TOKEN_DIGIT;
}

/* Where the phrase ends that begins at `from`; 0 when it is another. A colon
 * ends a label. */
static uint32_t phrase_end(const struct label_phrase *phrase,
			   const struct paper *paper, uint32_t from)
{
	uint32_t end = paper_cell_end(paper, from), at = from;
	for (unsigned i = 0; i < phrase->n; i++, at++) {
		if (i && (paper->tokens[at - 1].flags & TOKEN_COLON))
			return 0;
		while (i && at < end && at < from + 2 * PHRASE_WORDS &&
		       (is_between(&paper->tokens[at]) ||
			is_rate(paper, at, end)))
			at++;
		if (at >= end || paper->tokens[at].word != phrase->words[i])
			return 0;
	}
	return phrase->use != USE_COLON || has_colon(paper, at, end) ||
			       (kinds[phrase->field] == KIND_COUNT &&
				is_counted(paper, from, at))
		       ? at
		       : 0;
}

/* Of the phrases at a token, the length of the longest. */
static uint32_t longest_end(const struct labels *labels,
			    const struct paper *paper, uint32_t from)
{
	uint32_t longest = 0;
	for (uint16_t i = labels->first[paper->tokens[from].word]; i;
	     i = labels->phrases[i].next) {
		const struct label_phrase *phrase = &labels->phrases[i];
		uint32_t end = phrase->use == USE_ASKED
				       ? 0
				       : phrase_end(phrase, paper, from);
		if (end > longest)
			longest = end;
	}
	return longest;
}

bool labels_has_cents(struct str text)
{
	size_t n = text.n;
	if (n < 4)
		return false;
	const char *p = text.p + n - 3;
	return (*p == '.' || *p == ',') && p[1] >= '0' && p[1] <= '9' &&
	       p[2] >= '0' && p[2] <= '9';
}

/* `NY`, `NYS` */
static bool is_state(struct str text)
{
	static const char *const others[] = {"EX", "PRE", "NON", "EXC", "NET"};
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
		if (str_eq(text, str_of(others[i])))
			return false;
	for (size_t i = 0; i < text.n; i++)
		if (!g_ascii_isupper(text.p[i]))
			return false;
	return text.n == 2 || text.n == 3;
}

/* What may be before a label of an amount: `19% VAT`, `20 % USt`, `NY Sales
 * Tax`, `3 BALANCE DUE`. */
static bool is_led(const struct labels *labels, const struct paper *paper,
		   struct paper_run lead, enum prompt_field field)
{
	const struct paper_token *first = &paper->tokens[lead.from];
	const struct paper_token *last = &paper->tokens[lead.to - 1];
	size_t n = lead.to - lead.from;
	bool number = g_ascii_isdigit(*first->text.p);
	if (field == FIELD_TAX && n == 1 && is_state(first->text))
		return !labels_is(labels, first->word, WORD_FILLER);
	if (field == FIELD_TAX || field == FIELD_DISCOUNT)
		return number && n <= 2 && str_ends(last->text, STR("%"));
	return field == FIELD_DUE && number && n == 1 && first->text.n <= 3;
}

/* Whether a discount, of whatever name, is taken off: `Sibling discount -5.00`.
 */
static bool takes_off(const struct paper *paper, struct paper_run run,
		      enum prompt_field field)
{
	uint32_t cell = paper->tokens[run.from].cell;
	uint32_t right = paper_right(paper, cell);
	return field == FIELD_DISCOUNT && right != PAPER_NONE &&
	       run.to == paper_cell_end(paper, run.from) &&
	       *paper->tokens[paper->cells[right].first].text.p == '-';
}

/* A value, or a question: `Questions? Call 555-0160`. */
static bool ends_other(const struct paper_token *before)
{
	return before->flags & TOKEN_DIGIT ||
	       str_find(before->text, '@') >= 0 ||
	       str_ends(before->text, STR("?"));
}

/* Behind what says nothing before a token in its cell; that cell's first when
 * all of it does. */
static uint32_t said_before(const struct labels *labels,
			    const struct paper *paper, uint32_t at)
{
	uint32_t first = paper->cells[paper->tokens[at].cell].first;
	for (; at > first; at--) {
		const struct paper_token *before = &paper->tokens[at - 1];
		if (!(before->flags & TOKEN_MARK) &&
		    !labels_is(labels, before->word, WORD_BEFORE))
			break;
	}
	return at;
}

/* Whether a label may begin at a token: nothing before it in its cell says
 * that it is a part of something else. */
static bool may_begin(const struct labels *labels, const struct paper *paper,
		      struct paper_run run, enum prompt_field field)
{
	uint32_t first = paper->cells[paper->tokens[run.from].cell].first;
	uint32_t at = said_before(labels, paper, run.from);
	enum prompt_kind kind = kinds[field];
	bool amount = kind == KIND_AMOUNT || kind == KIND_COUNT;
	if (at == first)
		return true;
	const struct paper_token *before = &paper->tokens[at - 1];
	bool colon = paper->tokens[run.to - 1].flags & TOKEN_COLON;
	if (amount)
		return labels_has_cents(before->text) ||
		       is_led(labels, paper,
			      (struct paper_run){first, run.from}, field) ||
		       takes_off(paper, run, field);
	if (ends_other(before) || (colon && kind >= KIND_PHONE &&
				   kind <= KIND_BIC)) /* `Dubai Tel: 555` */
		return true;
	return colon && (paper->tokens[first].flags & TOKEN_COLON ||
			 (at - 1 > first + 1 &&
			  paper->tokens[first + 1].flags & TOKEN_COLON));
}

/* No phrase is one of more fields than so. */
#define SAME_PHRASES 2

static void add_hits(const struct labels *labels, const struct paper *paper,
		     struct paper_run run, struct label_hits *out)
{
	unsigned same = 0;
	for (uint16_t i = labels->first[paper->tokens[run.from].word];
	     i && same < SAME_PHRASES; i = labels->phrases[i].next) {
		const struct label_phrase *phrase = &labels->phrases[i];
		if (phrase->use == USE_ASKED ||
		    phrase_end(phrase, paper, run.from) != run.to ||
		    !may_begin(labels, paper, run, phrase->field))
			continue;
		same++;
		out->hits[out->n++] = (struct label_hit){
			.from = run.from,
			.to = run.to,
			.phrase = i,
			.field = phrase->field,
			.rank = phrase->rank,
		};
		if (!out->at[run.from])
			out->at[run.from] = out->n;
	}
}

void labels_find(struct arena *arena, const struct labels *labels,
		 const struct paper *paper, struct label_hits *out)
{
	size_t n = paper->n_tokens;
	*out = (struct label_hits){
		.hits = arena_alloc(arena,
				    SAME_PHRASES * n * sizeof(*out->hits)),
		.at = arena_zalloc(arena, n * sizeof(*out->at)),
	};
	for (uint32_t from = 0, to; from < n; from = to) {
		to = paper->tokens[from].word ? longest_end(labels, paper, from)
					      : 0;
		if (to)
			add_hits(labels, paper, (struct paper_run){from, to},
				 out);
		else
			to = from + 1;
	}
}

bool labels_ask(const struct labels *labels, const uint16_t *words, size_t n,
		struct label_asked *out)
{
	bool found = false;
	if (n == 0 || n > PHRASE_WORDS || words[0] == 0)
		return false;
	for (uint16_t i = labels->first[words[0]]; i;
	     i = labels->phrases[i].next) {
		const struct label_phrase *phrase = &labels->phrases[i];
		if (phrase->n != n || phrase->use >= USE_COLON ||
		    memcmp(phrase->words, words, n * sizeof(*words)) != 0)
			continue;
		/* of two the one that is listed first, which comes last */
		*out = (struct label_asked){phrase->field, i};
		found = true;
	}
	return found;
}

bool labels_begin_alike(const struct labels *labels, uint16_t a, uint16_t b)
{
	return a == 0 || b == 0 ||
	       labels->phrases[a].words[0] == labels->phrases[b].words[0];
}

static unsigned taxes_of(const struct labels *labels, uint16_t phrase)
{
	unsigned bits = 0;
	for (unsigned i = 0; i < labels->phrases[phrase].n; i++)
		bits |= labels->taxes[labels->phrases[phrase].words[i]];
	return bits;
}

bool labels_same_tax(const struct labels *labels,
		     const struct label_asked *asked,
		     const struct label_hit *hit)
{
	unsigned wanted = taxes_of(labels, asked->phrase);
	unsigned has = taxes_of(labels, hit->phrase);
	if (wanted == 0 ||
	    (asked->field != FIELD_TAX && asked->field != FIELD_TAX_NUMBER))
		return true;
	if (wanted == TAX_SALES)
		wanted |= TAX_LOCAL;
	return has ? (wanted & has) != 0
		   : asked->field == FIELD_TAX && (wanted & ~TAX_COMMON) == 0;
}

bool labels_head_items(const struct labels *labels, const struct paper *paper,
		       const struct paper_row *row)
{
	unsigned columns = 0, own = 0;
	struct paper_run run = paper_row_run(paper, row);
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct paper_token *token = &paper->tokens[i];
		if (token->flags & (TOKEN_DIGIT | TOKEN_COLON))
			return false;
		own += labels_is(labels, token->word, WORD_COLUMN);
		columns += labels_is(labels, token->word, WORD_COLUMN) ||
			   labels_is(labels, token->word, WORD_MAYBE);
	}
	return own && columns >= 2 && row->n >= 2;
}
