/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked coding: src/http/syntax/chunked.h. Each body is decoded whole,
 * byte by byte and cut in two at every place.
 */
#include <glib.h>

#include "http/syntax/chunked.h"
#include "unit.h"

struct result {
	GString *data;
	bool failed, done;
	size_t used; /* bytes consumed, when not failed */
};

static void feed(struct http_chunked *c, struct str in, struct result *r)
{
	g_autofree char *exact = g_memdup2(in.n ? in.p : "", MAX(in.n, 1));
	size_t at = 0;
	while (at < in.n && !r->failed && !http_chunked_done(c)) {
		struct str data;
		ptrdiff_t n =
			http_chunked_step(c, exact + at, in.n - at, &data);
		assert_true(n <= (ptrdiff_t)(in.n - at));
		r->failed = n < 0;
		if (n < 0)
			return;
		assert_true(n > 0);
		assert_true(data.n <= (size_t)n);
		assert_true(data.n == 0 || data.p + data.n == exact + at + n);
		g_string_append_len(r->data, data.p, (gssize)data.n);
		at += (size_t)n;
	}
	r->used += at;
}

/* Decodes `in` in pieces that end at a, then after every `step` bytes. */
static struct result decode(struct str in, size_t a, size_t step)
{
	struct result r = {.data = g_string_new(NULL)};
	struct http_chunked c;
	http_chunked_init(&c);
	feed(&c, str_sub(in, 0, a), &r);
	for (size_t at = a; at < in.n; at += step)
		if (!r.failed && !http_chunked_done(&c))
			feed(&c, str_sub(in, at, MIN(in.n, at + step)), &r);
	r.done = http_chunked_done(&c);
	return r;
}

static void assert_same(struct result got, struct result want)
{
	assert_int_equal(got.failed, want.failed);
	assert_int_equal(got.done, want.done);
	if (!got.failed)
		assert_int_equal(got.used, want.used);
	assert_string_equal(got.data->str, want.data->str);
	g_string_free(got.data, TRUE);
}

/* The result of the whole, which every way of cutting must give. */
static struct result decode_every_way(struct str in)
{
	struct result want = decode(in, in.n, 1);
	for (size_t a = 0; a <= in.n; a++)
		assert_same(decode(in, a, MAX(in.n, 1)), want);
	assert_same(decode(in, 0, 1), want);
	return want;
}

static void good_framing_gives_the_body_and_stops_at_its_end(void **state)
{
	(void)state;
	static const struct {
		const char *in, *body, *rest;
	} rows[] = {
		{"0\r\n\r\n", "", ""},
		{"0\r\n\r\nGET", "", "GET"},
		{"5\r\nhello\r\n0\r\n\r\n", "hello", ""},
		{"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\nrest", "hello!", "rest"},
		{"a\r\n0123456789\r\n0\r\n\r\n", "0123456789", ""},
		{"A\r\n0123456789\r\n0\r\n\r\n", "0123456789", ""},
		{"00000000000000A\r\n0123456789\r\n00\r\n\r\n", "0123456789",
		 ""},
		{"2\r\n\r\n\r\n0\r\n\r\n", "\r\n", ""},
		{"3;a\r\nabc\r\n0;b=c\r\n\r\n", "abc", ""},
		{"3;a=\"x y\"\r\nabc\r\n0\r\n\r\n", "abc", ""},
		{"3 ;a\r\nabc\r\n0\t;\r\n\r\n", "abc", ""},
		{"3;\xc3\xa4\r\nabc\r\n0\r\n\r\n", "abc", ""},
		{"0\r\nA: b\r\n\r\nrest", "", "rest"},
		{"1\r\nx\r\n0\r\nA: b\r\nC-D:\r\nE:\tf \r\n\r\n", "x", ""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str in = str_of(rows[i].in);
		struct result r = decode_every_way(in);
		assert_true(r.done);
		assert_false(r.failed);
		assert_string_equal(r.data->str, rows[i].body);
		assert_str(str_skip(in, r.used), str_of(rows[i].rest));
		g_string_free(r.data, TRUE);
	}
}

static void broken_framing_is_refused(void **state)
{
	(void)state;
	static const struct str rows[] = {
		STR("\r\n"),
		STR("g\r\n"),
		STR("-1\r\n"),
		STR("+1\r\n"),
		STR(" 1\r\n"),
		STR("0x1\r\n"),
		STR(";a\r\n"),
		STR("1 \r\nx"),
		STR("1 2\r\n"),
		STR("1\nx\r\n0\r\n\r\n"),
		STR("1\r\r\nx"),
		STR("1\rx"),
		STR("1;a\nx\r\n0\r\n\r\n"),
		STR("1;a\rb\r\n"),
		STR("1;\0\r\n"),
		STR("1;\x7f\r\n"),
		STR("0000000000000001\r\n"),
		STR("ffffffffffffffff\r\n"),
		STR("10000000000000000\r\n"),
		STR("1\r\nxy\r\n"),
		STR("1\r\nx\n0\r\n\r\n"),
		STR("1\r\nx\rx"),
		STR("1\r\nx0\r\n\r\n"),
		STR("1\r\nx\r\n\r\n"),
		STR("0\r\n\n"),
		STR("0\r\n\rx"),
		STR("0\n\n"),
		STR("0\r\nA\r\n\r\n"),
		STR("0\r\n A: b\r\n\r\n"),
		STR("0\r\nA : b\r\n\r\n"),
		STR("0\r\n: b\r\n\r\n"),
		STR("0\r\nA: b\n\r\n"),
		STR("0\r\nA: b\rc\r\n\r\n"),
		STR("0\r\nA: b\r\n c\r\n\r\n"),
		STR("0\r\nA: \0\r\n\r\n"),
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct result r = decode_every_way(rows[i]);
		if (!r.failed)
			fail_msg("accepted: %s", rows[i].p);
		g_string_free(r.data, TRUE);
	}
}

static void cut_off_framing_is_neither_refused_nor_done(void **state)
{
	(void)state;
	struct str in = STR("3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n");
	for (size_t n = 0; n < in.n; n++) {
		struct result r = decode(str_sub(in, 0, n), n, 1);
		assert_false(r.failed || r.done);
		assert_int_equal(r.used, n);
		g_string_free(r.data, TRUE);
	}
}

static void failure_is_final(void **state)
{
	(void)state;
	struct http_chunked c;
	struct str data;
	http_chunked_init(&c);
	assert_int_equal(http_chunked_step(&c, "x", 1, &data), -1);
	assert_int_equal(http_chunked_step(&c, "0\r\n\r\n", 5, &data), -1);
	assert_int_equal(http_chunked_step(&c, "", 0, &data), -1);
	assert_false(http_chunked_done(&c));
}

static void data_is_handed_over_in_whole_runs_without_copying(void **state)
{
	(void)state;
	g_autofree char *x = g_strnfill(0x12345, 'x');
	g_autofree char *in = g_strdup_printf("12345\r\n%s\r\n0\r\n\r\n", x);
	struct http_chunked c;
	struct str data;
	http_chunked_init(&c);
	assert_int_equal(http_chunked_step(&c, in, strlen(in), &data),
			 7 + 0x12345);
	assert_ptr_equal(data.p, in + 7);
	assert_int_equal(data.n, 0x12345);
}

static bool accepts(const char *format, size_t fill)
{
	g_autofree char *x = g_strnfill(fill, 'x');
	g_autoptr(GString) in = g_string_new(format);
	g_string_replace(in, "@", x, 0);
	struct result r = decode((struct str){in->str, in->len}, in->len, 1);
	g_string_free(r.data, TRUE);
	return r.done;
}

static void extensions_and_trailers_have_ceilings(void **state)
{
	(void)state;
	assert_true(accepts("1;@\r\nx\r\n0\r\n\r\n", 4000));
	assert_false(accepts("1;@\r\nx\r\n0\r\n\r\n", 4100));
	/* over all chunks */
	assert_false(accepts("1;@\r\nx\r\n1;@\r\nx\r\n0\r\n\r\n", 2100));
	assert_true(accepts("0\r\nA: @\r\n\r\n", 8100));
	assert_false(accepts("0\r\nA: @\r\n\r\n", 8200));
	assert_false(accepts("0\r\nA: @\r\nB: @\r\n\r\n", 4100));
	assert_true(accepts("0;@\r\nA: @\r\n\r\n", 4000));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			good_framing_gives_the_body_and_stops_at_its_end),
		cmocka_unit_test(broken_framing_is_refused),
		cmocka_unit_test(cut_off_framing_is_neither_refused_nor_done),
		cmocka_unit_test(failure_is_final),
		cmocka_unit_test(
			data_is_handed_over_in_whole_runs_without_copying),
		cmocka_unit_test(extensions_and_trailers_have_ceilings),
	};
	return cmocka_run_group_tests_name("chunked", tests, NULL, NULL);
}
