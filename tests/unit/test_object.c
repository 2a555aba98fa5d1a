/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON objects as the parts of a form: src/ingest/object.h.
 */
#include "ingest/object.h"
#include "unit.h"

#include <glib.h>

#include "base/str.h"

static int on_begin(void *user, const struct multipart_part *part,
		    struct err *err)
{
	GString *log = user;
	(void)err;
	assert_null(part->filename.p);
	assert_null(part->content_type.p);
	g_string_append_printf(log, "%u ", part->index);
	g_string_append_len(log, part->name.p, (gssize)part->name.n);
	g_string_append_c(log, '=');
	return 0;
}

static int on_data(void *user, const struct multipart_part *part, const char *p,
		   size_t n, struct err *err)
{
	(void)part;
	(void)err;
	assert_true(n > 0);
	g_string_append_len(user, p, (gssize)n);
	return 0;
}

static int on_end(void *user, const struct multipart_part *part,
		  struct err *err)
{
	(void)part;
	(void)err;
	g_string_append_c(user, ';');
	return 0;
}

/* What came out of the body in two pieces; NULL when it was refused. */
static char *parts(struct str body, size_t cut)
{
	GString *log = g_string_new(NULL);
	const struct multipart_events events = {log, on_begin, on_data, on_end};
	struct arena arena;
	struct err err = {0};
	arena_init(&arena);
	struct object_parts *o = object_parts_new(&arena, &events);
	bool taken =
		object_parts_feed(o, body.p, cut, &err) == 0 &&
		object_parts_feed(o, body.p + cut, body.n - cut, &err) == 0 &&
		object_parts_end(o, &err) == 0;
	assert_int_equal(err.code, taken ? 0 : ERR_INVALID);
	arena_release(&arena);
	return g_string_free(log, !taken);
}

static void members_are_parts_wherever_the_body_is_cut(void **state)
{
	static const struct {
		const char *body, *parts;
	} cases[] = {
		{"{}", ""},
		{" \r\n\t{ } \n", ""},
		{"{\"a\":\"b\"}", "0 a=b;"},
		{"{ \"a\" : \"b\" , \"c\" : \"\" }", "0 a=b;1 c=;"},
		{"{\"a\":1,\"b\":true,\"c\":-0.5e+3}",
		 "0 a=1;1 b=true;2 c=-0.5e+3;"},
		{"{\"a\":null,\"b\":false}", "0 b=false;"},
		{"{\"a\":[]}", "0 a=;"},
		{"{\"a\":[\"b\",\"c d\",2,true]}", "0 a=b,c d,2,true;"},
		{"{\"a\":[null]}", "0 a=;"},
		{"{\"a\":{\"b\":[1,{}]},\"c\":1}", "0 a={\"b\":[1,{}]};1 c=1;"},
		{"{\"a\":[ {\"b\":\"]\\\"}\"}, 1 ]}",
		 "0 a=[{\"b\":\"]\\\"}\"}, 1 ];"},
		{"{\"a\":[[1],2]}", "0 a=[[1],2];"},
		{"{\"a\\u0062\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"}",
		 "0 ab=\"\\/\b\f\n\r\t;"},
		{"{\"a\":\"\\u00e9\\uD83D\\uDE00z\"}",
		 "0 a=\xc3\xa9\xf0\x9f\x98\x80z;"},
		{"{\"\":\"x\",\"\":\"y\"}", "0 =x;1 =y;"},
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		struct str body = str_of(cases[i].body);
		for (size_t cut = 0; cut <= body.n; cut++) {
			g_autofree char *got = parts(body, cut);
			assert_non_null(got);
			assert_string_equal(got, cases[i].parts);
		}
	}
}

static void what_is_no_object_is_refused(void **state)
{
	static const char *const bodies[] = {
		"",
		" ",
		"[]",
		"\"a\"",
		"1",
		"{",
		"{\"a\"",
		"{\"a\":",
		"{\"a\":}",
		"{\"a\":1",
		"{\"a\":1,}",
		"{,}",
		"{a:1}",
		"{}x",
		"{}{}",
		"{\"a\" 1}",
		"{\"a\":1 \"b\":2}",
		"{\"a\":\"b",
		"{\"a\":[}",
		"{\"a\":[1,]}",
		"{\"a\":[,1]}",
		"{\"a\":[1 2]}",
		"{\"a\":[1,{}]}",
		"{\"a\":nul}",
		"{\"a\":nan}",
		"{\"a\":+1}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12g4\"}",
		"{\"a\":\"\\u0000\"}",
		"{\"a\":\"\\ud83d\"}",
		"{\"a\":\"\\ud83dx\"}",
		"{\"a\":\"\\ud83d\\n\"}",
		"{\"a\":\"\\ude00\"}",
		"{\"a\":\"\\ud83d\\u0041\"}",
		"{\"a\":{\"b\":1}",
		"{\"\xff\":1}",
	};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
		struct str body = str_of(bodies[i]);
		for (size_t cut = 0; cut <= body.n; cut++) {
			g_autofree char *got = parts(body, cut);
			assert_null(got);
		}
	}
}

static void names_and_numbers_are_short(void **state)
{
	static const struct {
		const char *format;
		int longest;
	} cases[] = {{"{\"%*s\":1}", OBJECT_NAME_MAX},
		     {"{\"a\":1%*s}", OBJECT_LITERAL_MAX - 1}};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
		for (int more = 0; more < 2; more++) {
			int length = cases[i].longest + more;
			g_autofree char *digits =
				g_strnfill((gsize)length, '1');
			g_auto(GStrv) around =
				g_strsplit(cases[i].format, "%*s", 2);
			g_autofree char *body = g_strjoinv(digits, around);
			g_autofree char *got = parts(str_of(body), 0);
			assert_int_equal(got != NULL, more == 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(members_are_parts_wherever_the_body_is_cut),
		cmocka_unit_test(what_is_no_object_is_refused),
		cmocka_unit_test(names_and_numbers_are_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
