/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a request that waits, through the real transport: a handler that
 * does what the path says, a letter a step. src/server/app.c.
 */
#include "server/app.h"
#include "library_world.h"
#include "unit.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server/router.h"

/* The handler and all that goes on for it. 'p': wait, and somebody resumes it
 * at once; 'w': run me on a worker; 'e': refuse; 't': it takes too long; 'a':
 * answer with a letter for each step, where it ran. */
static int step(struct request *rq, struct err *err)
{
	char *trace = rq->pending;
	size_t n = strlen(trace);
	trace[n] = rq->on_loop ? 'L' : 'W';
	rq->resume = step;
	switch (rq->path.p[1 + n]) {
	case 'p':
		request_resume(rq);
		return HANDLE_PENDING;
	case 'w':
		return HANDLE_LATER;
	case 'e':
		return err_set(err, ERR_INVALID, "%s", trace);
	case 't':
		return err_set(err, ERR_TIMEOUT, "%s", trace);
	default:
		http_reply(rq->x, 200, "text/plain", str_of(trace));
		return 0;
	}
}

static void word_error(struct request *rq, const struct err *err)
{
	int status = err->code == ERR_TIMEOUT ? 408
		     : err->code == ERR_BUSY  ? 503
					      : 400;
	http_reply(rq->x, status, "text/plain",
		   arena_str(request_arena(rq), str_of(err->text)));
}

static void count_finish(struct request *rq)
{
	http_set(rq->x, "Finished", STR("once"));
}

static const struct route hot_route = {.flags = ROUTE_HOT, .handle = step};
static const struct route route = {.handle = step};
static const struct dialect dialect = {
	.name = "test",
	.error = word_error,
	.finish = count_finish,
	.cors = {"", "", "", "0"},
};

/* In place of the real tables: "/hot/..." is tried on the loop first. */
void router_choose_dialect(struct request *rq)
{
	rq->dialect = &dialect;
	rq->path = rq->x->head.path;
}

int router_match(struct request *rq, struct err *err)
{
	(void)err;
	bool hot = str_starts(rq->path, STR("/hot"));
	rq->route = hot ? &hot_route : &route;
	rq->path = hot ? str_skip(rq->path, 4) : rq->path;
	rq->pending = arena_zalloc(request_arena(rq), rq->path.n + 1);
	return 0;
}

struct str router_allowed(struct request *rq)
{
	(void)rq;
	return STR("");
}

struct served {
	struct services services;
	struct http_server *server;
	void *world;
};

static int set_up(void **state)
{
	static const struct http_limits limits = {
		.loops = 1,
		.workers = 2,
		.slow_workers = 1,
		.heavy_workers = 1,
		.heavy_wait_ms = 60000,
		.max_connections = 4,
		.max_connections_per_address = 4,
		.head_timeout_ms = 5000,
		.idle_timeout_ms = 5000,
		.body_timeout_ms = 5000,
		.min_body_rate = 1,
		.send_timeout_ms = 5000,
		.drain_timeout_ms = 5000,
	};
	struct served *s = g_new0(struct served, 1);
	struct http_app app;
	struct err err;
	world_setup(&s->world);
	s->services.library = ((struct world *)s->world)->library;
	app_functions(&app, &s->services);
	const struct http_server_options options = {"127.0.0.1:0", &limits,
						    NULL};
	if (http_server_new(&s->server, &options, &app, &err) ||
	    http_server_start(s->server, &err))
		fail_msg("%s", err.text);
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct served *s = *state;
	http_server_free(s->server);
	world_teardown(&s->world);
	g_free(s);
	return 0;
}

/* The whole answer; free with g_free(). */
static char *ask(struct served *s, const char *path)
{
	const char *address = http_server_address(s->server);
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(
			(uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct timeval limit = {.tv_sec = 60};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	g_autofree char *request = g_strdup_printf(
		"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		path);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL),
			 strlen(request));
	GString *got = g_string_new(NULL);
	char piece[4096];
	ssize_t n;
	while ((n = recv(fd, piece, sizeof(piece), 0)) > 0)
		g_string_append_len(got, piece, n);
	close(fd);
	return g_string_free(got, FALSE);
}

static void each_step_runs_where_the_one_before_it_said(void **state)
{
	static const struct {
		const char *path, *status, *trace;
	} rows[] = {
		{"/a", "200 OK", "W"},
		{"/hot/a", "200 OK", "L"},
		{"/hot/wa", "200 OK", "LW"},
		{"/pa", "200 OK", "WL"},
		{"/hot/pa", "200 OK", "LL"},
		{"/ppa", "200 OK", "WLL"},
		{"/hot/ppppppppa", "200 OK", "LLLLLLLLL"},
		{"/hot/wpwpwa", "200 OK", "LWLWLW"},
		{"/pwpa", "200 OK", "WLWL"},
		{"/ppe", "400 Bad Request", "WLL"},
		{"/pwe", "400 Bad Request", "WLW"},
		{"/pt", "503 Service Unavailable", "WL"},
		{"/hot/wt", "503 Service Unavailable", "LW"},
	};
	for (size_t i = 0; i < COUNT(rows); i++) {
		g_autofree char *got = ask(*state, rows[i].path);
		g_autofree char *line =
			g_strdup_printf("HTTP/1.1 %s\r\n", rows[i].status);
		g_autofree char *body =
			g_strdup_printf("\r\n\r\n%s", rows[i].trace);
		const char *finished = strstr(got, "Finished: once\r\n");
		if (!g_str_has_prefix(got, line) ||
		    !g_str_has_suffix(got, body) || !finished ||
		    strstr(finished + 1, "Finished"))
			fail_msg("%s: %s", rows[i].path, got);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			each_step_runs_where_the_one_before_it_said, set_up,
			tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
