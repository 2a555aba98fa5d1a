/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server core against a tiny application over real sockets. The
 * product's own behaviour on the wire is tested in tests/wire.
 */
#include "unit.h"

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib.h>

#include "http/http.h"

/* -- the application: echoes bodies, answers "/path" with the path, lets
 * "/wait" wait twice ---------------------------------------------------------
 */

struct fixture {
	struct http_server *server;
	int done;
	GAsyncQueue *waiting; /* exchanges that wait to be resumed */
};

struct echo {
	GByteArray *body;
	unsigned waits;
};

static enum http_action wait_here(struct fixture *f, struct http_exchange *x)
{
	g_async_queue_push(f->waiting, x);
	return HTTP_PENDING;
}

/* What accept4() fails with, 0: it does not; and how often it was called. */
static gint accept_error, accept_calls;

/* In place of libc's. */
int accept4(int fd, struct sockaddr *restrict address,
	    socklen_t *restrict length, int flags)
{
	g_atomic_int_inc(&accept_calls);
	errno = g_atomic_int_get(&accept_error);
	if (errno != 0)
		return -1;
	return (int)syscall(SYS_accept4, fd, address, length, flags);
}

static gint no_threads; /* can be made */

/* In place of libc's, also for GLib. */
int pthread_create(pthread_t *restrict thread,
		   const pthread_attr_t *restrict attributes,
		   void *(*run)(void *), void *restrict arg)
{
	int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		      void *) = dlsym(RTLD_NEXT, "pthread_create");
	if (g_atomic_int_get(&no_threads))
		return EAGAIN;
	return create(thread, attributes, run, arg);
}

/* How many calls of recv() by the server are still to be interrupted. */
static gint interruptions;

/* In place of libc's, also for the server. */
ssize_t recv(int fd, void *p, size_t n, int flags)
{
	if (gettid() != getpid() && g_atomic_int_get(&interruptions) > 0) {
		g_atomic_int_add(&interruptions, -1);
		errno = EINTR;
		return -1;
	}
	return syscall(SYS_recvfrom, fd, p, n, flags, NULL, NULL);
}

/* Closed, it holds a loop that comes to "/gate". */
static struct {
	GMutex mutex;
	GCond changed;
	bool closed, reached;
} gate;

static void move_gate(bool closed)
{
	g_mutex_lock(&gate.mutex);
	gate.closed = closed;
	gate.reached = false;
	g_cond_broadcast(&gate.changed);
	g_mutex_unlock(&gate.mutex);
}

static void pass_gate(void)
{
	g_mutex_lock(&gate.mutex);
	gate.reached = true;
	g_cond_broadcast(&gate.changed);
	while (gate.closed)
		g_cond_wait(&gate.changed, &gate.mutex);
	g_mutex_unlock(&gate.mutex);
}

static void wait_at_gate(void)
{
	g_mutex_lock(&gate.mutex);
	while (!gate.reached)
		g_cond_wait(&gate.changed, &gate.mutex);
	g_mutex_unlock(&gate.mutex);
}

static enum http_action echo_begin(void *user, struct http_exchange *x)
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

static int echo_body(void *user, struct http_exchange *x, const char *p,
		     size_t n)
{
	(void)user;
	struct echo *echo = x->user;
	g_byte_array_append(echo->body, (const guint8 *)p, (guint)n);
	if (echo->body->len > 100000) {
		http_reply(x, 413, "text/plain", STR("too much"));
		return -1;
	}
	return 0;
}

static enum http_action echo_end(void *user, struct http_exchange *x)
{
	(void)user, (void)x;
	return HTTP_WORK;
}

static enum http_action echo_resume(void *user, struct http_exchange *x)
{
	struct echo *echo = x->user;
	if (echo && --echo->waits > 0)
		return wait_here(user, x);
	if (str_eq(x->head.path, STR("/wait/work")))
		return HTTP_WORK;
	http_reply(x, 200, "text/plain", STR("resumed"));
	return HTTP_REPLY;
}

static enum http_action echo_work(void *user, struct http_exchange *x)
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

static void echo_fault(void *user, struct http_exchange *x,
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

static void echo_done(void *user, struct http_exchange *x, uint64_t sent)
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

/* -- fixture ----------------------------------------------------------------*/

static const struct http_limits limits = {
	.loops = 2,
	.workers = 4,
	.slow_workers = 1,
	.max_connections = 8,
	.max_connections_per_address = 6,
	.head_timeout_ms = 300,
	.idle_timeout_ms = 600,
	.body_timeout_ms = 300,
	.min_body_rate = 1000,
	.send_timeout_ms = 500,
	.stop_grace_ms = 50,
	.drain_timeout_ms = 500,
};

static int set_up_with(void **state, const struct http_limits *chosen)
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
	struct err err = {0};
	if (http_server_new(&f->server, "127.0.0.1:0", chosen, NULL, &app,
			    &err) ||
	    http_server_start(f->server, &err))
		fail_msg("%s", err.text);
	*state = f;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, &limits);
}

/* One loop, and no time-out that a test could meet. */
static int set_up_patient(void **state)
{
	struct http_limits patient = limits;
	patient.loops = 1;
	patient.head_timeout_ms = patient.idle_timeout_ms = 60000;
	patient.stop_grace_ms = patient.drain_timeout_ms = 60000;
	return set_up_with(state, &patient);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	g_atomic_int_set(&no_threads, 0);
	http_server_free(f->server);
	g_async_queue_unref(f->waiting);
	g_free(f);
	return 0;
}

/* -1: nobody listens */
static int try_dial(struct fixture *f)
{
	const char *address = http_server_address(f->server);
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(
			(uint16_t)strtoul(strchr(address, ':') + 1, NULL, 10)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval limit = {.tv_sec = 5};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		return fd;
	close(fd);
	return -1;
}

static int dial(struct fixture *f)
{
	int fd = try_dial(f);
	assert_true(fd >= 0);
	return fd;
}

/* The exchange that has come to its next wait. */
static struct http_exchange *waiting(struct fixture *f)
{
	struct http_exchange *x =
		g_async_queue_timeout_pop(f->waiting, 5 * G_USEC_PER_SEC);
	assert_non_null(x);
	return x;
}

static void put(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

/* All that comes until the server closes, or until `until` has come. */
static char *take(int fd, const char *until)
{
	GString *got = g_string_new(NULL);
	char piece[65536];
	ssize_t n;
	while (!(until && strstr(got->str, until)) &&
	       (n = recv(fd, piece, sizeof(piece), 0)) > 0)
		g_string_append_len(got, piece, n);
	return g_string_free(got, FALSE);
}

/* How often the text is found in what the kernel tells of this process's
 * descriptors. */
static unsigned count_fdinfo(const char *wanted)
{
	unsigned n = 0;
	g_autoptr(GDir) dir = g_dir_open("/proc/self/fdinfo", 0, NULL);
	const char *name;
	assert_non_null(dir);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path =
			g_build_filename("/proc/self/fdinfo", name, NULL);
		g_autofree char *text = NULL;
		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue; /* closed meanwhile */
		for (const char *p = text; (p = strstr(p, wanted)); p++)
			n++;
	}
	return n;
}

/* False: not within five seconds. */
static bool fdinfo_becomes(const char *wanted, unsigned n)
{
	for (int i = 0; i < 500 && count_fdinfo(wanted) != n; i++)
		g_usleep(10000);
	return count_fdinfo(wanted) == n;
}

#define WATCHED "tfd:"                          /* a descriptor in an epoll */
#define WOKEN "eventfd-count:                1" /* and it did not look yet */

/* A child with a copy of every descriptor, like one before its exec. */
static pid_t hold_descriptors(void)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		while (true)
			pause();
	}
	return child;
}

static void let_go(pid_t child)
{
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}

/* -- tests ------------------------------------------------------------------*/

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

static void *stop(void *server)
{
	http_server_stop(server);
	return NULL;
}

static void a_stop_between_two_waits_waits_for_the_answer(void **state)
{
	struct fixture *f = *state;
	int fd = dial(f), late;
	put(fd, "GET /wait/work HTTP/1.1\r\nHost: x\r\n\r\n");
	http_resume(waiting(f));
	struct http_exchange *x = waiting(f);
	GThread *stopping = g_thread_new("stop", stop, f->server);
	while ((late = try_dial(f)) >= 0)
		close(late);
	http_resume(x);
	g_autofree char *got = take(fd, NULL);
	assert_non_null(strstr(got, "Connection: close"));
	assert_non_null(strstr(got, "\r\n\r\n/wait/work"));
	close(fd);
	g_thread_join(stopping);
	assert_int_equal(g_atomic_int_get(&f->done), 1);
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

static void a_closed_connection_is_forgotten_while_a_child_starts(void **state)
{
	struct fixture *f = *state;
	unsigned before = count_fdinfo(WATCHED);
	int fd = dial(f);
	put(fd, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *one = take(fd, "/one");
	assert_int_equal(count_fdinfo(WATCHED), before + 1);
	pid_t child = hold_descriptors();
	put(fd, "GET /two HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
	g_autofree char *two = take(fd, "/two");
	bool forgotten = fdinfo_becomes(WATCHED, before);
	shutdown(fd, SHUT_WR); /* an event, if anybody waits for one */
	for (unsigned i = 0; i < 8; i++) {
		int other = dial(f);
		put(other, "GET /on HTTP/1.1\r\nHost: x\r\n"
			   "Connection: close\r\n\r\n");
		g_autofree char *got = take(other, "/on");
		assert_non_null(strstr(got, "200 OK"));
		close(other);
	}
	let_go(child);
	close(fd);
	assert_true(forgotten);
}

static void a_closed_listener_is_forgotten_while_a_child_starts(void **state)
{
	struct fixture *f = *state;
	unsigned before = count_fdinfo(WATCHED);
	pid_t child = hold_descriptors();
	http_server_stop(f->server);
	unsigned after = count_fdinfo(WATCHED);
	let_go(child);
	assert_int_equal(after, before - limits.loops);
}

static void a_stop_answers_what_was_sent_before_it(void **state)
{
	struct fixture *f = *state;
	int open = dial(f), holder = dial(f);
	put(open, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *one = take(open, "/one");
	move_gate(true);
	put(holder, "GET /gate HTTP/1.1\r\nHost: x\r\n\r\n");
	wait_at_gate();
	int fresh = dial(f);
	put(fresh, "GET /fresh HTTP/1.1\r\nHost: x\r\n\r\n");
	put(open, "GET /two HTTP/1.1\r\nHost: x\r\n\r\n");
	GThread *stopping = g_thread_new("stop", stop, f->server);
	bool woken = fdinfo_becomes(WOKEN, 1);
	move_gate(false);
	g_autofree char *two = take(open, NULL);
	g_autofree char *three = take(fresh, NULL);
	close(open), close(fresh), close(holder);
	g_thread_join(stopping);
	assert_true(woken);
	assert_non_null(strstr(two, "Connection: close\r\n"));
	assert_non_null(strstr(two, "/two"));
	assert_non_null(strstr(three, "/fresh"));
}

static void a_stop_leaves_open_connections_one_more_request(void **state)
{
	struct fixture *f = *state;
	unsigned before = count_fdinfo(WATCHED);
	int used = dial(f), fresh = dial(f), begun = dial(f);
	put(used, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *one = take(used, "/one");
	put(begun, "GET /beg");
	assert_true(fdinfo_becomes(WATCHED, before + 3));
	GThread *stopping = g_thread_new("stop", stop, f->server);
	bool deaf = fdinfo_becomes(WATCHED, before + 2);
	put(used, "GET /two HTTP/1.1\r\nHost: x\r\n\r\n");
	put(fresh, "GET /new HTTP/1.1\r\nHost: x\r\n\r\n");
	put(begun, "un HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *two = take(used, NULL);
	g_autofree char *new = take(fresh, NULL);
	g_autofree char *three = take(begun, NULL);
	close(used), close(fresh), close(begun);
	g_thread_join(stopping);
	assert_true(deaf);
	assert_non_null(strstr(two, "/two"));
	assert_non_null(strstr(new, "/new"));
	assert_non_null(strstr(three, "/begun"));
	assert_non_null(strstr(three, "Connection: close\r\n"));
}

static void a_stop_ends_connections_that_stay_idle(void **state)
{
	struct fixture *f = *state;
	int used = dial(f), fresh = dial(f);
	put(used, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *one = take(used, "/one");
	http_server_stop(f->server);
	g_autofree char *more = take(used, NULL);
	g_autofree char *nothing = take(fresh, NULL);
	close(used), close(fresh);
	assert_string_equal(more, "");
	assert_string_equal(nothing, "");
}

static void an_interrupted_read_is_made_again(void **state)
{
	int fd = dial(*state);
	g_atomic_int_set(&interruptions, 3);
	put(fd, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *got = take(fd, "/one");
	close(fd);
	assert_int_equal(g_atomic_int_get(&interruptions), 0);
	assert_non_null(strstr(got, "200 OK"));
}

static void a_read_that_is_always_interrupted_ends_its_connection(void **state)
{
	int fd = dial(*state);
	g_atomic_int_set(&interruptions, G_MAXINT);
	put(fd, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *got = take(fd, NULL);
	g_atomic_int_set(&interruptions, 0);
	close(fd);
	assert_string_equal(got, "");
	an_interrupted_read_is_made_again(state);
}

/* Half a second long at most. */
static bool accepts_without_end(void)
{
	g_atomic_int_set(&accept_calls, 0);
	for (int i = 0; i < 50 && g_atomic_int_get(&accept_calls) < 20000; i++)
		g_usleep(10000);
	return g_atomic_int_get(&accept_calls) >= 20000;
}

static void a_loop_that_cannot_accept_waits_before_it_tries_again(void **state)
{
	static const int errors[] = {ENOMEM, EMFILE, EINTR};
	for (size_t i = 0; i < COUNT(errors); i++) {
		g_atomic_int_set(&accept_error, errors[i]);
		int fd = dial(*state);
		put(fd, "GET /one HTTP/1.1\r\nHost: x\r\n\r\n");
		bool spins = accepts_without_end();
		g_atomic_int_set(&accept_error, 0);
		g_autofree char *got = take(fd, "/one");
		close(fd);
		assert_false(spins);
		assert_non_null(strstr(got, "200 OK"));
	}
}

static void without_a_thread_work_is_refused_and_the_rest_goes_on(void **state)
{
	static const char *const requests[] = {
		"GET /work HTTP/1.1\r\nHost: x\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"};
	g_atomic_int_set(&no_threads, 1);
	for (size_t i = 0; i < COUNT(requests); i++) {
		int fd = dial(*state);
		put(fd, requests[i]);
		g_autofree char *got = take(fd, NULL);
		close(fd);
		assert_non_null(strstr(got, "503"));
		assert_non_null(strstr(got, "Connection: close\r\n"));
	}
	int fd = dial(*state);
	put(fd, "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *plain = take(fd, "/plain");
	g_atomic_int_set(&no_threads, 0);
	put(fd, requests[0]);
	g_autofree char *worked = take(fd, "/work");
	close(fd);
	assert_non_null(strstr(plain, "200 OK"));
	assert_non_null(strstr(worked, "200 OK"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
#define SERVED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define PATIENT(name)                                                          \
	cmocka_unit_test_setup_teardown(name, set_up_patient, tear_down)
		SERVED(pipelined_requests_are_answered_in_order),
		SERVED(a_request_in_single_bytes_is_answered),
		SERVED(expect_continue_is_answered_only_when_the_body_is_wanted),
		SERVED(an_unwanted_small_body_does_not_end_the_connection),
		SERVED(a_refusal_can_be_read_while_the_body_is_still_coming),
		SERVED(slow_heads_and_bodies_are_ended),
		SERVED(connections_over_the_cap_are_refused_and_others_live),
		SERVED(a_half_closed_client_still_gets_its_answer),
		SERVED(a_pending_exchange_is_answered_when_it_is_resumed),
		SERVED(a_resumed_exchange_can_wait_again_and_then_work),
		SERVED(a_client_that_goes_between_two_waits_ends_nothing),
		SERVED(a_stop_between_two_waits_waits_for_the_answer),
		SERVED(every_exchange_is_done_exactly_once),
		SERVED(a_closed_connection_is_forgotten_while_a_child_starts),
		SERVED(a_closed_listener_is_forgotten_while_a_child_starts),
		PATIENT(a_stop_answers_what_was_sent_before_it),
		PATIENT(a_stop_leaves_open_connections_one_more_request),
		SERVED(a_stop_ends_connections_that_stay_idle),
		PATIENT(an_interrupted_read_is_made_again),
		PATIENT(a_loop_that_cannot_accept_waits_before_it_tries_again),
		PATIENT(without_a_thread_work_is_refused_and_the_rest_goes_on),
		PATIENT(a_read_that_is_always_interrupted_ends_its_connection),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
