/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Percent, form, hex, base64 and dates: src/base/encode.h.
 */
#include "base/date.h"
#include "base/encode.h"
#include "arena_fixture.h"

static void percent_and_form_decode_once_and_keep_bad_escapes(void **state)
{
	(void)state;
	static const struct {
		const char *in, *percent, *form;
	} rows[] = {
		{"", "", ""},
		{"a%20b", "a b", "a b"},
		{"a+b", "a+b", "a b"},
		{"%2B+", "++", "+ "},
		{"%2541", "%41", "%41"},
		{"%", "%", "%"},
		{"%4", "%4", "%4"},
		{"%zz", "%zz", "%zz"},
		{"%c3%BC", "\xc3\xbc", "\xc3\xbc"},
		{NULL, NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str in = str_of(rows[i].in);
		assert_str(percent_decode(&arena, in), str_of(rows[i].percent));
		assert_str(form_decode(&arena, in), str_of(rows[i].form));
	}
	assert_str(percent_decode(&arena, STR("a%00b")), STR("a\0b"));
}

static void percent_encode_keeps_only_unreserved(void **state)
{
	(void)state;
	static const struct {
		const char *in;
		bool keep_slash;
		const char *out;
	} rows[] = {
		{"", false, ""},
		{"aZ09-._~", false, "aZ09-._~"},
		{"a/b c", false, "a%2Fb%20c"},
		{"a/b c", true, "a/b%20c"},
		{"\xc3\xbc&=?#+%", true, "%C3%BC%26%3D%3F%23%2B%25"},
		{NULL, true, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(percent_encode(&arena, str_of(rows[i].in),
					  rows[i].keep_slash),
			   str_of(rows[i].out));
}

static void hex_is_lower_case_out_and_either_case_in(void **state)
{
	(void)state;
	uint8_t out[2];
	assert_str(hex_encode(&arena, "\x00\xaf", 2), STR("00af"));
	assert_true(hex_decode(STR("0aFf"), out, 2));
	assert_memory_equal(out, "\x0a\xff", 2);
	assert_false(hex_decode(STR("0aF"), out, 2));
	assert_false(hex_decode(STR("0aFf0"), out, 2));
	assert_false(hex_decode(STR("0aFg"), out, 2));
}

static void forms_give_their_pairs_in_order(void **state)
{
	(void)state;
	struct str rest = STR("&a=1&&b=x+y%21=z&c&=v&a=2&");
	static const char *const want[][2] = {
		{"a", "1"}, {"b", "x y!=z"}, {"c", ""}, {"", "v"}, {"a", "2"},
	};
	struct str name, value;
	for (size_t i = 0; i < COUNT(want); i++) {
		assert_true(form_next(&arena, &rest, &name, &value));
		assert_str(name, str_of(want[i][0]));
		assert_str(value, str_of(want[i][1]));
	}
	assert_false(form_next(&arena, &rest, &name, &value));
	rest = STR("");
	assert_false(form_next(&arena, &rest, &name, &value));
	rest = STR_NONE;
	assert_false(form_next(&arena, &rest, &name, &value));
}

static void form_get_gives_the_first_of_that_name(void **state)
{
	(void)state;
	static const struct {
		const char *form, *name, *value;
	} rows[] = {
		{"a=1&a=2", "a", "1"},
		{"ab=1&a=2", "a", "2"},
		{"a", "a", ""},
		{"a=1", "b", NULL},
		{"%61=%31", "a", "1"},
		{"", "a", NULL},
		{NULL, "a", NULL},
		{"a+b=1", "a b", "1"},
		{"a+b=1", "a+b", NULL},
		{"a%2Bb=1", "a+b", "1"},
		{"a%=1", "a%", "1"},
		{"%6=1&a=2", "a", "2"},
		{"a=1&%61=2", "a", "1"},
		{"%61=2&a=1", "a", "2"},
		{"b=a&a=b%20c+d%", "a", "b c d%"},
		{"=1&a=2", "a", "2"},
		{"=1", "", "1"},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(form_get(&arena, str_of(rows[i].form),
				    str_of(rows[i].name)),
			   str_of(rows[i].value));
}

static void form_get_all_gives_what_each_look_up_does(void **state)
{
	(void)state;
	static const char *const forms[] = {
		"a=1&b=2&c=3",
		"c=3&b=2&a=1",
		"a=1&a=2&b=3&b=4",
		"%61=1&a=2&b",
		"b&b=1&%62=2",
		"d=1&&=2&a",
		"",
		"&",
		NULL,
	};
	for (size_t i = 0; i < COUNT(forms); i++) {
		struct str form = str_of(forms[i]);
		struct form_field fields[] = {{STR("a"), STR("x")},
					      {STR("b"), STR("x")},
					      {STR(""), STR("x")},
					      {STR("a"), STR("x")}};
		form_get_all(&arena, form, fields, COUNT(fields));
		for (size_t j = 0; j < COUNT(fields); j++)
			assert_str(fields[j].value,
				   form_get(&arena, form, fields[j].name));
	}
}

static void base64_agrees_with_rfc_4648(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"", ""},
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xff\xfe", "+//+"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct str plain = str_of(rows[i][0]);
		assert_str(base64_encode(&arena, plain.p, plain.n),
			   str_of(rows[i][1]));
		assert_str(base64_decode(&arena, str_of(rows[i][1])), plain);
	}
}

static void base64_is_strict_about_all_but_blanks_and_padding(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"Zg", "f"},
		{"Zm8", "fo"},
		{"Zm9v\r\nYg", "foob"},
		{" Z g = = ", "f"},
		{"-__-", "\xfb\xff\xfe"},
		{"Zg=", NULL},
		{"Zg===", NULL},
		{"Zm8==", NULL},
		{"Zm9v=", NULL},
		{"=", NULL},
		{"Z", NULL},
		{"Z===", NULL},
		{"Zm9vY", NULL},
		{"Zg==Zg==", NULL},
		{"Zg==Zm9v", NULL},
		{"Zm9*", NULL},
		{"Zm9v\x80Zm9v", NULL},
		{NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(rows); i++)
		assert_str(base64_decode(&arena, str_of(rows[i][0])),
			   str_of(rows[i][1]));
}

static void base64_pieces_decode_as_the_whole_does(void **state)
{
	(void)state;
	uint8_t plain[300], out[300 + 3];
	for (size_t i = 0; i < sizeof(plain); i++)
		plain[i] = (uint8_t)(i * 7);
	for (size_t length = 297; length <= 300; length++) {
		struct str text = base64_encode(&arena, plain, length);
		for (size_t piece = 1; piece < 12; piece++) {
			struct base64_decoder d;
			size_t n = 0;
			base64_decode_init(&d);
			for (size_t i = 0; i < text.n; i += piece) {
				size_t take =
					piece < text.n - i ? piece : text.n - i;
				uint8_t step[12];
				ptrdiff_t got = base64_decode_step(
					&d, text.p + i, take, step);
				assert_in_range(got, 0, take / 4 * 3 + 3);
				memcpy(out + n, step, (size_t)got);
				n += (size_t)got;
			}
			assert_true(base64_decode_end(&d));
			assert_int_equal(n, length);
			assert_memory_equal(out, plain, length);
		}
	}
}

static void base64_stays_failed_after_a_bad_byte(void **state)
{
	(void)state;
	struct base64_decoder d;
	uint8_t out[8];
	base64_decode_init(&d);
	assert_int_equal(base64_decode_step(&d, "Zm*v", 4, out), -1);
	assert_true(d.failed);
	assert_int_equal(base64_decode_step(&d, "Zm9v", 4, out), -1);
	assert_false(base64_decode_end(&d));
}

static const struct {
	int64_t seconds;
	const char *http, *iso;
} date_rows[] = {
	{0, "Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z"},
	{784111777, "Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
	{951782399, "Mon, 28 Feb 2000 23:59:59 GMT", "2000-02-28T23:59:59Z"},
	{951782400, "Tue, 29 Feb 2000 00:00:00 GMT", "2000-02-29T00:00:00Z"},
	{951868800, "Wed, 01 Mar 2000 00:00:00 GMT", "2000-03-01T00:00:00Z"},
	{1705314600, "Mon, 15 Jan 2024 10:30:00 GMT", "2024-01-15T10:30:00Z"},
	{4107542399, "Sun, 28 Feb 2100 23:59:59 GMT", "2100-02-28T23:59:59Z"},
	{4107542400, "Mon, 01 Mar 2100 00:00:00 GMT", "2100-03-01T00:00:00Z"},
	{253402300799, "Fri, 31 Dec 9999 23:59:59 GMT", "9999-12-31T23:59:59Z"},
};

static void dates_are_written_and_read_back(void **state)
{
	(void)state;
	char text[HTTP_DATE_LEN + 1];
	int64_t back;
	for (size_t i = 0; i < COUNT(date_rows); i++) {
		http_date(date_rows[i].seconds, text);
		assert_string_equal(text, date_rows[i].http);
		assert_true(http_date_parse(str_of(text), &back));
		assert_int_equal(back, date_rows[i].seconds);
		assert_str(iso_date(&arena, date_rows[i].seconds * 1000, false),
			   str_of(date_rows[i].iso));
	}
	assert_str(iso_date(&arena, 1705314600007, true),
		   STR("2024-01-15T10:30:00.007Z"));
}

static void dates_outside_four_digit_years_are_held_at_the_ends(void **state)
{
	(void)state;
	char text[HTTP_DATE_LEN + 1];
	http_date(-1, text);
	assert_string_equal(text, "Thu, 01 Jan 1970 00:00:00 GMT");
	http_date(INT64_MAX, text);
	assert_string_equal(text, "Fri, 31 Dec 9999 23:59:59 GMT");
	assert_str(iso_date(&arena, INT64_MAX, false),
		   STR("9999-12-31T23:59:59Z"));
}

static void every_day_of_eight_centuries_survives_a_round_trip(void **state)
{
	(void)state;
	char text[HTTP_DATE_LEN + 1];
	int64_t back;
	for (int64_t day = 0; day < 292194; day++) {
		http_date(day * 86400 + 1, text);
		assert_true(http_date_parse(str_of(text), &back));
		assert_int_equal(back, day * 86400 + 1);
	}
}

static void all_three_http_date_forms_are_read(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		int64_t seconds;
	} rows[] = {
		{"Sunday, 06-Nov-94 08:49:37 GMT", true, 784111777},
		{"Sun Nov  6 08:49:37 1994", true, 784111777},
		{"Sun Nov 16 08:49:37 1994", true, 784975777},
		{"Sat, 31 Dec 2016 23:59:60 GMT", true, 1483228800},
		{"Sun, 06 Nov 1994 08:49:37 UTC", false, 0},
		{"Sun, 06 Nov 1994 08:49:37 GMT ", false, 0},
		{"Sun, 6 Nov 1994 08:49:37 GMT", false, 0},
		{"Sun, 06 nov 1994 08:49:37 GMT", false, 0},
		{"Xyz, 06 Nov 1994 08:49:37 GMT", false, 0},
		{"Sun, 31 Feb 1994 08:49:37 GMT", false, 0},
		{"Sun, 29 Feb 1900 08:49:37 GMT", false, 0},
		{"Sun, 00 Nov 1994 08:49:37 GMT", false, 0},
		{"Sun, 06 Nov 1994 24:49:37 GMT", false, 0},
		{"Sun, 06 Nov 1994 08:60:37 GMT", false, 0},
		{"Sun, 06 Nov 1994 08:49:61 GMT", false, 0},
		{"Sun, 06 Nov 1994 08:49", false, 0},
		{"", false, 0},
		{"0", false, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		int64_t seconds = 0;
		bool ok = http_date_parse(str_of(rows[i].text), &seconds);
		if (ok != rows[i].ok || (ok && seconds != rows[i].seconds))
			fail_msg("\"%s\" gave %d, %lld", rows[i].text, ok,
				 (long long)seconds);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ARENA(percent_and_form_decode_once_and_keep_bad_escapes),
		WITH_ARENA(percent_encode_keeps_only_unreserved),
		WITH_ARENA(hex_is_lower_case_out_and_either_case_in),
		WITH_ARENA(forms_give_their_pairs_in_order),
		WITH_ARENA(form_get_all_gives_what_each_look_up_does),
		WITH_ARENA(form_get_gives_the_first_of_that_name),
		WITH_ARENA(base64_agrees_with_rfc_4648),
		WITH_ARENA(base64_is_strict_about_all_but_blanks_and_padding),
		WITH_ARENA(base64_pieces_decode_as_the_whole_does),
		WITH_ARENA(base64_stays_failed_after_a_bad_byte),
		WITH_ARENA(dates_are_written_and_read_back),
		WITH_ARENA(dates_outside_four_digit_years_are_held_at_the_ends),
		WITH_ARENA(every_day_of_eight_centuries_survives_a_round_trip),
		WITH_ARENA(all_three_http_date_forms_are_read),
	};
	return cmocka_run_group_tests_name("encode", tests, NULL, NULL);
}
