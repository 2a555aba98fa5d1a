/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How answers in JSON are made, whatever text goes into them:
 * src/api/request.h.
 */
#include "api/request.h"
#include "unit.h"

#include "http/response.h"

static struct http_exchange exchange;
static struct request request = {.x = &exchange, .id = "the-id"};

static int begin(void **state)
{
	(void)state;
	arena_init(&exchange.arena);
	response_reset(&exchange);
	return 0;
}

static int end(void **state)
{
	(void)state;
	arena_release(&exchange.arena);
	return 0;
}

static void text_in_json_is_made_whole(void **state)
{
	(void)state;
	static const struct {
		struct str given;
		const char *json;
	} rows[] = {
		{{"a", 1}, "\"a\""},
		{{"", 0}, "\"\""},
		{{NULL, 0}, "null"},
		{{"a\xff", 2}, "\"a\xef\xbf\xbd\""},
		{{"\xc3", 1}, "\"\xef\xbf\xbd\""},
		{{"a\0b", 3},
		 "\"a\xef\xbf\xbd"
		 "b\""},
		{{"\xed\xa0\x80", 3},
		 "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		reply_json(&request, 201, "application/json",
			   json_str(rows[i].given));
		assert_int_equal(exchange.response.status, 201);
		assert_str(exchange.response.bytes, str_of(rows[i].json));
	}
}

static void an_answer_that_cannot_be_encoded_is_an_error_of_ours(void **state)
{
	(void)state;
	static const char broken[] = "\xff";
	reply_json(&request, 200, "application/json",
		   json_pack("{s:s}", "message", broken));
	assert_int_equal(exchange.response.status, 500);
	assert_str(exchange.response.bytes, STR("{}"));
	assert_true(str_contains(buf_str(&exchange.response.fields),
				 STR("Content-Type: application/json\r\n")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(text_in_json_is_made_whole),
		TEST(an_answer_that_cannot_be_encoded_is_an_error_of_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
