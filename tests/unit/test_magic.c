/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmagic as it is asked: what it says of some contents, and that it says the
 * same with the few tests that are picked as with its whole table.
 */
#include "ingest/magic/magic_literal.h"
#include "ingest/magic/magic_table.h"
#include "ingest/sniff.h"
#include "unit.h"

#include <ftw.h>
#include <glib.h>
#include <magic.h>
#include <stdio.h>

#define HEAD 4096
#define UNKNOWN "application/octet-stream"

/* clang-format off */
static const struct {
	struct str head;
	const char *type;
} contents[] = {
	{STR(""), UNKNOWN},
	{STR("\1\2\3\xfe\xff\0\1"), UNKNOWN},
	{STR("\0"), UNKNOWN},
	{STR("plain words\n"), "text/plain"},
	{STR("\xef\xbb\xbfplain words\n"), "text/plain"},
	{STR("caf\xc3\xa9 au lait\n"), "text/plain"},
	{STR("caf\xe9 au lait\n"), "text/plain"},
	{STR("\xff\xfep\0l\0a\0i\0n\0"), "text/plain"},
	{STR("Their class is a public union of characters, defined to include "
	     "what they import and require.\n"), "text/plain"},
	{STR("{\"a\": [1, 2, {\"b\": null}]}\n"), "application/json"},
	{STR("{\"a\": [1, 2\n"), "text/plain"},
	{STR("<!DOCTYPE html><html></html>"), "text/html"},
	{STR("\n\n  <html lang=\"en\"><head></head></html>"), "text/html"},
	{STR("<?xml version=\"1.0\"?><a/>"), "text/xml"},
	{STR("#!/bin/sh\necho\n"), "text/x-shellscript"},
	{STR("#!/usr/bin/perl -w\nuse strict;\n"), "text/x-perl"},
	{STR("#!/usr/bin/env ruby\nputs 1\n"), "text/x-ruby"},
	{STR("<?php\necho 1;\n"), "text/x-php"},
	{STR("#include <stdio.h>\nint main(void)\n{\n\treturn 0;\n}\n"),
	 "text/x-c"},
	{STR("--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n"), "text/x-diff"},
	{STR("\\documentclass{article}\n\\begin{document}\n"), "text/x-tex"},
	{STR("%!PS-Adobe-3.0\n"), "application/postscript"},
	{STR("From: a@example.com\nTo: b@example.com\nSubject: c\n\nd\n"),
	 "message/rfc822"},
	{STR("\x7f" "ELF\2\1\1\0\0\0\0\0\0\0\0\0\3\0\x3e\0\1\0\0\0"), NULL},
	{STR("GIF89a\1\0\1\0"), "image/gif"},
	{STR("%PDF-1.7\n"), "application/pdf"},
	{STR("SQLite format 3\0\x10\0\1\1"), "application/vnd.sqlite3"},
	{STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), NULL},
	{STR("BZh91AY&SY\0\0\0\0"), "application/x-bzip2"},
	{STR("\x30\x82\x04\x00\x30\x82\x02\x00\xa0\x03"), NULL},
	{STR("Salted__abcdefgh"), NULL},
	{STR("\0\0\0\x14" "ftypqt  "), "video/quicktime"},
	{STR("a,b,c\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n4,5,6\n7,8,9\n1,2,3\n4,5,6\n"
	     "7,8,9\n1,2,3\n"), "text/csv"},
};
/* clang-format on */

static magic_t whole; /* libmagic with all that it has */

static int begin(void **state)
{
	struct err err;
	(void)state;
	whole = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS |
			   MAGIC_NO_CHECK_ELF);
	if (whole == NULL || magic_load(whole, NULL) < 0)
		return -1;
	return sniff_init(&err);
}

static int end(void **state)
{
	(void)state;
	sniff_release();
	magic_close(whole);
	return 0;
}

/* libmagic's word by its whole table. */
static struct str whole_word(struct str head)
{
	const char *type = magic_buffer(whole, head.p, head.n);
	if (head.n == 0 || type == NULL || !sniff_declared(str_of(type)))
		return STR(UNKNOWN);
	return str_of(type);
}

static void assert_same(const char *name, struct str head)
{
	struct arena arena;
	struct str got, quick, want = whole_word(head);
	struct sniff_look patient = {.patient = true}, look = {0};
	/* of its own, so that reading past it is seen */
	g_autofree char *copy = g_memdup2(head.p, head.n);
	struct str own = {copy, head.n};
	arena_init(&arena);
	assert_true(sniff_magic(&arena, own, &patient, &got));
	if (!str_eq(got, want))
		fail_msg("%s, %zu bytes: %.*s, with all tests %.*s", name,
			 head.n, STR_ARG(got), STR_ARG(want));
	/* whoever goes on says the same as who begins anew */
	if (!sniff_magic(&arena, own, &look, &quick)) {
		look.patient = true;
		assert_non_null(look.begun);
		assert_true(sniff_magic(&arena, own, &look, &quick));
	}
	assert_str(quick, want);
	arena_release(&arena);
}

static void contents_have_their_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++) {
		struct arena arena;
		struct str got;
		struct sniff_look look = {.patient = true};
		arena_init(&arena);
		assert_true(sniff_magic(&arena, contents[i].head, &look, &got));
		if (contents[i].type && !str_eq(got, str_of(contents[i].type)))
			fail_msg("row %zu: %.*s", i, STR_ARG(got));
		arena_release(&arena);
	}
}

static void few_tests_say_what_all_say(void **state)
{
	(void)state;
	g_autofree char *noise = g_malloc(HEAD), *zeros = g_malloc0(HEAD);
	uint32_t seed = 1;
	for (size_t i = 0; i < HEAD; i++) {
		seed = seed * 1103515245 + 12345;
		noise[i] = (char)(seed >> 16);
	}
	assert_same("noise", (struct str){noise, HEAD});
	assert_same("zeros", (struct str){zeros, HEAD});
	for (size_t n = 1; n < 200; n += 3)
		assert_same("noise", (struct str){noise + n * 16, n});
	for (size_t i = 0; i < COUNT(contents); i++)
		assert_same("a row", contents[i].head);
}

/* Cut, shifted, and with a byte changed, they are half of something. */
static void few_tests_say_what_all_say_of_what_is_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(contents); i++) {
		struct str head = contents[i].head;
		g_autofree char *copy = g_memdup2(head.p, head.n);
		for (size_t n = 1; n < head.n; n += 5)
			assert_same("cut", str_sub(head, 0, n));
		for (size_t n = 1; n < head.n; n += 7)
			assert_same("shifted", str_skip(head, n));
		for (size_t at = 0; at < head.n; at += 6) {
			copy[at] = (char)(copy[at] ^ 0x20);
			assert_same("changed", (struct str){copy, head.n});
			copy[at] = (char)(copy[at] ^ 0x21);
			assert_same("changed", (struct str){copy, head.n});
			copy[at] = head.p[at];
		}
	}
}

#define FILES_MAX 300
#define FILES_A_FOLDER 4

static unsigned files, in_folder;

static int try_file(const char *path, const struct stat *info, int kind,
		    struct FTW *walk)
{
	char head[HEAD];
	(void)walk;
	if (kind == FTW_D)
		in_folder = 0;
	if (kind != FTW_F || !S_ISREG(info->st_mode) ||
	    ++in_folder > FILES_A_FOLDER)
		return 0;
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size_t n = fread(head, 1, sizeof(head), file);
	fclose(file);
	assert_same(path, (struct str){head, n});
	assert_same(path, (struct str){head, n / 3});
	assert_same(path, (struct str){head + n / 2, n - n / 2});
	return ++files % FILES_MAX == 0;
}

static void few_tests_say_what_all_say_of_real_files(void **state)
{
	(void)state;
	static const char *const places[] = {
		"/usr/bin", "/usr/share", "/usr/lib", "/etc", "/usr/include"};
	for (size_t i = 0; i < COUNT(places); i++)
		nftw(places[i], try_file, 16, FTW_PHYS);
	print_message("%u files\n", files);
}

/* What is known of the table's format is true of this one, or nothing is. */
static void table_is_understood_or_taken_as_a_whole(void **state)
{
	(void)state;
	struct magic_table table;
	struct err err;
	assert_int_equal(magic_table_open(&table, &err), 0);
	assert_true(table.size > 0);
	for (uint32_t i = 0; table.records && i < table.n_names; i++) {
		const struct magic_record *record = &table.records[table.n + i];
		if (record->level == 0)
			assert_int_equal(record->type, MAGIC_NAME);
	}
	magic_table_close(&table);
}

static void expressions_need_texts(void **state)
{
	(void)state;
	/* alternatives with '|' between them; ^ and ~: at, or behind blanks
	 * at, a line's start; # for a digit */
	static const struct {
		const char *expression, *texts;
	} rows[] = {
		{"", ""},
		{"abc", "abc"},
		{"^abc", "^abc"},
		{"a.bcd", "bcd"},
		{"ab+c", "a"},
		{"abc?de", "ab"},
		{"abc*", "ab"},
		{"a*", ""},
		{"(abc)?", ""},
		{"(abc)+d", "abc"},
		{"abc|de", "abc|de"},
		{"abc|d*", ""},
		{"x(abc|de)y", "abc|de"},
		{"^(abc|de)", "^abc|^de"},
		{"^ *abc", "abc"},
		{"^[[:space:]]*abc", "~abc"},
		{"^[ \t]{0,50}\\.text", "~.text"},
		{"[[:space:]]abc", "abc"},
		{"^%?[ \t]*SiSU", "SiSU"},
		{"\\(defn-?[[:space:]]", "(defn"},
		{"\\bword\\b", "word"},
		{"[]abc]x", "x"},
		{"[^]abc]x", "x"},
		{"[[:alpha:]]x[[.a.]]", "x"},
		{"P[0-9][0-9]\\.[0-9]", "P##.#"},
		{"P[0-9]+x", "P"},
		{"(\t[^\t]+){11}", "\t"},
		{"a{0,3}bc", "bc"},
		{"(((((((((((a)))))))))))", ""},
		{"a|b|c|d|e|f|g|h|i", ""},
		{"(abc", "abc"},
		{"abc)", ""},
		{"[abc", ""},
		{"abc\\", "abc"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct literals got;
		g_autoptr(GString) text = g_string_new(NULL);
		literals_of(&got, str_of(rows[i].expression));
		for (unsigned j = 0; j < got.n; j++) {
			static const char *const places[] = {"", "^", "~"};
			g_string_append_printf(text, "%s%s%.*s", j ? "|" : "",
					       places[got.of[j].place],
					       got.of[j].n, got.of[j].text);
		}
		g_string_replace(text, "\1", "#", 0);
		if (strcmp(text->str, rows[i].texts) != 0)
			fail_msg("%s: %s", rows[i].expression, text->str);
	}
}

static void single_bytes_are_counted_by_the_line(void **state)
{
	(void)state;
	struct literals got;
	literals_of(&got, STR("^[!-~]{1,255}(\t[^\t]+){11}"));
	assert_int_equal(got.n, 1);
	assert_int_equal(got.of[0].times, 11);
	/* it may go over several lines */
	literals_of(&got, STR("(\t[[:space:]]+){11}"));
	assert_int_equal(got.of[0].times, 1);
}

/* Others in the same place, as a body that was decoded meanwhile. */
static void other_bytes_are_looked_at_anew(void **state)
{
	(void)state;
	char bytes[] = "#include <a.h>\nstruct b {\n\tchar *c;\n};\n";
	const struct str head = {bytes, sizeof(bytes) - 1};
	struct sniff_look look = {0};
	struct arena arena;
	struct str got;
	arena_init(&arena);
	assert_false(sniff_magic(&arena, head, &look, &got));
	look.patient = true;
	assert_true(sniff_magic(&arena, head, &look, &got));
	assert_str(got, STR("text/x-c"));
	memset(bytes, 'w', head.n);
	assert_true(sniff_magic(&arena, head, &look, &got));
	assert_str(got, STR("text/plain"));
	arena_release(&arena);
}

static void *ask_in_a_thread(void *user)
{
	(void)user;
	struct arena arena;
	struct str got;
	bool same = true;
	for (unsigned i = 0; i < 20; i++) {
		struct sniff_look look = {.patient = true};
		arena_init(&arena);
		(void)sniff_magic(&arena, STR("#!/bin/sh\necho\n"), &look,
				  &got);
		same = same && str_eq(got, STR("text/x-shellscript"));
		arena_release(&arena);
	}
	return GINT_TO_POINTER(same);
}

static void any_thread_may_ask(void **state)
{
	(void)state;
	GThread *threads[4];
	for (size_t i = 0; i < COUNT(threads); i++)
		threads[i] = g_thread_new("magic", ask_in_a_thread, NULL);
	for (size_t i = 0; i < COUNT(threads); i++)
		assert_true(GPOINTER_TO_INT(g_thread_join(threads[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contents_have_their_types),
		cmocka_unit_test(few_tests_say_what_all_say),
		cmocka_unit_test(few_tests_say_what_all_say_of_what_is_damaged),
		cmocka_unit_test(few_tests_say_what_all_say_of_real_files),
		cmocka_unit_test(other_bytes_are_looked_at_anew),
		cmocka_unit_test(table_is_understood_or_taken_as_a_whole),
		cmocka_unit_test(expressions_need_texts),
		cmocka_unit_test(single_bytes_are_counted_by_the_line),
		cmocka_unit_test(any_thread_may_ask),
	};
	return cmocka_run_group_tests_name("magic", tests, begin, end);
}
