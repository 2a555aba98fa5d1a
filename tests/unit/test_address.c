/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Network addresses: their texts, and lists of ranges. (test_guard.c has more
 * lists.)
 */
#include "base/address.h"
#include "unit.h"

#include <netinet/in.h>

static void addresses_have_their_usual_text(void **state)
{
	(void)state;
	static const struct {
		const char *given, *text;
	} cases[] = {
		{"127.0.0.1", "127.0.0.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"1.20.100.9", "1.20.100.9"},
		{"10.99.101.210", "10.99.101.210"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"::1", "::1"},
		{"::", "::"},
		{"2001:DB8::ff:1", "2001:db8::ff:1"},
		{"::ffff:0:192.0.2.7", "::ffff:0:c000:207"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address address;
		char text[ADDRESS_TEXT_MAX];
		assert_true(address_parse(str_of(cases[i].given), &address));
		address_text(&address, text);
		assert_string_equal(text, cases[i].text);
	}
}

static void other_texts_are_no_address(void **state)
{
	(void)state;
	static const struct str cases[] = {
		{"", 0},
		{NULL, 0},
		{"1.2.3", 5},
		{"1.2.3.4.5", 9},
		{"1.2.3.256", 9},
		{"01.2.3.4", 8},
		{" 1.2.3.4", 8},
		{"1.2.3.4:80", 10},
		{"[::1]", 5},
		{"::1%lo", 6},
		{"fe80::1%25eth0", 14},
		{"1.2.3.4\0", 8},
		{"localhost", 9},
		{"1:2:3:4:5:6:7:8:9", 17},
		{"1111:2222:3333:4444:5555:6666:7777:8888:9999:1", 46},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address address;
		if (address_parse(cases[i], &address))
			fail_msg("%.*s", STR_ARG(cases[i]));
	}
}

static void a_socket_has_the_same_address_in_both_families(void **state)
{
	(void)state;
	const struct sockaddr_in v4 = {.sin_family = AF_INET,
				       .sin_addr = {htonl(0x01020304)}};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
	const struct sockaddr other = {.sa_family = AF_UNIX};
	struct address want, got;
	assert_true(address_parse(STR("1.2.3.4"), &want));
	memcpy(&v6.sin6_addr, want.bytes, sizeof(want.bytes));
	assert_true(address_of((const struct sockaddr *)&v4, &got));
	assert_true(address_eq(&got, &want));
	assert_true(address_of((const struct sockaddr *)&v6, &got));
	assert_true(address_eq(&got, &want) && address_is_v4(&got));
	assert_false(address_of(&other, &got));
	assert_false(address_is_v4(&got));
}

static void a_list_has_what_is_in_its_ranges(void **state)
{
	(void)state;
	static const struct {
		const char *list, *address;
		bool has;
	} cases[] = {
		{"", "127.0.0.1", false},
		{"127.0.0.1", "127.0.0.1", true},
		{"127.0.0.1", "127.0.0.2", false},
		{"10.0.0.0/8, 192.0.2.0/25", "192.0.2.127", true},
		{"10.0.0.0/8, 192.0.2.0/25", "192.0.2.128", false},
		{"::ffff:10.0.0.0/104", "10.9.9.9", true},
		{"0.0.0.0/0", "::1", false},
		{"::/0", "127.0.0.1", false},
		{"::/0", "2001:db8::1", true},
		{"2001:db8::/33", "2001:db8:8000::", false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct address_list *list;
		struct address address;
		struct err err;
		assert_int_equal(
			address_list_new(&list, str_of(cases[i].list), &err),
			0);
		assert_true(address_parse(str_of(cases[i].address), &address));
		assert_int_equal(address_list_has(list, &address),
				 cases[i].has);
		assert_false(address_list_has(NULL, &address));
		address_list_free(list);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_their_usual_text),
		cmocka_unit_test(other_texts_are_no_address),
		cmocka_unit_test(
			a_socket_has_the_same_address_in_both_families),
		cmocka_unit_test(a_list_has_what_is_in_its_ranges),
	};
	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
