/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values but for dates and times, which are in dates.c.
 */
#include "prompt/values.h"
#include "prompt/dates.h"

#include <glib.h>

#define AMOUNT_DIGITS 15
#define ALONE_TOKENS 8
#define COUNTRY_DIGITS 7
#define LONG_NUMBER 9 /* with four digits behind a dot */

static const struct str currencies[] = {
	STR("US$"),   STR("CA$"),  STR("AU$"), STR("NZ$"), STR("HK$"),
	STR("R$"),    STR("A$"),   STR("C$"),  STR("S$"),  STR("$"),
	STR("€"),     STR("£"),    STR("¥"),   STR("₹"),   STR("₩"),
	STR("₽"),   STR("₺"),    STR("zł"),  STR("Kč"),  STR("kr."),
	STR("kr"),    STR("Fr."),  STR("Rs."), STR("Rs"),  STR("USD"),
	STR("EUROS"), STR("EURO"), STR("EUR"), STR("GBP"), STR("JPY"),
	STR("CHF"),   STR("CAD"),  STR("AUD"), STR("NZD"), STR("SEK"),
	STR("NOK"),   STR("DKK"),  STR("PLN"), STR("CZK"), STR("HUF"),
	STR("INR"),   STR("CNY"),  STR("HKD"), STR("SGD"), STR("MXN"),
	STR("BRL"),   STR("ZAR"),  STR("TRY"), STR("RUB"), STR("KRW"),
	STR("THB"),   STR("AED"),  STR("ILS"), STR("MYR"), STR("PHP"),
	STR("IDR"),   STR("RM"),   STR("SAR"), STR("QAR"), STR("RON"),
	STR("TWD"),   STR("VND"),  STR("ARS"), STR("COP"), STR("NGN"),
	STR("KES"),   STR("EGP"),  STR("CLP"),
};

#define CURRENCIES (sizeof(currencies) / sizeof(*currencies))

bool value_is_currency(struct str text)
{
	text = str_trim_char(text, '(');
	text = str_trim_char(text, ')');
	for (size_t i = 0; i < CURRENCIES; i++)
		if (str_eq_nocase(text, currencies[i]))
			return true;
	return false;
}

/* The currency that a text begins or ends with, by the longest name. */
static struct str currency_in(struct str text, bool at_end)
{
	for (size_t i = 0; i < CURRENCIES; i++) {
		struct str name = currencies[i];
		if (text.n <= name.n)
			continue;
		struct str part = at_end ? str_skip(text, text.n - name.n)
					 : str_sub(text, 0, name.n);
		if (str_eq_nocase(part, name))
			return part;
	}
	return STR_NONE;
}

static size_t minus_at(struct str text)
{
	if (str_starts(text, STR("-")) || str_starts(text, STR("+")))
		return 1;
	if (str_starts(text, STR("\xe2\x88\x92")) || str_starts(text, STR("–")))
		return 3;
	return 0;
}

/* How long the apostrophe is that parts thousands, or 0. */
static size_t apostrophe_at(struct str text)
{
	return str_starts(text, STR("'"))   ? 1
	       : str_starts(text, STR("’")) ? 3
					    : 0;
}

struct amount {
	struct str digits; /* with what parts them */
	struct str sign, currency;
	bool brackets;
	enum amount_form form;
};

#define GROUPS_MAX 6

/* Digits, and what stands between groups of them. */
struct groups {
	size_t n, length, digits;
	size_t sizes[GROUPS_MAX];
	char before[GROUPS_MAX]; /* an apostrophe is `'` */
};

static bool read_groups(struct str text, struct groups *groups)
{
	*groups = (struct groups){.n = 1};
	for (size_t i = 0, mark; i < text.n; i += mark) {
		mark = apostrophe_at(str_skip(text, i));
		if (g_ascii_isdigit(text.p[i])) {
			mark = 1;
			groups->digits++;
			groups->sizes[groups->n - 1]++;
			groups->length = i + 1;
			continue;
		}
		char c = mark ? '\'' : text.p[i];
		mark = mark ? mark : 1;
		if ((c != '\'' && c != '.' && c != ',') || i + mark >= text.n ||
		    !g_ascii_isdigit(text.p[i + mark]))
			break;
		if (groups->n == GROUPS_MAX)
			return false;
		groups->before[groups->n++] = c;
	}
	return groups->digits && groups->digits <= AMOUNT_DIGITS;
}

/* Whether the first n groups are thousands, or India's `1,54,285`, with one
 * mark between them. */
static bool are_thousands(const struct groups *groups, size_t n)
{
	bool lakhs = n > 2 && groups->before[1] == ',' &&
		     groups->sizes[0] <= 2 && groups->sizes[1] == 2;
	for (size_t i = 1; i < n; i++)
		if (groups->sizes[i] != (lakhs && i + 1 < n ? 2u : 3u) ||
		    groups->before[i] != groups->before[1])
			return false;
	return true;
}

/* The digits that a text begins with, and what they may be. */
static enum amount_form number_form(struct str text, size_t *length)
{
	struct groups groups;
	if (!read_groups(text, &groups))
		return AMOUNT_NONE;
	*length = groups.length;
	size_t last = groups.n - 1;
	if (last == 0)
		return AMOUNT_BARE;
	bool cents = groups.sizes[last] == 2 && groups.before[last] != '\'';
	size_t thousands = cents ? last : groups.n;
	if (!cents && (groups.sizes[last] != 3 || *text.p == '0'))
		return AMOUNT_ODD;
	if (thousands > 1 && groups.sizes[0] > 3)
		return AMOUNT_ODD;
	bool other = thousands < 2 || !cents ||
		     groups.before[1] != groups.before[last];
	return other && are_thousands(&groups, thousands) ? AMOUNT_MONEY
							  : AMOUNT_ODD;
}

/* Dashes for no cents: `5,-` */
static bool is_no_cents(struct str tail)
{
	static const char *const dashes[] = {",-",  ".-", ",--",
					     ".--", ",–", ".–"};
	for (size_t i = 0; i < sizeof(dashes) / sizeof(*dashes); i++)
		if (str_eq(tail, str_of(dashes[i])))
			return true;
	return false;
}

/* What may stand right behind an amount: a currency, a minus, a letter or a
 * star for its tax, dashes for no cents. */
static bool amount_tail(struct str tail, struct amount *amount)
{
	if (str_starts(tail, STR("-"))) {
		amount->digits.n++; /* a minus behind */
		tail = str_skip(tail, 1);
	}
	if (tail.n == 0)
		return true;
	if (value_is_currency(tail)) {
		amount->currency = tail;
		return true;
	}
	if (is_no_cents(tail)) {
		amount->digits.n += tail.n;
		amount->form = AMOUNT_MONEY;
		return true;
	}
	if (str_eq(tail, STR("%"))) {
		amount->form = AMOUNT_PERCENT;
		return true;
	}
	if (str_eq(tail, STR("/-"))) { /* whole rupees */
		amount->form = AMOUNT_MONEY;
		return true;
	}
	/* its cents are missing */
	if (strchr(".,", *tail.p) && amount->form == AMOUNT_BARE)
		return false;
	return tail.n <= 2 &&
	       (strchr("*.,;", *tail.p) || g_ascii_isupper(*tail.p)) &&
	       (tail.n == 1 || strchr("*.,;", tail.p[1]));
}

static bool amount_text(struct str text, struct amount *amount)
{
	*amount = (struct amount){.form = AMOUNT_NONE};
	if (text.n > 2 && text.p[0] == '(' && text.p[text.n - 1] == ')') {
		amount->brackets = true;
		text = str_sub(text, 1, text.n - 1);
	}
	/* `(Tax 8% 5.70)` */
	if (text.n > 4 && text.p[text.n - 1] == ')' && str_find(text, '(') < 0)
		text.n--;
	size_t sign = minus_at(text);
	amount->sign = str_sub(text, 0, sign);
	text = str_skip(text, sign);
	amount->currency = currency_in(text, false);
	text = str_skip(text, amount->currency.n);
	if (!sign) {
		sign = minus_at(text);
		amount->sign = str_sub(text, 0, sign);
		text = str_skip(text, sign);
	}
	size_t length;
	if (text.n == 0 || !g_ascii_isdigit(*text.p))
		return false;
	amount->form = number_form(text, &length);
	amount->digits = str_sub(text, 0, length);
	if (amount->form == AMOUNT_NONE ||
	    !amount_tail(str_skip(text, length), amount))
		return false;
	if (amount->form == AMOUNT_BARE && amount->currency.n)
		amount->form = AMOUNT_MONEY;
	return true;
}

/* Whether a cell has no more than an amount and its currency. */
static bool is_alone(const struct values_at *at, struct paper_run run)
{
	if (run.to - run.from > ALONE_TOKENS)
		return false;
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct paper_token *token = &at->paper->tokens[i];
		if (!(token->flags & (TOKEN_DIGIT | TOKEN_MARK)) &&
		    !value_is_currency(token->text))
			return false;
	}
	return true;
}

static size_t count_digits(struct str text)
{
	size_t n = 0;
	while (n < text.n && g_ascii_isdigit(text.p[n]))
		n++;
	return n;
}

static size_t digits_in(const struct paper *paper, struct paper_run run)
{
	size_t n = 0;
	for (uint32_t i = run.from; i < run.to; i++)
		for (size_t k = 0; k < paper->tokens[i].text.n; k++)
			n += g_ascii_isdigit(paper->tokens[i].text.p[k]);
	return n;
}

/* Whether a number may be the first of groups of thousands. */
static bool may_go_on(const struct amount *amount)
{
	return count_digits(amount->digits) == amount->digits.n &&
	       amount->digits.n <= 3 && !amount->brackets &&
	       *amount->digits.p != '0';
}

/* The token behind groups of thousands apart by blanks, `1 234,56`, of which
 * run.from is the first; *last is the last of them. */
static uint32_t groups_end(const struct values_at *at, struct paper_run run,
			   struct amount *last)
{
	const struct paper_token *tokens = at->paper->tokens;
	struct amount next;
	uint32_t to = run.from + 1;
	while (to < run.to && to < run.from + 4 &&
	       count_digits(tokens[to].text) == 3 &&
	       amount_text(tokens[to].text, &next) && !next.sign.n) {
		*last = next;
		to++;
		if (count_digits(next.digits) != next.digits.n)
			break; /* decimals end it */
	}
	return to;
}

/* Takes such groups for one amount; where the first may be a number of its own,
 * `2 500.00`, they stay apart. The token behind it. */
static uint32_t join_groups(const struct values_at *at, struct paper_run run,
			    struct amount *amount)
{
	struct amount last = *amount;
	uint32_t to =
		may_go_on(amount) ? groups_end(at, run, &last) : run.from + 1;
	bool comma = last.digits.n == 6 && last.digits.p[3] == ',';
	if (to == run.from + 1 || (!comma && !is_alone(at, run)) ||
	    digits_in(at->paper, (struct paper_run){run.from, to}) >
		    AMOUNT_DIGITS)
		return run.from + 1;
	struct str text = amount->digits;
	for (uint32_t i = run.from + 1; i < to; i++)
		text = arena_printf(at->arena, "%.*s %.*s", STR_ARG(text),
				    STR_ARG(i + 1 < to
						    ? at->paper->tokens[i].text
						    : last.digits));
	amount->digits = text;
	amount->form = AMOUNT_MONEY;
	if (last.currency.n)
		amount->currency = last.currency;
	return to;
}

/* Tokens before an amount: its currency, its sign. */
static uint32_t before_amount(const struct values_at *at, struct paper_run run,
			      struct amount *before)
{
	uint32_t i = run.from;
	for (; i < run.to && i < run.from + 3; i++) {
		struct str text = at->paper->tokens[i].text;
		if (value_is_currency(text))
			before->currency = text;
		else if (minus_at(text) == text.n)
			before->sign = text;
		else
			break;
	}
	return i;
}

/* Tokens behind one: its currency, a percent sign, the code of a tax. */
static uint32_t behind_amount(const struct values_at *at, struct paper_run run,
			      struct amount *amount)
{
	uint32_t i = run.from;
	if (i == run.to)
		return i;
	const struct paper_token *token = &at->paper->tokens[i];
	if (value_is_currency(token->text)) {
		amount->currency = token->text;
		i++;
	} else if (str_eq(token->text, STR("%"))) {
		amount->form = AMOUNT_PERCENT;
		return i + 1;
	}
	if (i + 1 != run.to)
		return i;
	token = &at->paper->tokens[i];
	bool code = token->text.n == 1 &&
		    (g_ascii_isupper(*token->text.p) || *token->text.p == '*');
	return code ? run.to : i;
}

static bool read_amount(const struct values_at *at, struct paper_run run,
			struct value *out)
{
	struct amount amount, before = {.form = AMOUNT_NONE};
	uint32_t i = before_amount(at, run, &before);
	if (i >= run.to || !amount_text(at->paper->tokens[i].text, &amount))
		return false;
	i = join_groups(at, (struct paper_run){i, run.to}, &amount);
	i = behind_amount(at, (struct paper_run){i, run.to}, &amount);
	if (!amount.sign.n)
		amount.sign = before.sign;
	if (!amount.currency.n)
		amount.currency = before.currency;
	if (amount.form == AMOUNT_BARE && amount.currency.n)
		amount.form = AMOUNT_MONEY;
	*out = (struct value){
		.text = amount.digits,
		.currency = amount.currency,
		.to = i,
		.form = amount.form,
	};
	if (amount.sign.n && *amount.sign.p != '+')
		out->text = arena_join(at->arena, amount.sign, out->text);
	if (amount.brackets)
		out->text =
			arena_printf(at->arena, "(%.*s)", STR_ARG(out->text));
	return true;
}

static struct str bare(struct str text)
{
	static const char marks[] = "()[]{}<>,;.:!?\"'*|";
	while (text.n && strchr(marks, *text.p))
		text = str_skip(text, 1);
	while (text.n && strchr(marks, text.p[text.n - 1]))
		text.n--;
	return text;
}

static bool read_count(const struct values_at *at, struct paper_run run,
		       struct value *out)
{
	struct str text = bare(at->paper->tokens[run.from].text);
	if (text.n == 0 || text.n > 6 || count_digits(text) != text.n)
		return false;
	if (run.from + 1 < run.to &&
	    (at->paper->tokens[run.from + 1].flags & TOKEN_DIGIT))
		return false;
	*out = (struct value){.text = text, .to = run.from + 1};
	return true;
}

static bool read_percent(const struct values_at *at, struct paper_run run,
			 struct value *out)
{
	const struct paper_token *tokens = at->paper->tokens;
	struct str text = bare(tokens[run.from].text);
	size_t length, end = text.n;
	if (!text.n || !g_ascii_isdigit(*text.p) ||
	    number_form(text, &length) == AMOUNT_NONE)
		return false;
	uint32_t to = run.from + 1;
	if (length == end && to < run.to && str_eq(tokens[to].text, STR("%")))
		text = paper_text(at->arena, at->paper,
				  (struct paper_run){run.from, ++to});
	else if (!str_eq(str_skip(text, length), STR("%")))
		return false;
	*out = (struct value){.text = text, .to = to};
	return true;
}

/* Letters, digits and what joins them, with a digit: no date, amount, time. */
static bool is_number_token(const struct values_at *at, uint32_t i)
{
	struct str text = bare(at->paper->tokens[i].text);
	struct amount amount;
	struct value date;
	bool digit = false;
	for (size_t k = 0; k < text.n; k++) {
		digit |= g_ascii_isdigit(text.p[k]);
		if (!g_ascii_isdigit(text.p[k]) &&
		    !g_ascii_isalpha(text.p[k]) && !strchr("-/._", text.p[k]))
			return false;
	}
	if (!digit || text.n > 40)
		return false;
	/* `2024.0042` is as little money as it is a quantity */
	if (amount_text(text, &amount) && amount.form != AMOUNT_BARE &&
	    !(amount.form == AMOUNT_ODD && text.n >= LONG_NUMBER &&
	      text.p[text.n - 5] == '.' && !amount.currency.n))
		return false;
	return !date_read(at, (struct paper_run){i, i + 1}, &date) &&
	       !time_read(at, (struct paper_run){i, i + 1}, &date);
}

static bool is_prefix(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!g_ascii_isupper(text.p[i]) && text.p[i] != '-')
			return false;
	return text.n >= 1 && text.n <= 5;
}

/* `IE 3344556K`: what is a word of labels too may be a country before the
 * number of a tax. */
static bool is_country(const struct values_at *at, uint32_t i)
{
	const struct paper_token *tokens = at->paper->tokens;
	return tokens[i].text.n == 2 && tokens[i + 1].text.n >= COUNTRY_DIGITS;
}

/* One token, or all that are left in the cell when each is of that kind. */
static bool read_number(const struct values_at *at, struct paper_run run,
			struct value *out)
{
	const struct paper_token *tokens = at->paper->tokens;
	uint32_t from = run.from, to = from;
	if (from + 1 < run.to && is_prefix(tokens[from].text) &&
	    (tokens[from].word == 0 || is_country(at, from)) &&
	    is_number_token(at, from + 1))
		to++;
	if (!is_number_token(at, to))
		return false;
	uint32_t end = ++to;
	while (end < run.to && end < from + 6 && is_number_token(at, end))
		end++;
	if (end > to && end < run.to)
		return false; /* where it ends nobody knows */
	to = end;
	struct str text =
		paper_text(at->arena, at->paper, (struct paper_run){from, to});
	*out = (struct value){.text = bare(text), .to = to};
	return out->text.n > 0;
}

/* Digits and what parts them; a date or a word ends it. */
static bool read_phone(const struct values_at *at, struct paper_run run,
		       struct value *out)
{
	uint32_t to = run.from;
	size_t digits = 0;
	struct value date;
	for (; to < run.to && to < run.from + 8; to++) {
		struct str text = at->paper->tokens[to].text;
		size_t more = 0;
		for (size_t i = 0; i < text.n; i++) {
			more += g_ascii_isdigit(text.p[i]);
			if (!g_ascii_isdigit(text.p[i]) &&
			    !strchr("+()-./,;", text.p[i]))
				more = 100;
		}
		if (digits + more > 15 || text.n > 40 ||
		    date_read(at, (struct paper_run){to, run.to}, &date))
			break;
		digits += more;
	}
	if (digits < 7)
		return false;
	struct str text = paper_text(at->arena, at->paper,
				     (struct paper_run){run.from, to});
	while (text.n && strchr("-./,; ", text.p[text.n - 1]))
		text.n--;
	*out = (struct value){.text = text, .to = to};
	return true;
}

static bool is_host(struct str host)
{
	size_t dots = 0, label = 0;
	for (size_t i = 0; i < host.n; i++) {
		char c = host.p[i];
		if (c == '.') {
			if (label == 0)
				return false;
			dots++;
			label = 0;
		} else if (g_ascii_isdigit(c) || g_ascii_isalpha(c) ||
			   c == '-' || (unsigned char)c >= 0x80) {
			label++;
		} else {
			return false;
		}
	}
	return dots && label >= 2 && !g_ascii_isdigit(host.p[host.n - 1]);
}

static bool read_email(const struct values_at *at, struct paper_run run,
		       struct value *out)
{
	struct str text = bare(at->paper->tokens[run.from].text);
	ptrdiff_t sign = str_find(text, '@');
	if (sign < 1 || text.n > 254 ||
	    !is_host(str_skip(text, (size_t)sign + 1)))
		return false;
	for (size_t i = 0; i < (size_t)sign; i++)
		if (!g_ascii_isdigit(text.p[i]) &&
		    !g_ascii_isalpha(text.p[i]) &&
		    !strchr("._%+-&'", text.p[i]) &&
		    (unsigned char)text.p[i] < 0x80)
			return false;
	*out = (struct value){.text = text, .to = run.from + 1};
	return true;
}

/* With its scheme, with `www.`, or a name below one of the usual domains. */
static bool read_url(const struct values_at *at, struct paper_run run,
		     struct value *out)
{
	static const char *const tops[] = {
		".com",    ".org",     ".net", ".de",   ".fr",    ".at",
		".ch",     ".eu",      ".io",  ".shop", ".co.uk", ".uk",
		".com.au", ".ca",      ".us",  ".biz",  ".info",  ".store",
		".cafe",   ".example", ".app", ".dev",
	};
	struct str text = bare(at->paper->tokens[run.from].text), host = text;
	bool scheme = str_starts_nocase(text, STR("http://")) ||
		      str_starts_nocase(text, STR("https://"));
	if (text.n > 254)
		return false;
	if (scheme)
		host = str_skip(text, text.p[4] == ':' ? 7 : 8);
	bool www = str_starts_nocase(host, STR("www."));
	bool known = scheme || www;
	ptrdiff_t slash = str_find(host, '/');
	if (slash >= 0)
		host.n = (size_t)slash;
	for (size_t i = 0; i < sizeof(tops) / sizeof(*tops) && !known; i++)
		known = host.n > strlen(tops[i]) + 1 &&
			str_ends(host, str_of(tops[i]));
	if (!known || !is_host(host) ||
	    (www && str_find(str_skip(host, 4), '.') < 0))
		return false;
	*out = (struct value){.text = text, .to = run.from + 1};
	return true;
}

#define IBAN_MAX 34
#define IBAN_MIN 15

static unsigned iban_rest(const char *iban, size_t n)
{
	unsigned rest = 0;
	for (size_t i = 0; i < n; i++) {
		char c = iban[(i + 4) % n];
		if (g_ascii_isdigit(c))
			rest = (rest * 10 + (unsigned)(c - '0')) % 97;
		else
			rest = (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest;
}

/* By its check digits, over the groups that it is written in. */
static bool read_iban(const struct values_at *at, struct paper_run run,
		      struct value *out)
{
	char iban[IBAN_MAX];
	size_t n = 0;
	for (uint32_t i = run.from; i < run.to && i < run.from + 12; i++) {
		struct str text = bare(at->paper->tokens[i].text);
		if (n + text.n > IBAN_MAX)
			return false;
		for (size_t k = 0; k < text.n; k++) {
			if (!g_ascii_isdigit(text.p[k]) &&
			    !g_ascii_isupper(text.p[k]))
				return false;
			iban[n++] = text.p[k];
		}
		if (n < 4 || !g_ascii_isupper(iban[0]) ||
		    !g_ascii_isupper(iban[1]) || !g_ascii_isdigit(iban[2]) ||
		    !g_ascii_isdigit(iban[3]))
			return false;
		if (n < IBAN_MIN || iban_rest(iban, n) != 1)
			continue;
		out->text =
			bare(paper_text(at->arena, at->paper,
					(struct paper_run){run.from, i + 1}));
		out->to = i + 1;
		return true;
	}
	return false;
}

static bool read_bic(const struct values_at *at, struct paper_run run,
		     struct value *out)
{
	struct str text = bare(at->paper->tokens[run.from].text);
	if (text.n != 8 && text.n != 11)
		return false;
	for (size_t i = 0; i < text.n; i++)
		if (!g_ascii_isupper(text.p[i]) &&
		    (i < 6 || !g_ascii_isdigit(text.p[i])))
			return false;
	*out = (struct value){.text = text, .to = run.from + 1};
	return true;
}

/* How many bytes a text begins with that are no digits of a card; *hidden of
 * them stand for one. */
static size_t masked(struct str text, size_t *hidden)
{
	size_t n = 0;
	for (; n < text.n && strchr("*Xx-", text.p[n]); n++)
		*hidden += text.p[n] != '-';
	return n;
}

/* Hidden digits and four that are not, in one token or several. */
static bool read_card(const struct values_at *at, struct paper_run run,
		      struct value *out)
{
	const struct paper_token *tokens = at->paper->tokens;
	size_t hidden = 0;
	if (!strchr("*Xx", *tokens[run.from].text.p))
		return false;
	for (uint32_t i = run.from; i < run.to && i < run.from + 5; i++) {
		struct str text = tokens[i].text;
		size_t n = masked(text, &hidden);
		if (n == text.n)
			continue;
		if (hidden < 4 || text.n - n != 4 ||
		    count_digits(str_skip(text, n)) != 4)
			return false;
		out->text = paper_text(at->arena, at->paper,
				       (struct paper_run){run.from, i + 1});
		out->to = i + 1;
		return true;
	}
	return false;
}

static bool read_currency(const struct values_at *at, struct paper_run run,
			  struct value *out)
{
	struct str text = at->paper->tokens[run.from].text;
	if (!value_is_currency(text))
		return false;
	text = bare(text);
	*out = (struct value){.text = text, .to = run.from + 1};
	return true;
}

uint64_t value_cents(struct str text)
{
	uint64_t value = 0;
	size_t digits = 0; /* since the last mark */
	bool mark = false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] >= '0' && text.p[i] <= '9') {
			value = value * 10 + (uint64_t)(text.p[i] - '0');
			digits++;
		} else if (digits && i + 1 < text.n) {
			digits = 0;
			mark = true;
		}
	}
	return mark && digits == 2 ? value : value * 100;
}

struct str value_currency(struct str text)
{
	struct amount amount;
	if (value_is_currency(text))
		return bare(text);
	return amount_text(text, &amount) ? amount.currency : STR_NONE;
}

bool value_has_letter(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (g_ascii_isalpha(text.p[i]))
			return true;
	return false;
}

bool value_is_sure(const struct paper *paper, struct paper_run run)
{
	for (uint32_t i = run.from; i < run.to; i++)
		if (paper->tokens[i].flags & TOKEN_UNSURE)
			return false;
	return true;
}

bool value_read(const struct values_at *at, struct paper_run run,
		enum prompt_kind kind, struct value *out)
{
	typedef bool read_fn(const struct values_at *, struct paper_run,
			     struct value *);
	static read_fn *const readers[] = {
		[KIND_AMOUNT] = read_amount,     [KIND_COUNT] = read_count,
		[KIND_PERCENT] = read_percent,   [KIND_DATE] = date_read,
		[KIND_TIME] = time_read,         [KIND_NUMBER] = read_number,
		[KIND_PHONE] = read_phone,       [KIND_EMAIL] = read_email,
		[KIND_URL] = read_url,           [KIND_IBAN] = read_iban,
		[KIND_BIC] = read_bic,           [KIND_CARD] = read_card,
		[KIND_CURRENCY] = read_currency,
	};
	if (run.from >= run.to || kind >= KIND_TEXT || !readers[kind])
		return false;
	*out = (struct value){.form = AMOUNT_NONE};
	if (!readers[kind](at, run, out) || out->text.n > VALUE_MAX)
		return false;
	/* what has a form of its own bears it out */
	return kind == KIND_AMOUNT || kind == KIND_DATE || kind == KIND_TIME ||
	       value_is_sure(at->paper, (struct paper_run){run.from, out->to});
}
