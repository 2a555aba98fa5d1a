/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server core against a tiny application over real sockets. The
 * product's own behaviour on the wire is tested in tests/wire.
 */
#include "http_fixture.h"

static void pipelined_requests_are_answered_in_order(void **state)
{
	int fd = dial(*state);
	put(fd, "GET /work1 HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /two HTTP/1.1\r\nHost: x\r\n\r\n"
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nthree"
		"GET /four HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	g_autofree char *got = take(fd, NULL);
	const char *at = got;
	static const char *const wanted[] = {"/work1", "/two", "three",
					     "/four"};
	for (size_t i = 0; i < COUNT(wanted); i++) {
		at = strstr(at, wanted[i]);
		assert_non_null(at);
	}
	close(fd);
}

static void a_request_in_single_bytes_is_answered(void **state)
{
	static const char request[] =
		"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
		"Connection: close\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n"
		"Trailer: t\r\n\r\n";
	int fd = dial(*state);
	for (size_t i = 0; i < sizeof(request) - 1; i++)
		assert_int_equal(send(fd, request + i, 1, MSG_NOSIGNAL), 1);
	g_autofree char *got = take(fd, NULL);
	assert_non_null(strstr(got, "200 OK"));
	assert_non_null(strstr(got, "\r\n\r\nabcde"));
	close(fd);
}

static void
expect_continue_is_answered_only_when_the_body_is_wanted(void **state)
{
	int fd = dial(*state);
	put(fd, "POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
		"Expect: 100-continue\r\n\r\n");
	g_autofree char *first = take(fd, "\r\n\r\n");
	assert_non_null(strstr(first, "HTTP/1.1 100 Continue\r\n\r\n"));
	put(fd, "ok");
	g_autofree char *second = take(fd, "\r\n\r\nok");
	assert_non_null(strstr(second, "200 OK"));
	put(fd, "POST /refuse HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
		"Expect: 100-continue\r\n\r\n");
	g_autofree char *third = take(fd, NULL);
	assert_null(strstr(third, "100 Continue"));
	assert_non_null(strstr(third, "413"));
	assert_non_null(strstr(third, "Connection: close"));
	close(fd);
}

static void an_unwanted_small_body_does_not_end_the_connection(void **state)
{
	int fd = dial(*state);
	put(fd, "DELETE /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
		"12345GET /b HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *got = take(fd, "/b");
	assert_non_null(strstr(got, "/a"));
	assert_non_null(strstr(got, "/b"));
	close(fd);
}

static void a_refusal_can_be_read_while_the_body_is_still_coming(void **state)
{
	int fd = dial(*state);
	g_autofree char *piece = g_malloc0(1 << 16);
	put(fd, "POST /x HTTP/1.1\r\nHost: x\r\n"
		"Content-Length: 20000000\r\n\r\n");
	for (int i = 0; i < 300; i++)
		if (send(fd, piece, 1 << 16, MSG_NOSIGNAL) < 0)
			fail_msg("reset after %d pieces", i);
	g_autofree char *got = take(fd, "too much");
	assert_non_null(strstr(got, "413"));
	close(fd);
}

static void slow_heads_and_bodies_are_ended(void **state)
{
	int head = dial(*state), body = dial(*state), silent = dial(*state);
	put(head, "GET / HTTP/1.1\r\nHost:");
	put(body, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nab");
	g_autofree char *one = take(head, NULL);
	g_autofree char *two = take(body, NULL);
	g_autofree char *three = take(silent, NULL);
	assert_non_null(strstr(one, "408"));
	assert_non_null(strstr(two, "408"));
	assert_string_equal(three, "");
	close(head), close(body), close(silent);
}

static void connections_over_the_cap_are_refused_and_others_live(void **state)
{
	struct fixture *f = *state;
	int fds[6];
	for (size_t i = 0; i < COUNT(fds); i++) {
		fds[i] = dial(f);
		put(fds[i], "GET /in HTTP/1.1\r\nHost: x\r\n\r\n");
		g_autofree char *got = take(fds[i], "/in");
		assert_non_null(strstr(got, "200"));
	}
	int over = dial(f);
	put(over, "GET /over HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *got = take(over, NULL);
	assert_non_null(strstr(got, "503"));
	close(over);
	for (size_t i = 0; i < COUNT(fds); i++)
		close(fds[i]);
}

static void a_half_closed_client_still_gets_its_answer(void **state)
{
	int fd = dial(*state);
	put(fd, "GET /work HTTP/1.1\r\nHost: x\r\n\r\n");
	shutdown(fd, SHUT_WR);
	g_autofree char *got = take(fd, NULL);
	assert_non_null(strstr(got, "/work"));
	close(fd);
}

static void a_pending_exchange_is_answered_when_it_is_resumed(void **state)
{
	int fd = dial(*state);
	put(fd, "GET /work/pending HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *got = take(fd, "/next");
	assert_non_null(strstr(got, "resumed"));
	close(fd);
}

static void a_resumed_exchange_can_wait_again_and_then_work(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f);
	put(fd, "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /wait/work HTTP/1.1\r\nHost: x\r\n\r\n"
		"GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
	for (int i = 0; i < 4; i++)
		http_resume(waiting(f));
	g_autofree char *got = take(fd, "\r\n\r\n/next");
	const char *first = strstr(got, "\r\n\r\nresumed");
	const char *second = strstr(got, "\r\n\r\n/wait/work");
	assert_true(first && second && first < second);
	close(fd);
}

static void what_is_resumed_soon_goes_on_when_all_are_woken(void **state)
{
	struct fixture *f = *state;
	int fds[] = {dial(f), dial(f), dial(f)};
	for (size_t i = 0; i < COUNT(fds); i++)
		put(fds[i], "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
	for (size_t i = 0; i < 2 * COUNT(fds); i++) {
		http_resume_soon(waiting(f));
		if (i % 2)
			http_wake(f->server);
	}
	for (size_t i = 0; i < COUNT(fds); i++) {
		g_autofree char *got = take(fds[i], "resumed");
		assert_non_null(strstr(got, " 200 "));
		close(fds[i]);
	}
	http_wake(f->server); /* for nothing */
	http_server_stop(f->server);
	http_wake(f->server);
}

static void a_client_that_goes_between_two_waits_ends_nothing(void **state)
{
	struct fixture *f = *state;
	const struct linger reset = {.l_onoff = 1};
	for (int i = 0; i < 2; i++) {
		int fd = dial(f);
		put(fd, i ? "GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"
			  : "GET /wait/work HTTP/1.1\r\nHost: x\r\n\r\n");
		http_resume(waiting(f));
		struct http_exchange *x = waiting(f);
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
		close(fd);
		http_resume(x);
	}
	int fd = dial(f);
	put(fd, "GET /other HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *got = take(fd, "\r\n\r\n/other");
	close(fd);
	http_server_stop(f->server);
	assert_int_equal(g_atomic_int_get(&f->done), 3);
}

static void every_exchange_is_done_exactly_once(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 20; i++) {
		int fd = dial(f);
		put(fd, i % 2 ? "GET /work HTTP/1.1\r\nHost: x\r\n\r\n"
			      : "POST / HTTP/1.1\r\nHost: x\r\n"
				"Content-Length: 3\r\n\r\nab");
		if (i % 2) {
			g_autofree char *got = take(fd, "/work");
			assert_non_null(strstr(got, "200"));
		}
		close(fd);
	}
	http_server_stop(f->server);
	assert_int_equal(g_atomic_int_get(&f->done), 20);
}

static int set_up_hasty(void **state)
{
	struct http_limits hasty = limits;
	hasty.head_timeout_ms = hasty.body_timeout_ms = 300;
	hasty.min_body_rate = 1000;
	return set_up_with(state, &hasty);
}

static int set_up_capped(void **state)
{
	struct http_limits capped = limits;
	capped.max_connections = 8;
	capped.max_connections_per_address = 6;
	return set_up_with(state, &capped);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVED(pipelined_requests_are_answered_in_order),
		SERVED(a_request_in_single_bytes_is_answered),
		SERVED(expect_continue_is_answered_only_when_the_body_is_wanted),
		SERVED(an_unwanted_small_body_does_not_end_the_connection),
		SERVED(a_refusal_can_be_read_while_the_body_is_still_coming),
		cmocka_unit_test_setup_teardown(slow_heads_and_bodies_are_ended,
						set_up_hasty, tear_down),
		cmocka_unit_test_setup_teardown(
			connections_over_the_cap_are_refused_and_others_live,
			set_up_capped, tear_down),
		SERVED(a_half_closed_client_still_gets_its_answer),
		SERVED(a_pending_exchange_is_answered_when_it_is_resumed),
		SERVED(a_resumed_exchange_can_wait_again_and_then_work),
		SERVED(what_is_resumed_soon_goes_on_when_all_are_woken),
		cmocka_unit_test_setup_teardown(
			connections_over_the_cap_are_refused_and_others_live,
			set_up_capped, tear_down),
		SERVED(a_half_closed_client_still_gets_its_answer),
		SERVED(a_pending_exchange_is_answered_when_it_is_resumed),
		SERVED(a_resumed_exchange_can_wait_again_and_then_work),
		SERVED(a_client_that_goes_between_two_waits_ends_nothing),
		SERVED(every_exchange_is_done_exactly_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
