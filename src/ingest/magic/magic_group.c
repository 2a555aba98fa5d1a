/* SPDX-License-Identifier: Apache-2.0 */
#include "ingest/magic/magic_group.h"
#include "ingest/magic/magic_compare.h"

#include <glib.h>

#define LEVELS_MAX 32u
#define STRING_SIZE 128u /* as much as libmagic copies of what is compared */
#define EXPRESSION_MAX 8192u
#define LINE_LENGTH 80u /* for how many bytes a line is taken */
#define NOWHERE SIZE_MAX

enum outcome {
	FAILS,
	MATCHES,
	UNKNOWN,
};

struct run {
	const struct magic_group *group;
	struct str text;
	unsigned level; /* up to which tests are looked at */
	bool described; /* something has matched that has a name */
	struct {
		size_t end;   /* of what the last test matched, or NOWHERE */
		bool matched; /* one of this level: not the default */
	} levels[LEVELS_MAX + 1];
};

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Passes over blanks for one of the record's text, the a-th byte of it; false
 * when there must be some and are none. */
static bool pass_blanks(const struct magic_record *record, size_t a,
			struct str *there)
{
	const char *value = record->value.text;
	bool some = record->text.flags & MAGIC_SOME_BLANKS;
	if (some && !is_blank(there->p[0]))
		return false;
	if (some)
		*there = str_skip(*there, 1);
	/* the last one of a run stands for all that are left */
	if (some && a + 1 < record->length && is_blank(value[a + 1]))
		return true;
	while (there->n && is_blank(there->p[0]))
		*there = str_skip(*there, 1);
	return true;
}

/* Whether a byte is the wanted one, in the case that does not matter. */
static bool is_wanted(uint32_t flags, char want, char have)
{
	if (flags & MAGIC_LOWER && g_ascii_islower(want))
		return g_ascii_tolower(have) == want;
	if (flags & MAGIC_UPPER && g_ascii_isupper(want))
		return g_ascii_toupper(have) == want;
	return have == want;
}

/* The text of a string or search where `there` begins. */
static enum outcome compare(const struct magic_record *record, struct str there)
{
	uint32_t flags = record->text.flags;
	const char *value = record->value.text;
	for (size_t a = 0; a < record->length; a++) {
		if (there.n == 0)
			return FAILS;
		if (flags & MAGIC_BLANKS && is_blank(value[a])) {
			if (!pass_blanks(record, a, &there))
				return FAILS;
		} else if (is_wanted(flags, value[a], there.p[0])) {
			there = str_skip(there, 1);
		} else {
			return FAILS;
		}
	}
	/* not every version looks at what is behind a word */
	if (flags & MAGIC_WHOLE_WORD &&
	    (there.n == 0 || (there.p[0] && !is_blank(there.p[0]))))
		return UNKNOWN;
	return MATCHES;
}

/* What the comparison of something that is, or is not, equal comes to. */
static enum outcome related(const struct magic_record *record,
			    enum outcome equal)
{
	if (record->relation == '=' || equal == UNKNOWN)
		return equal;
	if (record->relation == '!')
		return equal == MATCHES ? FAILS : MATCHES;
	return UNKNOWN;
}

static enum outcome run_string(const struct magic_record *record,
			       struct str there, size_t *length)
{
	char copy[STRING_SIZE] = {0};
	*length = record->length;
	if (record->text.range)
		return UNKNOWN;
	if (record->length > there.n)
		return record->relation == '!' ? MATCHES : FAILS;
	memcpy(copy, there.p, MIN(there.n, sizeof(copy) - 1));
	if (record->relation == 'x' || record->relation == '>') {
		*length = NOWHERE;
		if (record->relation == 'x')
			return MATCHES;
		if (record->length != 1 || record->value.text[0])
			return UNKNOWN;
		return copy[0] ? MATCHES : FAILS;
	}
	return related(record,
		       compare(record, (struct str){copy, sizeof(copy)}));
}

/* Where the text of a search without flags begins, NOWHERE when it is not
 * there. */
static size_t find_text(const struct magic_record *record, struct str there)
{
	size_t n = (size_t)record->text.range + record->length;
	if (record->text.range && n < there.n)
		there.n = n;
	const char *hit =
		memmem(there.p, there.n, record->value.text, record->length);
	return hit ? (size_t)(hit - there.p) : NOWHERE;
}

/* Whether a byte may begin the text of a search. Inline, for many are asked. */
static inline bool may_begin(const struct magic_record *record, char have)
{
	char want = record->value.text[0];
	return have == want || (have ^ want) == 0x20 || is_blank(want);
}

static enum outcome run_search(const struct magic_record *record,
			       struct str there, size_t *length)
{
	size_t at = NOWHERE, range = record->text.range;
	enum outcome found = FAILS;
	/* versions differ on what is not found */
	if (record->relation != '=' || record->length == 0)
		return UNKNOWN;
	if (record->length > there.n)
		return FAILS;
	if (record->text.flags == 0) {
		at = find_text(record, there);
		found = at == NOWHERE ? FAILS : MATCHES;
	} else {
		size_t last = there.n - record->length;
		if (range && range - 1 < last)
			last = range - 1;
		for (at = 0; at <= last; at++) {
			if (!may_begin(record, there.p[at]))
				continue;
			found = compare(record, str_skip(there, at));
			if (found != FAILS)
				break;
		}
	}
	*length = at;
	if (!(record->text.flags & MAGIC_OFFSET_START))
		*length += record->length;
	return found;
}

/* As far as an expression is matched; so many lines, as libmagic counts
 * them. */
static struct str region_of(const struct magic_record *record, struct str there)
{
	size_t range = record->text.range;
	size_t lines = record->text.flags & MAGIC_LINES ? range : 0;
	size_t end = lines ? lines * LINE_LENGTH : range, last;
	if (end == 0 || end > there.n)
		end = there.n;
	last = end = MIN(end, EXPRESSION_MAX);
	for (size_t at = 0; lines && at < end; lines--, at++) {
		struct str rest = str_sub(there, at, end);
		ptrdiff_t line = str_find(rest, '\n');
		if (line < 0)
			line = str_find(rest, '\r');
		if (line < 0)
			return str_sub(there, 0, end);
		at += (size_t)line;
		if (at + 1 < end && there.p[at] == '\r' &&
		    there.p[at + 1] == '\n')
			at++;
		if (at + 1 < end && there.p[at] == '\n')
			at++;
		last = at;
	}
	return str_sub(there, 0, lines ? end : last);
}

/* Whether a test is from where the i-th one has ended. */
static bool is_end_used(const struct magic_group *group, uint32_t i)
{
	unsigned level = group->records[i].level;
	if (group->records[i].mime[0])
		return false;
	while (++i < group->n && group->records[i].level > level)
		if (group->records[i].level == level + 1 &&
		    group->records[i].flags & MAGIC_BEHIND)
			return true;
	return false;
}

static enum outcome run_regex(const struct magic_group *group, uint32_t i,
			      struct str there, size_t *length)
{
	const struct magic_record *record = &group->records[i];
	const struct magic_regex *regex = group->regexes[i];
	struct magic_match match = {0, 0};
	if (regex == NULL)
		return UNKNOWN;
	struct str region = region_of(record, there);
	/* libmagic ends it with a zero in place of its last byte */
	if (region.n)
		region.n--;
	const char *zero = region.n ? memchr(region.p, '\0', region.n) : NULL;
	if (zero)
		region.n = (size_t)(zero - region.p);
	bool found = magic_regex_find(regex, region,
				      is_end_used(group, i) ? &match : NULL);
	*length =
		record->text.flags & MAGIC_OFFSET_START ? match.from : match.to;
	return related(record, found ? MATCHES : FAILS);
}

/* Whether nothing is asked of a text that is not known here. */
static bool is_understood(const struct magic_record *record)
{
	uint32_t known = MAGIC_ANY_CASE | MAGIC_OFFSET_START | MAGIC_PASSES;
	if (record->type == MAGIC_REGEX)
		known |= MAGIC_LINES;
	else if (record->type == MAGIC_STRING || record->type == MAGIC_SEARCH)
		known |= MAGIC_BLANKS | MAGIC_TRIM | MAGIC_WHOLE_WORD;
	else
		return true;
	return (record->text.flags & ~known) == 0;
}

/* Where the i-th test looks; false when that is not known here. */
static bool find_place(const struct run *run, uint32_t i, size_t *offset)
{
	const struct magic_record *record = &run->group->records[i];
	if (record->flags & (MAGIC_INDIRECT_AT | MAGIC_FROM_END) ||
	    record->offset < 0 || !is_understood(record))
		return false;
	*offset = (size_t)record->offset;
	if (!(record->flags & MAGIC_BEHIND))
		return true;
	if (record->level == 0 || run->levels[record->level - 1].end == NOWHERE)
		return false;
	*offset += run->levels[record->level - 1].end;
	return true;
}

/* Runs the i-th test; *end is where what it matched ends, if anything uses
 * that. */
static enum outcome run_test(struct run *run, uint32_t i, size_t *end)
{
	const struct magic_record *record = &run->group->records[i];
	size_t offset, length = 0;
	enum outcome outcome;
	if (!find_place(run, i, &offset))
		return UNKNOWN;
	*end = offset;
	if (record->type == MAGIC_DEFAULT || record->type == MAGIC_CLEAR)
		return MATCHES;
	if (offset > run->text.n)
		return record->relation == '!' ? UNKNOWN : FAILS;
	struct str there = str_skip(run->text, offset);
	switch (record->type) {
	case MAGIC_STRING:
		outcome = run_string(record, there, &length);
		break;
	case MAGIC_SEARCH:
		outcome = run_search(record, there, &length);
		break;
	case MAGIC_REGEX:
		outcome = run_regex(run->group, i, there, &length);
		break;
	default:
		return record->flags & MAGIC_BEHIND ||
				       magic_may_match(record, run->text)
			       ? UNKNOWN
			       : FAILS;
	}
	*end = length == NOWHERE ? NOWHERE : offset + length;
	return outcome;
}

/* Whether a record from the i-th on can still change what the group says. */
static bool is_open(const struct run *run, uint32_t i)
{
	for (; i < run->group->n; i++) {
		const struct magic_record *record = &run->group->records[i];
		if (record->mime[0] || record->type == MAGIC_USE ||
		    record->type == MAGIC_INDIRECT ||
		    (record->description[0] && !run->described))
			return true;
	}
	return false;
}

/* Opens the level behind a test that has matched. */
static void enter(struct run *run, size_t end)
{
	if (end == NOWHERE || end <= run->text.n) {
		run->levels[run->level].end = end;
		run->level++;
	}
	run->levels[run->level].matched = false;
}

/* Whether a test that matches counts: not the default when another one has. */
static bool counts(struct run *run, const struct magic_record *record)
{
	bool *matched = &run->levels[run->level].matched;
	if (record->type == MAGIC_DEFAULT && *matched)
		return false;
	*matched = record->type != MAGIC_CLEAR;
	return true;
}

bool magic_group_is_passed_over(const struct magic_record *first, bool is_text)
{
	uint32_t passes = is_text ? MAGIC_FOR_BYTES : MAGIC_FOR_TEXTS;
	switch (first->type) {
	case MAGIC_STRING:
	case MAGIC_PSTRING:
	case MAGIC_BESTRING16:
	case MAGIC_LESTRING16:
	case MAGIC_REGEX:
	case MAGIC_SEARCH:
		return (first->text.flags & MAGIC_PASSES) == passes;
	default:
		return false;
	}
}

/* What the group says by the i-th test, which has matched; MAGIC_SILENT when
 * others are to be looked at. */
static enum magic_word say(struct run *run, uint32_t i, size_t end,
			   struct str *type)
{
	const struct magic_record *record = &run->group->records[i];
	if (i && !counts(run, record))
		return MAGIC_SILENT;
	*type = str_of(record->mime);
	/* a part of it may depend on the file's mode */
	if (type->n)
		return str_find(*type, '$') >= 0 ? MAGIC_UNSURE : MAGIC_SAYS;
	/* a group that is left so early has had its say all the same */
	if (i == 0 && end != NOWHERE && end > run->text.n)
		return MAGIC_UNSURE;
	run->described = run->described || record->description[0];
	enter(run, end);
	return MAGIC_SILENT;
}

enum magic_word magic_group_run(const struct magic_group *group,
				struct str text, struct str *type)
{
	struct run run = {.group = group, .text = text};
	size_t end = 0;
	for (uint32_t i = 0; i < group->n && is_open(&run, i); i++) {
		unsigned level = group->records[i].level;
		enum magic_word word = MAGIC_SILENT;
		if (level > run.level)
			continue;
		if (level >= LEVELS_MAX)
			return MAGIC_UNSURE;
		run.level = level;
		switch (run_test(&run, i, &end)) {
		case UNKNOWN:
			return MAGIC_UNSURE;
		case MATCHES:
			word = say(&run, i, end, type);
			break;
		case FAILS:
			if (i == 0)
				return MAGIC_SILENT;
			break;
		}
		if (word != MAGIC_SILENT)
			return word;
	}
	return run.described ? MAGIC_ENDS : MAGIC_SILENT;
}
