/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server core when it stops, when a child process starts, and when
 * system calls fail.
 */
#include "http_fixture.h"
#include "no_threads.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

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

/* False: not within a minute. */
static bool fdinfo_becomes(const char *wanted, unsigned n)
{
	for (int i = 0; i < 6000 && count_fdinfo(wanted) != n; i++)
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
	char *refused[COUNT(requests)];
	g_atomic_int_set(&no_threads, 1);
	for (size_t i = 0; i < COUNT(requests); i++) {
		int fd = dial(*state);
		put(fd, requests[i]);
		refused[i] = take(fd, NULL);
		close(fd);
	}
	int fd = dial(*state);
	put(fd, "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n");
	g_autofree char *plain = take(fd, "/plain");
	g_atomic_int_set(&no_threads, 0);
	put(fd, requests[0]);
	g_autofree char *worked = take(fd, "/work");
	close(fd);
	for (size_t i = 0; i < COUNT(requests); i++) {
		assert_non_null(strstr(refused[i], "503"));
		assert_non_null(strstr(refused[i], "Connection: close\r\n"));
		g_free(refused[i]);
	}
	assert_non_null(strstr(plain, "200 OK"));
	assert_non_null(strstr(worked, "200 OK"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		SERVED(a_stop_between_two_waits_waits_for_the_answer),
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
