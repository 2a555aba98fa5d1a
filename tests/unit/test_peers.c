/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many connections each client's address has.
 */
#include "unit.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_has_its_share_in_either_spelling),
		cmocka_unit_test(a_trusted_proxy_has_no_share),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
