/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expressions as regexec(3) matches them: those of the machine's table, and
 * some that have what those have not, on texts that nearly match.
 */
#include "ingest/magic/magic_regex.h"
#include "ingest/magic/magic_table.h"
#include "unit.h"

#include <glib.h>
#include <regex.h>

#define TEXT_MAX 160u

static uint32_t seed = 1;

static unsigned draw(unsigned n)
{
	seed = seed * 1103515245 + 12345;
	return (seed >> 12) % n;
}

static bool is_expected(const regex_t *posix, const char *text,
			struct magic_match *out)
{
	regmatch_t match;
	if (regexec(posix, text, 1, &match, 0) != 0)
		return false;
	*out = (struct magic_match){(size_t)match.rm_so, (size_t)match.rm_eo};
	return true;
}

/* A text of pieces of the expression and of what it is about. */
static void invent(struct str expression, char *text)
{
	static const char others[] = "\n\n \t(){}[];:.,=-'\"#<>ab cZ09_\r\xe9";
	unsigned n = draw(TEXT_MAX);
	for (unsigned i = 0; i < n;) {
		unsigned from = draw((unsigned)expression.n);
		unsigned length = draw(3) ? draw(6) : 0;
		for (; length && i < n && from < expression.n; from++) {
			char c = expression.p[from];
			if (c && (!strchr("\\^$*+?|[]", c) || !draw(8))) {
				text[i++] = c;
				length--;
			}
		}
		if (i < n && draw(2))
			text[i++] = others[draw(sizeof(others) - 1)];
	}
	text[n] = '\0';
}

static void assert_as_posix(struct str expression, bool any_case,
			    unsigned texts)
{
	g_autofree char *copy = g_strndup(expression.p, expression.n);
	struct magic_regex *regex = magic_regex_new(expression, any_case);
	regex_t posix;
	int flags = REG_EXTENDED | REG_NEWLINE | (any_case ? REG_ICASE : 0);
	if (regex == NULL)
		return;
	assert_int_equal(regcomp(&posix, copy, flags), 0);
	for (unsigned i = 0; i < texts; i++) {
		char text[TEXT_MAX + 1];
		struct magic_match want = {0, 0}, got = {0, 0};
		invent(expression, text);
		struct str whole = str_of(text);
		bool found = is_expected(&posix, text, &want);
		if (magic_regex_find(regex, whole, NULL) != found ||
		    magic_regex_find(regex, whole, &got) != found ||
		    got.from != want.from || got.to != want.to)
			fail_msg("%s in \"%s\": %zu to %zu, not %zu to %zu",
				 copy, text, got.from, got.to, want.from,
				 want.to);
	}
	regfree(&posix);
	magic_regex_free(regex);
}

static void tables_expressions_match_as_posix_says(void **state)
{
	(void)state;
	struct magic_table table;
	struct err err;
	unsigned known = 0, all = 0;
	assert_int_equal(magic_table_open(&table, &err), 0);
	uint32_t n = table.records ? table.n + table.n_names : 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct magic_record *record = &table.records[i];
		struct str text = {
			record->value.text,
			strnlen(record->value.text, sizeof(record->value))};
		if (record->type != MAGIC_REGEX)
			continue;
		struct magic_regex *regex = magic_regex_new(text, false);
		all++;
		known += regex != NULL;
		magic_regex_free(regex);
		assert_as_posix(text, record->text.flags & MAGIC_ANY_CASE, 200);
	}
	print_message("%u of %u\n", known, all);
	assert_true(known * 10 >= all * 9);
	magic_table_close(&table);
}

static const char *const expressions[] = {
	"a",
	"abc",
	"^abc",
	"abc$",
	"^$",
	"^a*$",
	"a|ab|abc",
	"(a|ab)(c|bcd)",
	"a*b",
	"(a*)*b",
	"(a*b*)*c",
	"(a|b)*abb",
	"x(a{2,3}b){1,2}y",
	"a{3}",
	"a{2,}b",
	"(ab?){0,3}c",
	"[^a]*a",
	"[]a]+",
	"[^]a]+",
	"[a-]+",
	"[[:digit:][:upper:]_]+",
	"[^[:space:]]+$",
	"^[[:space:]]*x",
	"a.c",
	".*",
	".+b",
	"a.*b.*c",
	"^(a|b).*c$|d",
	"(^a|b$)",
	"\\(a\\)\\*\\.\\[",
	"a\nb",
	"[ab\n]+c",
	"(a|b|c|d|e)*(f|g)?h",
	"[A-C]x",
	"\xe9.",
};

static void expressions_match_as_posix_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(expressions); i++) {
		struct magic_regex *regex =
			magic_regex_new(str_of(expressions[i]), false);
		if (regex == NULL)
			fail_msg("%s is not known", expressions[i]);
		magic_regex_free(regex);
		assert_as_posix(str_of(expressions[i]), false, 2000);
		assert_as_posix(str_of(expressions[i]), true, 2000);
	}
}

static void what_is_not_known_is_no_expression(void **state)
{
	(void)state;
	static const char *const rows[] = {
		"",
		"*a",
		"a||b",
		"(a",
		"a)",
		"[a",
		"a\\",
		"\\w",
		"\\bword",
		"(a)\\1",
		"a{",
		"{1}",
		"a{2",
		"a{3,2}",
		"a{,2}",
		"a{256}",
		"a{1,999}",
		"(^a)*",
		"(a$)?",
		"[[.a.]]",
		"[[=a=]]",
		"[[:word:]]",
		"[z-a]",
		"\\<a",
		"\\`a",
		"()",
		"(a|)",
		"((((((((((((((((((a))))))))))))))))))",
		"((((a{9}){9}){9}){9}){9}",
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		if (magic_regex_new(str_of(rows[i]), false))
			fail_msg("%s", rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_expressions_match_as_posix_says),
		cmocka_unit_test(expressions_match_as_posix_says),
		cmocka_unit_test(what_is_not_known_is_no_expression),
	};
	return cmocka_run_group_tests_name("magic_regex", tests, NULL, NULL);
}
