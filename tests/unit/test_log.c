/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log: how entries look in each form. stderr is a file of the test's own.
 */
#include "base/date.h"
#include "base/log.h"
#include "base/log_format.h"
#include "base/retry.h"
#include "unit.h"

#include <glib.h>
#include <stdio.h>
#include <unistd.h>

static int kept = -1; /* the real stderr */

static void catch_in(int fd)
{
	kept = dup(STDERR_FILENO);
	assert_true(kept >= 0 && dup2(fd, STDERR_FILENO) >= 0);
}

static void give_back(void)
{
	dup2(kept, STDERR_FILENO);
	close(kept);
	kept = -1;
}

static int put_right(void **state)
{
	(void)state;
	if (kept >= 0)
		give_back();
	return 0;
}

/* All that is there, up to the end; g_string_free() it. */
static GString *read_all(int fd)
{
	char piece[4096];
	ssize_t n;
	GString *all = g_string_new(NULL);
	while ((n = RETRY_EINTR(read(fd, piece, sizeof(piece)))) > 0)
		g_string_append_len(all, piece, n);
	return all;
}

/* Forms */

static const struct log_field fields[] = {
	{"path", {"/a\"\xff\n", 5}, 0},
	{"status", STR_NONE, 404},
	{"lowest", STR_NONE, INT64_MIN},
	{"empty", {"", 0}, 0},
};

static struct str formatted(enum log_form form, struct str message, size_t n)
{
	static char out[LOG_ENTRY_MAX];
	const struct log_entry entry = {
		.level = LOG_WARN,
		.at_ms = 1700000000007,
		.message = message,
		.fields = fields,
		.n_fields = n,
	};
	return (struct str){out, log_format(form, &entry, out)};
}

static void each_form_has_what_it_is_to_have(void **state)
{
	(void)state;
	struct str message = STR("GET /x");
	assert_str(formatted(LOG_FORM_TEXT, message, COUNT(fields)),
		   STR("2023-11-14T22:13:20.007Z warn GET /x\n"));
	assert_str(formatted(LOG_FORM_JSON, message, COUNT(fields)),
		   STR("{\"time\":\"2023-11-14T22:13:20.007Z\","
		       "\"level\":\"warn\",\"message\":\"GET /x\","
		       "\"path\":\"/a\\\"\xef\xbf\xbd\\u000a\",\"status\":404,"
		       "\"lowest\":-9223372036854775808,\"empty\":\"\"}\n"));
}

static void text_cannot_break_out_of_its_entry(void **state)
{
	(void)state;
	static const struct {
		struct str text;
		const char *plain, *json;
	} rows[] = {
		{{"ok", 2}, "ok", "ok"},
		{{"a\nb\x1b\x7f", 5},
		 "a\\x0ab\\x1b\\x7f",
		 "a\\u000ab\\u001b\\u007f"},
		{{"say \"\\\"", 7}, "say \"\\\"", "say \\\"\\\\\\\""},
		{{"bad \xff", 5}, "bad \xef\xbf\xbd", "bad \xef\xbf\xbd"},
		{{"cut \xc3", 5}, "cut \xef\xbf\xbd", "cut \xef\xbf\xbd"},
		{{"nul \0.", 6}, "nul \xef\xbf\xbd.", "nul \xef\xbf\xbd."},
		{{"c1 \xc2\x9b ls \xe2\x80\xa8.", 13},
		 "c1 ? ls ?.",
		 "c1 ? ls ?."},
		{{"\xc3\xa9", 2}, "\xc3\xa9", "\xc3\xa9"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *plain =
			g_strconcat(" warn ", rows[i].plain, "\n", NULL);
		g_autofree char *json = g_strconcat(
			"\"message\":\"", rows[i].json, "\"}\n", NULL);
		assert_str(str_skip(formatted(LOG_FORM_TEXT, rows[i].text, 0),
				    ISO_DATE_MAX),
			   str_of(plain));
		assert_true(str_ends(formatted(LOG_FORM_JSON, rows[i].text, 0),
				     str_of(json)));
	}
}

/* What is too long is cut, and what ends an entry is there all the same. */
static void longest_entry_is_cut_not_overrun(void **state)
{
	(void)state;
	static const char *const units[] = {
		"a",  "\x01", "\xff",         "\xc3\xa9",
		"\"", "\x80", "\xe2\x82\xac", "\\"};
	enum {
		MANY = 20,
		LONG = 9000
	};
	for (size_t i = 0; i < COUNT(units); i++) {
		g_autoptr(GString) text = g_string_new(NULL);
		struct log_field many[MANY];
		while (text->len < LONG)
			g_string_append(text, units[i]);
		struct str all = {text->str, text->len};
		for (size_t f = 0; f < MANY; f++)
			many[f] = (struct log_field){"field", all, 0};
		const struct log_entry entry = {
			.message = all, .fields = many, .n_fields = MANY};
		for (unsigned form = 0; form <= LOG_FORM_JSON; form++) {
			char out[LOG_ENTRY_MAX];
			struct str got = {out, log_format(form, &entry, out)};
			assert_in_range(got.n, LOG_TEXT_MAX, LOG_ENTRY_MAX);
			assert_true(str_is_utf8(got));
			assert_true(str_ends(got, form == LOG_FORM_JSON
							  ? STR("\"}\n")
							  : STR("\n")));
		}
	}
}

static void without_a_thread_a_line_is_written_at_once(void **state)
{
	(void)state;
	FILE *caught = tmpfile();
	assert_non_null(caught);
	catch_in(fileno(caught));
	log_init(LOG_INFO, false);
	log_line(LOG_DEBUG, "not this");
	log_line(LOG_WARN, "%s", "but this");
	give_back();
	rewind(caught);
	g_autoptr(GString) got = read_all(fileno(caught));
	fclose(caught);
	assert_true(g_str_has_suffix(got->str, "Z warn but this\n"));
	assert_null(strstr(got->str, "not this"));
}

#define TEST(name) cmocka_unit_test_teardown(name, put_right)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(each_form_has_what_it_is_to_have),
		TEST(text_cannot_break_out_of_its_entry),
		TEST(longest_entry_is_cut_not_overrun),
		TEST(without_a_thread_a_line_is_written_at_once),
	};
	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
