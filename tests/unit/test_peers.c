/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients' addresses: their text, and how many connections each has.
 */
#include "unit.h"
#include "http/peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static struct sockaddr_storage address_of(const char *text)
{
	struct sockaddr_storage out = {0};
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons(7)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6,
				  .sin6_port = htons(7)};
	if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
		memcpy(&out, &v4, sizeof(v4));
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
		memcpy(&out, &v6, sizeof(v6));
	}
	return out;
}

static enum peer_verdict enter(struct peers *peers, const char *text,
			       struct peer_key *key)
{
	struct sockaddr_storage address = address_of(text);
	return peers_enter(peers, &address, key);
}

static void addresses_have_their_usual_text(void **state)
{
	(void)state;
	static const struct {
		const char *address, *text;
	} cases[] = {
		{"127.0.0.1", "127.0.0.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"255.255.255.255", "255.255.255.255"},
		{"1.20.100.9", "1.20.100.9"},
		{"10.99.101.210", "10.99.101.210"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"::1", "::1"},
		{"::", "::"},
		{"2001:db8::ff:1", "2001:db8::ff:1"},
		{"::ffff:0:192.0.2.7", "::ffff:0:c000:207"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct peers *peers = peers_new(1, 1);
		struct peer_key key;
		char text[PEER_TEXT_MAX];
		assert_int_equal(enter(peers, cases[i].address, &key),
				 PEER_WELCOME);
		peer_text(&key, text);
		assert_string_equal(text, cases[i].text);
		peers_free(peers);
	}
}

static void an_address_has_its_share_in_either_spelling(void **state)
{
	(void)state;
	struct peers *peers = peers_new(10, 2);
	struct peer_key a, b, other;
	assert_int_equal(enter(peers, "192.0.2.7", &a), PEER_WELCOME);
	assert_int_equal(enter(peers, "::ffff:192.0.2.7", &b), PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.7", &b), PEER_OVER_CAP);
	assert_int_equal(enter(peers, "192.0.2.8", &other), PEER_WELCOME);
	peers_leave(peers, &b, PEER_OVER_CAP);
	peers_leave(peers, &a, PEER_WELCOME);
	assert_int_equal(enter(peers, "192.0.2.7", &a), PEER_WELCOME);
	peers_free(peers);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_have_their_usual_text),
		cmocka_unit_test(an_address_has_its_share_in_either_spelling),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
