/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the HTTP server share: a tiny application that echoes
 * bodies, answers "/path" with the path, lets "/wait" wait twice and holds its
 * loop at "/gate"; and a client of blocking sockets.
 */
#ifndef UNIT_HTTP_FIXTURE_H
#define UNIT_HTTP_FIXTURE_H

#include "http/http.h"
#include "unit.h"

#include <glib.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct fixture {
	struct http_server *server;
	int done;
	GAsyncQueue *waiting; /* exchanges that wait to be resumed */
};

struct echo {
	GByteArray *body;
	unsigned waits;
};

static inline enum http_action wait_here(struct fixture *f,
					 struct http_exchange *x)
{
	g_async_queue_push(f->waiting, x);
	return HTTP_PENDING;
}

/* Closed, it holds a loop that comes to "/gate". */
static struct {
	GMutex mutex;
	GCond changed;
	bool closed, reached;
} gate;

static inline void move_gate(bool closed)
{
	g_mutex_lock(&gate.mutex);
	gate.closed = closed;
	gate.reached = false;
	g_cond_broadcast(&gate.changed);
	g_mutex_unlock(&gate.mutex);
}

static inline void pass_gate(void)
{
	g_mutex_lock(&gate.mutex);
	gate.reached = true;
	g_cond_broadcast(&gate.changed);
	while (gate.closed)
		g_cond_wait(&gate.changed, &gate.mutex);
	g_mutex_unlock(&gate.mutex);
}

static inline void wait_at_gate(void)
{
	g_mutex_lock(&gate.mutex);
	while (!gate.reached)
		g_cond_wait(&gate.changed, &gate.mutex);
	g_mutex_unlock(&gate.mutex);
}

static inline enum http_action echo_begin(void *user, struct http_exchange *x)
{
	if (str_eq(x->head.path, STR("/refuse"))) {
		http_reply(x, 413, "text/plain", STR("refused"));
		return HTTP_REPLY;
	}
	if (x->head.method == HTTP_POST) {
		struct echo *echo = g_new0(struct echo, 1);
		echo->body = g_byte_array_new();
		x->user = echo;
		return HTTP_BODY;
	}
	if (str_starts(x->head.path, STR("/wait"))) {
		struct echo *echo = g_new0(struct echo, 1);
		echo->waits = 2;
		x->user = echo;
		return wait_here(user, x);
	}
	if (str_starts(x->head.path, STR("/work")))
		return HTTP_WORK;
	if (str_eq(x->head.path, STR("/gate")))
		pass_gate();
	http_reply(x, 200, "text/plain", x->head.path);
	return HTTP_REPLY;
}

static inline enum http_taken echo_body(void *user, struct http_exchange *x,
					const char *p, size_t n)
{
	(void)user;
	struct echo *echo = x->user;
	g_byte_array_append(echo->body, (const guint8 *)p, (guint)n);
	if (echo->body->len > 100000) {
		http_reply(x, 413, "text/plain", STR("too much"));
		return HTTP_REFUSED;
	}
	return HTTP_TAKEN;
}

static inline enum http_action echo_end(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
	return HTTP_WORK;
}

static inline enum http_action echo_resume(void *user, struct http_exchange *x)
{
	struct echo *echo = x->user;
	if (echo && --echo->waits > 0)
		return wait_here(user, x);
	if (str_eq(x->head.path, STR("/wait/work")))
		return HTTP_WORK;
	http_reply(x, 200, "text/plain", STR("resumed"));
	return HTTP_REPLY;
}

static inline enum http_action echo_work(void *user, struct http_exchange *x)
{
	(void)user;
	struct echo *echo = x->user;
	struct str body = echo && echo->body
				  ? (struct str){(const char *)echo->body->data,
						 echo->body->len}
				  : x->head.path;
	if (str_eq(x->head.path, STR("/work/pending"))) {
		http_resume(x);
		return HTTP_PENDING;
	}
	http_reply(x, 200, "text/plain", body);
	return HTTP_REPLY;
}

static inline void echo_fault(void *user, struct http_exchange *x,
			      enum http_fault fault)
{
	(void)user;
	static const int statuses[HTTP_FAULT_OVERLOADED + 1] = {
		[HTTP_FAULT_HEAD_TIMEOUT] = 408,
		[HTTP_FAULT_BODY_TIMEOUT] = 408,
		[HTTP_FAULT_OVERLOADED] = 503};
	int status = statuses[fault] ? statuses[fault] : 400;
	http_reply(x, status, "text/plain", STR("fault"));
}

static inline void echo_done(void *user, struct http_exchange *x, uint64_t sent)
{
	struct fixture *f = user;
	(void)sent;
	g_atomic_int_inc(&f->done);
	struct echo *echo = x->user;
	if (echo) {
		if (echo->body)
			g_byte_array_unref(echo->body);
		g_free(echo);
	}
}

/* No time-out that a test could meet, but for the grace at a stop. */
static const struct http_limits limits = {
	.loops = 2,
	.workers = 4,
	.slow_workers = 1,
	.heavy_workers = 1,
	.heavy_wait_ms = 60000,
	.max_connections = 64,
	.max_connections_per_address = 64,
	.head_timeout_ms = 60000,
	.idle_timeout_ms = 60000,
	.body_timeout_ms = 60000,
	.min_body_rate = 1,
	.send_timeout_ms = 60000,
	.stop_grace_ms = 50,
	.drain_timeout_ms = 60000,
};

static inline int set_up_with(void **state, const struct http_limits *chosen)
{
	struct fixture *f = g_new0(struct fixture, 1);
	f->waiting = g_async_queue_new();
	struct http_app app = {.user = f,
			       .begin = echo_begin,
			       .body = echo_body,
			       .end = echo_end,
			       .work = echo_work,
			       .resume = echo_resume,
			       .fault = echo_fault,
			       .done = echo_done};
	const struct http_server_options options = {"127.0.0.1:0", chosen,
						    NULL};
	struct err err = {0};
	if (http_server_new(&f->server, &options, &app, &err) ||
	    http_server_start(f->server, &err))
		fail_msg("%s", err.text);
	*state = f;
	return 0;
}

static inline int set_up(void **state)
{
	return set_up_with(state, &limits);
}

/* One loop, which a stop leaves all time. */
static inline int set_up_patient(void **state)
{
	struct http_limits patient = limits;
	patient.loops = 1;
	patient.stop_grace_ms = 60000;
	return set_up_with(state, &patient);
}

static inline int tear_down(void **state)
{
	struct fixture *f = *state;
	http_server_free(f->server);
	g_async_queue_unref(f->waiting);
	g_free(f);
	return 0;
}

/* -1: nobody listens */
static inline int try_dial(struct fixture *f)
{
	const char *address = http_server_address(f->server);
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(
			(uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval limit = {.tv_sec = 60};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static inline int dial(struct fixture *f)
{
	int fd = try_dial(f);
	assert_true(fd >= 0);
	return fd;
}

/* The exchange that has come to its next wait. */
static inline struct http_exchange *waiting(struct fixture *f)
{
	struct http_exchange *x =
		g_async_queue_timeout_pop(f->waiting, 60 * G_USEC_PER_SEC);
	assert_non_null(x);
	return x;
}

static inline void put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

/* All that comes until the server closes, or until `until` has come. */
static inline char *take(int fd, const char *until)
{
	GString *got = g_string_new(NULL);
	char piece[65536];
	ssize_t n;
	while (!(until && strstr(got->str, until)) &&
	       (n = recv(fd, piece, sizeof(piece), 0)) > 0)
		g_string_append_len(got, piece, n);
	return g_string_free(got, FALSE);
}

#define SERVED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define PATIENT(name)                                                          \
	cmocka_unit_test_setup_teardown(name, set_up_patient, tear_down)

#endif
