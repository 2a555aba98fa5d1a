/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/magic/magic_compare.h"

#include <glib.h>

#define GUID_BYTES 16

static unsigned width_of(const struct magic_record *record)
{
	switch (record->type) {
	case MAGIC_BYTE:
		return 1;
	case MAGIC_SHORT:
	case MAGIC_BESHORT:
	case MAGIC_LESHORT:
		return 2;
	case MAGIC_LONG:
	case MAGIC_BELONG:
	case MAGIC_LELONG:
		return 4;
	case MAGIC_QUAD:
	case MAGIC_BEQUAD:
	case MAGIC_LEQUAD:
		return 8;
	default:
		return 0;
	}
}

static bool is_big_endian(const struct magic_record *record)
{
	switch (record->type) {
	case MAGIC_BESHORT:
	case MAGIC_BELONG:
	case MAGIC_BEQUAD:
		return true;
	case MAGIC_LESHORT:
	case MAGIC_LELONG:
	case MAGIC_LEQUAD:
		return false;
	default:
		return G_BYTE_ORDER == G_BIG_ENDIAN;
	}
}

static uint64_t read_number(const struct magic_record *record, const char *p)
{
	unsigned width = width_of(record);
	uint64_t number = 0;
	for (unsigned i = 0; i < width; i++) {
		unsigned at = is_big_endian(record) ? i : width - 1 - i;
		number = number << 8 | (unsigned char)p[at];
	}
	return number;
}

static uint64_t cut(unsigned width, uint64_t number)
{
	return width == 8 ? number : number & ((UINT64_C(1) << width * 8) - 1);
}

static int64_t extend(unsigned width, uint64_t number)
{
	unsigned shift = 64 - width * 8;
	return (int64_t)(number << shift) >> shift;
}

/* Puts the mask to a number; false when it is not known how. */
static bool put_mask(const struct magic_record *record, uint64_t *number)
{
	uint64_t mask = record->mask;
	if (mask == 0)
		return true;
	switch (record->mask_op) {
	case MAGIC_AND:
		*number &= mask;
		break;
	case MAGIC_OR:
		*number |= mask;
		break;
	case MAGIC_XOR:
		*number ^= mask;
		break;
	case MAGIC_PLUS:
		*number += mask;
		break;
	case MAGIC_MINUS:
		*number -= mask;
		break;
	case MAGIC_TIMES:
		*number *= mask;
		break;
	default:
		return false;
	}
	*number = cut(width_of(record), *number);
	return true;
}

/* Whether a number is, or may be, in the record's relation to its value. */
static bool number_may_match(const struct magic_record *record, uint64_t number)
{
	unsigned width = width_of(record);
	uint64_t value = cut(width, record->value.number);
	if (!put_mask(record, &number))
		return true;
	bool less = record->flags & MAGIC_UNSIGNED
			    ? number < value
			    : extend(width, number) < extend(width, value);
	switch (record->relation) {
	case '=':
		return number == value;
	case '!':
		return number != value;
	case '<':
		return less;
	case '>':
		return !less && number != value;
	case '&':
		return (number & value) == value;
	default:
		return true;
	}
}

/* Whether a number can be divided by the mask, when that is asked. */
static bool is_multiple(const struct magic_record *record, uint64_t number)
{
	int64_t by = (int64_t)cut(width_of(record), record->mask);
	if (record->relation != '=' || record->value.number || by <= 0)
		return true;
	return extend(width_of(record), number) % by == 0;
}

static bool is_blank(char c)
{
	return g_ascii_isspace(c) || c == '\v';
}

/* A record's text. */
static struct str text_of(const struct magic_record *record)
{
	if (record->type == MAGIC_GUID)
		return (struct str){record->value.text, GUID_BYTES};
	return (struct str){record->value.text,
			    MIN(record->length, sizeof(record->value.text))};
}

/* As much of its beginning as must be there just so. */
static struct str firm_start(const struct magic_record *record)
{
	struct str text = text_of(record);
	if (record->type == MAGIC_GUID)
		return text;
	for (size_t i = 0; record->text.flags & MAGIC_BLANKS && i < text.n; i++)
		if (is_blank(text.p[i]))
			return str_sub(text, 0, i);
	return text;
}

/* The longest run of it that must be. */
static struct str firm_run(const struct magic_record *record)
{
	struct str text = text_of(record), best = STR("");
	if (!(record->text.flags & MAGIC_BLANKS))
		return text;
	for (size_t from = 0, i = 0; i <= text.n; i++) {
		if (i < text.n && !is_blank(text.p[i]))
			continue;
		if (i - from > best.n)
			best = str_sub(text, from, i);
		from = i + 1;
	}
	return best;
}

static bool starts_with(const struct magic_record *record, struct str there)
{
	struct str text = firm_start(record);
	if (there.n < text.n)
		return false;
	if (record->text.flags & MAGIC_ANY_CASE)
		return g_ascii_strncasecmp(text.p, there.p, text.n) == 0;
	return str_starts(there, text);
}

/* How many places of a record's text are looked at; 0: all. libmagic leaves a
 * search without flags to memmem(), which looks at one more. */
static uint32_t places_of(const struct magic_record *record)
{
	if (record->type != MAGIC_SEARCH)
		return 1;
	return record->text.range + (record->text.range && !record->text.flags);
}

/* A search for what must not be there, when it is just that. */
static bool is_absent(const struct magic_record *record, struct str there)
{
	struct str text = text_of(record);
	if (record->text.flags || text.n == 0)
		return true;
	if (record->text.range && record->text.range < there.n)
		there = str_sub(there, 0,
				MIN(there.n, places_of(record) + text.n - 1));
	return !str_contains(there, text);
}

/* An expression "^[^SET].*$" that must match no line, as far as lines are
 * surely looked at. */
static bool is_no_line(const struct magic_record *record, struct str there)
{
	struct str set = text_of(record);
	uint32_t lines =
		record->text.flags & MAGIC_LINES ? record->text.range : 1;
	if (!str_starts(set, STR("^[^")) || !str_ends(set, STR("].*$")) ||
	    set.n < 8)
		return true;
	set = str_sub(set, 3, set.n - 4);
	if (str_find(set, ']') >= 0 || str_find(set, '[') >= 0 ||
	    str_find(set, '-') >= 0)
		return true;
	for (; there.p && lines; lines--) {
		struct str line = str_split(&there, '\n');
		if (line.n && str_find(set, line.p[0]) < 0)
			return false;
	}
	return true;
}

/* Two bytes for each character; which of them is told apart elsewhere. */
static bool starts_with_wide(const struct magic_record *record,
			     struct str there)
{
	struct str text = text_of(record);
	bool low = true, high = true;
	for (size_t i = 0; i < text.n && (low || high); i++) {
		low = low && i * 2 < there.n && there.p[i * 2] == text.p[i];
		high = high && i * 2 + 1 < there.n &&
		       there.p[i * 2 + 1] == text.p[i];
	}
	return low || high;
}

/* Behind a length of one, two or four bytes. */
static bool starts_behind_length(const struct magic_record *record,
				 struct str there)
{
	struct str text = text_of(record);
	for (size_t n = 1; n <= 4; n *= 2)
		if (there.n > n && (text.n == 0 || there.p[n] == text.p[0]))
			return true;
	return false;
}

static bool is_simple(const struct magic_record *record)
{
	return !(record->flags & MAGIC_INDIRECT_OFFSET) && record->offset >= 0;
}

/* DER's "seq" is a tag of 16. */
static bool is_der_sequence(const struct magic_record *record)
{
	return str_starts(text_of(record), STR("seq"));
}

/* Tags, by libmagic's names of them. */
static const struct {
	struct str name;
	unsigned char tag;
} der_tags[] = {
	{STR("int"), 2},
	{STR("obj_id"), 6},
	{STR("seq"), 16},
	{STR("set"), 17},
};

bool magic_may_be_inside(const struct magic_record *record, struct str bytes)
{
	struct str text = text_of(record);
	unsigned length = 0;
	if (record->type != MAGIC_DER || record->relation != '=' ||
	    record->flags != MAGIC_BEHIND || record->offset != 0)
		return true;
	/* lengths of one byte: those of texts are */
	if (bytes.n < 4 || (bytes.p[1] | bytes.p[3]) & 0x80)
		return true;
	for (size_t i = 0; i < G_N_ELEMENTS(der_tags); i++) {
		struct str rest = text;
		if (!str_starts(text, der_tags[i].name))
			continue;
		if ((bytes.p[2] & 0x1f) != der_tags[i].tag)
			return false;
		rest = str_skip(rest, der_tags[i].name.n);
		if (rest.n == 0 || !g_ascii_isdigit(rest.p[0]))
			return true;
		for (; rest.n && g_ascii_isdigit(rest.p[0]);
		     rest = str_skip(rest, 1))
			length = length * 10 + (unsigned)(rest.p[0] - '0');
		return (unsigned char)bytes.p[3] == length;
	}
	return true;
}

/* A string, or a search in one or two places. */
static bool is_text_in_place(const struct magic_record *record)
{
	uint32_t places = places_of(record);
	return record->relation == '=' &&
	       (record->type == MAGIC_STRING || record->type == MAGIC_GUID ||
		(record->type == MAGIC_SEARCH && places >= 1 && places <= 2));
}

static bool is_in_place(const struct magic_record *record, struct str there)
{
	if (starts_with(record, there))
		return true;
	return places_of(record) > 1 && there.n &&
	       starts_with(record, str_skip(there, 1));
}

/* What is no number, compared with what is in its place. */
static bool text_may_match(const struct magic_record *record, struct str there)
{
	bool equal = record->relation == '=';
	if (is_text_in_place(record))
		return is_in_place(record, there);
	switch (record->type) {
	case MAGIC_DER:
		return !equal || !is_der_sequence(record) ||
		       (there.n && (there.p[0] & 0x1f) == 0x10);
	case MAGIC_PSTRING:
		return !equal || starts_behind_length(record, there);
	case MAGIC_BESTRING16:
	case MAGIC_LESTRING16:
		return !equal || starts_with_wide(record, there);
	case MAGIC_SEARCH:
		return record->relation != '!' || is_absent(record, there);
	case MAGIC_REGEX:
		return record->relation != '!' || is_no_line(record, there);
	default:
		return true;
	}
}

bool magic_may_match(const struct magic_record *record, struct str bytes)
{
	unsigned width = width_of(record);
	if (!is_simple(record))
		return true;
	size_t offset = (size_t)record->offset;
	if (record->flags & MAGIC_FROM_END)
		offset = offset <= bytes.n ? bytes.n - offset : SIZE_MAX;
	/* where there is nothing it is equal to nothing */
	bool equal = record->relation != '!' && record->relation != 'x';
	if (offset > bytes.n)
		return !equal || width == 0;
	struct str there = str_skip(bytes, offset);
	if (width == 0)
		return text_may_match(record, there);
	if (width > there.n)
		return !equal;
	uint64_t number = read_number(record, there.p);
	if (record->mask_op == MAGIC_MODULO)
		return is_multiple(record, number);
	return number_may_match(record, number);
}

/* A number whose lowest byte is what stands first in memory. */
static uint64_t in_order(const struct magic_record *record, uint64_t number)
{
	unsigned width = width_of(record);
	number = cut(width, number);
	if (is_big_endian(record))
		number = GUINT64_SWAP_LE_BE(number) >> (64 - width * 8);
	return number;
}

struct magic_spot magic_spot_of(const struct magic_record *record)
{
	uint64_t mask = 0, value = 0;
	struct str text = STR("");
	if (record->relation != '=' || !is_simple(record) ||
	    record->flags & MAGIC_FROM_END)
		return (struct magic_spot){0};
	if (width_of(record) && record->mask_op == 0) {
		mask = in_order(record,
				record->mask ? record->mask : UINT64_MAX);
		value = in_order(record, record->value.number);
	} else if (is_text_in_place(record)) {
		text = firm_start(record);
	}
	for (size_t i = 0; i < MIN(text.n, MAGIC_SPOT); i++) {
		bool folds = record->text.flags & MAGIC_ANY_CASE &&
			     g_ascii_isalpha(text.p[i]);
		uint64_t bits = folds ? 0xdf : 0xff;
		mask |= bits << i * 8;
		value |= ((unsigned char)text.p[i] & bits) << i * 8;
	}
	return (struct magic_spot){
		.mask = GUINT64_TO_LE(mask),
		.value = GUINT64_TO_LE(value),
		.offset = (uint32_t)record->offset,
		.places = width_of(record) ? 1 : places_of(record),
	};
}

/* One text, the longest run that must be there as it is. */
static void take_text(struct magic_texts *out,
		      const struct magic_record *record)
{
	struct literal *literal = &out->literals.of[0];
	struct str text = firm_run(record);
	literal->n = (unsigned char)MIN(text.n, LITERAL_MAX);
	literal->times = 1;
	memcpy(literal->text, text.p, literal->n);
	out->literals.n = literal->n > 0;
	if (record->type == MAGIC_SEARCH && record->text.range &&
	    text.p == record->value.text)
		out->to = places_of(record);
}

/* Expressions may say something else by a range and flags; that is more. */
static void take_expression(struct magic_texts *out,
			    const struct magic_record *record, bool simple)
{
	literals_of(&out->literals, text_of(record));
	if (record->text.range && record->text.flags == 0)
		out->to = record->text.range;
	/* where it begins is the beginning of a line */
	for (unsigned i = 0; !simple && i < out->literals.n; i++)
		out->literals.of[i].place = ANYWHERE;
}

/* Inline, for all that seems to begin alike passes here. */
static inline char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/* How rare a byte is in what is looked at. */
static size_t rarity_of(char c, bool any_case)
{
	static const char letters[] = "eatoinsrhldcumfpgwybvkxjqz";
	const char *letter = c ? strchr(letters, lower(c)) : NULL;
	if (c == LITERAL_DIGIT)
		return 0;
	if (c == ' ' || c == '\n' || c == '.' || c == '\0')
		return 1;
	if (letter == NULL)
		return sizeof(letters) + 1;
	if (g_ascii_isupper(c) && !any_case)
		return sizeof(letters);
	return 2 + (size_t)(letter - letters);
}

/* Where in the text the byte is by which it is looked for. */
static unsigned anchor_of(const struct literal *text, bool any_case)
{
	unsigned best = 0;
	for (unsigned i = 1; i < text->n; i++)
		if (rarity_of(text->text[i], any_case) >
		    rarity_of(text->text[best], any_case))
			best = i;
	return best;
}

void magic_texts_of(struct magic_texts *out, const struct magic_record *record)
{
	bool simple = is_simple(record) && !(record->flags & MAGIC_FROM_END);
	*out = (struct magic_texts){.to = UINT32_MAX};
	if (record->relation != '=')
		return;
	out->any_case = record->text.flags & MAGIC_ANY_CASE;
	if (record->type == MAGIC_REGEX)
		take_expression(out, record, simple);
	else if (record->type == MAGIC_SEARCH ||
		 (record->type == MAGIC_STRING && !simple))
		take_text(out, record);
	else
		out->any_case = false;
	for (unsigned i = 0; i < out->literals.n; i++)
		out->anchors[i] = (unsigned char)anchor_of(&out->literals.of[i],
							   out->any_case);
	if (!simple) {
		out->to = UINT32_MAX;
	} else {
		out->from = (uint32_t)record->offset;
		out->to = out->to == UINT32_MAX ? out->to : out->to + out->from;
	}
}

/* At the beginning of a line, or of what is searched, but for blanks. */
static bool is_indented(const struct magic_texts *texts, struct str bytes,
			size_t at)
{
	while (at > texts->from && bytes.p[at - 1] != '\n') {
		at--;
		if (!is_blank(bytes.p[at]))
			return false;
	}
	return true;
}

static bool is_same(const struct literal *text, const char *p, bool any_case)
{
	for (unsigned i = 0; i < text->n; i++) {
		char want = text->text[i], have = p[i];
		bool same = want == have ||
			    (want == LITERAL_DIGIT && g_ascii_isdigit(have)) ||
			    (any_case && lower(want) == lower(have));
		if (!same)
			return false;
	}
	return true;
}

bool magic_text_is_at(const struct magic_texts *texts, unsigned i,
		      struct str bytes, size_t at)
{
	const struct literal *text = &texts->literals.of[i];
	if (at < texts->from || at >= texts->to || text->n > bytes.n - at ||
	    !is_same(text, bytes.p + at, texts->any_case))
		return false;
	if (text->place == LINE_INDENT)
		return is_indented(texts, bytes, at);
	return text->place == ANYWHERE || at == texts->from ||
	       bytes.p[at - 1] == '\n';
}

/* The next byte c from `at` on, before `end`; `end` when there is none. */
static size_t next_byte(struct str bytes, char c, size_t at, size_t end)
{
	const char *hit = at < end ? memchr(bytes.p + at, c, end - at) : NULL;
	return hit ? (size_t)(hit - bytes.p) : end;
}

/* Counts in lines: whether the text is there as often as it must. */
struct count {
	size_t line; /* where the last one was */
	unsigned times;
};

static bool is_enough(struct count *count, const struct literal *text,
		      struct str bytes, size_t at)
{
	if (text->times > 1 && next_byte(bytes, '\n', count->line, at) < at)
		count->times = 0;
	count->line = at;
	return ++count->times >= text->times;
}

/* Whether the byte beside the one at `at` can be that of the text, too; in
 * either case. */
static inline bool is_near(const struct literal *text, unsigned anchor,
			   struct str bytes, size_t at)
{
	unsigned beside = anchor ? anchor - 1 : 1;
	size_t there = at + beside - anchor;
	char want = text->text[beside];
	return beside >= text->n || want == LITERAL_DIGIT ||
	       (there < bytes.n && lower(bytes.p[there]) == lower(want));
}

static bool is_in(const struct magic_texts *texts, unsigned i, struct str bytes)
{
	const struct literal *text = &texts->literals.of[i];
	unsigned anchor = texts->anchors[i];
	size_t at = (size_t)texts->from + anchor, end = bytes.n;
	char byte = text->text[anchor], other = byte;
	if (texts->to < end - MIN(end, anchor))
		end = (size_t)texts->to + anchor;
	if (texts->any_case && g_ascii_isalpha(byte))
		other = (char)(byte ^ 0x20);
	size_t next = next_byte(bytes, byte, at, end);
	size_t next_other =
		other == byte ? end : next_byte(bytes, other, at, end);
	struct count count = {.line = texts->from};
	while ((at = MIN(next, next_other)) < end) {
		if (is_near(text, anchor, bytes, at) &&
		    magic_text_is_at(texts, i, bytes, at - anchor) &&
		    is_enough(&count, text, bytes, at))
			return true;
		if (next == at)
			next = next_byte(bytes, byte, at + 1, end);
		if (next_other == at)
			next_other = next_byte(bytes, other, at + 1, end);
	}
	return false;
}

bool magic_texts_are_in(const struct magic_texts *texts, struct str bytes)
{
	bool found = texts->literals.n == 0;
	for (unsigned i = 0; !found && i < texts->literals.n; i++)
		found = is_in(texts, i, bytes);
	return found;
}
