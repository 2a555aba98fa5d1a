/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One round of the loop: wait, note which connections have events or finished
 * work, let those have their turns, an owner after the other, for a moment,
 * then time-outs, then free what was closed. Who has had no turn comes first in
 * the next round, beside what has come meanwhile.
 */
#include "http/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log/log.h"
#include "http/conn.h"
#include "http/exchange.h"
#include "http/listen.h"
#include "http/report.h"

#define EVENTS_PER_ROUND 256
#define ACCEPTS_PER_ROUND 64
#define ACCEPTS_AT_STOP (2u * LISTEN_BACKLOG)
#define ACCEPT_PAUSE_MS 500
/* Then new events are looked for: whose they are may have less waiting. */
#define TURNS_US 100
#define TICK_MS 250 /* how late a time-out may be noticed */
#define STOP_TICK_MS 50

static int64_t monotonic_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int loop_watch(struct loop *loop, int fd, uint32_t events, void *mark)
{
	struct epoll_event event = {.events = events, .data.ptr = mark};
	return epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

void loop_close(struct loop *loop, int *fd)
{
	if (*fd < 0)
		return;
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, *fd, NULL);
	close(*fd);
	*fd = -1;
}

static void keep_spare(struct loop *loop)
{
	if (loop->spare_fd < 0)
		loop->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

int loop_init(struct loop *loop, int listen_fd, struct err *err)
{
	loop->listen_fd = listen_fd;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->spare_fd = -1;
	keep_spare(loop);
	loop->now_ms = monotonic_ms();
	loop->date_second = -1;
	loop->input = g_malloc(LOOP_INPUT_BYTES);
	loop->output = loop->tls ? g_malloc(LOOP_OUTPUT_BYTES) : NULL;
	g_mutex_init(&loop->done_mutex);
	for (size_t i = 0; i < TIMER_COUNT; i++)
		g_queue_init(&loop->timers[i]);
	lanes_init(&loop->lanes);
	g_queue_init(&loop->doomed);
	if (loop->epoll_fd < 0 || loop->wake_fd < 0)
		return err_set_errno(err, errno, "cannot start an event loop");
	if (loop_watch(loop, listen_fd, EPOLLIN, &loop->listen_fd) != 0 ||
	    loop_watch(loop, loop->wake_fd, EPOLLIN, &loop->wake_fd) != 0)
		return err_set_errno(err, errno, "epoll_ctl");
	return 0;
}

void loop_release(struct loop *loop)
{
	loop_close(loop, &loop->listen_fd);
	loop_close(loop, &loop->wake_fd);
	loop_close(loop, &loop->spare_fd);
	loop_close(loop, &loop->epoll_fd);
	exchange_drop_stock(loop);
	g_clear_pointer(&loop->input, g_free);
	g_clear_pointer(&loop->output, g_free);
	g_mutex_clear(&loop->done_mutex);
}

struct str loop_date(struct loop *loop)
{
	/* not the coarse clock: a Last-Modified of the same answer would be
	 * ahead of it for some milliseconds of each second */
	int64_t second = now_ms() / 1000;
	if (second != loop->date_second) {
		loop->date_second = second;
		http_date(second, loop->date);
	}
	return (struct str){loop->date, HTTP_DATE_LEN};
}

static void wake(struct loop *loop)
{
	uint64_t one = 1;
	(void)!write(loop->wake_fd, &one, sizeof(one));
}

/* Within the lock: after it the loop may end. */
static void wake_for_done(struct loop *loop)
{
	if (loop->done && !loop->done_told)
		wake(loop);
	loop->done_told = loop->done != NULL;
}

void loop_post_done(struct loop *loop, struct http_exchange *x, bool soon)
{
	g_mutex_lock(&loop->done_mutex);
	x->next = loop->done;
	loop->done = x;
	if (!soon)
		wake_for_done(loop);
	g_mutex_unlock(&loop->done_mutex);
}

void loop_wake(struct loop *loop)
{
	g_mutex_lock(&loop->done_mutex);
	wake_for_done(loop);
	g_mutex_unlock(&loop->done_mutex);
}

void loop_stop(struct loop *loop)
{
	g_atomic_int_set(&loop->stop_asked, 1);
	wake(loop);
}

void loop_report(struct loop *loop)
{
	g_atomic_int_set(&loop->report_asked, 1);
	wake(loop);
}

void loop_wants_turn(struct loop *loop, struct http_conn *conn)
{
	if (conn->lane == NULL)
		conn->lane =
			lanes_push(&loop->lanes, conn->owner, &conn->turn_link);
}

/* Whose it is may be known by now. */
static void wants_turn(const struct http_exchange *x)
{
	struct http_conn *conn = x->conn;
	conn->owner = x->owner ? x->owner : conn->owner;
	loop_wants_turn(conn->loop, conn);
}

static void take_done(struct loop *loop)
{
	uint64_t count;
	(void)!read(loop->wake_fd, &count, sizeof(count));
	g_mutex_lock(&loop->done_mutex);
	struct http_exchange *x = loop->done;
	loop->done = NULL;
	loop->done_told = false;
	g_mutex_unlock(&loop->done_mutex);
	while (x) {
		struct http_exchange *next = x->next;
		x->next = NULL;
		x->conn->is_back = true;
		wants_turn(x);
		x = next;
	}
}

void loop_post_more(struct loop *loop, struct http_exchange *x)
{
	g_mutex_lock(&loop->done_mutex);
	bool fresh = !g_atomic_int_get(&x->more);
	if (fresh) {
		g_atomic_int_set(&x->more, 1);
		x->next_more = loop->more;
		loop->more = x;
		wake(loop);
	}
	g_mutex_unlock(&loop->done_mutex);
}

/* Under done_mutex no longer than it takes to note them: each goes on when it
 * is its turn. */
static void take_more(struct loop *loop)
{
	g_mutex_lock(&loop->done_mutex);
	struct http_exchange *x = loop->more;
	loop->more = NULL;
	for (; x; x = x->next_more) {
		g_atomic_int_set(&x->more, 0);
		x->conn->has_more = true;
		wants_turn(x);
	}
	g_mutex_unlock(&loop->done_mutex);
}

/* Out of descriptors: take one connection with the spare one and close it,
 * rather than be woken for it for ever. False: somebody else took the spare. */
static bool refuse_one(struct loop *loop)
{
	loop_close(loop, &loop->spare_fd);
	int fd = accept4(loop->listen_fd, NULL, NULL, SOCK_CLOEXEC);
	bool gone = fd >= 0 || errno == EAGAIN;
	if (fd >= 0) {
		log_warn("out of file descriptors: a connection is refused");
		close(fd);
	}
	keep_spare(loop);
	return gone;
}

static void watch_listener(struct loop *loop, uint32_t events)
{
	struct epoll_event event = {.events = events,
				    .data.ptr = &loop->listen_fd};
	(void)epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, loop->listen_fd, &event);
}

/* What waits and cannot be taken would wake the loop for ever. */
static void pause_accepting(struct loop *loop, int error)
{
	log_warn("cannot accept connections: %s", g_strerror(error));
	watch_listener(loop, 0);
	loop->accept_again_ms = loop->now_ms + ACCEPT_PAUSE_MS;
}

static void resume_accepting(struct loop *loop)
{
	if (loop->accept_again_ms == 0 || loop->now_ms < loop->accept_again_ms)
		return;
	loop->accept_again_ms = 0;
	keep_spare(loop);
	watch_listener(loop, EPOLLIN);
}

static void take_connections(struct loop *loop, unsigned most)
{
	unsigned failed = 0;
	for (unsigned i = 0; i < most && loop->listen_fd >= 0; i++) {
		struct sockaddr_storage from;
		struct address peer;
		socklen_t length = sizeof(from);
		int fd = accept4(loop->listen_fd, (struct sockaddr *)&from,
				 &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			address_of((const struct sockaddr *)&from, &peer);
			conn_open(loop, fd, &peer);
		} else if (errno == EAGAIN) {
			return;
		} else if (errno == EMFILE || errno == ENFILE) {
			int error = errno;
			if (!refuse_one(loop))
				pause_accepting(loop, error);
			return;
		} else if (++failed == ACCEPTS_PER_ROUND) {
			/* a few would each have been of one connection */
			pause_accepting(loop, errno);
			return;
		}
	}
}

static void note_events(struct http_conn *conn, uint32_t events)
{
	if (conn->state == CONN_CLOSED)
		return;
	conn->events |= events;
	loop_wants_turn(conn->loop, conn);
}

static void take_event(struct http_conn *conn, uint32_t events)
{
	if (events & EPOLLOUT)
		conn->writable = true;
	if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		conn->readable = true;
	if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
		conn->hung_up = true;
	bool waits = conn->state == CONN_PAUSED || conn->state == CONN_DRY;
	if (waits && events & (EPOLLHUP | EPOLLERR))
		conn_close(conn); /* reset: what it has sent is lost as well */
	else if (conn->state == CONN_WORK)
		conn_note_left(conn, events & (EPOLLHUP | EPOLLERR));
	else if (waits)
		return; /* nothing is read now */
	else if (conn->readable || conn->state == CONN_SEND)
		conn_run(conn);
}

static void take_events(struct loop *loop, struct epoll_event *events, int n)
{
	bool woken = false;
	for (int i = 0; i < n; i++) {
		void *mark = events[i].data.ptr;
		if (mark == &loop->wake_fd)
			woken = true;
		else if (mark == &loop->listen_fd)
			take_connections(loop, ACCEPTS_PER_ROUND);
		else
			note_events(mark, events[i].events);
	}
	if (!woken)
		return;
	take_done(loop);
	take_more(loop);
	if (g_atomic_int_compare_and_exchange(&loop->report_asked, 1, 0))
		report_loop(loop);
}

static void take_turn(struct http_conn *conn)
{
	uint32_t events = conn->events;
	bool is_back = conn->is_back, goes_on = conn->goes_on;
	conn->lane = NULL;
	conn->events = 0;
	conn->is_back = conn->goes_on = false;
	if (events)
		take_event(conn, events);
	if (is_back)
		conn_work_done(conn);
	else if (goes_on && events == 0)
		conn_run(conn);
	if (conn->has_more) {
		conn->has_more = false;
		conn_more(conn);
	}
}

static void take_turns(struct loop *loop)
{
	int64_t end = 0;
	GList *link;
	while ((link = lanes_pop(&loop->lanes))) {
		take_turn(link->data);
		if (!lanes_wait(&loop->lanes))
			return;
		int64_t now = g_get_monotonic_time();
		if (end == 0)
			end = now + TURNS_US;
		else if (now >= end)
			return;
	}
}

static void take_timeouts(struct loop *loop)
{
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		GList *link;
		while ((link = g_queue_peek_head_link(&loop->timers[i]))) {
			struct http_conn *conn = link->data;
			if (conn->deadline_ms > loop->now_ms)
				break;
			conn_timed_out(conn);
		}
	}
}

static void free_doomed(struct loop *loop)
{
	GList *link;
	while ((link = g_queue_pop_head_link(&loop->doomed)))
		g_free(link->data);
}

bool loop_is_over(const struct loop *loop)
{
	return loop->stopping && loop->now_ms - loop->stop_began_ms >=
					 loop->limits->drain_timeout_ms;
}

/* Closes what stays idle; what is in flight may finish until the deadline. */
static void wind_down(struct loop *loop)
{
	bool late = loop_is_over(loop);
	for (size_t i = 0; i < TIMER_COUNT; i++) {
		GList *next;
		for (GList *link = loop->timers[i].head; link; link = next) {
			struct http_conn *conn = link->data;
			next = link->next;
			if (late)
				conn_close(conn);
			else if (conn->lane == NULL) /* else it may have come */
				conn_wind_down(conn);
		}
	}
}

/* Closing the listener resets whoever waits in its queue, for its client an
 * open connection that may have sent its request. */
static void begin_stop(struct loop *loop)
{
	loop->stopping = true;
	loop->stop_began_ms = loop->now_ms;
	take_connections(loop, ACCEPTS_AT_STOP);
	loop_close(loop, &loop->listen_fd);
}

static int wait_ms(const struct loop *loop)
{
	if (lanes_wait(&loop->lanes))
		return 0;
	if (loop->stopping)
		return STOP_TICK_MS;
	return loop->n_conns > 0 || loop->accept_again_ms ? TICK_MS : -1;
}

void loop_run(struct loop *loop)
{
	struct epoll_event events[EVENTS_PER_ROUND];
	while (!loop->stopping || loop->n_conns > 0) {
		int n = epoll_wait(loop->epoll_fd, events, EVENTS_PER_ROUND,
				   wait_ms(loop));
		loop->now_ms = monotonic_ms();
		take_events(loop, events, MAX(n, 0));
		take_turns(loop);
		take_timeouts(loop);
		resume_accepting(loop);
		if (!loop->stopping && g_atomic_int_get(&loop->stop_asked))
			begin_stop(loop);
		if (loop->stopping)
			wind_down(loop);
		free_doomed(loop);
	}
}
