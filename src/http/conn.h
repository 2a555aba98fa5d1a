/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection: the states a request goes through on the wire, in order.
 *
 *   IDLE -> HEAD -> [BODY] -> [WORK] -> SEND -> [DISCARD] -> IDLE ...
 *                    |  ^               |  ^ \-> LINGER -> closed
 *                   PAUSED              DRY
 *
 * With TLS, HANDSHAKE comes before the first HEAD.
 *
 * Private to src/http; loop thread only, but for conn_work().
 */
#ifndef HTTP_CONN_H
#define HTTP_CONN_H

#include "http/syntax/chunked.h"
#include "http/loop.h"

enum conn_state {
	CONN_HANDSHAKE, /* TLS's */
	CONN_IDLE,      /* between requests */
	CONN_HEAD,      /* part of a head is there */
	CONN_BODY,      /* handing the body to the application */
	CONN_PAUSED,    /* the application takes no more of the body for now */
	CONN_WORK,      /* a worker, or whoever will resume it, has the
			   exchange, or a worker the response's source */
	CONN_SEND,      /* the response is on its way */
	CONN_DRY,       /* the response's source has nothing yet */
	CONN_DISCARD,   /* reading past a body nobody wanted */
	CONN_LINGER, /* answered and half closed: reading past what the client
			still sends, so that it can read the answer */
	CONN_CLOSED,
};

/* The request that is being served; HTTP/1 has one at a time. */
struct http1 {
	struct http_exchange *x; /* NULL: none */
	bool last;               /* close after this response */
	bool is_chunked;         /* the body */
	bool body_open;          /* not all of the body was read */
	int64_t body_left;       /* Content-Length still to come */
	bool has_paused;         /* in the body */
	int64_t body_began_ms;   /* as if there had been no pauses */
	uint64_t discarded;
	struct http_chunked chunked;
	struct str head_out; /* response head */
	uint64_t sent_head, sent_body;
	struct feed *feed; /* of a response with a source, by send.c */
	bool filling;      /* in CONN_WORK: it is the source that is there */
};

struct http_conn {
	struct loop *loop;
	int fd;
	struct tls *tls; /* NULL: plain */
	enum conn_state state;
	enum conn_timer timer;
	bool readable, writable; /* as far as epoll's edges have told */
	bool hung_up;            /* epoll says the client's side is closed */
	bool ended;              /* all it sent has been read */
	GQueue *lane; /* it waits there for its turn; NULL: it does not */
	/* Why, since its last turn: */
	uint32_t events; /* epoll's */
	bool is_back;    /* its exchange is */
	bool has_more;   /* http_more(), of that */
	bool goes_on;    /* its turn was over before its work */
	int64_t owner;   /* of its last request that had one; till then its
			    network */
	enum peer_verdict verdict;
	struct address peer;
	bool is_proxy; /* what it says of clients is believed */
	int64_t deadline_ms;
	int64_t linger_until_ms;
	uint64_t window_bytes;    /* moved since the timer was set */
	int64_t window_paused_ms; /* of that time, before the last pause */
	int64_t paused_at_ms;     /* the last pause began, or the source had
				     nothing */
	GList timer_link, turn_link;

	char *held; /* bytes read but not yet used, owned */
	size_t n_held;
	size_t scanned; /* of a head in progress */

	struct http1 h1;
};

/* peer: the client's address. */
void conn_open(struct loop *loop, int fd, const struct address *peer);
/* Something changed (epoll's edge, a worker's return, its turn): go on as far
 * as possible. */
void conn_run(struct http_conn *conn);
/* While a worker has the exchange: it may be that nobody waits for the answer
 * any more. is_reset: certainly; else the client may only have ended its side.
 */
void conn_note_left(struct http_conn *conn, bool is_reset);
/* Worker thread, for each push to the workers: answers or fills. */
void conn_work(struct http_conn *conn);
/* The exchange, or its source, is back from its worker, or resumed. */
void conn_work_done(struct http_conn *conn);
/* The application goes on with the body that it has paused, or the source of
 * the response may have more. */
void conn_more(struct http_conn *conn);
void conn_timed_out(struct http_conn *conn);
unsigned conn_timer_ms(const struct http_limits *limits, enum conn_timer timer);
/* Since its timer was started; for a connection that has one. */
int64_t conn_waits_ms(const struct http_conn *conn);
/* Each round while the server stops: closes it if it has been idle for the
 * grace that is given for a request to come. What it is answered during a stop
 * is its last response. */
void conn_wind_down(struct http_conn *conn);
void conn_close(struct http_conn *conn);

#endif
