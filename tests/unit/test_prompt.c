/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers to prompts, from texts made by hand: how keys are spelt, what a
 * sentence is answered, what a hostile text costs.
 */
#include "made_page.h"
#include "prompt/labels.h"
#include "prompt/prompt.h"
#include "unit.h"

static const struct made_how upright = {0, false};

static void all_text_is_lines_and_sections_apart(void **state)
{
	(void)state;
	const struct recognised_word word = {.text = STR("x")};
	const struct recognised_line lines[] = {
		{.text = STR("Stowage Café"), .words = &word, .n_words = 1},
		{.text = STR("Total 5.00"), .words = &word, .n_words = 1},
		{.text = STR("Thank you"), .words = &word, .n_words = 1},
	};
	const struct recognised_section sections[] = {
		{lines, 2},
		{lines + 2, 1},
	};
	const struct recognised_page pages[] = {
		{.sections = sections, .n_sections = 2},
		{.n_sections = 0},
		{.sections = sections + 1, .n_sections = 1},
	};
	struct arena arena;
	arena_init(&arena);
	struct prompt_text *text = prompt_read(&arena, pages, 3);
	assert_str(prompt_whole(&arena, text),
		   STR("Stowage Café\nTotal 5.00\n\nThank you\n\nThank you"));
	assert_str(prompt_whole(&arena, prompt_read(&arena, pages + 1, 1)),
		   STR(""));
	arena_release(&arena);
}

static const char paper[] = "Invoice No:     A-17\n"
			    "Invoice Date:   2024-03-01\n"
			    "Due Date:       2024-03-31\n"
			    "Order Number:   9917\n"
			    "Customer ID:    C5\n"
			    "Tel: 030 5550123\n"
			    "Mail: a@b.example\n"
			    "\n"
			    "Subtotal        $10.00\n"
			    "Discount        -$1.00\n"
			    "Shipping         $2.00\n"
			    "Sales Tax        $0.90\n"
			    "Tip              $1.50\n"
			    "Total           $13.40\n"
			    "Cash            $20.00\n"
			    "Change           $6.60\n"
			    "Items: 3\n"
			    "Card ****1234\n"
			    "Paid by: Card\n";

static struct prompt_text *read_text(struct arena *arena, const char *text)
{
	struct recognised_page *page = arena_alloc(arena, sizeof(*page));
	*page = made_page(arena, &upright, str_of(text));
	return prompt_read(arena, page, 1);
}

/* The only value; absent when nothing was found. */
static struct str only(struct arena *arena, struct prompt_text *text,
		       const char *name, const char *description)
{
	struct prompt_key key = {str_of(name), str_of(description)};
	struct prompt_values values = prompt_find(arena, text, key);
	assert_true(values.n <= 1);
	return values.n ? values.values[0] : STR_NONE;
}

/* One that is forgotten in the table would answer nothing. */
static void every_field_but_items_has_a_kind(void **state)
{
	(void)state;
	for (unsigned i = FIELD_NONE + 1; i < FIELDS; i++)
		assert_true((prompt_kind_of((enum prompt_field)i) ==
			     KIND_NONE) == (i == FIELD_ITEMS));
}

static void a_key_may_be_spelt_in_any_way(void **state)
{
	(void)state;
	static const struct {
		const char *names, *value; /* names apart by '|' */
	} keys[] = {
		{"total|TOTAL|Total:|total_price|totalPrice|TotalPrice|"
		 "total-price|Total price|grand_total|grand total|totalAmount|"
		 "amount_total|What is the total?|the total|the final total|"
		 "total on the receipt|receipt_total|invoice total|totals|"
		 "What's the grand total of the invoice?|how much is the total|"
		 "total including tax|amount due|balance_due|total to pay|"
		 "total_amount_due|the total in USD|order_total",
		 "13.40"},
		{"subtotal|sub_total|subTotal|Sub-Total|net amount|"
		 "subtotal_amount|What is the subtotal?|total before tax|"
		 "the total without tax",
		 "10.00"},
		{"tax|taxes|sales_tax|salesTax|tax_amount|"
		 "taxAmount|"
		 "total_tax|the tax|How much tax was charged?|"
		 "tax amount on the receipt|receipt tax",
		 "0.90"},
		{"tip|gratuity|tip_amount|receipt tip|tips", "1.50"},
		{"discount|discounts|total_discount|discountAmount", "-1.00"},
		{"shipping|shipping_cost|delivery fee|freight", "2.00"},
		{"cash|cash_tendered|amount tendered", "20.00"},
		{"change|changeDue|change given", "6.60"},
		{"invoice_number|invoiceNumber|the invoice number|Invoice No.|"
		 "invoice #|invoice no|invoice id|number of the invoice|"
		 "What is the invoice number?|invoice numbers|bill number",
		 "A-17"},
		{"order number|orderNumber|order_id|order no|order", "9917"},
		{"customer_number|customerId|customer id", "C5"},
		{"date|invoice_date|invoiceDate|date of the invoice|issue date|"
		 "dates|What is the date on the invoice?",
		 "2024-03-01"},
		{"due_date|dueDate|payment due|the due date|pay by|date due",
		 "2024-03-31"},
		{"phone|telephone|phone_number|phoneNumber|tel|phone numbers",
		 "030 5550123"},
		{"email|e-mail|emails|email_address|emailAddress|eMail|"
		 "all email addresses",
		 "a@b.example"},
		{"currency|currency_code", "$"},
		{"number of items|item_count|itemCount|total items|items sold",
		 "3"},
		{"card last 4 digits|last_4|lastFour|last 4 digits of the card|"
		 "the last four digits of the card",
		 "1234"},
		{"payment_method|paymentMethod|payment type|paid_by", "Card"},
		/* it has another tax */
		{"VAT|MwSt|gst|vat amount|igst|vat number", NULL},
		{"fax|iban|merchant|address|order date|delivery_date|website|"
		 "po number|tracking number|deposit|tax id|time|bic|vat rate|"
		 "colour of the sky|x||?|amount|price",
		 NULL},
	};
	struct arena arena;
	arena_init(&arena);
	struct prompt_text *text = read_text(&arena, paper);
	for (size_t i = 0; i < COUNT(keys); i++) {
		g_auto(GStrv) names = g_strsplit(keys[i].names, "|", -1);
		for (size_t k = 0; names[k]; k++) {
			struct str got = only(&arena, text, names[k], NULL);
			if (!str_eq(got, str_of(keys[i].value)))
				fail_msg("%s: got %.*s", names[k],
					 STR_ARG(got));
		}
	}
	arena_release(&arena);
}

static void a_description_says_more_than_a_name(void **state)
{
	(void)state;
	static const struct {
		const char *name, *description, *value;
	} keys[] = {
		{"total_price", "the grand total including tax", "13.40"},
		{"x", "The due date, in ISO format", "2024-03-31"},
		{"date", "when it is due: the due date", "2024-03-01"},
		{"date", "the due date", "2024-03-31"},
		{"amount", "the tax amount (not the total)", "0.90"},
		{"total", "total without tax", "10.00"},
		{"total", "the sum without discounts", NULL},
		{"total", "the total, not the subtotal", "13.40"},
		{"total", "total number of items", "3"},
		{"vendor", "the name of the shop", NULL},
		{"total", "as a number", "13.40"},
		{"total", "", "13.40"},
		{"unknown", "something else", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	struct prompt_text *text = read_text(&arena, paper);
	for (size_t i = 0; i < COUNT(keys); i++) {
		struct str got =
			only(&arena, text, keys[i].name, keys[i].description);
		if (!str_eq(got, str_of(keys[i].value)))
			fail_msg("%s (%s): got %.*s", keys[i].name,
				 keys[i].description, STR_ARG(got));
	}
	arena_release(&arena);
}

static void a_sentence_is_answered_when_it_asks_for_one_thing(void **state)
{
	(void)state;
	static const struct {
		const char *prompt, *answer; /* NULL: all of the text */
	} prompts[] = {
		{"What is the total amount?", "13.40"},
		{"what is the due date of the invoice", "2024-03-31"},
		{"total", "13.40"},
		{"Find the invoice number.", "A-17"},
		{"What date is on the receipt?", "2024-03-01"},
		{"Which total is this?", "13.40"},
		{"What is the fax number?", NULL},
		{"Describe the image in detail.", NULL},
		{"extract all text", NULL},
		{"Extract all text from the image", NULL},
		{"What is the total and the date?", NULL},
		{"What is the capital of France?", NULL},
		{"Is the total more than 5?", NULL},
		{"list all amounts", NULL},
		{"", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	struct prompt_text *text = read_text(&arena, paper);
	struct str whole = prompt_whole(&arena, text);
	for (size_t i = 0; i < COUNT(prompts); i++)
		assert_str(
			prompt_answer(&arena, text, str_of(prompts[i].prompt)),
			prompts[i].answer ? str_of(prompts[i].answer) : whole);
	text = read_text(&arena, "a@b.example\nc@d.example\n");
	assert_str(prompt_answer(&arena, text, STR("email addresses")),
		   STR("a@b.example\nc@d.example"));
	arena_release(&arena);
}

static void amounts_are_what_stands_there(void **state)
{
	(void)state;
	static const struct {
		const char *text, *value;
	} amounts[] = {
		{"1,234.56", "1,234.56"},
		{"1.234,56", "1.234,56"},
		{"1 234,56", "1 234,56"},
		{"1 234 567.89", "1 234 567.89"},
		{"1'234.50", "1'234.50"},
		{"$5.00", "5.00"},
		{"$ 5.00", "5.00"},
		{"5,00 €", "5,00"},
		{"5,00€", "5,00"},
		{"EUR 5,00", "5,00"},
		{"EUR5,00", "5,00"},
		{"US$5.00", "5.00"},
		{"-5.00", "-5.00"},
		{"-$5.00", "-5.00"},
		{"$-5.00", "-5.00"},
		{"5.00-", "5.00-"},
		{"(5.00)", "(5.00)"},
		{"£5", "5"},
		{"12,-", "12,-"},
		{"5.00 A", "5.00"},
		{"5.00*", "5.00"},
		{"1,234", "1,234"},
		{"12,34,567.00", "12,34,567.00"},
		{"1,54,285", "1,54,285"},
		{"1,54,28.00", NULL},
		{"1,200/-", "1,200"},
		{"5.0", NULL},
		{"5%", NULL},
		{"1.2.3", NULL},
		{"5:00", NULL},
		{"5.00kg", NULL},
		{"S5.00", NULL},
		{"5.O0", NULL},
		{"12/05/2024", NULL},
		{"1234567890123456.00", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(amounts); i++) {
		struct str text = arena_printf(&arena, "Total  %s\nfee 1.00\n",
					       amounts[i].text);
		struct str got =
			only(&arena, read_text(&arena, text.p), "total", NULL);
		if (!str_eq(got, str_of(amounts[i].value)))
			fail_msg("%s: got %.*s", amounts[i].text, STR_ARG(got));
	}
	arena_release(&arena);
}

static void dates_are_what_stands_there(void **state)
{
	(void)state;
	static const struct {
		const char *text, *value;
	} dates[] = {
		{"2024-05-01", "2024-05-01"},
		{"2024-05-01T12:30:00Z", "2024-05-01"},
		{"01.05.2024", "01.05.2024"},
		{"1/5/24 12:30", "1/5/24"},
		{"31/12/2024", "31/12/2024"},
		{"May 1, 2024", "May 1, 2024"},
		{"1 May 2024", "1 May 2024"},
		{"Wed, May 1st, 2024", "May 1st, 2024"},
		{"1. Mai 2024", "1. Mai 2024"},
		{"1er mai 2024", "1er mai 2024"},
		{"01-May-24", "01-May-24"},
		{"01MAY2024", "01MAY2024"},
		{"May 1 '24", "May 1 '24"},
		{"2024 May 1", "2024 May 1"},
		{"1st of May 2024", "1st of May 2024"},
		{"32/13/2024", NULL},
		{"13/32/2024", NULL},
		{"2024-13-01", NULL},
		{"1.5", NULL},
		{"555-123-4567", NULL},
		{"May", NULL},
		{"next week", NULL},
		{"01/02", NULL},
		{"1 2 2024", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(dates); i++) {
		struct str text =
			arena_printf(&arena, "Date: %s\n", dates[i].text);
		struct str got =
			only(&arena, read_text(&arena, text.p), "date", NULL);
		if (!str_eq(got, str_of(dates[i].value)))
			fail_msg("%s: got %.*s", dates[i].text, STR_ARG(got));
	}
	arena_release(&arena);
}

/* `-`: nothing was found. */
static void a_date_without_a_label_is_the_papers_or_nothing(void **state)
{
	(void)state;
	static const struct {
		const char *text, *date, *time;
	} papers[] = {
		/* beside what has its own value, a name, a title */
		{"Receipt 4711        2026-11-30", "2026-11-30", "-"},
		{"Receipt 4711 2026-11-30", "2026-11-30", "-"},
		{"Receipt No. 4711 30.11.2026 14:05", "30.11.2026", "14:05"},
		{"30.11.2026      14:05      Bon 123", "30.11.2026", "14:05"},
		{"14:05    30.11.2026", "30.11.2026", "14:05"},
		{"2:05 PM    11/30/2026", "11/30/2026", "2:05 PM"},
		{"Cashier: Anna      30/11/2026", "30/11/2026", "-"},
		{"Cashier: Anna 30/11/2026 14:05", "30/11/2026", "14:05"},
		{"Table 7   Guests 2   Nov 30, 2026", "Nov 30, 2026", "-"},
		{"CORNER MARKET      11/30/26", "11/30/26", "-"},
		{"Receipt      11/30/26", "11/30/26", "-"},
		{"INVOICE\n30 November 2026", "30 November 2026", "-"},
		{"Berlin, den 30.11.2026", "30.11.2026", "-"},
		{"#4711   11/30/26   Reg 2", "11/30/26", "-"},
		{"Served by: Tom   11/30/26   18:00", "11/30/26", "18:00"},
		{"Tel: 555-0142      2026-11-30", "2026-11-30", "-"},
		/* of several the one with a time */
		{"2026-11-30\nBon 5  2026-12-01  09:15", "2026-12-01", "09:15"},
		{"2026-11-30 09:15\nBon 5  2026-12-01", "2026-11-30", "09:15"},
		{"2026-11-30\n2026-12-01", "-", "-"},
		{"2026-11-30 09:15\n2026-12-01 09:20", "-", "-"},
		{"2026-11-30 09:15\n2026-11-30 09:20", "2026-11-30", "-"},
		{"2026-11-30\nDue date: 2026-12-30", "2026-11-30", "-"},
		{"Sale 77   13 Nov 2026\nHall 4   14 Nov 2026   20:30", "-",
		 "-"},
		{"13 Nov 2026\nHall 4   14 Nov 2026   20:30", "13 Nov 2026",
		 "-"},
		{"A\nB\nC\nD\nDune   14 Nov 2026   20:30", "-", "-"},
		{"Date: 11/30/2026 14:05", "11/30/2026", "14:05"},
		{"Date   11/30/2026   2:05 PM", "11/30/2026", "2:05 PM"},
		{"Due: 11/30/2026 14:05", "-", "-"},
		{"MARKET   11/30/26\nSomething   12/30/26", "-", "-"},
		{"MARKET   11/30/26\nReturns until 12/30/26", "11/30/26", "-"},
		{"Order 27   Anna   8/9/26   9:14a", "8/9/26", "9:14a"},
		/* of something else */
		{"Delivery      2026-11-30", "-", "-"},
		{"Delivery      2026-11-30    10:00", "-", "-"},
		{"Order 4711 expected 2026-11-30", "-", "-"},
		{"Warranty ends      2026-11-30", "-", "-"},
		{"Return until 2026-11-30", "-", "-"},
		{"Valid until:      2026-11-30", "-", "-"},
		{"Valid until\n2026-11-30", "-", "-"},
		{"Receipt 4711 valid until 2026-11-30", "-", "-"},
		{"Exp 11/30/2026", "-", "-"},
		{"DOB      11/30/1986", "-", "-"},
		{"Arrival    11/28/2026   Departure   11/30/2026", "-", "-"},
		{"01.11.2026 - 30.11.2026", "-", "-"},
		{"01.11.2026 10:00 - 30.11.2026", "-", "-"},
		{"Period 01.11.2026 to 30.11.2026", "-", "-"},
		{"Next visit      2026-11-30     10:00", "-", "-"},
		{"Lieferung am 30.11.2026", "-", "-"},
		{"11/30/2026   Consulting   500.00", "-", "-"},
		{"Deposit 50.00 2026-11-30", "-", "-"},
		{"see you at the fair on 2026-11-30", "-", "-"},
		{"Receipt 4711      2026-11-30 Yoga class", "-", "-"},
		{"New year sale      2026-11-30", "-", "-"},
	};
	for (size_t i = 0; i < COUNT(papers); i++) {
		struct arena arena;
		arena_init(&arena);
		struct prompt_text *text = read_text(&arena, papers[i].text);
		struct str date = only(&arena, text, "date", NULL);
		struct str time = only(&arena, text, "time", NULL);
		print_message("%s\n", papers[i].text);
		assert_str(date.n ? date : STR("-"), str_of(papers[i].date));
		assert_str(time.n ? time : STR("-"), str_of(papers[i].time));
		arena_release(&arena);
	}
}

static void slips_of_recognition_make_no_other_label(void **state)
{
	(void)state;
	static const struct {
		const char *text, *key, *value;
	} slips[] = {
		{"Tota1  5.00", "total", "5.00"},
		{"TOTAI  5.00", "total", "5.00"},
		{"T0TAL  5.00", "total", "5.00"},
		{"Subtotai  5.00", "subtotal", "5.00"},
		{"Subtota  5.00", "subtotal", "5.00"},
		{"lnvoice No  77", "invoice number", "77"},
		{"Invoica No  77", "invoice number", "77"},
		{"Fax  030 5550123", "tax", NULL},
		{"Fax  030 5550123", "phone", NULL},
		{"Charge  5.00", "change", NULL},
		{"Shopping  5.00", "shipping", NULL},
		{"Teller: Anna", "seller", NULL},
		{"Subtotal  5.00", "total", NULL},
		{"Totals of the day  5.00", "total", NULL},
		{"Tip  5.00", "tax", NULL},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(slips); i++) {
		struct str got = only(&arena, read_text(&arena, slips[i].text),
				      slips[i].key, NULL);
		if (!str_eq(got, str_of(slips[i].value)))
			fail_msg("%s of %s: got %.*s", slips[i].key,
				 slips[i].text, STR_ARG(got));
	}
	arena_release(&arena);
}

static struct recognised_word word_at(const char *text, int32_t x,
				      double confidence)
{
	int32_t end = x + (int32_t)strlen(text) * 12;
	return (struct recognised_word){
		.text = str_of(text),
		.confidence = confidence,
		.box = {{x, end, end, x}, {0, 0, 20, 20}},
	};
}

/* What recognition makes of an amount when it takes its cents for a column, of
 * leader dots, and of what it cannot read. */
static void what_recognition_breaks_is_joined_or_left(void **state)
{
	(void)state;
	const struct {
		struct recognised_word words[3];
		const char *value;
	} rows[] = {
		{{word_at("Total", 0, .9), word_at("$37.", 200, .9),
		  word_at("45", 257, .9)},
		 "37.45"},
		{{word_at("Total", 0, .9), word_at("$37.", 200, .9),
		  word_at("45", 300, .9)},
		 NULL},
		{{word_at("Total", 0, .9), word_at("37", 200, .9),
		  word_at("45.00", 257, .9)},
		 "45.00"},
		{{word_at("Total", 0, .9), word_at(".....ceees", 70, .01),
		  word_at("37.45", 200, .9)},
		 "37.45"},
		{{word_at("Total", 0, .9), word_at("ceees", 70, .01),
		  word_at("37.45", 200, .9)},
		 NULL},
		{{word_at("Total", 0, .1), word_at("due", 70, .1),
		  word_at("37.45", 200, .1)},
		 "37.45"},
	};
	struct arena arena;
	arena_init(&arena);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct recognised_line lines[3];
		for (size_t k = 0; k < 3; k++)
			lines[k] = (struct recognised_line){
				.words = &rows[i].words[k], .n_words = 1};
		const struct recognised_section section = {lines, 3};
		const struct recognised_page page = {1000, 100, &section, 1};
		assert_str(only(&arena, prompt_read(&arena, &page, 1), "total",
				NULL),
			   str_of(rows[i].value));
	}
	const struct recognised_word words[] = {word_at("Clerk:", 0, .9),
						word_at("Jo", 90, .1)};
	const struct recognised_line line = {.words = words, .n_words = 2};
	const struct recognised_section section = {&line, 1};
	const struct recognised_page page = {1000, 100, &section, 1};
	assert_str(only(&arena, prompt_read(&arena, &page, 1), "clerk", NULL),
		   STR_NONE);
	arena_release(&arena);
}

/* One page whose line is n times a text. */
static struct recognised_page repeated(struct arena *arena, const char *text,
				       size_t n, size_t lines)
{
	struct recognised_word *words = arena_alloc(arena, n * sizeof(*words));
	struct recognised_line *line =
		arena_alloc(arena, lines * sizeof(*line));
	struct recognised_section *section =
		arena_alloc(arena, sizeof(*section));
	g_auto(GStrv) parts = g_strsplit(text, " ", -1);
	size_t n_parts = g_strv_length(parts), each = n / lines;
	for (size_t i = 0; i < n; i++) {
		int32_t x = (int32_t)(i % each) * 60;
		int32_t y = (int32_t)(i / each) * 30;
		words[i] = (struct recognised_word){
			.text = arena_str(arena, str_of(parts[i % n_parts])),
			.confidence = 0.9,
			.box = {{x, x + 50, x + 50, x}, {y, y, y + 20, y + 20}},
		};
	}
	for (size_t i = 0; i < lines; i++)
		line[i] = (struct recognised_line){
			.text = STR("x"),
			.words = words + i * each,
			.n_words = each,
		};
	*section = (struct recognised_section){line, lines};
	return (struct recognised_page){600000, 300000, section, 1};
}

static const char *const names[] = {
	"total", "date",       "invoice number", "phone", "email", "iban",
	"x y z", "bill to",    "merchant",       "tax",   "due",   "website",
	"card",  "item count", "time",           "a",     "items", "currency",
	"tip",   "address",    "payment method",
};

static struct prompt_key key_of(size_t i)
{
	return (struct prompt_key){str_of(names[i % COUNT(names)]), STR_NONE};
}

/* What takes time with the square of the text does not come to an end here. */
static void a_text_of_many_words_is_no_trap(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"total",
		"total 5.00",
		"5.00",
		"your total your",
		"bill to x:",
		"- - total",
		"a@b.c d",
		"tel 030 5550123 ( (",
		"a:",
		"1 000",
		"invoice no # :",
		"due 01.02.2024",
		"XXXX",
		"DE89 3704",
		"- $ -",
		"( total )",
		"date May 1,",
		"x y z: 5",
		"sub total",
		"incl 20% 20%",
		"total $5.00",
	};
	takes_long();
	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t lines = 1; lines <= 316; lines *= 316) {
			struct arena arena;
			arena_init(&arena);
			struct recognised_page page =
				repeated(&arena, texts[i], 100000, lines);
			struct prompt_text *text =
				prompt_read(&arena, &page, 1);
			for (size_t k = 0; k < COUNT(names); k++)
				prompt_find(&arena, text, key_of(k));
			arena_release(&arena);
		}
	}
}

static void a_word_of_a_million_digits_is_no_trap(void **state)
{
	(void)state;
	static const char fills[] = "5x.:#-*@X(,|";
	for (size_t i = 0; i < sizeof(fills) - 1; i++) {
		struct arena arena;
		arena_init(&arena);
		g_autofree char *text = g_strnfill(1000000, fills[i]);
		struct recognised_page page = repeated(&arena, text, 1, 1);
		struct prompt_text *read = prompt_read(&arena, &page, 1);
		for (size_t k = 0; k < COUNT(names); k++)
			assert_true(only(&arena, read, names[k], NULL).p ==
				    NULL);
		arena_release(&arena);
	}
}

/* Of the first the tax is 0 in 64 bits; of the second the sum of the taxes is
 * beyond them. */
static void amounts_of_many_digits_prove_no_items(void **state)
{
	(void)state;
	static const char joined[] = "Tea       2.00\n"
				     "Cake      3.00\n"
				     "Tax       184 467 440 737,095,516.16\n"
				     "Total     5.00\n";
	g_autoptr(GString) many = g_string_new("Tea       2,000\n");
	for (unsigned i = 0; i < 150; i++)
		g_string_append(many, "Tax       999,999,999,999,999\n");
	g_string_append(many, "Total     5,000\n");
	const char *const texts[] = {joined, many->str};
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct arena arena;
		arena_init(&arena);
		struct prompt_text *read = read_text(&arena, texts[i]);
		assert_true(only(&arena, read, "items", NULL).p == NULL);
		arena_release(&arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_text_is_lines_and_sections_apart),
		cmocka_unit_test(every_field_but_items_has_a_kind),
		cmocka_unit_test(a_key_may_be_spelt_in_any_way),
		cmocka_unit_test(a_description_says_more_than_a_name),
		cmocka_unit_test(
			a_sentence_is_answered_when_it_asks_for_one_thing),
		cmocka_unit_test(amounts_are_what_stands_there),
		cmocka_unit_test(dates_are_what_stands_there),
		cmocka_unit_test(
			a_date_without_a_label_is_the_papers_or_nothing),
		cmocka_unit_test(slips_of_recognition_make_no_other_label),
		cmocka_unit_test(what_recognition_breaks_is_joined_or_left),
		cmocka_unit_test(a_text_of_many_words_is_no_trap),
		cmocka_unit_test(a_word_of_a_million_digits_is_no_trap),
		cmocka_unit_test(amounts_of_many_digits_prove_no_items),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
