/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address guard against every row of the IANA special-purpose registries,
 * their edges, wrapped addresses and allow-lists.
 */
#include "outbound/guard.h"
#include "unit.h"

#include <arpa/inet.h>
#include <glib.h>
#include <netinet/in.h>

static bool judge(const struct guard *guard, const char *address)
{
	struct sockaddr_in in = {.sin_family = AF_INET};
	struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
	if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
		return guard_allows(guard, (const struct sockaddr *)&in);
	if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
		return guard_allows(guard, (const struct sockaddr *)&in6);
	fail_msg("not an address: %s", address);
	return false;
}

static const char *const refused[] = {
	/* IPv4 registry, first and last address of each */
	"0.0.0.0",
	"0.255.255.255",
	"10.0.0.0",
	"10.255.255.255",
	"100.64.0.0",
	"100.127.255.255",
	"127.0.0.0",
	"127.0.0.1",
	"127.255.255.255",
	"168.63.129.16",
	"169.254.0.0",
	"169.254.169.254",
	"169.254.255.255",
	"172.16.0.0",
	"172.31.255.255",
	"192.0.0.0",
	"192.0.0.8",
	"192.0.0.9",
	"192.0.0.170",
	"192.0.0.171",
	"192.0.0.192",
	"192.0.0.255",
	"192.0.2.0",
	"192.0.2.255",
	"192.31.196.1",
	"192.52.193.1",
	"192.88.99.0",
	"192.88.99.255",
	"192.168.0.0",
	"192.168.255.255",
	"192.175.48.1",
	"198.18.0.0",
	"198.19.255.255",
	"198.51.100.0",
	"198.51.100.255",
	"203.0.113.0",
	"203.0.113.255",
	"224.0.0.0",
	"239.255.255.255",
	"240.0.0.0",
	"255.255.255.254",
	"255.255.255.255",
	/* IPv6 registry */
	"::",
	"::1",
	"64:ff9b:1::",
	"64:ff9b:1::8.8.8.8",
	"64:ff9b:1:808:8:800::",
	"64:ff9b:1:ffff:ffff:ffff:ffff:ffff",
	"100::",
	"100::ffff:ffff:ffff:ffff",
	"100:0:0:1::",
	"2001::",
	"2001:1::1",
	"2001:1::2",
	"2001:1::3",
	"2001:2::",
	"2001:2:0:ffff::1",
	"2001:3::1",
	"2001:4:112::1",
	"2001:10::1",
	"2001:20::1",
	"2001:30::1",
	"2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
	"2001:db8::",
	"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	"2620:4f:8000::1",
	"3fff::",
	"3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
	"5f00::1",
	"fc00::",
	"fd00:ec2::254",
	"fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	"fe80::",
	"fe80::1",
	"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	/* never given out, site-local, multicast */
	"0200::1",
	"1fff:ffff::1",
	"4000::1",
	"8000::1",
	"fec0::1",
	"ff00::",
	"ff02::1",
	"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	/* IPv4-mapped */
	"::ffff:0.0.0.0",
	"::ffff:127.0.0.1",
	"::ffff:7f00:1",
	"::ffff:10.1.2.3",
	"::ffff:169.254.169.254",
	"::ffff:192.168.1.1",
	"::ffff:100.64.0.1",
	"::ffff:255.255.255.255",
	/* IPv4-compatible and IPv4-translated, public inside or not */
	"::127.0.0.1",
	"::10.0.0.1",
	"::8.8.8.8",
	"::ffff:0:127.0.0.1",
	"::ffff:0:8.8.8.8",
	/* NAT64 */
	"64:ff9b::127.0.0.1",
	"64:ff9b::10.0.0.1",
	"64:ff9b::169.254.169.254",
	"64:ff9b::",
	"64:ff9b::1:8.8.8.8",
	"64:ff9b:0:1::8.8.8.8",
	/* 6to4 */
	"2002::",
	"2002:7f00:1::1",
	"2002:a00:1::1",
	"2002:a9fe:a9fe::",
	"2002:c0a8:101::1",
	"2002:6440:1::1",
	/* Teredo: bad server, bad client */
	"2001:0:7f00:1:0:0:f7f7:f7f7",
	"2001:0:808:808:0:0:80ff:fffe",
	"2001:0:808:808:0:0:3f57:fefe",
	"2001:0:a00:1:0:0:f5ff:fffe",
};

static const char *const allowed[] = {
	/* just outside the refused ranges */
	"1.0.0.0",
	"9.255.255.255",
	"11.0.0.0",
	"100.63.255.255",
	"100.128.0.0",
	"126.255.255.255",
	"128.0.0.0",
	"168.63.129.15",
	"168.63.129.17",
	"169.253.255.255",
	"169.255.0.0",
	"172.15.255.255",
	"172.32.0.0",
	"191.255.255.255",
	"192.0.1.0",
	"192.0.3.0",
	"192.31.195.255",
	"192.31.197.0",
	"192.88.98.255",
	"192.88.100.0",
	"192.167.255.255",
	"192.169.0.0",
	"198.17.255.255",
	"198.20.0.0",
	"198.51.99.255",
	"198.51.101.0",
	"203.0.112.255",
	"203.0.114.0",
	"223.255.255.255",
	"8.8.8.8",
	"93.184.216.34",
	/* IPv6 */
	"2000::1",
	"2001:200::1",
	"2001:4860:4860::8888",
	"2001:db7:ffff::1",
	"2001:db9::1",
	"2003::1",
	"2606:4700:4700::1111",
	"2620:4f:7fff::1",
	"2620:4f:8001::1",
	"2a00:1450::1",
	"3ffe:ffff::1",
	"3fff:1000::1",
	/* wrapped public ones */
	"::ffff:8.8.8.8",
	"64:ff9b::8.8.8.8",
	"2002:808:808::1",
	"2001:0:808:808:0:0:f7f7:f7f7",
};

static void special_purpose_addresses_are_refused(void **state)
{
	(void)state;
	struct guard *guard;
	assert_int_equal(guard_new(&guard, STR(""), NULL), 0);
	for (size_t i = 0; i < COUNT(refused); i++)
		if (judge(guard, refused[i]))
			fail_msg("allowed: %s", refused[i]);
	guard_free(guard);
}

static void public_addresses_are_allowed(void **state)
{
	(void)state;
	struct guard *guard;
	assert_int_equal(guard_new(&guard, STR_NONE, NULL), 0);
	for (size_t i = 0; i < COUNT(allowed); i++)
		if (!judge(guard, allowed[i]))
			fail_msg("refused: %s", allowed[i]);
	guard_free(guard);
}

static const struct {
	const char *list, *address;
	bool allows;
} lists[] = {
	{"127.0.0.1/32", "127.0.0.1", true},
	{"127.0.0.1/32", "::ffff:127.0.0.1", true},
	{"127.0.0.1/32", "127.0.0.2", false},
	{"127.0.0.1/32", "127.0.0.0", false},
	{"127.0.0.1/32", "::1", false},
	{"127.0.0.1/32", "64:ff9b::127.0.0.1", false},
	{"127.0.0.1/32", "2002:7f00:1::", false},
	{"127.0.0.1", "127.0.0.1", true},
	{"127.0.0.1", "127.0.0.3", false},
	{"10.0.0.0/8", "10.255.255.255", true},
	{"10.0.0.0/8", "11.0.0.0", true}, /* public anyway */
	{"10.0.0.0/8", "192.168.0.1", false},
	{"10.128.0.0/9", "10.127.255.255", false},
	{"10.128.0.0/9", "10.128.0.0", true},
	{"172.16.4.0/22", "172.16.3.255", false},
	{"172.16.4.0/22", "172.16.4.0", true},
	{"172.16.4.0/22", "172.16.7.255", true},
	{"172.16.4.0/22", "172.16.8.0", false},
	{"192.168.7.254/31", "192.168.7.253", false},
	{"192.168.7.254/31", "192.168.7.255", true},
	{"0.0.0.0/0", "127.0.0.1", true},
	{"0.0.0.0/0", "255.255.255.255", true},
	{"0.0.0.0/0", "::1", false},
	{"::/0", "::1", true},
	{"::/0", "fd00::1", true},
	{"::/0", "127.0.0.1", false},
	{"::/0", "::ffff:127.0.0.1", false},
	{"::1/128", "::1", true},
	{"::1", "::1", true},
	{"::1", "::2", false},
	{"fd12:3456::/33", "fd12:3456:7fff::1", true},
	{"fd12:3456::/33", "fd12:3456:8000::1", false},
	{"fe80::/10", "febf::1", true},
	{"::ffff:10.0.0.0/104", "10.9.8.7", true},
	{"::ffff:10.0.0.0/104", "127.0.0.1", false},
	{"64:ff9b:1::/48", "64:ff9b:1::10.0.0.1", true},
	{" 10.0.0.0/8 ,\t::1 ", "::1", true},
	{" 10.0.0.0/8 ,\t::1 ", "10.0.0.1", true},
	{" ", "10.0.0.1", false},
};

static void allow_list_opens_exactly_its_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(lists); i++) {
		struct guard *guard;
		struct err err = {0};
		if (guard_new(&guard, str_of(lists[i].list), &err) != 0)
			fail_msg("%s: %s", lists[i].list, err.text);
		if (judge(guard, lists[i].address) != lists[i].allows)
			fail_msg("%s, %s", lists[i].list, lists[i].address);
		guard_free(guard);
	}
}

static const char *const bad_lists[] = {
	"10.0.0.0/33",
	"10.0.0.0/",
	"10.0.0.0/-1",
	"10.0.0.0/8/8",
	"10.0.0.0/ 8",
	"10.0.0.1/8",
	"10.0.0.0/+8",
	"10.0.0/8",
	"256.0.0.0/8",
	"localhost",
	"::1/129",
	"::2/127000",
	"fd00::1/8",
	"fe80::1%lo/128",
	"[::1]",
	",",
	"10.0.0.0/8,",
	",10.0.0.0/8",
	"10.0.0.0/8,,::1",
	"10.0.0.0/8;::1",
	"1:2:3:4:5:6:7:8:9",
	"0x7f.1/32",
};

static void bad_range_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bad_lists); i++) {
		struct guard *guard = NULL;
		struct err err = {0};
		if (guard_new(&guard, str_of(bad_lists[i]), &err) == 0)
			fail_msg("accepted: %s", bad_lists[i]);
		assert_int_equal(err.code, ERR_INVALID);
		assert_null(guard);
	}
	struct guard *guard = NULL;
	struct err err = {0};
	assert_int_equal(guard_new(&guard, STR("::1, 10.0.0.1/8"), &err), -1);
	assert_non_null(strstr(err.text, "\"10.0.0.1/8\""));
}

static void list_over_its_cap_is_refused(void **state)
{
	(void)state;
	g_autoptr(GString) list = g_string_new("::1");
	struct guard *guard = NULL;
	for (unsigned i = 1; i < 256; i++)
		g_string_append_printf(list, ",10.0.%u.0/24", i);
	assert_int_equal(guard_new(&guard, str_of(list->str), NULL), 0);
	assert_true(judge(guard, "10.0.255.1"));
	guard_free(guard);
	g_string_append(list, ",fd00::/8");
	assert_int_equal(guard_new(&guard, str_of(list->str), NULL), -1);
}

static void other_families_are_refused(void **state)
{
	(void)state;
	struct guard *guard;
	struct sockaddr_storage address = {.ss_family = AF_UNIX};
	assert_int_equal(guard_new(&guard, STR("0.0.0.0/0,::/0"), NULL), 0);
	assert_false(guard_allows(guard, (const struct sockaddr *)&address));
	guard_free(guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_purpose_addresses_are_refused),
		cmocka_unit_test(public_addresses_are_allowed),
		cmocka_unit_test(allow_list_opens_exactly_its_ranges),
		cmocka_unit_test(bad_range_is_named),
		cmocka_unit_test(list_over_its_cap_is_refused),
		cmocka_unit_test(other_families_are_refused),
	};
	return cmocka_run_group_tests_name("guard", tests, NULL, NULL);
}
