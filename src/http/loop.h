/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event loop: one thread, one epoll, one listening socket, its
 * connections and their timers. Private to src/http.
 */
#ifndef HTTP_LOOP_H
#define HTTP_LOOP_H

#include <glib.h>

#include "base/date.h"
#include "http/http.h"
#include "http/lanes.h"
#include "http/peers.h"
#include "http/workers.h"

#define LOOP_INPUT_BYTES HTTP_RUN_MAX
#define LOOP_OUTPUT_BYTES (128u * 1024)

/* Every timer class has one duration, so each list is in order of expiry. */
enum conn_timer {
	TIMER_HEAD,
	TIMER_IDLE,
	TIMER_BODY,
	TIMER_SEND,
	TIMER_LINGER,
	TIMER_COUNT,
	TIMER_NONE = TIMER_COUNT,
};

struct loop {
	unsigned number;
	const struct http_app *app;
	const struct http_limits *limits;
	struct workers *workers;
	struct peers *peers;     /* caps, shared by all loops */
	struct tls_context *tls; /* NULL: connections are plain */
	int listen_fd;           /* -1 once closed */
	int epoll_fd;
	int wake_fd;  /* eventfd: finished work, or stop */
	int spare_fd; /* given up to say no when descriptors run out */
	GThread *thread;

	char *input;    /* the read buffer, lent to one connection at a
			   time */
	char *output;   /* what TLS is to send, lent likewise; NULL without */
	int64_t now_ms; /* monotonic, refreshed each round */
	int64_t accept_again_ms; /* 0 unless accepting is paused */
	int64_t date_second;
	char date[HTTP_DATE_LEN + 1];

	GQueue timers[TIMER_COUNT];
	struct lanes lanes; /* connections with something to do */
	GQueue doomed;      /* closed in this round, freed at its end */
	unsigned n_conns;
	struct http_exchange *spare_exchanges;
	unsigned n_spare;

	GMutex done_mutex;
	struct http_exchange *done; /* back from workers */
	bool done_told;             /* the loop has been woken for them */
	struct http_exchange *more; /* by http_more() */
	gint stop_asked;            /* atomic; set by loop_stop() */
	gint report_asked;          /* atomic; set by loop_report() */
	bool stopping;
	int64_t stop_began_ms;
};

/* Takes over the listening socket. */
int loop_init(struct loop *loop, int listen_fd, struct err *err) MUST_CHECK;
void loop_release(struct loop *loop);
/* The thread's body: runs until loop_stop() and all connections are gone. */
void loop_run(struct loop *loop);
/* The loop's thread, or before it starts: has events of fd taken for mark,
 * which is told apart by its address. -1 with errno. */
int loop_watch(struct loop *loop, int fd, uint32_t events,
	       void *mark) MUST_CHECK;
/* Closes what may be watched, unless it is -1, and makes it -1. close() alone
 * is not enough: a child process that is being spawned has a copy of every
 * descriptor until its exec, and epoll goes on reporting the closed one, with a
 * mark that may be freed, for as long as there is a copy. */
void loop_close(struct loop *loop, int *fd);
/* The loop's thread: what the connection says that it has to do, when it is its
 * turn. */
void loop_wants_turn(struct loop *loop, struct http_conn *conn);
/* Any thread. */
void loop_stop(struct loop *loop);
/* Any thread: has the loop log what its connections are doing. */
void loop_report(struct loop *loop);
/* Any thread: an exchange is back from a worker. */
void loop_post_done(struct loop *loop, struct http_exchange *x, bool soon);
/* For what was posted to be taken soon. */
void loop_wake(struct loop *loop);
/* Any thread, until the exchange is done: http_more(). */
void loop_post_more(struct loop *loop, struct http_exchange *x);
/* It stops, and what is in flight has had its time. */
bool loop_is_over(const struct loop *loop);
/* The current Date value. */
struct str loop_date(struct loop *loop);

#endif
