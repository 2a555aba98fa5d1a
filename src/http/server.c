/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP server: loops and workers put together.
 */
#include <glib.h>
#include <unistd.h>

#include "base/threads/thread.h"
#include "http/conn.h"
#include "http/http.h"
#include "http/listen.h"
#include "http/loop.h"
#include "http/report.h"

#define COMPANY_MS 1000

struct http_server {
	struct http_app app;
	struct http_limits limits;
	struct tls_context *tls;
	struct workers *workers;
	struct peers *peers;
	struct loop *loops;
	unsigned n_ready; /* loops initialised */
	unsigned n_running;
	char address[LISTEN_TEXT_MAX];
};

static void run_work(void *user, struct http_exchange *x)
{
	(void)user;
	conn_work(x->conn);
}

static void refuse_work(void *user, struct http_exchange *x)
{
	(void)user;
	x->refused = true;
	loop_post_done(x->conn->loop, x, false);
}

static int init_loops(struct http_server *server, const int *fds,
		      struct err *err)
{
	unsigned n = server->limits.loops;
	for (unsigned i = 0; i < n; i++) {
		struct loop *loop = &server->loops[i];
		loop->number = i;
		loop->app = &server->app;
		loop->limits = &server->limits;
		loop->workers = server->workers;
		loop->peers = server->peers;
		loop->tls = server->tls;
		server->n_ready = i + 1;
		if (loop_init(loop, fds[i], err) != 0) {
			while (++i < n)
				close(fds[i]);
			return -1;
		}
	}
	return 0;
}

int http_server_new(struct http_server **out,
		    const struct http_server_options *options,
		    const struct http_app *app, struct err *err)
{
	const struct http_limits *limits = options->limits;
	g_autofree int *fds = g_new(int, limits->loops);
	struct http_server *server = g_new0(struct http_server, 1);
	server->app = *app;
	server->limits = *limits;
	server->tls = options->tls;
	if (listen_open(options->listen, limits->loops, fds, err)) {
		g_free(server);
		return -1;
	}
	listen_text(fds[0], server->address);
	server->peers =
		peers_new(limits->max_connections,
			  limits->max_connections_per_address, limits->proxies);
	const struct workers_options workers = {
		.threads = limits->workers,
		.heavy = limits->heavy_workers,
		.slow = limits->slow_workers,
		.wait_ms = limits->heavy_wait_ms,
		.company_ms = COMPANY_MS,
		.run = run_work,
		.refuse = refuse_work,
		.user = server,
	};
	server->workers = workers_new(&workers);
	server->loops = g_new0(struct loop, limits->loops);
	if (init_loops(server, fds, err) != 0) {
		http_server_free(server);
		return -1;
	}
	*out = server;
	return 0;
}

const char *http_server_address(const struct http_server *server)
{
	return server->address;
}

static void *loop_main(void *arg)
{
	loop_run(arg);
	return NULL;
}

int http_server_start(struct http_server *server, struct err *err)
{
	for (unsigned i = 0; i < server->limits.loops; i++) {
		struct loop *loop = &server->loops[i];
		if (thread_start(&loop->thread,
				 &(struct thread_kind){"loop", THREAD_PROMPT},
				 loop_main, loop, err) < 0)
			return -1;
		server->n_running = i + 1;
	}
	return 0;
}

void http_server_report(struct http_server *server)
{
	for (unsigned i = 0; i < server->n_running; i++)
		loop_report(&server->loops[i]);
	report_workers(server->workers);
}

void http_server_stop(struct http_server *server)
{
	for (unsigned i = 0; i < server->n_running; i++)
		loop_stop(&server->loops[i]);
	for (unsigned i = 0; i < server->n_running; i++)
		g_thread_join(server->loops[i].thread);
	server->n_running = 0;
}

void http_server_free(struct http_server *server)
{
	if (server == NULL)
		return;
	http_server_stop(server);
	workers_free(server->workers);
	for (unsigned i = 0; i < server->n_ready; i++)
		loop_release(&server->loops[i]);
	peers_free(server->peers);
	g_free(server->loops);
	g_free(server);
}

void http_resume(struct http_exchange *x)
{
	x->resumed = true;
	loop_post_done(x->conn->loop, x, false);
}

void http_resume_soon(struct http_exchange *x)
{
	x->resumed = true;
	loop_post_done(x->conn->loop, x, true);
}

void http_wake(struct http_server *server)
{
	/* also those that have ended, as another thread may be stopping them */
	for (unsigned i = 0; i < server->n_ready; i++)
		loop_wake(&server->loops[i]);
}

void http_give_up(struct http_exchange *x)
{
	g_atomic_int_set(&x->given_up, 1);
	loop_post_more(x->conn->loop, x);
}

void http_more(struct http_exchange *x)
{
	loop_post_more(x->conn->loop, x);
}

bool http_slow_begin(struct http_exchange *x)
{
	return workers_slow_begin(x->conn->loop->workers, x);
}

void http_slow_end(struct http_exchange *x)
{
	workers_slow_end(x->conn->loop->workers, x);
}
