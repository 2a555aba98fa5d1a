/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What labels on receipts and invoices say: the fields that there are, the
 * phrases that name them on paper and in prompts, and where they stand in a
 * paper.
 */
#ifndef PROMPT_LABELS_H
#define PROMPT_LABELS_H

#include "prompt/paper.h"

/* What a value looks like. */
enum prompt_kind {
	KIND_NONE, /* no field: a phrase that must not be taken for another */
	KIND_AMOUNT,
	KIND_COUNT,
	KIND_PERCENT,
	KIND_DATE,
	KIND_TIME,
	KIND_NUMBER, /* of an invoice: letters and digits */
	KIND_PHONE,
	KIND_EMAIL,
	KIND_URL,
	KIND_IBAN,
	KIND_BIC,
	KIND_CARD,
	KIND_CURRENCY,
	/* From here on a value has no form of its own. */
	KIND_TEXT,  /* a line */
	KIND_BLOCK, /* a line and those right below it */
};

enum prompt_field {
	FIELD_NONE,
	FIELD_TOTAL,
	FIELD_DUE,
	FIELD_SUBTOTAL,
	FIELD_TAX,
	FIELD_TAX_RATE,
	FIELD_TIP,
	FIELD_SERVICE,
	FIELD_SHIPPING,
	FIELD_DISCOUNT,
	FIELD_SAVINGS,
	FIELD_CHANGE,
	FIELD_CASH,
	FIELD_TENDERED,
	FIELD_PAID,
	FIELD_DEPOSIT,
	FIELD_ITEM_COUNT,
	FIELD_INVOICE_NUMBER,
	FIELD_ORDER_NUMBER,
	FIELD_PURCHASE_ORDER,
	FIELD_RECEIPT_NUMBER,
	FIELD_TRANSACTION,
	FIELD_REFERENCE,
	FIELD_CUSTOMER_NUMBER,
	FIELD_ACCOUNT_NUMBER,
	FIELD_LOYALTY_NUMBER,
	FIELD_TRACKING_NUMBER,
	FIELD_TAX_NUMBER,
	FIELD_DATE,
	FIELD_INVOICE_DATE,
	FIELD_DUE_DATE,
	FIELD_ORDER_DATE,
	FIELD_DELIVERY_DATE,
	FIELD_TIME,
	FIELD_PHONE,
	FIELD_FAX,
	FIELD_EMAIL,
	FIELD_WEBSITE,
	FIELD_IBAN,
	FIELD_BIC,
	FIELD_CARD_NUMBER,
	FIELD_CARD_DIGITS,
	FIELD_CURRENCY,
	FIELD_MERCHANT,
	FIELD_ADDRESS,
	FIELD_CUSTOMER,
	FIELD_SHIP_TO,
	FIELD_PAYMENT_METHOD,
	FIELD_ITEMS,
	FIELDS,
};

enum prompt_kind prompt_kind_of(enum prompt_field field);

#define PHRASE_WORDS 6

struct label_phrase {
	uint16_t words[PHRASE_WORDS];
	uint8_t n;
	uint8_t field; /* enum prompt_field */
	uint8_t rank;  /* of phrases for a field the lower says it better */
	uint8_t use;   /* enum label_use */
	uint16_t next; /* phrase with the same first word, or 0 */
};

struct labels;

/* The phrases of all fields, and their words; any thread, nobody's to free. */
const struct labels *labels_all(void);
const struct lexicon *labels_lexicon(const struct labels *labels);

/* Where a phrase stands as a label: where a cell begins, or behind the value
 * of another label. */
struct label_hit {
	uint32_t from, to; /* tokens */
	uint16_t phrase;
	uint8_t field, rank;
};

struct label_hits {
	struct label_hit *hits;
	uint32_t n;
	/* For each token, 1 and the number of the first hit that begins there;
	 * else 0. */
	uint32_t *at;
};

/* The one that begins at a token, or NULL. */
static inline const struct label_hit *labels_at(const struct label_hits *hits,
						uint32_t token)
{
	return hits->at[token] ? &hits->hits[hits->at[token] - 1] : NULL;
}

void labels_find(struct arena *arena, const struct labels *labels,
		 const struct paper *paper, struct label_hits *out);

/* What words of a prompt name, by the whole of them; false when that is no
 * phrase. A phrase of FIELD_NONE counts as one. */
struct label_asked {
	enum prompt_field field;
	uint16_t phrase;
};

bool labels_ask(const struct labels *labels, const uint16_t *words, size_t n,
		struct label_asked *out);

/* Whether two phrases begin with one word; of the phrase 0 all do. */
bool labels_begin_alike(const struct labels *labels, uint16_t a, uint16_t b);

/* Whether a label may be of the tax that was asked for: `IGST` is none that is
 * `CGST`, and of both a tax. */
bool labels_same_tax(const struct labels *labels,
		     const struct label_asked *asked,
		     const struct label_hit *hit);

/* Whether a row is the head of a table of items, below which no label has its
 * value. */
bool labels_head_items(const struct labels *labels, const struct paper *paper,
		       const struct paper_row *row);

/* Ends as amounts with cents do. */
bool labels_has_cents(struct str text);

/* What single words are to rules. */
enum label_word {
	WORD_FILLER, /* between a label and its value: `is`, `no`, `amount` */
	WORD_BEFORE, /* before a label: `your`, `the` */
	WORD_UNIT,   /* behind a number that is no amount: `kg` */
	WORD_COLUMN, /* heads a column of a table of items, and only that */
	WORD_MAYBE,  /* heads a column of any table */
};

bool labels_is(const struct labels *labels, uint16_t word,
	       enum label_word what);

#endif
