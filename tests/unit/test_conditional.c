/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conditional and range requests: src/http/syntax/conditional.h.
 */
#include <glib.h>

#include "http/syntax/conditional.h"
#include "unit.h"

#define ETAG "\"abc\""
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define THEN "Sun, 06 Nov 1994 08:49:37 GMT" /* the modification time */
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"
#define MODIFIED 784111777
#define SIZE 1000

static struct http_head head;

/* The decision for a request with these field lines. */
static enum http_decision decide(const char *method, const char *fields,
				 uint64_t size, struct http_range *range)
{
	static char *text;
	size_t scanned = 0;
	enum http_fault fault;
	g_free(text);
	text = g_strdup_printf("%s / HTTP/1.1\r\nHost: h\r\n%s\r\n\r\n", method,
			       fields);
	assert_int_equal(http_head_parse(&head, str_of(text), &scanned, &fault),
			 strlen(text));
	const struct http_representation all = {STR(ETAG), MODIFIED, size};
	return http_decide(&head, &all, range);
}

struct row {
	const char *fields;
	enum http_decision decision;
};

static void assert_rows(const char *method, const struct row *rows, size_t n)
{
	struct http_range range;
	for (size_t i = 0; i < n; i++) {
		enum http_decision got =
			decide(method, rows[i].fields, SIZE, &range);
		if (got != rows[i].decision)
			fail_msg("%s: got %d, want %d", rows[i].fields, got,
				 rows[i].decision);
	}
}

static void preconditions_decide_alone(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"A: b", HTTP_SEND_ALL},
		/* strong comparison */
		{"If-Match: *", HTTP_SEND_ALL},
		{"If-Match: " ETAG, HTTP_SEND_ALL},
		{"If-Match: \"x\", " ETAG, HTTP_SEND_ALL},
		{"If-Match: \"x\"\r\nIf-Match: " ETAG, HTTP_SEND_ALL},
		{"If-Match: \"x\"", HTTP_PRECONDITION},
		{"If-Match: W/" ETAG, HTTP_PRECONDITION},
		{"If-Match: abc", HTTP_PRECONDITION},
		{"If-Match:", HTTP_PRECONDITION},
		{"If-Unmodified-Since: " BEFORE, HTTP_PRECONDITION},
		{"If-Unmodified-Since: " THEN, HTTP_SEND_ALL},
		{"If-Unmodified-Since: " AFTER, HTTP_SEND_ALL},
		{"If-Unmodified-Since: yesterday", HTTP_SEND_ALL},
		/* weak comparison */
		{"If-None-Match: *", HTTP_NOT_MODIFIED},
		{"If-None-Match: " ETAG, HTTP_NOT_MODIFIED},
		{"if-none-match: W/" ETAG, HTTP_NOT_MODIFIED},
		{"If-None-Match: \"x\" , ,W/\"y\",\t" ETAG, HTTP_NOT_MODIFIED},
		{"If-None-Match: \"a,b\"," ETAG, HTTP_NOT_MODIFIED},
		{"If-None-Match: \"x\"\r\nIf-None-Match: " ETAG,
		 HTTP_NOT_MODIFIED},
		{"If-None-Match: " ETAG "\r\nIf-None-Match: \"x\"",
		 HTTP_NOT_MODIFIED},
		{"If-None-Match: \"x\"", HTTP_SEND_ALL},
		{"If-None-Match: \"ABC\"", HTTP_SEND_ALL},
		{"If-None-Match: w/" ETAG, HTTP_SEND_ALL},
		{"If-None-Match: abc", HTTP_SEND_ALL},
		{"If-None-Match: \"abc", HTTP_SEND_ALL},
		{"If-None-Match:", HTTP_SEND_ALL},
		{"If-Modified-Since: " BEFORE, HTTP_SEND_ALL},
		{"If-Modified-Since: " THEN, HTTP_NOT_MODIFIED},
		{"If-Modified-Since: " AFTER, HTTP_NOT_MODIFIED},
		{"If-Modified-Since: yesterday", HTTP_SEND_ALL},
	};
	assert_rows("GET", rows, COUNT(rows));
	assert_rows("HEAD", rows, COUNT(rows));
}

static void preconditions_have_their_order(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"If-Match: " ETAG "\r\nIf-Unmodified-Since: " BEFORE,
		 HTTP_SEND_ALL},
		{"If-None-Match: " ETAG "\r\nIf-Match: \"x\"",
		 HTTP_PRECONDITION},
		{"If-Match: " ETAG "\r\nIf-None-Match: " ETAG,
		 HTTP_NOT_MODIFIED},
		{"If-None-Match: \"x\"\r\nIf-Modified-Since: " AFTER,
		 HTTP_SEND_ALL},
		{"If-None-Match: " ETAG "\r\nIf-Modified-Since: " BEFORE,
		 HTTP_NOT_MODIFIED},
		{"Range: bytes=0-1\r\nIf-None-Match: " ETAG, HTTP_NOT_MODIFIED},
		{"Range: bytes=5000-\r\nIf-Match: \"x\"", HTTP_PRECONDITION},
		{"Range: bytes=0-1\r\nIf-None-Match: \"x\"", HTTP_SEND_RANGE},
	};
	assert_rows("GET", rows, COUNT(rows));
}

static void one_range_is_cut_to_the_size(void **state)
{
	(void)state;
	static const struct {
		const char *value;
		uint64_t size, first, length;
	} rows[] = {
		{"bytes=0-0", SIZE, 0, 1},
		{"bytes=0-", SIZE, 0, SIZE},
		{"bytes=0-999", SIZE, 0, SIZE},
		{"bytes=10-19", SIZE, 10, 10},
		{"bytes=999-", SIZE, 999, 1},
		{"bytes=999-5000", SIZE, 999, 1},
		{"bytes=0-18446744073709551615", SIZE, 0, SIZE},
		{"bytes=0-99999999999999999999999", SIZE, 0, SIZE},
		{"bytes=-1", SIZE, 999, 1},
		{"bytes=-1000", SIZE, 0, SIZE},
		{"bytes=-5000", SIZE, 0, SIZE},
		{"bytes=-99999999999999999999999", SIZE, 0, SIZE},
		{"Bytes= 1-2 ", SIZE, 1, 2},
		{"bytes=18446744073709551614-", UINT64_MAX, UINT64_MAX - 1, 1},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_range range = {0};
		g_autofree char *fields =
			g_strconcat("Range: ", rows[i].value, NULL);
		assert_int_equal(decide("GET", fields, rows[i].size, &range),
				 HTTP_SEND_RANGE);
		assert_int_equal(range.first, rows[i].first);
		assert_int_equal(range.length, rows[i].length);
	}
}

static void ranges_beyond_the_end_are_unsatisfied(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Range: bytes=1000-", HTTP_RANGE_UNSATISFIED},
		{"Range: bytes=1000-2000", HTTP_RANGE_UNSATISFIED},
		{"Range: bytes=99999999999999999999999-",
		 HTTP_RANGE_UNSATISFIED},
		{"Range: bytes=-0", HTTP_RANGE_UNSATISFIED},
	};
	assert_rows("GET", rows, COUNT(rows));
}

static void ranges_that_cannot_be_answered_get_everything(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Range: bytes=5-4", HTTP_SEND_ALL},
		{"Range: bytes=0-1,3-4", HTTP_SEND_ALL},
		{"Range: bytes=0-1,", HTTP_SEND_ALL},
		{"Range: bytes=-", HTTP_SEND_ALL},
		{"Range: bytes=", HTTP_SEND_ALL},
		{"Range: bytes", HTTP_SEND_ALL},
		{"Range: bytes=1", HTTP_SEND_ALL},
		{"Range: bytes=a-b", HTTP_SEND_ALL},
		{"Range: bytes=1 -2", HTTP_SEND_ALL},
		{"Range: bytes=1- 2", HTTP_SEND_ALL},
		{"Range: bytes=+1-2", HTTP_SEND_ALL},
		{"Range: bytes=--1", HTTP_SEND_ALL},
		{"Range: bytes=1-2-3", HTTP_SEND_ALL},
		{"Range: items=0-1", HTTP_SEND_ALL},
		{"Range:", HTTP_SEND_ALL},
		{"Range: bytes=0-1\r\nRange: bytes=0-1", HTTP_SEND_ALL},
	};
	assert_rows("GET", rows, COUNT(rows));
}

static void empty_content_has_no_ranges(void **state)
{
	(void)state;
	struct http_range range;
	assert_int_equal(decide("GET", "Range: bytes=0-", 0, &range),
			 HTTP_RANGE_UNSATISFIED);
	assert_int_equal(decide("GET", "Range: bytes=-5", 0, &range),
			 HTTP_SEND_ALL);
}

static void range_is_for_get_only(void **state)
{
	(void)state;
	struct http_range range;
	assert_int_equal(decide("HEAD", "Range: bytes=0-1", SIZE, &range),
			 HTTP_SEND_ALL);
	assert_int_equal(decide("HEAD", "Range: bytes=5000-", SIZE, &range),
			 HTTP_SEND_ALL);
}

static void if_range_guards_the_range(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"Range: bytes=0-1\r\nIf-Range: " ETAG, HTTP_SEND_RANGE},
		{"Range: bytes=0-1\r\nIf-Range: W/" ETAG, HTTP_SEND_ALL},
		{"Range: bytes=0-1\r\nIf-Range: \"x\"", HTTP_SEND_ALL},
		{"Range: bytes=0-1\r\nIf-Range: " THEN, HTTP_SEND_RANGE},
		{"Range: bytes=0-1\r\nIf-Range: " BEFORE, HTTP_SEND_ALL},
		{"Range: bytes=0-1\r\nIf-Range: " AFTER, HTTP_SEND_ALL},
		{"Range: bytes=0-1\r\nIf-Range: junk", HTTP_SEND_ALL},
		{"Range: bytes=0-1\r\nIf-Range:", HTTP_SEND_ALL},
		{"Range: bytes=5000-\r\nIf-Range: \"x\"", HTTP_SEND_ALL},
		{"If-Range: " ETAG, HTTP_SEND_ALL},
	};
	assert_rows("GET", rows, COUNT(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(preconditions_decide_alone),
		cmocka_unit_test(preconditions_have_their_order),
		cmocka_unit_test(one_range_is_cut_to_the_size),
		cmocka_unit_test(ranges_beyond_the_end_are_unsatisfied),
		cmocka_unit_test(ranges_that_cannot_be_answered_get_everything),
		cmocka_unit_test(empty_content_has_no_ranges),
		cmocka_unit_test(range_is_for_get_only),
		cmocka_unit_test(if_range_guards_the_range),
	};
	return cmocka_run_group_tests_name("conditional", tests, NULL, NULL);
}
