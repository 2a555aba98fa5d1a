/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys and sentences, as the phrases that labels have.
 */
#include "prompt/ask.h"

/* Before what is asked for. */
static const char leads[] =
	"what s which is are was were please find get give tell me show "
	"extract return read how much did do does i we us you pay see can "
	"could "
	"who identify list the a an und wie hoch lautet ist was quel quelle "
	"est "
	"value of when provide output name";
/* Say nothing anywhere. */
static const char empty[] =
	"was were been charged "
	"the a an this that these its all any every final overall full "
	"complete "
	"exact printed shown given listed stated der die das le la les field "
	"please";
/* Behind what is asked for, with or without what is in `papers`. */
static const char prepositions[] = "on in from of for at to as if";
static const char papers[] = "receipt invoice document image picture photo "
			     "bill page paper text scan "
			     "file order purchase transaction sale slip";
static const char refusals[] =
	"without excluding excl before not except exclude excludes no minus "
	"other than neither nor but";
static const char including[] = "including incl inclusive with after plus inc";
static const char nothing_more[] =
	"present available any found string number text format visible exists "
	"currency dollar euro usd eur shown printed";

static bool is_in(const struct ask *ask, size_t i, const char *words)
{
	return i < ask->n && fold_is_one_of(&ask->words[i], words);
}

static void take_out(struct ask *ask, size_t from, size_t n)
{
	size_t rest = ask->n - from - n;
	memmove(ask->words + from, ask->words + from + n,
		rest * sizeof(*ask->words));
	memmove(ask->ids + from, ask->ids + from + n, rest * sizeof(*ask->ids));
	ask->n -= n;
}

enum char_kind {
	CHAR_NONE,
	CHAR_LOWER,
	CHAR_UPPER,
	CHAR_DIGIT,
};

static enum char_kind kind_of(char c)
{
	if (c >= '0' && c <= '9')
		return CHAR_DIGIT;
	if (c >= 'A' && c <= 'Z')
		return CHAR_UPPER;
	if ((c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80)
		return CHAR_LOWER;
	return CHAR_NONE;
}

/* Whether a word ends between i - 1 and i: `totalPrice`, `VATNumber`. */
static bool is_border(struct str text, size_t i)
{
	enum char_kind before = kind_of(text.p[i - 1]),
		       now = kind_of(text.p[i]);
	enum char_kind next =
		i + 1 < text.n ? kind_of(text.p[i + 1]) : CHAR_NONE;
	if (now == CHAR_NONE || before == CHAR_NONE)
		return before != CHAR_NONE;
	return now == CHAR_UPPER &&
	       (before == CHAR_LOWER ||
		(before == CHAR_UPPER && next == CHAR_LOWER));
}

static bool ask_add(const struct labels *labels, struct ask *ask,
		    struct str word)
{
	struct fold fold =
		fold_word(str_eq(word, STR("4")) ? STR("four") : word);
	if (ask->n == ASK_WORDS)
		return false;
	if (fold.n == 0) { /* a number is a word of keys */
		if (word.n >= FOLD_MAX)
			return false;
		memcpy(fold.text, word.p, word.n);
		fold.n = (uint8_t)word.n;
	}
	ask->words[ask->n] = fold;
	ask->ids[ask->n++] = lexicon_find(labels_lexicon(labels), &fold);
	return true;
}

/* The words of a run without anything between them. False: too many. */
static bool add_run(const struct labels *labels, struct ask *ask,
		    struct str run)
{
	size_t first = ask->n, from = 0;
	bool all_known = true;
	for (size_t i = 1; i <= run.n; i++) {
		if (i < run.n && !is_border(run, i))
			continue;
		if (!ask_add(labels, ask, str_sub(run, from, i)))
			return false;
		all_known &= ask->ids[ask->n - 1] != 0;
		from = i;
	}
	/* `MwSt` has no `St` */
	struct fold whole = fold_word(run);
	uint16_t id = lexicon_find(labels_lexicon(labels), &whole);
	if (!all_known && id) {
		ask->words[first] = whole;
		ask->ids[first] = id;
		ask->n = first + 1;
	}
	return true;
}

struct ask ask_words(const struct labels *labels, struct str text)
{
	struct ask ask = {.n = 0};
	for (size_t from = 0, to; from < text.n; from = to + 1) {
		to = from;
		while (to < text.n && kind_of(text.p[to]) != CHAR_NONE)
			to++;
		/* of "e-mail" one word each: both are known */
		if (to > from &&
		    !add_run(labels, &ask, str_sub(text, from, to))) {
			ask.n = 0;
			break;
		}
	}
	return ask;
}

static bool ask_phrase(const struct labels *labels, const struct ask *ask,
		       struct label_asked *out)
{
	return labels_ask(labels, ask->ids, ask->n, out);
}

/* `number of the invoice` is `invoice number`. */
static bool ask_turned(const struct labels *labels, const struct ask *ask,
		       struct label_asked *out)
{
	for (size_t i = 1; i + 1 < ask->n; i++) {
		if (!is_in(ask, i, "of for"))
			continue;
		struct ask turned = {.n = ask->n - 1};
		size_t behind = ask->n - i - 1;
		for (size_t k = 0; k < turned.n; k++) {
			size_t from = k < behind ? i + 1 + k : k - behind;
			turned.words[k] = ask->words[from];
			turned.ids[k] = ask->ids[from];
		}
		return ask_phrase(labels, &turned, out);
	}
	return false;
}

/* `... on the receipt`, `... including tax`, `... as a number` */
static bool drop_tail(struct ask *ask)
{
	for (size_t i = ask->n - 1; i > 0 && i + 5 > ask->n; i--) {
		size_t behind = ask->n - i - 1;
		bool paper = is_in(ask, i, prepositions) && behind >= 1 &&
			     is_in(ask, ask->n - 1, papers);
		bool tax = is_in(ask, i, including) && behind >= 1 &&
			   is_in(ask, ask->n - 1, "tax vat gst tip charge fee");
		bool more = (is_in(ask, i, "if as in") || behind == 0) &&
			    is_in(ask, ask->n - 1, nothing_more);
		bool loose = behind == 0 && (is_in(ask, i, prepositions) ||
					     is_in(ask, i, "is are was"));
		if (paper || tax || more || loose) {
			ask->n = i;
			return true;
		}
	}
	return false;
}

static bool ask_either(const struct labels *labels, const struct ask *ask,
		       struct label_asked *out)
{
	return ask_phrase(labels, ask, out) || ask_turned(labels, ask, out);
}

/* `receipt tip`, `tip amount`: what says more of an amount than has to be. Of
 * an order or an invoice numbers and dates are others than of the paper. */
static bool ask_shorter(const struct labels *labels, struct ask *ask,
			struct label_asked *out)
{
	bool paper = ask->n > 1 && is_in(ask, 0, papers);
	bool amount = ask->n > 1 && is_in(ask, ask->n - 1, "amount value");
	if (paper)
		take_out(ask, 0, 1);
	else if (amount)
		ask->n--;
	else
		return false;
	if (!ask_phrase(labels, ask, out))
		return false;
	enum prompt_kind kind = prompt_kind_of(out->field);
	return kind == KIND_AMOUNT || (paper && kind == KIND_CURRENCY);
}

bool ask_field(const struct labels *labels, const struct ask *asked,
	       struct label_asked *out)
{
	struct ask ask = *asked;
	if (ask_phrase(labels, &ask, out))
		return true;
	while (ask.n > 1 && is_in(&ask, 0, leads))
		take_out(&ask, 0, 1);
	if (ask_phrase(labels, &ask, out))
		return true;
	for (size_t i = ask.n; i-- > 0;)
		if (ask.n > 1 && is_in(&ask, i, empty))
			take_out(&ask, i, 1);
	if (ask_either(labels, &ask, out))
		return true;
	while (ask.n > 1 && drop_tail(&ask))
		if (ask_either(labels, &ask, out))
			return true;
	return ask_shorter(labels, &ask, out);
}

/* Up to the first mark. */
static struct ask first_clause(const struct labels *labels, struct str text)
{
	size_t end = 0;
	while (end < text.n && !strchr(",;:(.", text.p[end]))
		end++;
	return ask_words(labels, str_sub(text, 0, end));
}

bool ask_description(const struct labels *labels, struct str text,
		     struct label_asked *out, bool *refused)
{
	struct ask ask = first_clause(labels, text);
	*refused = false;
	if (ask_field(labels, &ask, out))
		return true;
	for (size_t i = 0; i < ask.n; i++)
		*refused |= is_in(&ask, i, refusals);
	return false;
}

bool ask_is_at_odds(const struct labels *labels, struct str text,
		    enum prompt_kind kind)
{
	struct ask ask = first_clause(labels, text);
	bool date = false, amount = false;
	for (size_t i = 0; i < ask.n; i++) {
		date |= is_in(&ask, i, "date when day deadline");
		amount |= is_in(&ask, i, "amount much total price sum cost");
	}
	return (kind == KIND_AMOUNT && date && !amount) ||
	       (kind == KIND_DATE && amount && !date);
}
