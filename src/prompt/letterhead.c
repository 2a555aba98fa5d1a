/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first line of a receipt is the name of who issued it, when it is a name,
 * and the paper is a receipt: it has a sum, and below the name how to reach
 * who issued it, or else a tax, a payment, a due date or a number of its
 * own. In doubt there is none.
 */
#include "prompt/letterhead.h"

#include <glib.h>

#define TITLE_ROWS 3   /* `TAX INVOICE`, before the name */
#define CONTACT_ROWS 5 /* below a name */
#define NAME_WORDS 6
#define NAME_LETTERS 3
#define ADDRESS_LINES 4
#define ROW_TOKENS 48 /* that are looked at */
#define ADDRESS_WORDS 14
/* Lines of a block are closer than a paragraph. */
#define BLOCK_HEIGHTS 2.4f
#define LABELS_MAX 256 /* of a paper; more are not looked at */

struct letterhead {
	struct values_at at;
	const struct finder *finder;
	struct scanned *found;
};

/* Of papers, and of what tills, offices and shops say before their name. None
 * of them is in a name that can be told. */
static const char titles[] =
	"since est established gegrundet inh depuis subtotal amount payment "
	"balance shipping details information "
	"account number invoice receipt bill order statement confirmation "
	"notice copy ticket quote quotation estimate slip summary report "
	"list menu budget check duplicate reprint original page date total "
	"welcome thank thanks dear hello hi sale sales purchase folio "
	"voucher credit debit refund return returns transaction customer "
	"client guest member subject attention attn cashier closed hours "
	"today your you our we please enjoy subscribe dine takeaway takeout "
	"delivery pickup collection proforma reminder memo note draft paid "
	"unpaid void expenses expense payslip payroll agenda minutes "
	"chapter contents figure cost quarterly weekly monthly annual "
	"yearly forecast plan schedule trip party wedding rechnung quittung "
	"beleg kassenbeleg kassenbon bon kundenbeleg handlerbeleg "
	"bewirtungsbeleg honorarnote mahnung angebot lieferschein "
	"gutschrift willkommen danke herzlich kopie kunde tisch kasse "
	"speisekarte facture recu addition devis bienvenue merci caisse "
	"avoir factura recibo presupuesto gracias bienvenido cliente mesa "
	"fattura ricevuta scontrino grazie benvenuti documento factuur "
	"bonnetje kassabon bedankt welkom klant kvitto faktura kvittering "
	"valkommen tack paragon rachunek nota fatura obrigado mr mrs ms "
	"miss dr prof herr frau monsieur madame";
/* Likewise, alone or with a number behind them. */
static const char places[] =
	"store shop branch gate room seat floor level zone screen lane till "
	"register terminal table server open";
/* Within names. */
static const char linking[] =
	"of and the at in on by for de la le les du des et au aux da do dos di "
	"del della dei e el los las y van von der den zur zum am im und vom en "
	"het ten og och i";
static const char streets[] =
	"c street st road rd avenue ave av blvd boulevard lane ln drive dr way "
	"court ct place pl square sq highway hwy parkway pkwy terrace tce "
	"crescent cres quay wharf row walk close parade pde pier plaza route "
	"rte broadway strasse str platz allee gasse ring rue quai chemin cours "
	"impasse via viale piazza corso calle paseo carrer avenida rua ulica "
	"ul box";
static const char *const street_ends[] = {
	"strasse", "straße", "str.",  "gasse", "weg",  "platz",
	"allee",   "straat", "laan",  "plein", "kade", "singel",
	"gracht",  "gatan",  "vägen", "gade",  "vej",
};

static bool has_word(const struct letterhead *head, struct paper_run run,
		     const char *words)
{
	for (uint32_t i = run.from; i < run.to; i++)
		if (paper_is_word(head->at.paper, i, words))
			return true;
	return false;
}

static bool is_label_of(const struct letterhead *head, uint32_t token,
			enum prompt_field field)
{
	const struct label_hit *hit = labels_at(&head->finder->hits, token);
	return hit && hit->field == field;
}

static bool is_upper(struct str text)
{
	return text.n &&
	       (g_ascii_isupper(*text.p) || (unsigned char)*text.p >= 0x80);
}

static char text_end(struct str text)
{
	return text.n ? text.p[text.n - 1] : '\0';
}

/* `Anna's`, `&`, `of`, and `#0412` at the end. */
static bool is_in_name(const struct letterhead *head, struct paper_run run,
		       uint32_t i)
{
	const struct paper *paper = head->at.paper;
	const struct paper_token *token = paper_token(paper, i);
	struct value url;
	if (token->flags & (TOKEN_COLON | TOKEN_UNSURE) ||
	    strchr("|/=<>{}", *token->text.p) ||
	    strchr(",?+-", text_end(token->text)) ||
	    str_find(token->text, '@') >= 0 || value_is_currency(token->text) ||
	    value_read(&head->at, (struct paper_run){i, run.to}, KIND_URL,
		       &url))
		return false;
	if (token->flags & TOKEN_DIGIT)
		return i + 1 == run.to && i > run.from + 1 &&
		       token->text.n <= 5 && str_find(token->text, '.') < 0 &&
		       str_find(token->text, '%') < 0;
	if (token->flags & TOKEN_MARK)
		return !strchr("-_=*~.", *token->text.p);
	return is_upper(token->text) ||
	       (i > run.from && paper_is_word(paper, i, linking));
}

/* `Handy Hardware` begins with a label and is none. */
static bool is_label(const struct letterhead *head, struct paper_run run)
{
	const struct label_hit *hit = labels_at(&head->finder->hits, run.from);
	return hit && (hit->to == run.to || hit->to > run.from + 1);
}

/* `Store`, `Terminal 3` */
static bool is_place(const struct letterhead *head, struct paper_run run)
{
	const struct paper *paper = head->at.paper;
	bool digit = paper_token(paper, run.to - 1)->flags & TOKEN_DIGIT;
	uint32_t last = digit ? run.to - 2 : run.to - 1;
	return (digit || run.to == run.from + 1) &&
	       paper_is_word(paper, last, places);
}

/* Without the marks around it: `* DELI *` */
static struct paper_run bare_run(const struct letterhead *head,
				 struct paper_run run)
{
	const struct paper *paper = head->at.paper;
	while (run.to > run.from + 1 &&
	       paper_token(paper, run.from)->flags & TOKEN_MARK)
		run.from++;
	while (run.to > run.from + 1 &&
	       paper_token(paper, run.to - 1)->flags & TOKEN_MARK)
		run.to--;
	return run;
}

/* Whether a row has an amount in it, so that it is of a list. */
static bool has_cents(const struct letterhead *head, uint32_t r)
{
	const struct paper *paper = &head->finder->paper;
	if (r >= paper->n_rows)
		return false;
	struct paper_run run = paper_row_run(paper, &paper->rows[r]);
	for (uint32_t i = run.from; i < run.to && i < run.from + ROW_TOKENS;
	     i++)
		if (labels_has_cents(paper_token(paper, i)->text))
			return true;
	return false;
}

static bool is_name(const struct letterhead *head, struct paper_run run)
{
	const struct paper *paper = head->at.paper;
	size_t letters = 0;
	if (run.to - run.from > NAME_WORDS ||
	    !is_upper(paper_token(paper, run.from)->text) ||
	    is_label(head, run))
		return false;
	for (uint32_t i = run.from; i < run.to; i++) {
		if (!is_in_name(head, run, i))
			return false;
		if (!(paper_token(paper, i)->flags &
		      (TOKEN_DIGIT | TOKEN_MARK)))
			letters += paper_token(paper, i)->text.n;
	}
	return letters >= NAME_LETTERS &&
	       text_end(paper_token(paper, run.to - 1)->text) != '&' &&
	       !has_word(head, run, titles) && !is_place(head, run) &&
	       !paper_is_word(paper, run.to - 1, linking);
}

/* Of a text: `9` for digits, `A` and `a` for letters, else as it is. */
static void shape_of(struct str text, char *shape, size_t max)
{
	size_t n = 0;
	text = str_trim_char(text, ',');
	for (; n < text.n && n + 1 < max; n++) {
		char c = text.p[n];
		shape[n] = (char)(g_ascii_isdigit(c)   ? '9'
				  : g_ascii_isupper(c) ? 'A'
				  : g_ascii_islower(c) ? 'a'
						       : c);
	}
	shape[n < text.n ? 0 : n] = '\0';
}

static bool is_shape(struct str text, const char *shapes)
{
	char shape[12];
	struct str rest = str_of(shapes);
	shape_of(text, shape, sizeof(shape));
	while (rest.p)
		if (str_eq(str_split(&rest, ' '), str_of(shape)))
			return true;
	return false;
}

static bool is_street_word(const struct letterhead *head, uint32_t i)
{
	const struct paper *paper = head->at.paper;
	char low[24];
	struct str text = str_trim_char(paper_token(paper, i)->text, ',');
	if (paper_is_word(paper, i, streets))
		return true;
	if (text.n < 5 || text.n >= sizeof(low))
		return false;
	for (size_t k = 0; k < text.n; k++)
		low[k] = g_ascii_tolower(text.p[k]);
	for (size_t k = 0; k < G_N_ELEMENTS(street_ends); k++)
		if (str_ends((struct str){low, text.n}, str_of(street_ends[k])))
			return true;
	return false;
}

static bool is_street(const struct letterhead *head, struct paper_run run)
{
	bool digit = false, word = false;
	for (uint32_t i = run.from; i < run.to; i++) {
		digit |= (paper_token(head->at.paper, i)->flags &
			  TOKEN_DIGIT) != 0;
		word |= is_street_word(head, i);
	}
	return digit && word;
}

/* Whether a number that ends a line ends a place: `Tampa FL 33610`, `VIC
 * 3121`, `Bengaluru - 560041`; `Order 10422` does not. */
static bool has_place(const struct letterhead *head, struct paper_run run)
{
	const struct paper *paper = head->at.paper;
	if (run.to < run.from + 2)
		return false;
	if (is_shape(paper_token(paper, run.to - 2)->text, "AA AAA"))
		return true;
	for (uint32_t i = run.from; i + 1 < run.to; i++)
		if (strchr(",-", text_end(paper_token(paper, i)->text)))
			return true;
	return false;
}

/* Whether a line has a code of a place: `LS1 4AP`, `K2P 1W9`, `OR 97701`,
 * `1015 CV Amsterdam`, `8002 Zürich`. */
static bool is_city(const struct letterhead *head, struct paper_run run)
{
	const struct paper *paper = head->at.paper;
	for (uint32_t i = run.from; i < run.to; i++) {
		struct str text = paper_token(paper, i)->text;
		bool first =
			i == run.from ||
			strchr(",-", text_end(paper_token(paper, i - 1)->text));
		if (i + 1 < run.to &&
		    is_shape(text, "A9 A99 AA9 AA99 A9A AA9A") &&
		    is_shape(paper_token(paper, i + 1)->text, "9AA 9A9"))
			return true;
		if (!is_shape(text, "9999 99999 999999 99999-9999 99-999"))
			continue;
		if (i + 1 == run.to && has_place(head, run))
			return true;
		if (first && i + 1 < run.to &&
		    is_upper(paper_token(paper, i + 1)->text) &&
		    !is_street(head, run))
			return true;
	}
	return false;
}

/* Whether a line may be of an address: nothing else is in it. */
static bool is_address(const struct letterhead *head, struct paper_run run)
{
	struct value value;
	if (run.to - run.from < 2 || run.to - run.from > ADDRESS_WORDS)
		return false;
	for (uint32_t i = run.from; i < run.to; i++) {
		const struct paper_token *token =
			paper_token(head->at.paper, i);
		struct paper_run rest = {i, run.to};
		if (token->flags & (TOKEN_COLON | TOKEN_UNSURE) ||
		    str_find(token->text, '@') >= 0 ||
		    labels_has_cents(token->text) ||
		    is_label_of(head, i, FIELD_PHONE) ||
		    value_read(&head->at, rest, KIND_DATE, &value) ||
		    value_read(&head->at, rest, KIND_TIME, &value) ||
		    value_read(&head->at, rest, KIND_URL, &value))
			return false;
	}
	return !labels_at(&head->finder->hits, run.from) &&
	       !has_word(head, run, "address adresse license licence") &&
	       (is_street(head, run) || is_city(head, run));
}

/* With the street first: of the code of a place alone nobody knows what is
 * missing before it. */
static bool begins_address(const struct letterhead *head, struct paper_run run)
{
	unsigned commas = 0;
	for (uint32_t i = run.from; i < run.to; i++)
		commas += text_end(paper_token(head->at.paper, i)->text) == ',';
	return is_address(head, run) && (is_street(head, run) || commas >= 2);
}

/* Whether a line says how to reach who issued the paper. */
static bool is_contact(const struct letterhead *head, struct paper_run run)
{
	struct value value;
	if (is_address(head, run))
		return true;
	for (uint32_t i = run.from; i < run.to && i < run.from + 8; i++)
		if (is_label_of(head, i, FIELD_PHONE) ||
		    is_label_of(head, i, FIELD_TAX_NUMBER) ||
		    str_find(paper_token(head->at.paper, i)->text, '@') > 0 ||
		    value_read(&head->at, (struct paper_run){i, run.to},
			       KIND_URL, &value))
			return true;
	for (size_t i = 0; i < head->found->phones.n; i++)
		if (value_read(&head->at, run, KIND_PHONE, &value) &&
		    str_eq(value.text, head->found->phones.values[i]))
			return true;
	return false;
}

/* Whether a line begins with a label of whom the paper is for. */
static bool is_others(const struct letterhead *head, struct paper_run run)
{
	return is_label_of(head, run.from, FIELD_CUSTOMER) ||
	       is_label_of(head, run.from, FIELD_SHIP_TO);
}

/* The same, or a line of an address before its street: who knows what of it
 * that is. */
static bool has_no_street(const struct letterhead *head, struct paper_run run)
{
	return is_address(head, run) || is_others(head, run);
}

typedef bool line_test(const struct letterhead *head, struct paper_run run);

/* Down the paper from a name, the first line that is so; PAPER_NONE without one
 * before what ends the search. */
static uint32_t first_below(const struct letterhead *head, uint32_t cell,
			    line_test *is, line_test *ends)
{
	const struct paper *paper = head->at.paper;
	for (unsigned i = 0; i < CONTACT_ROWS; i++) {
		cell = paper_below(paper, cell);
		if (cell == PAPER_NONE)
			break;
		struct paper_run run = paper_cell_run(paper, cell);
		if (is(head, run))
			return cell;
		if (ends(head, run))
			break;
	}
	return PAPER_NONE;
}

/* What a paper has that somebody issued: a sum; a tax, a payment, a due date
 * or a number of its own. */
struct issued {
	bool sum, own;
};

enum {
	HAS_SUM = 1,
	HAS_OWN = 2
};

static const uint8_t issuing[FIELDS] = {
	[FIELD_TOTAL] = HAS_SUM,          [FIELD_DUE] = HAS_SUM,
	[FIELD_SUBTOTAL] = HAS_SUM,       [FIELD_TAX] = HAS_OWN,
	[FIELD_CASH] = HAS_OWN,           [FIELD_CHANGE] = HAS_OWN,
	[FIELD_INVOICE_NUMBER] = HAS_OWN, [FIELD_RECEIPT_NUMBER] = HAS_OWN,
	[FIELD_TRANSACTION] = HAS_OWN,    [FIELD_TAX_NUMBER] = HAS_OWN,
	[FIELD_ACCOUNT_NUMBER] = HAS_OWN, [FIELD_DUE_DATE] = HAS_OWN,
};

static struct issued issued_of(const struct letterhead *head)
{
	const struct label_hits *hits = &head->finder->hits;
	struct issued issued = {false, head->found->cards.n ||
					       head->found->payments.n};
	unsigned looked = 0;
	for (uint32_t i = 0; i < hits->n && looked < LABELS_MAX; i++) {
		unsigned what = issuing[hits->hits[i].field];
		struct value value;
		looked += what != 0;
		if (!what || !find_value(head->finder, head->at.arena,
					 &hits->hits[i], &value))
			continue;
		issued.sum |= what == HAS_SUM;
		issued.own |= what == HAS_OWN;
	}
	return issued;
}

/* The name at the top; PAPER_NONE when what stands there is none. */
static uint32_t name_cell(const struct letterhead *head)
{
	const struct paper *paper = &head->finder->paper;
	for (uint32_t r = 0; r < paper->n_rows && r < TITLE_ROWS; r++) {
		const struct paper_row *row = &paper->rows[r];
		for (uint32_t c = row->first; c < row->first + row->n; c++) {
			struct paper_run run = paper_cell_run(paper, c);
			if (is_name(head, bare_run(head, run)))
				return has_cents(head, r) ||
						       has_cents(head, r + 1)
					       ? PAPER_NONE
					       : c;
			if (!has_word(head, run, titles))
				return PAPER_NONE;
			for (uint32_t i = run.from; i < run.to; i++)
				if (is_others(head,
					      (struct paper_run){i, run.to}) ||
				    paper_is_word(paper, i, "to for"))
					return PAPER_NONE;
		}
	}
	return PAPER_NONE;
}

static bool is_close(const struct letterhead *head, uint32_t cell,
		     uint32_t next)
{
	const struct paper *paper = &head->finder->paper;
	const struct paper_row *row = &paper->rows[paper->cells[cell].row];
	const struct paper_row *under = &paper->rows[paper->cells[next].row];
	return under->y - row->y <= BLOCK_HEIGHTS * row->height;
}

/* Whether a line below an address is none of it, as far as that can be seen. */
static bool is_apart(const struct letterhead *head, uint32_t cell)
{
	const struct paper *paper = head->at.paper;
	struct paper_run run = paper_cell_run(paper, cell);
	if (labels_at(&head->finder->hits, run.from) || is_contact(head, run) ||
	    has_word(head, run, titles))
		return true;
	for (uint32_t i = run.from; i < run.to; i++)
		if (paper_token(paper, i)->flags & TOKEN_COLON)
			return true;
	return false;
}

/* The lines of an address. It ends with the code of a place, or where
 * something else begins; else who knows whether that is all of it. */
static void add_address(struct letterhead *head, uint32_t cell)
{
	struct arena *arena = head->at.arena;
	const struct paper *paper = &head->finder->paper;
	struct paper_run run = paper_cell_run(paper, cell);
	struct str text = paper_text(arena, paper, run);
	bool city = is_city(head, run);
	for (unsigned i = 0; !city; i++) {
		uint32_t next = paper_below(paper, cell);
		if (next == PAPER_NONE || !is_close(head, cell, next))
			break;
		run = paper_cell_run(paper, next);
		if (i + 1 == ADDRESS_LINES)
			return;
		if (!is_address(head, run)) {
			if (!is_apart(head, next))
				return;
			break;
		}
		struct str line = paper_text(arena, paper, run);
		text = arena_printf(arena, "%.*s\n%.*s", STR_ARG(text),
				    STR_ARG(line));
		city = is_city(head, run);
		cell = next;
	}
	scan_add(&head->found->addresses, text);
}

void letterhead_scan(struct arena *arena, const struct finder *finder,
		     struct scanned *found)
{
	struct letterhead head = {
		.at = {arena, &finder->paper, finder->labels},
		.finder = finder,
		.found = found,
	};
	uint32_t cell = name_cell(&head);
	if (cell == PAPER_NONE)
		return;
	struct paper_run run = paper_cell_run(&finder->paper, cell);
	struct str name =
		paper_text(arena, &finder->paper, bare_run(&head, run));
	struct issued issued = issued_of(&head);
	if (!issued.sum || scan_has(&found->labelled, name) ||
	    is_address(&head, run))
		return;
	/* a number in a name may be that of anything */
	bool contact =
		first_below(&head, cell, is_contact, is_others) != PAPER_NONE;
	bool number =
		paper_token(&finder->paper, run.to - 1)->flags & TOKEN_DIGIT;
	if (found->merchants.n == 0 && (contact || (issued.own && !number)))
		scan_add(&found->merchants, name);
	uint32_t address =
		first_below(&head, cell, begins_address, has_no_street);
	if (address != PAPER_NONE && scan_has(&found->merchants, name))
		add_address(&head, address);
}
