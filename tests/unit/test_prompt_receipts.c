/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Receipts and invoices, and what they say: tests/receipts. Whatever is on the
 * paper is to be found, nearly always; whatever is not is never to be.
 *
 * A paper in such a file is a name behind "=== ", its lines, "---", and what is
 * asked of it with the answer:
 *
 *  total = 12.50                      a key
 *  {"due":"When is it due?"} = -      described; nothing is to be found
 *  phone = 555-0100 ; 555-0101        several values
 *  address = 1 High St\nLeeds         a value of two lines
 *
 * Two blanks and more part columns. The sets from second.txt on are of papers
 * that the rules had not seen when they were written (docs/decisions/0046).
 * What a mended rule or a new one is about goes to first.txt; what only looks
 * like it to traps.txt, line by line, or as a whole paper to hostile.txt.
 */
#include "made_page.h"
#include "prompt/prompt.h"
#include "unit.h"

#define FOUND_PERCENT 95

struct score {
	unsigned asked, right, missed, invented;
};

/* `"key"`, key, or {"key":"description"} */
static struct prompt_key key_of(struct str text)
{
	struct prompt_key key = {text, STR_NONE};
	if (!str_starts(text, STR("{")))
		return key;
	g_auto(GStrv) parts = g_strsplit(text.p, "\"", 5);
	size_t name = strlen(parts[1]), described = strlen(parts[3]);
	key.name = (struct str){text.p + 2, name};
	key.description = (struct str){text.p + 2 + name + strlen(parts[2]) + 2,
				       described};
	return key;
}

static char *joined(struct prompt_values values)
{
	GString *out = g_string_new(values.n ? NULL : "-");
	for (size_t i = 0; i < values.n; i++)
		g_string_append_printf(out, "%s%.*s", i ? " ; " : "",
				       STR_ARG(values.values[i]));
	g_autofree char *whole = g_string_free(out, FALSE);
	g_auto(GStrv) lines = g_strsplit(whole, "\n", -1);
	return g_strjoinv("\\n", lines);
}

static void ask(struct prompt_text *text, const char *name, char *line,
		struct score *score)
{
	struct arena arena;
	char *equals = g_strrstr(line, " = ");
	assert_non_null(equals);
	*equals = '\0';
	const char *want = equals + 3;
	arena_init(&arena);
	g_autofree char *got =
		joined(prompt_find(&arena, text, key_of(str_of(line))));
	score->asked++;
	if (strcmp(got, want) == 0) {
		score->right++;
	} else if (strcmp(got, "-") == 0) {
		score->missed++;
		print_message("%s: %s: missed %s\n", name, line, want);
	} else {
		score->invented++;
		print_message("%s: %s: %s, not %s\n", name, line, got, want);
	}
	arena_release(&arena);
}

static void one_receipt(const char *receipt, const struct made_how *how,
			struct score *score)
{
	g_auto(GStrv) parts = g_strsplit(receipt, "\n---\n", 2);
	char *text = strchr(parts[0], '\n');
	*text++ = '\0';
	struct arena arena;
	arena_init(&arena);
	struct recognised_page page = made_page(&arena, how, str_of(text));
	struct prompt_text *read = prompt_read(&arena, &page, 1);
	g_auto(GStrv) keys = g_strsplit(parts[1], "\n", -1);
	for (size_t i = 0; keys[i]; i++)
		if (*keys[i])
			ask(read, parts[0], keys[i], score);
	arena_release(&arena);
}

static void check(const char *file, const struct made_how *how)
{
	struct score score = {0};
	g_autofree char *path = g_build_filename(RECEIPTS, file, NULL);
	g_autofree char *contents = NULL;
	assert_true(g_file_get_contents(path, &contents, NULL, NULL));
	g_auto(GStrv) receipts = g_strsplit(contents, "=== ", -1);
	for (size_t i = 1; receipts[i]; i++)
		one_receipt(receipts[i], how, &score);
	print_message("%s: %u of %u right, %u missed, %u wrong\n", file,
		      score.right, score.asked, score.missed, score.invented);
	assert_int_equal(score.invented, 0);
	assert_true(score.right * 100 >= score.asked * FOUND_PERCENT);
}

static const struct made_how hows[] = {
	{0, false},  {0, true},    {90, false},
	{180, true}, {270, false}, {4, false},
};

static struct set {
	const char *file, *says;
} sets[] = {
	{"first.txt", "what_the_first_say_is_found"},
	{"second.txt", "what_the_second_say_is_found"},
	{"third.txt", "what_the_third_say_is_found"},
	{"fourth.txt", "what_the_fourth_say_is_found"},
	{"fifth.txt", "what_the_fifth_say_is_found"},
	{"sixth.txt", "what_the_sixth_say_is_found"},
	{"seventh.txt", "what_the_seventh_say_is_found"},
	/* letters, code, articles, tables and menus, and receipts that do not
	 * agree with themselves */
	{"hostile.txt", "what_is_no_receipt_says_nothing"},
	{"traps.txt", "no_trap_is_an_answer"},
};

static void check_set(void **state)
{
	const struct set *set = *state;
	for (size_t i = 0; i < COUNT(hows); i++)
		check(set->file, &hows[i]);
}

int main(void)
{
	struct CMUnitTest tests[COUNT(sets)];
	for (size_t i = 0; i < COUNT(sets); i++)
		tests[i] = (struct CMUnitTest){
			.name = sets[i].says,
			.test_func = check_set,
			.initial_state = &sets[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
