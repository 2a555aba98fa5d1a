/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libmagic as it is asked: what it says of some contents, and that it says the
 * same with the few tests that are picked as with its whole table.
 */
#include "ingest/magic/magic_compare.h"
#include "ingest/magic/magic_literal.h"
#include "ingest/magic/magic_table.h"
#include "ingest/sniff.h"
#include "unit.h"

#include <ftw.h>
#include <glib.h>
#include <inttypes.h>
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
	{STR("{\"a\": \"}\", \"b\\\"]\": [\"\\\\\"]}"), "application/json"},
	{STR("[{\"a\": \"}]\", \"b\": \"\\\"}]"), "text/plain"},
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
	/* libmagic looks at one place more than its table says */
	{STR("xdiff a b\n"), "text/x-diff"},
	{STR("xxdiff a b\n"), "text/plain"},
	/* zeros behind a text are passed over, but of an even number none that
	 * leaves an odd one */
	{STR("#include <stdio.h>\nint a;\n\0"), NULL},
	{STR("#include <stdio.h>\nint ab;\n\0"), NULL},
	{STR("#include <stdio.h>\nint a;\n\0\0\0"), NULL},
	{STR("<html>\n\0\0"), NULL},
	{STR("\xef\xbb\xbf"), NULL},
	{STR("\xef\xbb\xbf#include <a.h>\nint caf\xc3\xa9;\n"), "text/x-c"},
	{STR("#include <a.h>\nint caf\xc3\xa9;\n\xc3"), "text/x-c"},
	{STR("#include <a.h>\nint caf\xe9;\n"), "text/x-c"},
	{STR("#include <a.h>\nint caf\x93\x94;\n"), "text/x-c"},
	{STR("#include <a.h>\nint caf\xc0\x80;\n"), NULL},
	{STR("#include <a.h>\nint caf\xed\xa0\x80;\n"), NULL},
	{STR("\xff\xfe#\0i\0n\0" "c\0l\0u\0" "d\0" "e\0 \0<\0" "a\0>\0\n\0"), NULL},
	{STR("\xfe\xff\0#\0i\0n\0" "c\0l\0u\0" "d\0" "e\0 \0<\0" "a\0>\0\n"), NULL},
	{STR("\xff\xfe\0\0#\0\0\0\n\0\0\0"), NULL},
	{STR("\xff\xfe#\0\x3d\xd8\0\xde\n\0"), NULL},
	{STR("+/v8-#include <a.h>\n"), NULL},
	{STR("\x7b\x89\x95\x83\x93\xa4\x84\x85\x40\x4c\x81\x6e\x25"), NULL},
	{STR("#!/bin/shell\nfor a word that only begins so\n"), NULL},
	{STR("import os\nwhen the process is\n"), NULL},
	{STR("P2\n2 2\n255\n0 1\n2 3\n"), "image/x-portable-graymap"},
	{STR("public class A {}\n"), NULL},
	{STR("\"a,b\",c\n\"d,e\",f\n"), NULL},
	{STR("\"a\nb,c\nd\ne,f\n"), NULL},
	{STR("[section]\nkey = value\n"), "text/plain"},
	{STR("[1, 2]\n"), "application/json"},
	{STR("12\n"), NULL},
	{STR("--- \n"), NULL},
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

/* clang-format off */
/* A beginning, and what goes on to the end. */
static const struct {
	const char *head, *line;
} kinds[] = {
	{"", "as every word of it is one that many others have, too\n"},
	{"", "\n"},
	{"#!/bin/sh\nset -e\n", "if [ -n \"$a\" ]; then\n\techo \"$b\"\nfi\n"},
	{"#! /usr/bin/env bash\n", "for f in *; do rm -f \"$f\"; done\n"},
	{"#!/usr/bin/python3\nimport os\n", "def f(a, b):\n    return a\n"},
	{"import os\nimport sys\n", "x = os.path.join(\"a\", sys.argv[1])\n"},
	{"from os import path\n", "class A(object):\n    pass\n"},
	{"#!/usr/bin/perl -w\n", "my $a = shift;\nprint \"$a\\n\";\n"},
	{"package A::B;\nuse strict;\n", "sub a { my ($b) = @_; }\n"},
	{"/* a */\n", "static int f(char *a)\n{\n\treturn *a;\n}\n"},
	{"#ifndef A\n#define A\n", "struct a {\n\tdouble b;\n};\n"},
	{"#include <vector>\n", "class A {\npublic:\n\tvirtual ~A();\n};\n"},
	{"package a;\nimport b.C;\n", "public class A { private int b; }\n"},
	{"'use strict';\n", "const a = require('b');\n"},
	{"import a from './a.js';\n", "export function a(b) {}\n"},
	{"require 'set'\n\nclass Foo\n", "  def a(b)\n    b\n  end\n"},
	{"<?php\n", "function a($b) { return \"c\"; }\n"},
	{"@echo off\r\n", "set a=b\r\nif exist a goto b\r\n"},
	{"<?xml version=\"1.0\"?>\n<a>\n", "<b c=\"d\">e</b>\n"},
	{"<list xmlns=\"urn:a\">\n", "<b c=\"d\">e</b>\n"},
	{"<!DOCTYPE html>\n<html>\n", "<p class=\"a\">b <a href=\"c\">d</a></p>\n"},
	{"<div>\n", "<p>b</p>\n"},
	{"<!-- a -->\n", "<g/>\n"},
	{"{\"a\": [\n", "{\"b\": 1, \"c\": null},\n"},
	{"", "{\"a\": \"b\", \"c\": 1}\n"},
	{"[", "{\"a\": \"b]}\", \"c\\\"\": [1, 2.5]}, "},
	{"{\"a\": [1]}\n", "{\"b\": [2, {}]}\n"},
	{"a,b,c\n", "1,2,3\n"},
	{"a,b,c\n", "1,2\n"},
	{"a;b;c\n", "1;2;3\n"},
	{"", "a\tb\tc\td\te\tf\tg\th\ti\tj\tk\tl\n"},
	{"", "r001\t99\tref\t7\t30\t8M\t=\t37\t39\tTTAG\t*\tx\n"},
	{"From: a@b\nSubject: c\n\n", "some words of a mail\n"},
	{"Received: from a by b\n\n", "some words of a mail\n"},
	{".\\\" a page\n.TH A 1\n", ".TP\n.B a\nwords of it\n"},
	{"--- a/x\n+++ b/x\n", "@@ -1 +1 @@\n-a\n+b\n"},
	{"diff --git a/x b/x\n", "@@ -1 +1 @@\n-a\n+b\n"},
	{"\\documentclass{article}\n", "words of it\n"},
	{"", "@article{a,\n  title = {b}\n}\n"},
	{"CC = gcc\nCFLAGS = -O2\n", "a: b.o\n\t$(CC) -o $@ $^\n"},
	{"; words\n", "[section]\nkey = value\n"},
	{"---\n", "a:\n  - b: \"c\"\n"},
	{"Title\n=====\n\n", "words\n\n.. note:: words\n"},
	{"", "2024-01-01T00:00:00 host app[1]: words\n"},
	{"1\n00:00:01,000 --> 00:00:04,000\n", "words\n"},
	{"\t.file \"a.c\"\n\t.text\n", "\tmovq\t%rax, 8(%rbx)\n"},
	{";;; words\n", "(defun a (b)\n  (setq c b))\n"},
	{"msgid \"\"\nmsgstr \"\"\n", "#: a.c:1\nmsgid \"a\"\nmsgstr \"b\"\n"},
	{"BEGIN:VCALENDAR\n", "BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\n"},
	{"-----BEGIN CERTIFICATE-----\n", "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0B\n"},
	/* what makes some expressions try over and over */
	{"float char double class virtual template private: #include\n", "\n"},
	{"class ", " "},
	{"", "class a {\n"},
	{"", "(;"},
	{"", "typeof "},
	{"", "module.exports "},
	{"#define ", "a"},
	{"", "a\t"},
	{"", "char *a=b;"},
	{"", ": a ( -- "},
	{"", "<"},
	{"#!", " "},
};
/* clang-format on */

/* A text of a kind, HEAD bytes. */
static char *text_of_kind(size_t i)
{
	GString *text = g_string_new(kinds[i].head);
	while (text->len < HEAD)
		g_string_append(text, kinds[i].line);
	return g_string_free(text, FALSE);
}

/* The same in UTF-16 with the big end first, which many tests of numbers are
 * near to. */
static void assert_same_wide(const char *name, const char *text)
{
	char wide[HEAD] = "\xfe\xff";
	for (size_t i = 2; i < HEAD; i += 2) {
		wide[i] = '\0';
		wide[i + 1] = text[i / 2 - 1];
	}
	assert_same(name, (struct str){wide, HEAD});
}

static void few_tests_say_what_all_say_of_kinds_of_texts(void **state)
{
	(void)state;
	uint32_t seed = 1;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		g_autofree char *text = text_of_kind(i);
		assert_same(kinds[i].head, (struct str){text, HEAD});
		assert_same_wide(kinds[i].head, text);
		for (unsigned times = 0; times < 12; times++) {
			seed = seed * 1103515245 + 12345;
			unsigned at = (seed >> 8) % 64;
			char was = text[at];
			text[at] = "\n \t#<{\"'*@%.-/\\\xe9"[seed >> 20 & 15];
			assert_same("changed", (struct str){text, 500});
			text[at] = was;
		}
	}
}

#define FILES_MAX 300
#define FILES_A_FOLDER 4

static unsigned files, in_folder, files_max = FILES_MAX,
				  files_a_folder = FILES_A_FOLDER;

static int try_file(const char *path, const struct stat *info, int kind,
		    struct FTW *walk)
{
	char head[HEAD];
	(void)walk;
	if (kind == FTW_D)
		in_folder = 0;
	if (kind != FTW_F || !S_ISREG(info->st_mode) ||
	    ++in_folder > files_a_folder)
		return 0;
	FILE *file = fopen(path, "rb");
	if (file == NULL)
		return 0;
	size_t n = fread(head, 1, sizeof(head), file);
	fclose(file);
	assert_same(path, (struct str){head, n});
	assert_same(path, (struct str){head, n / 3});
	assert_same(path, (struct str){head + n / 2, n - n / 2});
	return ++files % files_max == 0;
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

static void few_tests_say_what_all_say_of_thousands_of_files(void **state)
{
	(void)state;
	takes_long();
	files = 0;
	files_max = 6000;
	files_a_folder = 12;
	nftw("/usr", try_file, 16, FTW_PHYS);
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

/* libmagic's word on a number at the start of the bytes. */
static bool matches(struct magic_record image[2], struct str bytes)
{
	void *images[] = {image};
	size_t size = 2 * sizeof(*image);
	magic_t handle = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_JSON |
				    MAGIC_NO_CHECK_CSV);
	magic_image_begin(&image[0], 1, 0);
	assert_int_equal(magic_load_buffers(handle, images, &size, 1), 0);
	const char *type = magic_buffer(handle, bytes.p, bytes.n);
	bool is_found = type && strcmp(type, "a/number") == 0;
	magic_close(handle);
	return is_found;
}

static void numbers_are_masked_as_libmagic_does(void **state)
{
	static const struct {
		uint8_t type, n;
	} types[] = {{MAGIC_BYTE, 1},   {MAGIC_BESHORT, 2}, {MAGIC_LESHORT, 2},
		     {MAGIC_BELONG, 4}, {MAGIC_LELONG, 4},  {MAGIC_BEQUAD, 8},
		     {MAGIC_LEQUAD, 8}};
	static const char relations[] = "=!<>&";
	uint32_t seed = 1;
	unsigned no = 0;
	(void)state;
	for (unsigned i = 0; i < 5000; i++) {
		char bytes[16];
		struct magic_record image[2] = {
			[1] = {
				.flags = MAGIC_BINARY_TEST,
				.mime = "a/number",
			}};
		struct magic_record *record = &image[1];
		for (size_t k = 0; k < sizeof(bytes); k++) {
			seed = seed * 1103515245 + 12345;
			bytes[k] =
				"\0\1\x7e\x7f\x80\x82\xfe\xff"[seed >> 20 & 7];
		}
		record->type = types[(seed >> 8) % COUNT(types)].type;
		record->relation = (uint8_t)relations[(seed >> 12) % 5];
		record->mask_op = (uint8_t)((seed >> 16) % (MAGIC_TIMES + 1));
		if (seed >> 30 & 1)
			record->flags |= MAGIC_UNSIGNED;
		uint64_t value = 0;
		unsigned n = types[(seed >> 8) % COUNT(types)].n;
		for (unsigned k = 0; k < n; k++) {
			record->mask =
				record->mask << 8 | (uint8_t)bytes[8 + k];
			value = value << 8 | (uint8_t)bytes[15 - k];
		}
		/* as it is compiled */
		unsigned shift = 64 - 8 * n;
		record->value.number =
			record->flags & MAGIC_UNSIGNED
				? value
				: (uint64_t)((int64_t)(value << shift) >>
					     shift);
		struct str head = {bytes, 8};
		bool may = magic_may_match(record, head);
		no += !may;
		if (may != matches(image, head))
			fail_msg("type %u, %c, mask %d of %" PRIx64
				 ", value %" PRIx64 ", flags %x: %d",
				 record->type, record->relation,
				 record->mask_op, record->mask,
				 record->value.number, record->flags, may);
	}
	assert_true(no > 1000);
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
	/* what is left to libmagic, with expressions */
	char bytes[] = "P2\n2 2\n255\n0 1\n2 3\n";
	const struct str head = {bytes, sizeof(bytes) - 1};
	struct sniff_look look = {0};
	struct arena arena;
	struct str got;
	arena_init(&arena);
	assert_false(sniff_magic(&arena, head, &look, &got));
	look.patient = true;
	assert_true(sniff_magic(&arena, head, &look, &got));
	assert_str(got, STR("image/x-portable-graymap"));
	memset(bytes, 'w', head.n);
	assert_true(sniff_magic(&arena, head, &look, &got));
	assert_str(got, STR("text/plain"));
	arena_release(&arena);
}

/* A text that seems to match more than there is time for on a loop. */
static void who_has_no_time_leaves_many_tests(void **state)
{
	(void)state;
	struct magic_table table;
	struct sniff_look look = {0};
	struct arena arena;
	struct err err;
	struct str got;
	g_autoptr(GString) words = g_string_new(NULL);
	assert_int_equal(magic_table_open(&table, &err), 0);
	for (uint32_t i = 0; table.records && i < table.n; i++) {
		const struct magic_record *record = &table.records[i];
		if (record->type == MAGIC_SEARCH &&
		    record->flags & MAGIC_TEXT_TEST && !record->mime[0])
			g_string_append_len(words, record->value.text,
					    record->length);
	}
	arena_init(&arena);
	struct str head = {words->str, MIN(words->len, HEAD)};
	bool quick = sniff_magic(&arena, head, &look, &got);
	assert_true(table.records == NULL || !quick || got.n);
	assert_same("all words", head);
	arena_release(&arena);
	magic_table_close(&table);
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
		cmocka_unit_test(few_tests_say_what_all_say_of_kinds_of_texts),
		cmocka_unit_test(
			few_tests_say_what_all_say_of_thousands_of_files),
		cmocka_unit_test(other_bytes_are_looked_at_anew),
		cmocka_unit_test(who_has_no_time_leaves_many_tests),
		cmocka_unit_test(table_is_understood_or_taken_as_a_whole),
		cmocka_unit_test(numbers_are_masked_as_libmagic_does),
		cmocka_unit_test(expressions_need_texts),
		cmocka_unit_test(single_bytes_are_counted_by_the_line),
		cmocka_unit_test(any_thread_may_ask),
	};
	return cmocka_run_group_tests_name("magic", tests, begin, end);
}
