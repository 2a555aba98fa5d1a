/* SPDX-License-Identifier: Apache-2.0 */
#include "http/syntax/url.h"
#include "unit.h"

static void a_url_names_a_host(void **state)
{
	(void)state;
	static const struct {
		const char *text, *authority, *host;
		bool has_query;
	} rows[] = {
		{"http://a", "a", "a", false},
		{"https://a/", "a", "a", false},
		{"HTTP://A.example./b", "A.example.", "A.example.", false},
		{"http://a:1", "a:1", "a", false},
		{"http://a:65535/x?y=1", "a:65535", "a", true},
		{"http://a?y", "a", "a", true},
		{"http://a/?", "a", "a", true},
		{"http://a/b@c:d", "a", "a", false},
		{"http://a/?b=//c@d", "a", "a", true},
		{"http://my_host-1.lan", "my_host-1.lan", "my_host-1.lan",
		 false},
		{"http://127.0.0.1:9/", "127.0.0.1:9", "127.0.0.1", false},
		{"http://[::1]", "[::1]", "::1", false},
		{"http://[2001:db8::1]:8080/a", "[2001:db8::1]:8080",
		 "2001:db8::1", false},
		{"http://b\xc3\xbc"
		 "cher.example/\xc3\xbc",
		 "b\xc3\xbc"
		 "cher.example",
		 "b\xc3\xbc"
		 "cher.example",
		 false},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct http_url url;
		if (!http_url_read(str_of(rows[i].text), &url))
			fail_msg("%s", rows[i].text);
		assert_str(url.authority, str_of(rows[i].authority));
		assert_str(url.host, str_of(rows[i].host));
		assert_int_equal(url.has_query, rows[i].has_query);
	}
}

static void anything_else_is_none(void **state)
{
	(void)state;
	static const struct str texts[] = {
		STR_NONE,
		STR(""),
		STR("a"),
		STR("//a/"),
		STR("ftp://a/"),
		STR("http:a"),
		STR("http:/a"),
		STR("http://"),
		STR("http:///"),
		STR("http:///a"),
		STR("https://?a"),
		STR("http://#a"),
		STR("http://."),
		STR("http://.a"),
		STR("http://a..b"),
		STR("http://:80/"),
		STR("http://a:"),
		STR("http://a:/"),
		STR("http://a:0"),
		STR("http://a:65536"),
		STR("http://a:99999999999999999999"),
		STR("http://a:80a"),
		STR("http://a:-1"),
		STR("http://a:+80"),
		STR("http://a:80:80"),
		STR("http://user@a/"),
		STR("http://user:pass@a/"),
		STR("http://@a/"),
		STR("http://a\\@b/"),
		STR("http://a%2eb/"),
		STR("http://a b/"),
		STR("http://a/ b"),
		STR("http://a/b#c"),
		STR("http://a/\r\nHost: b"),
		STR("http://a/\0"),
		STR("http://a/\x7f"),
		STR("http://a/\xff"),
		STR("http://[::1"),
		STR("http://[]"),
		STR("http://[a]"),
		STR("http://[1.2.3.4]"),
		STR("http://[::1]x"),
		STR("http://[::1%25lo]/"),
		STR("http://::1/"),
		STR("http://a,b/"),
		STR("http://a;b/"),
	};
	struct http_url url;
	for (size_t i = 0; i < COUNT(texts); i++)
		if (http_url_read(texts[i], &url))
			fail_msg("%.*s", STR_ARG(texts[i]));
}

static void a_name_has_a_length(void **state)
{
	(void)state;
	struct http_url url;
	char text[400];
	for (int dots = 0; dots < 2; dots++) {
		memcpy(text, "http://", 7);
		memset(text + 7, 'a', sizeof(text) - 7);
		for (size_t i = 7 + 63; dots && i < sizeof(text); i += 64)
			text[i] = '.';
		size_t longest = dots ? 253 : 63;
		assert_true(
			http_url_read((struct str){text, 7 + longest}, &url));
		text[7 + longest] = 'a';
		assert_false(http_url_read((struct str){text, 7 + longest + 1},
					   &url));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_url_names_a_host),
		cmocka_unit_test(anything_else_is_none),
		cmocka_unit_test(a_name_has_a_length),
	};
	return cmocka_run_group_tests_name("url", tests, NULL, NULL);
}
