/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Phrases found in papers and in prompts.
 */
#include "prompt/labels.h"
#include "prompt/phrases.h"

#define PHRASES_MAX 4096
#define WORDS_MAX 2049 /* numbers of the lexicon, and 0 */

struct labels {
	struct lexicon *lexicon;
	struct label_phrase phrases[PHRASES_MAX]; /* from 1 */
	uint16_t n;
	uint16_t first[WORDS_MAX]; /* the phrases that begin with a word */
	uint8_t words[WORDS_MAX];  /* bits of enum label_word */
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
};

enum prompt_kind prompt_kind_of(enum prompt_field field)
{
	return kinds[field];
}

const struct lexicon *labels_lexicon(const struct labels *labels)
{
	return labels->lexicon;
}

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
	uint16_t *first = &labels->first[phrase.words[0]];
	phrase.next = *first;
	*first = ++labels->n;
	labels->phrases[labels->n] = phrase;
}

struct labels *labels_new(struct arena *arena)
{
	struct labels *labels = arena_zalloc(arena, sizeof(*labels));
	labels->lexicon = lexicon_new(arena);
	for (size_t i = 0; i < prompt_phrases_count; i++) {
		struct str rest = str_of(prompt_phrases[i].phrases);
		while (rest.p && labels->n + 1 < PHRASES_MAX)
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
	return labels;
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

/* Whether a colon is behind the label that ends at `to`. */
static bool has_colon(const struct paper *paper, uint32_t to, uint32_t end)
{
	const struct paper_token *tokens = paper->tokens;
	return tokens[to - 1].flags & TOKEN_COLON ||
	       (to < end && tokens[to].flags & TOKEN_COLON &&
		tokens[to].flags & TOKEN_MARK);
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
		       is_between(&paper->tokens[at]))
			at++;
		if (at >= end || paper->tokens[at].word != phrase->words[i])
			return 0;
	}
	return phrase->use != USE_COLON || has_colon(paper, at, end) ? at : 0;
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

/* Whether a label may begin at a token: nothing before it in its cell says
 * that it is a part of something else. */
static bool may_begin(const struct labels *labels, const struct paper *paper,
		      struct paper_run run, bool amount)
{
	uint32_t first = paper->cells[paper->tokens[run.from].cell].first;
	uint32_t at = run.from;
	while (at > first) {
		const struct paper_token *before = &paper->tokens[at - 1];
		if (!(before->flags & TOKEN_MARK) &&
		    !labels_is(labels, before->word, WORD_BEFORE))
			break;
		at--;
	}
	if (at == first)
		return true;
	const struct paper_token *before = &paper->tokens[at - 1];
	if (amount)
		return labels_has_cents(before->text);
	if ((before->flags & TOKEN_DIGIT) || str_find(before->text, '@') >= 0)
		return true;
	return (paper->tokens[run.to - 1].flags & TOKEN_COLON) &&
	       (paper->tokens[first].flags & TOKEN_COLON ||
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
		bool amount = kinds[phrase->field] == KIND_AMOUNT ||
			      kinds[phrase->field] == KIND_COUNT;
		if (phrase->use == USE_ASKED ||
		    phrase_end(phrase, paper, run.from) != run.to ||
		    !may_begin(labels, paper, run, amount))
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

bool labels_head_items(const struct labels *labels, const struct paper *paper,
		       const struct paper_row *row)
{
	unsigned columns = 0, own = 0;
	uint32_t from = paper->cells[row->first].first;
	const struct paper_cell *last = &paper->cells[row->first + row->n - 1];
	for (uint32_t i = from; i < last->first + last->n; i++) {
		const struct paper_token *token = &paper->tokens[i];
		if (token->flags & (TOKEN_DIGIT | TOKEN_COLON))
			return false;
		own += labels_is(labels, token->word, WORD_COLUMN);
		columns += labels_is(labels, token->word, WORD_COLUMN) ||
			   labels_is(labels, token->word, WORD_MAYBE);
	}
	return own && columns >= 2 && row->n >= 2;
}
