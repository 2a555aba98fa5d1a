/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who gets a place for a body whose sender is not known yet:
 * api/uploads/unproven.h.
 */
#include "api/uploads/unproven.h"
#include "unit.h"

#define MAX_SENDERS 16 /* of one network: 4 */

static unsigned given_up[64];
static struct client {
	struct http_exchange x;
	struct request rq;
} clients[64];

static gint64 time_us;

/* In place of GLib's: these tests say what time it is. */
gint64 g_get_monotonic_time(void)
{
	return time_us;
}

/* In place of the transport's. */
void http_give_up(struct http_exchange *x)
{
	given_up[(struct client *)((char *)x - offsetof(struct client, x)) -
		 clients]++;
}

static struct services services;

static int set_up(void **state)
{
	(void)state;
	memset(given_up, 0, sizeof(given_up));
	memset(clients, 0, sizeof(clients));
	time_us = G_USEC_PER_SEC;
	services.unproven = unproven_new(MAX_SENDERS, 1234);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(clients); i++)
		arena_release(&clients[i].x.arena);
	unproven_free(services.unproven);
	return 0;
}

static enum err_code enter(size_t i, const char *peer)
{
	struct client *client = &clients[i];
	struct err err = {0};
	arena_init(&client->x.arena);
	client->rq = (struct request){.x = &client->x, .services = &services};
	g_strlcpy(client->x.peer, peer, sizeof(client->x.peer));
	return unproven_enter(&client->rq, &err) == 0 ? ERR_NONE : err.code;
}

static unsigned all_given_up(void)
{
	unsigned n = 0;
	for (size_t i = 0; i < COUNT(given_up); i++)
		n += given_up[i];
	return n;
}

static void who_comes_has_the_place_of_the_oldest(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(enter(i, "192.0.2.1"), ERR_NONE);
	assert_int_equal(clients[0].x.least_rate, 1234);
	assert_int_equal(all_given_up(), 0);
	for (size_t i = 4; i < 30; i++) {
		assert_int_equal(enter(i, "192.0.2.1"), ERR_NONE);
		assert_int_equal(given_up[i - 4], 1);
		assert_int_equal(all_given_up(), i - 3);
	}
}

static void a_network_takes_from_its_own(void **state)
{
	(void)state;
	assert_int_equal(enter(0, "192.0.2.9"), ERR_NONE);
	for (size_t i = 1; i < 5; i++)
		assert_int_equal(enter(i, "2001:db8:1:2::1"), ERR_NONE);
	assert_int_equal(enter(5, "2001:db8:1:2::ffff"), ERR_NONE);
	assert_int_equal(given_up[1], 1);
	assert_int_equal(all_given_up(), 1);
	/* another network finds a free place */
	assert_int_equal(enter(6, "2001:db8:1:3::1"), ERR_NONE);
	assert_int_equal(all_given_up(), 1);
}

static void when_all_places_are_taken_the_slowest_goes(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAX_SENDERS; i++) {
		const char *const peers[] = {"192.0.2.1", "192.0.2.2",
					     "192.0.2.3", "192.0.2.4"};
		assert_int_equal(enter(i, peers[i % 4]), ERR_NONE);
		clients[i].x.body_bytes = i == 7 ? 10 : 10 << 20;
	}
	assert_int_equal(enter(20, "192.0.2.5"), ERR_NONE);
	assert_int_equal(given_up[7], 1);
	clients[20].x.body_bytes = 10 << 20;
	/* nobody is slow */
	assert_int_equal(enter(21, "192.0.2.6"), ERR_BUSY);
	assert_int_equal(enter(22, "192.0.2.1"), ERR_BUSY);
	assert_int_equal(all_given_up(), 1);
}

static void who_lost_its_place_frees_nobody_elses(void **state)
{
	(void)state;
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(enter(i, "192.0.2.1"), ERR_NONE);
	for (size_t i = 1; i < 5; i++)
		clients[i].x.body_bytes = 10 << 20;
	arena_release(&clients[0].x.arena);
	assert_int_equal(enter(5, "192.0.2.1"), ERR_BUSY);
	arena_release(&clients[1].x.arena);
	assert_int_equal(enter(6, "192.0.2.1"), ERR_NONE);
	assert_int_equal(all_given_up(), 1);
}

static enum err_code enter_of(size_t i, const char *prefix, size_t last)
{
	char peer[32];
	g_snprintf(peer, sizeof(peer), "%s%zu", prefix, last);
	return enter(i, peer);
}

/* Everybody sends for as long, each at its rate of KiB/s. */
static void send_for(unsigned seconds, size_t from, size_t to, unsigned kib)
{
	for (size_t i = from; i < to; i++)
		clients[i].x.body_bytes += (uint64_t)seconds * kib << 10;
}

static unsigned given_up_of(size_t from, size_t to)
{
	unsigned n = 0;
	for (size_t i = from; i < to; i++)
		n += given_up[i];
	return n;
}

static void a_flood_from_some_networks_takes_from_itself(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(enter_of(i, "192.0.2.", i), ERR_NONE);
	for (unsigned second = 0; second < 2; second++) {
		for (size_t i = 0; i < 25; i++)
			assert_int_equal(enter_of(4 + 25 * second + i,
						  "198.51.100.", i % 5),
					 ERR_NONE);
		time_us += G_USEC_PER_SEC;
		send_for(1, 0, 4, 10);
	}
	assert_int_equal(given_up_of(0, 4), 0);
	assert_int_equal(given_up_of(4, 54), 50 - 12);
	/* and who is new finds a place at its expense */
	assert_int_equal(enter(54, "192.0.2.99"), ERR_NONE);
	assert_int_equal(given_up_of(0, 4), 0);
	assert_int_equal(given_up_of(4, 54), 50 - 11);
}

static void who_has_more_than_others_takes_from_nobody_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(enter(i, "192.0.2.1"), ERR_NONE);
	for (size_t i = 3; i < MAX_SENDERS; i++)
		assert_int_equal(enter_of(i, "198.51.100.", i), ERR_NONE);
	time_us += 10 * G_USEC_PER_SEC;
	send_for(10, 0, 3, 100);
	send_for(10, 3, MAX_SENDERS, 50);
	clients[7].x.body_bytes--;
	assert_int_equal(enter(20, "192.0.2.1"), ERR_BUSY);
	assert_int_equal(all_given_up(), 0);
	assert_int_equal(enter(21, "192.0.2.2"), ERR_NONE);
	assert_int_equal(given_up[7], 1);
	clients[2].x.body_bytes = 0;
	assert_int_equal(enter(22, "192.0.2.1"), ERR_NONE);
	assert_int_equal(given_up[2], 1);
	assert_int_equal(all_given_up(), 2);
}

static void who_is_young_gives_way_to_a_real_rate(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAX_SENDERS; i++)
		assert_int_equal(enter_of(i, "192.0.2.", i), ERR_NONE);
	time_us += 3 * G_USEC_PER_SEC;
	send_for(3, 0, 15, 20);
	send_for(3, 15, 16, 10);
	/* who trickles goes first, then those that have only come */
	for (size_t i = 16; i < 40; i++)
		assert_int_equal(enter_of(i, "198.51.100.", i), ERR_NONE);
	assert_int_equal(given_up[15], 1);
	assert_int_equal(given_up_of(0, 15), 0);
	assert_int_equal(given_up_of(16, 40), 23);
	/* unless they have come with much at once */
	clients[39].x.body_bytes = 70 << 10;
	assert_int_equal(enter(40, "203.0.113.1"), ERR_NONE);
	assert_int_equal(given_up[39], 0);
	assert_int_equal(given_up[0], 1);
}

static void who_is_young_gives_way_within_its_network_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(enter(i, "192.0.2.1"), ERR_NONE);
	time_us += 3 * G_USEC_PER_SEC;
	send_for(3, 0, 3, 50);
	for (size_t i = 3; i < 40; i++)
		assert_int_equal(enter(i, "192.0.2.1"), ERR_NONE);
	assert_int_equal(given_up_of(0, 3), 0);
	assert_int_equal(given_up_of(3, 40), 36);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(who_comes_has_the_place_of_the_oldest),
		TEST(a_network_takes_from_its_own),
		TEST(when_all_places_are_taken_the_slowest_goes),
		TEST(who_lost_its_place_frees_nobody_elses),
		TEST(a_flood_from_some_networks_takes_from_itself),
		TEST(who_has_more_than_others_takes_from_nobody_else),
		TEST(who_is_young_gives_way_to_a_real_rate),
		TEST(who_is_young_gives_way_within_its_network_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
