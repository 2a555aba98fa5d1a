/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pairs as the parts of a form: src/ingest/pairs.h.
 */
#include "ingest/pairs.h"
#include "unit.h"

#include <glib.h>

#include "base/str.h"

struct run {
	GString *log;
	struct pair_parts *pairs;
};

static int on_begin(void *user, const struct multipart_part *part,
		    struct err *err)
{
	struct run *run = user;
	(void)err;
	assert_null(part->filename.p);
	assert_null(part->content_type.p);
	if (str_eq(part->name, STR("file")))
		pair_parts_keep_plus(run->pairs);
	g_string_append_printf(run->log, "%u ", part->index);
	g_string_append_len(run->log, part->name.p, (gssize)part->name.n);
	g_string_append_c(run->log, '=');
	return 0;
}

static int on_data(void *user, const struct multipart_part *part, const char *p,
		   size_t n, struct err *err)
{
	struct run *run = user;
	(void)part;
	(void)err;
	assert_true(n > 0);
	g_string_append_len(run->log, p, (gssize)n);
	return 0;
}

static int on_end(void *user, const struct multipart_part *part,
		  struct err *err)
{
	struct run *run = user;
	(void)part;
	(void)err;
	g_string_append_c(run->log, ';');
	return 0;
}

/* What came out of the body in two pieces; NULL when it was refused. */
static char *parts(struct str body, size_t cut)
{
	struct run run = {.log = g_string_new(NULL)};
	const struct multipart_events events = {&run, on_begin, on_data,
						on_end};
	struct arena arena;
	struct err err = {0};
	arena_init(&arena);
	run.pairs = pair_parts_new(&arena, &events);
	bool taken = pair_parts_feed(run.pairs, body.p, cut, &err) == 0 &&
		     pair_parts_feed(run.pairs, body.p + cut, body.n - cut,
				     &err) == 0 &&
		     pair_parts_end(run.pairs, &err) == 0;
	assert_int_equal(err.code, taken ? 0 : ERR_INVALID);
	arena_release(&arena);
	return g_string_free(run.log, !taken);
}

static void pairs_are_parts_wherever_the_body_is_cut(void **state)
{
	static const struct {
		const char *body, *parts;
	} cases[] = {
		{"", ""},
		{"&", ""},
		{"a=b", "0 a=b;"},
		{"a=b&c=d&", "0 a=b;1 c=d;"},
		{"a=1&a=2&&a=", "0 a=1;1 a=2;2 a=;"},
		{"a&=b", "0 a=;1 =b;"},
		{"a=b=c", "0 a=b=c;"},
		{"a%5b%5D=b+c%20d", "0 a[]=b c d;"},
		{"a+b=%2B%26%3d", "0 a b=+&=;"},
		{"a=%c3%A9", "0 a=\xc3\xa9;"},
		{"a=%&b=%4&c=%zz&d=%%34&e=%4",
		 "0 a=%;1 b=%4;2 c=%zz;3 d=%4;4 e=%4;"},
		{"file=a+b%2B%20&x=+", "0 file=a+b+ ;1 x= ;"},
		{"a=\r\n", "0 a=\r\n;"},
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

static void names_are_short_texts(void **state)
{
	g_autofree char *most = g_strnfill(PAIR_NAME_MAX, 'x');
	g_autofree char *longer = g_strnfill(PAIR_NAME_MAX + 1, 'x');
	const char *const refused[] = {"%ff=1", "%ff", "a%00b=1", longer};
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(refused); i++)
		assert_null(parts(str_of(refused[i]), 0));
	g_autofree char *got = parts(str_of(most), 0);
	assert_non_null(got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_parts_wherever_the_body_is_cut),
		cmocka_unit_test(names_are_short_texts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
