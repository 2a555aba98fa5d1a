/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that stand for numbers: src/api/imagekit/values/literals.h.
 */
#include "api/imagekit/values/literals.h"
#include "unit.h"

static void numbers_are_decimal_and_finite(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		double value;
	} rows[] = {
		{"0", true, 0},         {"-0", true, 0},
		{"5", true, 5},         {"-5", true, -5},
		{"007", true, 7},       {"0.25", true, 0.25},
		{"1e3", true, 1000},    {"1E+3", true, 1000},
		{"25e-2", true, 0.25},  {"-1.5e1", true, -15},
		{"", false, 0},         {"-", false, 0},
		{"+5", false, 0},       {".5", false, 0},
		{"5.", false, 0},       {"1.2.3", false, 0},
		{"1e", false, 0},       {"1e+", false, 0},
		{"e1", false, 0},       {"1e5.0", false, 0},
		{"--5", false, 0},      {"0x10", false, 0},
		{"0b1", false, 0},      {"inf", false, 0},
		{"-inf", false, 0},     {"infinity", false, 0},
		{"nan", false, 0},      {"1e999", false, 0},
		{"-1e999", false, 0},   {" 5", false, 0},
		{"5 ", false, 0},       {"5kb", false, 0},
		{"1_000", false, 0},    {"1,5", false, 0},
		{"\xd9\xa5", false, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		double value = 0;
		bool ok = imagekit_literal_number(str_of(rows[i].text), &value);
		if (ok != rows[i].ok || (ok && value != rows[i].value))
			fail_msg("%s: %d, %g", rows[i].text, ok, value);
	}
	assert_false(
		imagekit_literal_number((struct str){"5\0", 2}, &(double){0}));
	assert_false(imagekit_literal_number(STR_NONE, &(double){0}));
}

static void numbers_have_a_length(void **state)
{
	(void)state;
	char digits[66] = "";
	double value;
	memset(digits, '1', 64);
	assert_true(imagekit_literal_number(str_of(digits), &value));
	digits[64] = '1';
	assert_false(imagekit_literal_number(str_of(digits), &value));
}

static void sizes_are_numbers_with_a_unit(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool ok;
		double value;
	} rows[] = {
		{"500", true, 500},   {"1kb", true, 1024},
		{"1 KB", true, 1024}, {" 1.5mb ", true, 1.5 * 1024 * 1024},
		{"2b", true, 2},      {"0gb", true, 0},
		{"kb", false, 0},     {"", false, 0},
		{"-1kb", false, 0},   {"1.2.3kb", false, 0},
		{"1.kb", false, 0},   {"0x10", false, 0},
		{"1pb", false, 0},    {"1kb2", false, 0},
		{"inf", false, 0},    {"1e3kb", false, 0},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		double value = 0;
		bool ok = imagekit_literal_size(str_of(rows[i].text), &value);
		if (ok != rows[i].ok || (ok && value != rows[i].value))
			fail_msg("%s: %d, %g", rows[i].text, ok, value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_decimal_and_finite),
		cmocka_unit_test(numbers_have_a_length),
		cmocka_unit_test(sizes_are_numbers_with_a_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
