/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dates and times of day.
 */
#include "prompt/dates.h"

#include <glib.h>

#define PARTS 3
#define TOKENS_MAX 6

enum part_kind {
	PART_NUMBER,
	PART_MONTH,
};

struct part {
	enum part_kind kind;
	unsigned value, digits;
	char before; /* what parts it from the one before: a mark, ' ' or 0 */
};

/* Where a date is read: characters of tokens, blanks between them. */
struct cursor {
	const struct paper *paper;
	uint32_t token, end;
	size_t at;
};

static char peek(const struct cursor *cursor)
{
	if (cursor->token >= cursor->end)
		return '\0';
	const struct paper_token *token = &cursor->paper->tokens[cursor->token];
	return cursor->at < token->text.n ? token->text.p[cursor->at] : ' ';
}

static void step(struct cursor *cursor)
{
	const struct paper_token *token = &cursor->paper->tokens[cursor->token];
	if (cursor->at++ < token->text.n)
		return;
	cursor->token++;
	cursor->at = 0;
}

static const char *const months[] = {
	"jan january januar janvier janv jaenner janner enero ene gennaio gen "
	"januari janeiro",
	"feb february februar fevrier fevr fev febrero febbraio februari "
	"fevereiro",
	"mar march marz mars mrz maerz marzo maart mrt marco",
	"apr april avril avr abril abr aprile",
	"may mai mayo maggio mei maio maj",
	"jun june juni juin junio giugno giu junho",
	"jul july juli juillet juil julio luglio lug julho",
	"aug august aout agosto ago augustus augusti",
	"sep sept september septembre septiembre settembre setembro",
	"oct october oktober okt octobre octubre ottobre ott outubro",
	"nov november novembre noviembre novembro",
	"dec december dezember dez decembre diciembre dic dicembre dezembro",
};

static const char weekdays[] =
	"mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday "
	"thursday friday saturday sunday mo di mi do fr sa so montag dienstag "
	"mittwoch donnerstag freitag samstag sonntag lundi mardi mercredi "
	"jeudi vendredi samedi dimanche";

static bool is_one_of(struct str word, const char *words)
{
	struct fold fold = fold_word(word);
	return fold_is_one_of(&fold, words);
}

static unsigned month_of(const struct fold *word)
{
	for (unsigned i = 0; i < 12; i++)
		if (fold_is_one_of(word, months[i]))
			return i + 1;
	return 0;
}

/* Letters from the cursor on, within a token. */
static struct str letters(struct cursor *cursor)
{
	const struct paper_token *token = &cursor->paper->tokens[cursor->token];
	size_t from = cursor->at;
	while (cursor->at < token->text.n &&
	       fold_is_letter(token->text.p[cursor->at]))
		cursor->at++;
	return str_sub(token->text, from, cursor->at);
}

static bool read_digits(struct cursor *cursor, struct part *part)
{
	part->kind = PART_NUMBER;
	while (g_ascii_isdigit(peek(cursor)) && part->digits < 5) {
		part->value = part->value * 10 + (unsigned)(peek(cursor) - '0');
		part->digits++;
		step(cursor);
	}
	if (g_ascii_isdigit(peek(cursor)) || part->digits == 3)
		return false;
	/* 1st, 2nd, 3rd, 4th, 1er */
	struct cursor behind = *cursor;
	if (fold_is_letter(peek(cursor))) {
		struct str word = letters(&behind);
		if (is_one_of(word, "st nd rd th er"))
			*cursor = behind;
	}
	return true;
}

/* What may stand between the parts; ' ' when nothing but blanks does. */
static char read_gap(struct cursor *cursor)
{
	char gap = '\0', c;
	for (unsigned i = 0; i < 4 && (c = peek(cursor)); i++) {
		if (c == ' ')
			gap = gap ? gap : ' ';
		else if (strchr("-/.,'", c) &&
			 (!gap || gap == ' ' || c == '\''))
			gap = c;
		else
			break;
		step(cursor);
	}
	return gap;
}

static bool read_part(struct cursor *cursor, struct part *part)
{
	if (g_ascii_isdigit(peek(cursor)))
		return read_digits(cursor, part);
	if (!fold_is_letter(peek(cursor)))
		return false;
	struct fold word = fold_word(letters(cursor));
	if (part->before && fold_is_one_of(&word, "of de")) {
		part->before = read_gap(cursor);
		return part->before == ' ' && read_part(cursor, part);
	}
	part->kind = PART_MONTH;
	part->value = month_of(&word);
	return part->value != 0;
}

static bool is_year(const struct part *part)
{
	return part->kind == PART_NUMBER &&
	       (part->digits == 2 ||
		(part->digits == 4 && part->value >= 1900 &&
		 part->value <= 2199));
}

static bool is_day(const struct part *part)
{
	return part->kind == PART_NUMBER && part->digits <= 2 && part->value &&
	       part->value <= 31;
}

static bool is_month(const struct part *part)
{
	return part->value >= 1 && part->value <= 12 &&
	       (part->kind == PART_MONTH || part->digits <= 2);
}

/* 2024-05-01, 01.05.2024, 5/1/24: marks between them, and the same twice. */
static bool are_numbers_of_date(const struct part *p)
{
	if (p[1].before != p[2].before || !strchr("-/.", p[1].before))
		return false;
	if (is_year(&p[0]) && p[0].digits == 4)
		return is_month(&p[1]) && is_day(&p[2]);
	return is_year(&p[2]) && ((is_day(&p[0]) && is_month(&p[1])) ||
				  (is_month(&p[0]) && is_day(&p[1])));
}

/* Whether three parts are a date, whichever order they are in. */
static bool are_date(const struct part *p)
{
	bool first = p[0].kind == PART_MONTH, second = p[1].kind == PART_MONTH;
	if (!first && !second)
		return are_numbers_of_date(p);
	if (is_year(&p[0]) && p[0].digits == 4)
		return second && is_day(&p[2]);
	return is_year(&p[2]) &&
	       ((first && is_day(&p[1])) || (second && is_day(&p[0])));
}

/* The text from the first token to the cursor. */
static struct str text_until(const struct values_at *at, uint32_t from,
			     const struct cursor *cursor)
{
	uint32_t to = cursor->at ? cursor->token + 1 : cursor->token;
	struct str text =
		paper_text(at->arena, at->paper, (struct paper_run){from, to});
	if (cursor->at)
		text.n -= at->paper->tokens[cursor->token].text.n - cursor->at;
	if (cursor->at && cursor->token + 1 == to && text.n &&
	    text.p[text.n - 1] == ':')
		text.n--;
	return text;
}

bool date_read(const struct values_at *at, struct paper_run run,
	       struct value *out)
{
	const struct paper_token *tokens = at->paper->tokens;
	struct part parts[PARTS] = {0};
	uint32_t from = run.from, end = run.to;
	if (!(tokens[from].flags & TOKEN_DIGIT) &&
	    is_one_of(tokens[from].text, weekdays))
		from++;
	if (from >= end)
		return false;
	if (end > from + TOKENS_MAX)
		end = from + TOKENS_MAX;
	struct cursor cursor = {at->paper, from, end, 0}, last;
	while (peek(&cursor) == '(')
		step(&cursor);
	size_t skipped = cursor.at;
	for (unsigned i = 0; i < PARTS; i++) {
		parts[i].before = i ? read_gap(&cursor) : '\0';
		if (cursor.token >= end || !read_part(&cursor, &parts[i]))
			return false;
	}
	last = cursor;
	/* a time may follow: 2024-05-01T12:30 */
	if (fold_is_letter(peek(&cursor)) && peek(&cursor) != 'T')
		return false;
	if (!are_date(parts))
		return false;
	if (last.at == tokens[last.token].text.n) {
		last.token++;
		last.at = 0;
	}
	struct str text = text_until(at, from, &last);
	*out = (struct value){
		.text = str_skip(text, skipped),
		.to = last.at ? last.token + 1 : last.token,
	};
	return true;
}

struct clock {
	unsigned numbers[3], digits[3], n;
};

/* Digits apart by colons, or by the `h` of 14h30; how many bytes that are. */
static size_t read_clock(struct str text, struct clock *clock)
{
	size_t i = 0;
	for (; i < text.n; i++) {
		char c = text.p[i];
		unsigned *digits = &clock->digits[clock->n];
		if (g_ascii_isdigit(c) && *digits < 2) {
			clock->numbers[clock->n] =
				clock->numbers[clock->n] * 10 +
				(unsigned)(c - '0');
			++*digits;
		} else if (*digits && clock->n < 2 &&
			   (c == ':' || ((c | 0x20) == 'h' && clock->n == 0))) {
			clock->n++;
		} else {
			break;
		}
	}
	return i;
}

static bool is_clock(const struct clock *clock)
{
	return clock->n && clock->digits[0] && clock->digits[1] == 2 &&
	       (clock->n == 1 || clock->digits[2] == 2) &&
	       clock->numbers[0] <= 24 && clock->numbers[1] < 60 &&
	       clock->numbers[2] < 60;
}

/* A time that begins a text, with what may stand right behind it. */
static bool is_time(struct str text, struct str *time)
{
	static const char *const tails[] = {"", "am", "pm", "a", "p", "h"};
	struct clock clock = {.n = 0};
	size_t length = read_clock(text, &clock);
	struct str tail = str_skip(text, length);
	if (!is_clock(&clock))
		return false;
	if (tail.n == 1 && strchr(",;.)", *tail.p))
		tail.n = 0;
	*time = str_sub(text, 0, length + tail.n);
	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++)
		if (str_eq_nocase(tail, str_of(tails[i])))
			return true;
	return false;
}

bool time_read(const struct values_at *at, struct paper_run run,
	       struct value *out)
{
	static const char behind[] = "am pm uhr";
	struct str time;
	uint32_t to = run.from;
	if (!is_time(at->paper->tokens[to++].text, &time))
		return false;
	if (to < run.to && !(at->paper->tokens[to].flags & TOKEN_DIGIT) &&
	    is_one_of(at->paper->tokens[to].text, behind))
		time = paper_text(at->arena, at->paper,
				  (struct paper_run){run.from, ++to});
	*out = (struct value){.text = time, .to = to};
	return true;
}
