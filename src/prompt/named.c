/* SPDX-License-Identifier: Apache-2.0 */
#include "prompt/named.h"

#include <glib.h>

#define JOINED_WORDS 3

/* The hash of n words of a key from i on as one; 0 when there are not so many.
 */
static uint32_t joined_hash(const struct ask *ask, size_t i, size_t n)
{
	struct fold joined = {.n = 0};
	if (i + n > ask->n)
		return 0;
	for (size_t k = i; k < i + n; k++) {
		if (joined.n + ask->words[k].n > FOLD_MAX)
			return 0;
		memcpy(joined.text + joined.n, ask->words[k].text,
		       ask->words[k].n);
		joined.n = (uint8_t)(joined.n + ask->words[k].n);
	}
	return fold_hash(&joined);
}

/* How many words of a key from i on a token is: `Wi-Fi` is two of `wiFiCode`,
 * and every word for a number is the same. */
static size_t words_in(const struct ask *ask, size_t i,
		       const struct paper_token *token)
{
	static const char numbers[] = "number no nr num n";
	for (size_t n = 1; n <= JOINED_WORDS; n++)
		if (token->hash && joined_hash(ask, i, n) == token->hash)
			return n;
	if (i == 0 || !fold_is_one_of(&ask->words[i], numbers))
		return 0;
	struct fold fold = fold_word(token->text);
	return str_eq(token->text, STR("#")) || fold_is_one_of(&fold, numbers);
}

/* Where the words of a key end that stand in a cell from a token on; 0 when
 * others do. */
static uint32_t named_end(const struct paper *paper, const struct ask *ask,
			  uint32_t from)
{
	uint32_t end = paper_cell_end(paper, from), at = from;
	for (size_t i = 0, n; i < ask->n; i += n, at++) {
		if (i &&
		    (at >= end || paper->tokens[at - 1].flags & TOKEN_COLON))
			return 0;
		n = words_in(ask, i, &paper->tokens[at]);
		if (n == 0)
			return 0;
	}
	return at;
}

/* Whether the words of a key can begin with a token; quickly said of most. */
static bool is_first(const uint32_t *firsts, uint32_t hash)
{
	for (size_t n = 0; n < JOINED_WORDS; n++)
		if (hash && firsts[n] == hash)
			return true;
	return false;
}

/* Where a label may begin that no field has. */
static bool may_be_label(const struct paper *paper, uint32_t token)
{
	uint32_t first = paper->cells[paper->tokens[token].cell].first;
	return token == first ||
	       paper->tokens[token - 1].flags & (TOKEN_DIGIT | TOKEN_MARK);
}

/* `Table 5`: nothing else in the cell but a number. */
static bool find_number(const struct finder *finder, struct arena *arena,
			struct paper_run label, struct value *out)
{
	const struct paper *paper = &finder->paper;
	uint32_t end = paper_cell_end(paper, label.from), at = label.to;
	while (at < end && (paper->tokens[at].flags & TOKEN_MARK))
		at++;
	if (at + 1 != end || !(paper->tokens[at].flags & TOKEN_DIGIT))
		return false;
	*out = (struct value){
		.text = paper_text(arena, paper, (struct paper_run){at, end}),
		.from = at,
		.to = end,
	};
	return out->text.n <= VALUE_MAX &&
	       value_is_sure(paper, (struct paper_run){at, end});
}

static bool has_digit(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (g_ascii_isdigit(text.p[i]))
			return true;
	return false;
}

/* An amount loses its currency, as all do. */
static bool is_of_form(const struct finder *finder, struct arena *arena,
		       const struct value *line, enum named_form form,
		       struct str *out)
{
	struct values_at at = {arena, &finder->paper, finder->labels};
	struct paper_run run = {line->from, line->to};
	struct value value;
	bool all =
		value_read(&at, run, KIND_AMOUNT, &value) && value.to == run.to;
	bool amount = all && (value.form == AMOUNT_MONEY ||
			      (value.form == AMOUNT_ODD && value.currency.n));
	*out = amount ? value.text : line->text;
	switch (form) {
	case NAMED_NAME:
	case NAMED_BEHIND:
		return value_has_letter(line->text);
	case NAMED_WORDS:
		return value_has_letter(line->text) && !has_digit(line->text);
	case NAMED_NUMBER:
		return value_read(&at, run, KIND_NUMBER, &value) &&
		       value.to == run.to;
	case NAMED_DATE:
		return value_read(&at, run, KIND_DATE, &value) &&
		       value.to == run.to;
	case NAMED_AMOUNT:
		return amount;
	default:
		return true;
	}
}

void named_find(const struct finder *finder, struct arena *arena,
		const struct named *named, struct scan_list *out)
{
	const struct paper *paper = &finder->paper;
	uint32_t firsts[JOINED_WORDS];
	for (size_t n = 0; n < JOINED_WORDS; n++)
		firsts[n] = joined_hash(named->key, 0, n + 1);
	for (uint32_t i = 0; i < paper->n_tokens && out->n < SCAN_MAX; i++) {
		struct value value;
		struct str line;
		uint32_t end = 0;
		if (is_first(firsts, paper->tokens[i].hash) &&
		    may_be_label(paper, i))
			end = named_end(paper, named->key, i);
		struct paper_run label = {i, end};
		bool colon = end && paper->tokens[end - 1].flags & TOKEN_COLON;
		if (end && (named->form != NAMED_BEHIND || colon) &&
		    (find_line(finder, arena, label, &value) ||
		     find_number(finder, arena, label, &value)) &&
		    is_of_form(finder, arena, &value, named->form, &line))
			scan_add(out, line);
	}
}

void named_find_shorter(const struct finder *finder, struct arena *arena,
			const struct ask *key, struct scan_list *out)
{
	static const struct {
		enum named_form form;
		const char *words;
	} ends[] = {
		{NAMED_WORDS, "name"},
		{NAMED_NUMBER, "number no nr num id code"},
		{NAMED_DATE, "date"},
		{NAMED_AMOUNT, "amount fee charge cost price"},
	};
	struct ask shorter = *key;
	if (shorter.n < 2)
		return;
	shorter.n--;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (fold_is_one_of(&key->words[shorter.n], ends[i].words))
			named_find(finder, arena,
				   &(struct named){&shorter, ends[i].form},
				   out);
}
