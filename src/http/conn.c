/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a connection; see the states in conn.h. Reading and framing are
 * here, sending is in send.c.
 */
#include "http/conn.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "base/log/log.h"
#include "base/metrics.h"
#include "base/retry.h"
#include "http/exchange.h"
#include "http/syntax/forwarded.h"
#include "http/io.h"
#include "http/listen.h"
#include "http/response.h"
#include "http/send.h"
#include "http/tls.h"

#define SMALL_READ_BYTES (64u * 1024) /* bounds what can be held */
#define DISCARD_MAX (64u * 1024)      /* of an unwanted body, to keep alive */
#define LINGER_TOTAL_MS 10000
#define TURN_BYTES (1u * 1024 * 1024) /* then others have their turn */
#define HALF_CLOSED_US G_USEC_PER_SEC
#define READ_COST 1024 /* what the least of reads counts there */

/* What has been read and not used, during one conn_run(). */
struct input {
	const char *p;
	size_t n;
	uint64_t turn; /* bytes read in this turn */
};

static void timer_stop(struct http_conn *conn)
{
	if (conn->timer != TIMER_NONE)
		g_queue_unlink(&conn->loop->timers[conn->timer],
			       &conn->timer_link);
	conn->timer = TIMER_NONE;
}

static void timer_start(struct http_conn *conn, enum conn_timer timer)
{
	timer_stop(conn);
	conn->timer = timer;
	conn->window_bytes = 0;
	conn->window_paused_ms = 0;
	conn->deadline_ms =
		conn->loop->now_ms + conn_timer_ms(conn->loop->limits, timer);
	g_queue_push_tail_link(&conn->loop->timers[timer], &conn->timer_link);
}

/* Each state that waits for the client has its timer. A head or a body keeps
 * the one it started with, or trickling would never end. */
static void timer_for_state(struct http_conn *conn)
{
	static const enum conn_timer timers[] = {
		[CONN_HANDSHAKE] = TIMER_HEAD, [CONN_IDLE] = TIMER_IDLE,
		[CONN_HEAD] = TIMER_HEAD,      [CONN_BODY] = TIMER_BODY,
		[CONN_PAUSED] = TIMER_BODY,    [CONN_WORK] = TIMER_NONE,
		[CONN_SEND] = TIMER_SEND,      [CONN_DRY] = TIMER_SEND,
		[CONN_DISCARD] = TIMER_BODY,   [CONN_LINGER] = TIMER_LINGER,
		[CONN_CLOSED] = TIMER_NONE,
	};
	enum conn_timer timer = timers[conn->state];
	bool keeps = timer == TIMER_HEAD || timer == TIMER_BODY ||
		     (timer == TIMER_SEND && conn->window_bytes == 0);
	if (timer == TIMER_NONE)
		timer_stop(conn);
	else if (timer != conn->timer || !keeps)
		timer_start(conn, timer);
}

/* Whether the connection may go on, if only to be told no. */
static bool admit(struct loop *loop, const struct address *peer,
		  enum peer_verdict *verdict)
{
	*verdict = peers_enter(loop->peers, peer);
	if (*verdict == PEER_WELCOME)
		return true;
	metric_add(METRIC_CONNECTIONS_REFUSED, 1);
	if (*verdict == PEER_OVER_CAP && loop->tls == NULL)
		return true;
	/* a handshake is too dear to say no */
	if (*verdict == PEER_OVER_CAP)
		peers_leave(loop->peers, peer, *verdict);
	return false;
}

void conn_open(struct loop *loop, int fd, const struct address *peer)
{
	enum peer_verdict verdict;
	if (!admit(loop, peer, &verdict)) {
		close(fd);
		return;
	}
	struct http_conn *conn = g_new0(struct http_conn, 1);
	conn->loop = loop;
	conn->fd = fd;
	conn->tls = loop->tls ? tls_new(loop->tls, fd) : NULL;
	conn->state = loop->tls ? CONN_HANDSHAKE : CONN_IDLE;
	conn->timer = TIMER_NONE;
	conn->writable = true;
	conn->verdict = verdict;
	conn->peer = *peer;
	conn->owner = address_network(peer);
	conn->is_proxy = address_list_has(loop->limits->proxies, peer);
	conn->timer_link.data = conn;
	conn->turn_link.data = conn;
	loop->n_conns++;
	metric_add(METRIC_CONNECTIONS_OPEN, 1);
	metric_add(METRIC_CONNECTIONS_TOTAL, 1);
	/* A new connection waits for a head, not between requests. */
	timer_start(conn, TIMER_HEAD);
	if ((loop->tls && conn->tls == NULL) ||
	    loop_watch(loop, fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
		       conn) != 0)
		conn_close(conn);
}

/* Tells the application, gives the exchange back. */
static void finish_exchange(struct http_conn *conn)
{
	struct http_exchange *x = conn->h1.x;
	if (x == NULL)
		return;
	conn->h1.x = NULL;
	if (x->owner)
		conn->owner = x->owner;
	conn->loop->app->done(conn->loop->app->user, x, conn->h1.sent_body);
	exchange_put(conn->loop, x);
}

void conn_close(struct http_conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	g_assert(conn->state != CONN_WORK);
	if (conn->h1.x && (conn->state == CONN_SEND || conn->state == CONN_DRY))
		conn_cut(conn);
	else
		conn_end(conn);
	finish_exchange(conn);
	timer_stop(conn);
	if (conn->lane)
		g_queue_unlink(conn->lane, &conn->turn_link);
	g_clear_pointer(&conn->tls, tls_free);
	loop_close(conn->loop, &conn->fd);
	conn->state = CONN_CLOSED;
	g_clear_pointer(&conn->held, g_free);
	peers_leave(conn->loop->peers, &conn->peer, conn->verdict);
	metric_add(METRIC_CONNECTIONS_OPEN, -1);
	conn->loop->n_conns--;
	/* Events of this round may still point here. */
	g_queue_push_tail_link(&conn->loop->doomed, &conn->turn_link);
}

static void start_linger(struct http_conn *conn)
{
	conn_end(conn);
	shutdown(conn->fd, SHUT_WR);
	conn->state = CONN_LINGER;
	conn->linger_until_ms = conn->loop->now_ms + LINGER_TOTAL_MS;
}

/* A body still to come can be read past only if it is known to be small and
 * the client is not waiting to be asked for it. */
static bool can_discard(const struct http_conn *conn)
{
	const struct http_head *head = &conn->h1.x->head;
	if (head->expect_continue && conn->h1.x->body_bytes == 0)
		return false;
	return !head->chunked && conn->h1.body_left <= (int64_t)DISCARD_MAX;
}

static void start_send(struct http_conn *conn)
{
	struct http1 *h1 = &conn->h1;
	struct http_exchange *x = h1->x;
	h1->last = !x->head.keep_alive || x->response.close || conn->ended ||
		   conn->loop->stopping || conn->verdict != PEER_WELCOME ||
		   response_ends_by_closing(x) ||
		   (h1->body_open && !can_discard(conn));
	h1->head_out = response_head(x, loop_date(conn->loop), h1->last);
	h1->sent_head = h1->sent_body = 0;
	h1->feed = NULL;
	conn->state = CONN_SEND;
}

static void after_send(struct http_conn *conn)
{
	struct http1 *h1 = &conn->h1;
	bool body_open = h1->body_open;
	finish_exchange(conn);
	if (h1->last && body_open)
		start_linger(conn);
	else if (h1->last)
		conn_close(conn);
	else
		conn->state = body_open ? CONN_DISCARD : CONN_IDLE;
}

static void fail(struct http_conn *conn, enum http_fault fault)
{
	const struct http_app *app = conn->loop->app;
	response_reset(conn->h1.x);
	conn->h1.body_open = true; /* whatever comes is not to be understood */
	app->fault(app->user, conn->h1.x, fault);
	conn->h1.x->response.close = true;
	start_send(conn);
}

/* Nearly all who end their side are gone altogether; those who are not have
 * this long for their answer. */
void conn_note_left(struct http_conn *conn, bool is_reset)
{
	_Atomic int64_t *left = &conn->h1.x->left_us;
	int64_t at = g_get_monotonic_time() + (is_reset ? 0 : HALF_CLOSED_US);
	if (!conn->hung_up)
		return;
	if (is_reset || atomic_load(left) == 0)
		atomic_store(left, at);
}

static void act(struct http_conn *conn, enum http_action action)
{
	if (action == HTTP_REPLY) {
		start_send(conn);
		return;
	}
	conn->state = CONN_WORK;
	conn_note_left(conn, false);
	if (action != HTTP_WORK)
		return;
	if (workers_push(conn->loop->workers, conn->h1.x) != 0)
		fail(conn, HTTP_FAULT_OVERLOADED);
}

/* Takes the next run of body bytes off the input. False: broken framing. */
static bool next_run(struct http_conn *conn, struct input *in, struct str *run)
{
	struct http1 *h1 = &conn->h1;
	if (!h1->is_chunked) {
		size_t n = MIN(in->n, (uint64_t)h1->body_left);
		*run = (struct str){in->p, n};
		h1->body_left -= (int64_t)n;
		h1->body_open = h1->body_left > 0;
		in->p += n;
		in->n -= n;
		return true;
	}
	ptrdiff_t used = http_chunked_step(&h1->chunked, in->p, in->n, run);
	if (used < 0)
		return false;
	in->p += used;
	in->n -= (size_t)used;
	h1->body_open = !http_chunked_done(&h1->chunked);
	return true;
}

/* The window of the body's rate runs on, less the time of pauses: were it to
 * start again after each, a client that trickles would be paused for ever. */
static void start_pause(struct http_conn *conn)
{
	conn->state = CONN_PAUSED;
	conn->h1.has_paused = true;
	conn->paused_at_ms = conn->loop->now_ms;
}

/* Of the pause, what lies in the window of the timer. */
static int64_t paused_ms(const struct http_conn *conn)
{
	const struct loop *loop = conn->loop;
	int64_t window_began =
		conn->deadline_ms - conn_timer_ms(loop->limits, conn->timer);
	return loop->now_ms - MAX(conn->paused_at_ms, window_began);
}

static void on_body(struct http_conn *conn, struct input *in)
{
	const struct http_app *app = conn->loop->app;
	struct http_exchange *x = conn->h1.x;
	while (in->n > 0 && conn->h1.body_open) {
		struct str run;
		if (!next_run(conn, in, &run)) {
			fail(conn, HTTP_FAULT_CHUNK);
			return;
		}
		x->body_bytes += run.n;
		enum http_taken taken = HTTP_TAKEN;
		if (run.n) /* before: giving up posts, too */
			exchange_forget_more(conn->loop, x);
		if (g_atomic_int_get(&x->given_up)) {
			fail(conn, HTTP_FAULT_OVERLOADED);
			return;
		}
		if (run.n)
			taken = app->body(app->user, x, run.p, run.n);
		if (taken == HTTP_REFUSED) {
			start_send(conn);
			return;
		}
		if (taken == HTTP_PAUSE) {
			start_pause(conn);
			return;
		}
	}
	if (!conn->h1.body_open)
		act(conn, app->end(app->user, x));
}

static void on_discard(struct http_conn *conn, struct input *in)
{
	while (in->n > 0 && conn->h1.body_open) {
		struct str run;
		size_t before = in->n;
		bool framed = next_run(conn, in, &run);
		conn->h1.discarded += before - in->n;
		if (!framed || conn->h1.discarded > 2 * DISCARD_MAX) {
			start_linger(conn);
			return;
		}
	}
	if (!conn->h1.body_open)
		conn->state = CONN_IDLE;
}

static void begin_body(struct http_conn *conn, struct input *in)
{
	const struct http_app *app = conn->loop->app;
	conn->state = CONN_BODY;
	conn->h1.body_began_ms = conn->loop->now_ms;
	if (!conn->h1.body_open) {
		act(conn, app->end(app->user, conn->h1.x));
		return;
	}
	/* 25 bytes into an empty send buffer; were they lost, the client would
	 * send after its own time-out anyway. */
	if (conn->h1.x->head.expect_continue && in->n == 0)
		conn_note(conn, STR("HTTP/1.1 100 Continue\r\n\r\n"));
}

/* As if the proxy were not there. */
static void take_forwarded(const struct http_conn *conn,
			   struct http_exchange *x)
{
	struct forwarded said;
	forwarded_read(&x->head, conn->loop->limits->proxies, &conn->peer,
		       &said);
	address_text(&said.client, x->peer);
	if (said.host.p)
		x->head.authority = said.host;
	if (said.scheme.p)
		x->is_https = str_eq(said.scheme, STR("https"));
}

/* The exchange of a head, or of as much as came of one. */
static void start_exchange(struct http_conn *conn, struct http_exchange *x,
			   const char *p, size_t n)
{
	conn->h1.x = x;
	x->conn = conn;
	x->is_https = conn->tls != NULL;
	exchange_start(x, p, n);
	if (conn->is_proxy)
		take_forwarded(conn, x);
	else
		address_text(&conn->peer, x->peer);
}

static void on_head(struct http_conn *conn, struct input *in)
{
	struct http1 *h1 = &conn->h1;
	const struct http_app *app = conn->loop->app;
	enum http_fault why = HTTP_FAULT_NONE;
	struct http_exchange *x = exchange_take(conn->loop);
	ptrdiff_t n = http_head_parse(&x->head, (struct str){in->p, in->n},
				      &conn->scanned, &why);
	if (n == 0) {
		exchange_put_unused(conn->loop, x);
		conn->state = CONN_HEAD;
		return;
	}
	timer_stop(conn); /* the next head gets its own time */
	conn->scanned = 0;
	start_exchange(conn, x, in->p,
		       n < 0 ? MIN(in->n, HTTP_HEAD_MAX) : (size_t)n);
	if (n < 0) {
		in->n = 0;
		fail(conn, why);
		return;
	}
	in->p += n;
	in->n -= (size_t)n;
	h1->body_left = MAX(x->head.content_length, 0);
	h1->body_open = x->head.chunked || h1->body_left > 0;
	h1->has_paused = false;
	h1->discarded = 0;
	h1->is_chunked = x->head.chunked;
	http_chunked_init(&h1->chunked);
	if (conn->verdict != PEER_WELCOME) {
		fail(conn, HTTP_FAULT_OVERLOADED);
		return;
	}
	enum http_action action = app->begin(app->user, x);
	if (action == HTTP_BODY)
		begin_body(conn, in);
	else
		act(conn, action);
}

static bool wants_input(const struct http_conn *conn)
{
	return conn->state == CONN_IDLE || conn->state == CONN_HEAD ||
	       conn->state == CONN_BODY || conn->state == CONN_DISCARD;
}

/* The client has ended its side. */
static void on_end(struct http_conn *conn)
{
	conn->ended = true;
	if (conn->state == CONN_BODY)
		fail(conn, HTTP_FAULT_TRUNCATED);
	else
		conn_close(conn);
}

/* Where the application wants what comes next, of which nothing is the
 * transport's then. */
static struct http_room find_room(struct http_conn *conn,
				  const struct input *in, size_t max)
{
	const struct http_app *app = conn->loop->app;
	const struct http1 *h1 = &conn->h1;
	struct http_room room = {0};
	if (app->room && conn->state == CONN_BODY && in->n == 0 &&
	    !h1->is_chunked)
		room = app->room(app->user, h1->x);
	room.n = MIN(room.n, MIN(max, (uint64_t)h1->body_left));
	return room;
}

/* Reads once into the loop's buffer, behind what is held, or where the
 * application wants it. False: nothing came (would block, the end, an error).
 */
static bool read_more(struct http_conn *conn, struct input *in)
{
	struct loop *loop = conn->loop;
	bool head = conn->state == CONN_IDLE || conn->state == CONN_HEAD;
	bool small = head || conn->h1.has_paused;
	size_t room = small ? SMALL_READ_BYTES : LOOP_INPUT_BYTES;
	if (in->n && in->p != loop->input)
		memmove(loop->input, in->p, in->n);
	in->p = loop->input;
	if (in->n >= room)
		room = LOOP_INPUT_BYTES;
	struct http_room to = find_room(conn, in, room);
	if (to.n)
		in->p = to.p;
	else
		to = (struct http_room){loop->input + in->n, room - in->n};
	ssize_t n = conn_read(conn, to.p, to.n);
	if (n > 0) {
		in->n += (size_t)n;
		in->turn += MAX((uint64_t)n, READ_COST);
		conn->window_bytes += (uint64_t)n;
		metric_add(METRIC_BYTES_IN, n);
		return true;
	}
	if (n < 0)
		on_end(conn);
	return false;
}

/* Who speaks plain HTTP here has mistaken the URL. */
static void tell_plain(struct http_conn *conn)
{
	static const char text[] = "This port speaks HTTPS only.\n";
	char answer[256];
	struct str date = loop_date(conn->loop);
	int n = g_snprintf(answer, sizeof(answer),
			   "HTTP/1.1 400 Bad Request\r\n"
			   "Date: %.*s\r\n"
			   "Content-Type: text/plain; charset=utf-8\r\n"
			   "Content-Length: %zu\r\n"
			   "Connection: close\r\n\r\n%s",
			   STR_ARG(date), sizeof(text) - 1, text);
	(void)!send(conn->fd, answer, (size_t)n, MSG_NOSIGNAL);
	start_linger(conn);
}

static void handshake_failed(struct http_conn *conn, const struct err *err)
{
	if (log_enabled(LOG_DEBUG)) {
		char peer[ADDRESS_TEXT_MAX];
		address_text(&conn->peer, peer);
		log_debug("TLS handshake with %s: %s", peer, err->text);
	}
	conn_close(conn);
}

/* False: it waits for the client, or is over. */
static bool shake_hands(struct http_conn *conn)
{
	struct err err;
	switch (tls_handshake(conn->tls, &err)) {
	case TLS_DONE:
		conn->state = CONN_HEAD; /* the time for it has begun */
		return true;
	case TLS_WANT_READ:
		conn->readable = false;
		return false;
	case TLS_WANT_WRITE: /* still readable: goes on with any edge */
		return false;
	case TLS_PLAIN:
		tell_plain(conn);
		return true;
	case TLS_OVER:
	default:
		handshake_failed(conn, &err);
		return false;
	}
}

static void linger(struct http_conn *conn)
{
	for (uint64_t turn = 0; conn->readable; turn += LOOP_INPUT_BYTES) {
		if (turn >= 16u * TURN_BYTES ||
		    conn->loop->now_ms > conn->linger_until_ms)
			break;
		/* TCP: MSG_TRUNC drops the bytes without copying them. */
		ssize_t n = RETRY_EINTR(recv(conn->fd, conn->loop->input,
					     LOOP_INPUT_BYTES, MSG_TRUNC));
		if (n < 0 && errno == EAGAIN)
			return;
		if (n <= 0) {
			conn_close(conn);
			return;
		}
	}
	if (conn->loop->now_ms > conn->linger_until_ms)
		conn_close(conn);
}

/* The response has begun, so none can say that there is no worker for it. */
static void start_filling(struct http_conn *conn)
{
	struct http_exchange *x = conn->h1.x;
	if (loop_is_over(conn->loop)) { /* it would end only with the body */
		conn_close(conn);
		return;
	}
	x->heavy = false;
	conn->h1.filling = true;
	conn->state = CONN_WORK;
	conn_note_left(conn, false);
	if (workers_push(conn->loop->workers, x) == 0)
		return;
	conn->state = CONN_SEND;
	conn_close(conn);
}

static bool on_send(struct http_conn *conn)
{
	switch (send_response(conn)) {
	case SEND_DONE:
		after_send(conn);
		return true;
	case SEND_BLOCKED:
		return false;
	case SEND_LATER:
		conn->state = CONN_DRY;
		conn->paused_at_ms = conn->loop->now_ms;
		return false;
	case SEND_WORK:
		start_filling(conn);
		return false;
	case SEND_FAILED:
	default:
		conn_close(conn);
		return false;
	}
}

/* One step of the state machine. False: blocked, closed, or waiting. */
static bool step(struct http_conn *conn, struct input *in)
{
	switch (conn->state) {
	case CONN_HANDSHAKE:
		return shake_hands(conn);
	case CONN_SEND:
		return on_send(conn);
	case CONN_LINGER:
		linger(conn);
		return false;
	case CONN_BODY:
		on_body(conn, in);
		return true;
	case CONN_DISCARD:
		on_discard(conn, in);
		return true;
	case CONN_IDLE:
	case CONN_HEAD:
		on_head(conn, in);
		return true;
	case CONN_PAUSED:
	case CONN_DRY:
	case CONN_WORK:
	case CONN_CLOSED:
	default:
		return false;
	}
}

static void take_held(struct http_conn *conn, struct input *in)
{
	if (conn->held == NULL)
		return;
	memcpy(conn->loop->input, conn->held, conn->n_held);
	*in = (struct input){conn->loop->input, conn->n_held, 0};
	g_clear_pointer(&conn->held, g_free);
	conn->n_held = 0;
}

static void keep_held(struct http_conn *conn, const struct input *in)
{
	if (in->n == 0 || conn->state == CONN_CLOSED ||
	    conn->state == CONN_LINGER)
		return;
	conn->held = g_memdup2(in->p, in->n);
	conn->n_held = in->n;
}

static void yield_turn(struct http_conn *conn)
{
	if (conn->state == CONN_CLOSED)
		return;
	conn->goes_on = true;
	loop_wants_turn(conn->loop, conn);
}

void conn_run(struct http_conn *conn)
{
	struct input in = {0};
	bool fresh; /* input that the state has not looked at */
	take_held(conn, &in);
	fresh = in.n > 0;
	for (;;) {
		if (wants_input(conn) && !fresh) {
			if (in.turn >= TURN_BYTES) {
				yield_turn(conn);
				break;
			}
			if (!conn->readable)
				break;
			if (!read_more(conn, &in)) {
				if (conn->state == CONN_SEND)
					continue;
				break;
			}
		}
		enum conn_state before = conn->state;
		size_t n_before = in.n;
		if (!step(conn, &in))
			break;
		fresh = in.n > 0 && (conn->state != before || in.n != n_before);
	}
	keep_held(conn, &in);
	if (conn->state == CONN_SEND && conn->writable)
		yield_turn(conn);
	timer_for_state(conn);
}

void conn_work(struct http_conn *conn)
{
	const struct http_app *app = conn->loop->app;
	struct http_exchange *x = conn->h1.x;
	struct loop *loop = conn->loop;
	const struct http_source *source = x->response.source;
	if (conn->h1.filling)
		source->work(source->user);
	else if (app->work(app->user, x) != HTTP_REPLY)
		return; /* it may be somebody else's by now */
	loop_post_done(loop, x, false);
}

void conn_work_done(struct http_conn *conn)
{
	const struct http_app *app = conn->loop->app;
	enum http_action action = HTTP_REPLY;
	if (conn->h1.filling) {
		conn->h1.filling = false;
		conn->state = CONN_SEND;
		conn_run(conn);
		return;
	}
	if (conn->h1.x->refused) {
		fail(conn, HTTP_FAULT_OVERLOADED);
		conn_run(conn);
		return;
	}
	if (conn->h1.x->resumed) {
		/* before: whoever it is to wait for may resume it meanwhile */
		conn->h1.x->resumed = false;
		action = app->resume(app->user, conn->h1.x);
	}
	act(conn, action);
	conn_run(conn);
}

static bool takes_body(const struct http_conn *conn)
{
	return conn->state == CONN_BODY || conn->state == CONN_PAUSED;
}

void conn_more(struct http_conn *conn)
{
	const struct http_app *app = conn->loop->app;
	if (takes_body(conn) && g_atomic_int_get(&conn->h1.x->given_up)) {
		fail(conn, HTTP_FAULT_OVERLOADED);
		conn_run(conn);
	} else if (conn->state == CONN_PAUSED) {
		conn->h1.body_began_ms +=
			conn->loop->now_ms - conn->paused_at_ms;
		conn->window_paused_ms += paused_ms(conn);
		conn->state = CONN_BODY;
		if (!conn->h1.body_open)
			act(conn, app->end(app->user, conn->h1.x));
		conn_run(conn);
	} else if (conn->state == CONN_DRY) {
		conn->state = CONN_SEND;
		timer_start(conn, TIMER_SEND);
		conn_run(conn);
	}
}

/* All of the body so far came with the rate that the application wants. */
static bool is_as_fast_as_wanted(const struct http_conn *conn)
{
	if (!takes_body(conn) || conn->h1.x->least_rate == 0)
		return true;
	int64_t ms = (conn->state == CONN_PAUSED ? conn->paused_at_ms
						 : conn->loop->now_ms) -
		     conn->h1.body_began_ms;
	return conn->h1.x->body_bytes * 1000 >=
	       conn->h1.x->least_rate * (uint64_t)MAX(ms, 0);
}

/* A body that came fast enough while it was wanted gets another window; so does
 * a response whose client takes bytes at all. */
static bool earned_more_time(const struct http_conn *conn)
{
	const struct http_limits *limits = conn->loop->limits;
	if (conn->timer == TIMER_SEND)
		return conn->window_bytes > 0 || conn->state == CONN_DRY;
	if (conn->timer != TIMER_BODY || !is_as_fast_as_wanted(conn))
		return false;
	int64_t wanted_ms = limits->body_timeout_ms - conn->window_paused_ms;
	if (conn->state == CONN_PAUSED)
		wanted_ms -= paused_ms(conn);
	/* a client that had to wait needs a moment to go on */
	return wanted_ms * 2 < limits->body_timeout_ms ||
	       (int64_t)(conn->window_bytes * 1000) >=
		       limits->min_body_rate * wanted_ms;
}

static bool is_stalled(const struct http_conn *conn)
{
	return (conn->state == CONN_PAUSED || conn->state == CONN_DRY) &&
	       conn->loop->now_ms - conn->paused_at_ms >=
		       conn->loop->limits->app_timeout_ms;
}

void conn_timed_out(struct http_conn *conn)
{
	bool stalled = is_stalled(conn);
	if (!stalled && earned_more_time(conn)) {
		timer_start(conn, conn->timer);
		return;
	}
	if (stalled && conn->state == CONN_PAUSED) {
		fail(conn, HTTP_FAULT_STALLED);
		conn_run(conn);
	} else if (conn->state == CONN_HEAD && conn->n_held > 0) {
		struct http_exchange *x = exchange_take(conn->loop);
		http_head_partial(&x->head,
				  (struct str){conn->held, conn->n_held});
		start_exchange(conn, x, conn->held, conn->n_held);
		fail(conn, HTTP_FAULT_HEAD_TIMEOUT);
		conn_run(conn);
	} else if (takes_body(conn)) {
		fail(conn, HTTP_FAULT_BODY_TIMEOUT);
		conn_run(conn);
	} else {
		conn_close(conn);
	}
}

/* Not a byte of a request has come. */
static bool is_idle(const struct http_conn *conn)
{
	return conn->state == CONN_HANDSHAKE || conn->state == CONN_IDLE;
}

void conn_wind_down(struct http_conn *conn)
{
	const struct loop *loop = conn->loop;
	if (!is_idle(conn))
		return;
	int64_t idle_since =
		conn->deadline_ms - conn_timer_ms(loop->limits, conn->timer);
	if (loop->now_ms - MAX(idle_since, loop->stop_began_ms) <
	    loop->limits->stop_grace_ms)
		return;
	conn->readable = true; /* it may have come since the events were read */
	conn_run(conn);
	if (is_idle(conn))
		conn_close(conn);
}
