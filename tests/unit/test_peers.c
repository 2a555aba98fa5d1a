/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections each client's address has.
 */
#include "unit.h"
#include "http/http.h"
#include "http/peers.h"

static enum peer_verdict enter(struct peers *peers, const char *text,
			       struct address *address)
{
	assert_true(address_parse(str_of(text), address));
	return peers_enter(peers, address);
}

static void an_address_has_its_share_in_either_spelling(void **state)
{
	(void)state;
	struct peers *peers = peers_new(10, 2, NULL);
	struct address a, b, other;
	assert_int_equal(enter(peers, "192.0.2.7", &a), PEER_WELCOME);
	assert_int_equal(enter(peers, "::ffff:192.0.2.7", &b), PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.7", &b), PEER_OVER_CAP);
	assert_int_equal(enter(peers, "192.0.2.8", &other), PEER_WELCOME);
	peers_leave(peers, &b, PEER_OVER_CAP);
	peers_leave(peers, &a, PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.7", &a), PEER_WELCOME);
	peers_free(peers);
}

static void a_trusted_proxy_has_no_share(void **state)
{
	(void)state;
	struct address_list *proxies;
	struct address a;
	struct err err;
	assert_int_equal(address_list_new(&proxies, STR("192.0.2.0/31"), &err),
			 0);
	struct peers *peers = peers_new(4, 2, proxies);
	for (int i = 0; i < 2; i++)
		assert_int_equal(enter(peers, "192.0.2.2", &a), PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.2", &a), PEER_OVER_CAP);
	assert_int_equal(enter(peers, "192.0.2.1", &a), PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.1", &a), PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.1", &a), PEER_OVER_CAP);
	peers_free(peers);
	address_list_free(proxies);
}

static void a_network_of_ipv6_has_its_share(void **state)
{
	(void)state;
	struct peers *peers = peers_new(10, 2, NULL);
	struct address a, b, other;
	assert_int_equal(enter(peers, "2001:db8:1:2::3", &a), PEER_WELCOME);
	assert_int_equal(enter(peers, "2001:db8:1:2:ffff::", &b), PEER_WELCOME);
	assert_int_equal(enter(peers, "2001:db8:1:2::4", &b), PEER_OVER_CAP);
	assert_int_equal(enter(peers, "2001:db8:1:3::3", &other), PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.7", &other), PEER_WELCOME);
	peers_leave(peers, &a, PEER_WELCOME);
	assert_int_equal(enter(peers, "2001:db8:1:2::4", &b), PEER_WELCOME);
	peers_free(peers);
}

static void networks_have_numbers(void **state)
{
	(void)state;
	static const char *const different[] = {
		"192.0.2.7",       "192.0.2.8", "2001:db8:1:2::3",
		"2001:db8:1:3::3", "::1",       "fe80::1",
	};
	struct http_exchange x, y;
	for (size_t i = 0; i < COUNT(different); i++) {
		g_strlcpy(x.peer, different[i], sizeof(x.peer));
		assert_true(http_network(&x) < 0);
		for (size_t k = 0; k < i; k++) {
			g_strlcpy(y.peer, different[k], sizeof(y.peer));
			assert_true(http_network(&x) != http_network(&y));
		}
	}
	g_strlcpy(x.peer, "2001:db8:1:2::3", sizeof(x.peer));
	g_strlcpy(y.peer, "2001:db8:1:2:3::", sizeof(y.peer));
	assert_true(http_network(&x) == http_network(&y));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_its_share_in_either_spelling),
		cmocka_unit_test(a_trusted_proxy_has_no_share),
		cmocka_unit_test(a_network_of_ipv6_has_its_share),
		cmocka_unit_test(networks_have_numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
