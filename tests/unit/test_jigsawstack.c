/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a JigsawStack public key is used from: hosts of Origin and Referer, and
 * lists of domains.
 */
#include "api/jigsawstack/jigsawstack.h"
#include "unit.h"

static void hosts_are_read_from_origins_and_referers(void **state)
{
	static const struct {
		const char *url, *host; /* NULL: none */
	} cases[] = {
		{"http://a.test", "a.test"},
		{"https://a.test:8443", "a.test"},
		{"http://a.test/page?x=http://b.test", "a.test"},
		{"http://a.test?x", "a.test"},
		{"http://a.test#@b.test", "a.test"},
		{"http://user:word@a.test:80/", "a.test"},
		{"http://good.test@evil.test/", "evil.test"},
		{"http://evil.test\\@good.test/", "evil.test"},
		{"http://[::1]:80/", "[::1]"},
		{"http://[::1]", "[::1]"},
		{"null", NULL},
		{"", NULL},
		{"a.test", NULL},
		{"http:a.test", NULL},
		{"http://", NULL},
		{"http://:80/", NULL},
		{"file:///home", NULL},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str host = jigsawstack_url_host(str_of(cases[i].url));
		struct str want = str_of(cases[i].host);
		if (!str_eq(host, want) || (host.p == NULL) != (want.p == NULL))
			fail_msg("%s: %.*s", cases[i].url, STR_ARG(host));
	}
	assert_null(jigsawstack_url_host(STR_NONE).p);
}

static void only_listed_domains_are_allowed(void **state)
{
	static const char *const domains[] = {"a.test", "*.b.test", NULL};
	static const char *const none[] = {NULL};
	static const struct {
		const char *host;
		bool allowed;
	} cases[] = {
		{"a.test", true},       {"A.Test", true},
		{"x.a.test", false},    {"xa.test", false},
		{"a.test.evil", false}, {"x.b.test", true},
		{"x.y.B.TEST", true},   {"b.test", false},
		{"xb.test", false},     {".b.test", false},
		{"*.b.test", false},    {"", false},
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		if (jigsawstack_host_allowed(domains, str_of(cases[i].host)) !=
		    cases[i].allowed)
			fail_msg("%s", cases[i].host);
	assert_false(jigsawstack_host_allowed(domains, STR_NONE));
	assert_false(jigsawstack_host_allowed(none, STR("a.test")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_are_read_from_origins_and_referers),
		cmocka_unit_test(only_listed_domains_are_allowed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
