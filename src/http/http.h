/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The HTTP/1.1 server as the rest of the program sees it.
 *
 * An application is a struct of functions. For each request the transport
 * calls begin, then, if the body is wanted, body for each run of bytes and
 * end, perhaps work, and at last done. It owns sockets, framing, time-outs,
 * ordering and back-pressure; the application sees bytes and exchanges.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include <stdatomic.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/threads/turns.h"
#include "http/syntax/head.h"

enum http_body_kind {
	HTTP_BODY_NONE,
	HTTP_BODY_MEMORY,
	HTTP_BODY_FILE,
	HTTP_BODY_SOURCE,
};

enum http_pulled {
	HTTP_PULLED,      /* there is a run */
	HTTP_PULL_LATER,  /* none yet: http_more() will be called */
	HTTP_PULL_WORK,   /* none without `work` on a worker: pull after that */
	HTTP_PULL_END,    /* that was all */
	HTTP_PULL_FAILED, /* there is more, but it cannot be had: the
			     connection is cut, so that the client sees it */
};

/* What is sent next: bytes, and behind them a range of a file, which goes out
 * as a response of HTTP_BODY_FILE does. */
struct http_run {
	struct str bytes;
	int fd; /* of the file; no matter if length is 0 */
	uint64_t offset, length;
};

/*
 * Makes a response's body while it is sent. All of it but `work` on the loop's
 * thread, where nothing may block.
 *
 * The response can end at any time (see http_more()); then stop is called
 * without the end having been pulled.
 */
struct http_source {
	/* Once, before the first pull: which bytes are wanted; length may be
	 * HTTP_LENGTH_UNKNOWN: all there are. Not called when none are, as for
	 * HEAD. NULL: it is no matter. */
	void (*start)(void *user, uint64_t offset, uint64_t length);
	/* When the client takes more. HTTP_PULLED sets *run, which is empty
	 * before and not after; its bytes stay where they are, and its file
	 * open, until the next pull, or stop. More than what was promised is
	 * not sent; less is as HTTP_PULL_FAILED. May be called without
	 * http_more() too. */
	enum http_pulled (*pull)(void *user, struct http_run *run);
	/* Worker thread, after HTTP_PULL_WORK; may block, on the disk and the
	 * database. A turn of x->owner's, as any work, and never a heavy one;
	 * meanwhile nothing is sent, and nothing else is called. NULL: it never
	 * asks for it. */
	void (*work)(void *user);
	/* Once for each http_reply_source(), with the exchange's arena, when
	 * `done` has returned: from then on no http_more(). */
	void (*stop)(void *user);
	void *user;
};

#define HTTP_LENGTH_UNKNOWN UINT64_MAX

/* Filled in by the application; bytes and descriptors live until the
 * exchange's arena is released (arena_defer() closes them). */
struct http_response {
	int status;
	struct buf fields; /* "Name: value\r\n" lines, by http_set() */
	enum http_body_kind kind;
	struct str bytes; /* HTTP_BODY_MEMORY */
	int fd;          /* HTTP_BODY_FILE: sent with sendfile, with TLS read */
	uint64_t offset; /* of the file or source, bytes */
	uint64_t length; /* of the body; for HEAD what GET would send */
	const struct http_source *source; /* HTTP_BODY_SOURCE */
	bool close; /* end the connection after this response */
};

#define HTTP_RUN_MAX (512u * 1024) /* body bytes in one call of `body` */

struct http_conn;

/* One request and its response. One thread at a time: the loop, or a worker
 * between `HTTP_WORK` and the return of `work`, or whoever will resume it. */
struct http_exchange {
	struct http_head head; /* strings live in the arena */
	struct arena arena;
	struct http_response response;
	/* the client's address; behind one of http_limits' proxies what that
	 * says, as for head.authority and is_https */
	char peer[ADDRESS_TEXT_MAX];
	int64_t started_us;          /* monotonic */
	_Atomic uint64_t body_bytes; /* handed to the application; any thread
					may look while the body comes */
	/* The application's, in begin: bytes/s that the whole body must come
	 * with, less what pauses took; looked at each body_timeout_ms. 0: no
	 * more than min_body_rate. */
	unsigned least_rate;
	void *user; /* the application's */
	/* The application's, before HTTP_WORK, or a response whose source has
	 * work: whose it is, as workers see it (0 at first), for whom of the
	 * owner's, and whether it is heavy: it may take long and holds what
	 * there are few of. All as in workers.h. */
	int64_t owner, guest;
	bool heavy;
	bool is_https; /* the client came over TLS, as far as is known */
	/* Monotonic time from which on nobody waits for the answer any more;
	 * 0: somebody does. Any thread may look at it while it works on the
	 * exchange. */
	_Atomic int64_t left_us;
	struct http_conn *conn; /* the transport's, as all that follows */
	struct http_exchange *next;
	struct http_exchange *next_more;
	struct turn turn;
	struct turns_place slow_place;
	int more; /* atomic */
	bool resumed;
	bool refused; /* by the workers */
	int given_up; /* atomic */
};

enum http_action {
	HTTP_REPLY,   /* the response is filled in: send it */
	HTTP_WORK,    /* call `work` on a worker thread, or `fault` when
			 none is free for too long */
	HTTP_BODY,    /* (begin only) hand me the body first */
	HTTP_PENDING, /* somebody will call http_resume() */
};

/* What the application says to body bytes; it has taken them in any case. */
enum http_taken {
	HTTP_TAKEN,
	HTTP_PAUSE,   /* no more, nor the end, before http_more() */
	HTTP_REFUSED, /* the response is filled in: send it now and take no
			 more of the body */
};

/* Room for bytes; n 0: none. */
struct http_room {
	char *p;
	size_t n;
};

struct http_app {
	void *user;
	/* Loop thread; the head is there. An unwanted body is discarded, within
	 * bounds, after the response. */
	enum http_action (*begin)(void *user, struct http_exchange *x);
	/* Loop thread; decoded body bytes, at most HTTP_RUN_MAX. */
	enum http_taken (*body)(void *user, struct http_exchange *x,
				const char *p, size_t n);
	/* Loop thread; NULL: no. Where the next body bytes may be put, if the
	 * application has room for them: if any come, `body` is called next,
	 * with those, and their copying is spared. */
	struct http_room (*room)(void *user, struct http_exchange *x);
	/* Loop thread; the body is complete. */
	enum http_action (*end)(void *user, struct http_exchange *x);
	/* Worker thread; may block. HTTP_REPLY or HTTP_PENDING. Called again
	 * each time HTTP_WORK is returned. */
	enum http_action (*work)(void *user, struct http_exchange *x);
	/* Loop thread, after http_resume(): goes on. HTTP_REPLY, HTTP_WORK or,
	 * to wait once more, HTTP_PENDING. */
	enum http_action (*resume)(void *user, struct http_exchange *x);
	/* Loop thread; fill in the response to what the transport refuses. May
	 * come before begin (then x->user is NULL), during the body, or in
	 * place of work when there is no thread for it. */
	void (*fault)(void *user, struct http_exchange *x,
		      enum http_fault fault);
	/* Loop thread, exactly once for each exchange that began or faulted:
	 * the response is out (sent = bytes of it) or the client is gone. The
	 * arena is released right after. */
	void (*done)(void *user, struct http_exchange *x, uint64_t sent);
};

/* Limits and times; 0 is not "unlimited" anywhere. */
struct http_limits {
	unsigned loops;           /* event loop threads */
	unsigned workers;         /* worker threads */
	unsigned slow_workers;    /* of them may be in slow work */
	unsigned heavy_workers;   /* of them may do heavy work */
	unsigned heavy_wait_ms;   /* that heavy work waits for one of those */
	unsigned max_connections; /* in all */
	unsigned max_connections_per_address;
	/* Whose word about the clients behind them counts, and whose addresses
	 * have no limit of their own. Borrowed; NULL: nobody's. */
	const struct address_list *proxies;
	unsigned head_timeout_ms;  /* first byte to whole head; the first one's
				      has TLS's handshake in it */
	unsigned idle_timeout_ms;  /* between requests */
	unsigned body_timeout_ms;  /* window for the body rate */
	unsigned min_body_rate;    /* bytes/s over that window */
	unsigned send_timeout_ms;  /* without any progress */
	unsigned app_timeout_ms;   /* that one HTTP_PAUSE or HTTP_PULL_LATER
				      may take; seen late by body_timeout_ms
				      or send_timeout_ms at most */
	unsigned stop_grace_ms;    /* at stop, for a request to come on a
				      connection that is open already */
	unsigned drain_timeout_ms; /* at stop, for requests in flight; at most
				      as long may take what is above */
};

struct http_server;
struct tls_context;

struct http_server_options {
	/* "HOST:PORT" ("[::1]:0", ":8080" for all addresses; port 0 picks one)
	 */
	const char *listen;
	const struct http_limits *limits; /* copied */
	/* http/tls.h; stays the caller's. Every connection begins with a
	 * handshake. NULL: none does. */
	struct tls_context *tls;
};

/* Binds the address once for each loop. ERR_INVALID names it. */
int http_server_new(struct http_server **out,
		    const struct http_server_options *options,
		    const struct http_app *app, struct err *err) MUST_CHECK;
/* The bound address as "host:port" (IPv6 in brackets), static for the server.*/
const char *http_server_address(const struct http_server *server);
/* Starts the loop and worker threads and returns. */
int http_server_start(struct http_server *server, struct err *err) MUST_CHECK;
/* Takes the connections that wait, then no more; closes those that stay idle
 * for stop_grace_ms, answers the requests of the others and lets them finish
 * within drain_timeout_ms; joins all threads. */
void http_server_stop(struct http_server *server);
void http_server_free(struct http_server *server);
/* Between start and stop: what it is doing, to the log (info): a line for each
 * loop, soon, with how many connections are in which state and the longest
 * that one of them waits; and one for the workers. */
void http_server_report(struct http_server *server);

/* Within `work`: entering and leaving a part that may wait long for somebody
 * else (a remote host, a folder's deletion). While inside, the pool runs
 * another thread in its place. false: too many already, in all or of the
 * exchange's owner; answer ERR_BUSY. */
bool http_slow_begin(struct http_exchange *x);
void http_slow_end(struct http_exchange *x);

/* Any thread, once for each HTTP_PENDING, even before that was returned: have
 * the exchange's loop call `resume`, soon. The caller must not touch the
 * exchange afterwards, nor must whoever returned HTTP_PENDING. */
void http_resume(struct http_exchange *x);

/* The same of several, one after the other: the loops go on with them when
 * http_wake() is called at last, if not before. */
void http_resume_soon(struct http_exchange *x);
/* Any thread, while there is a server. */
void http_wake(struct http_server *server);

/*
 * Any thread: ends an HTTP_PAUSE of the body, or an HTTP_PULL_LATER of the
 * response's source, soon. It may come before that was returned, but not before
 * `body` or `pull` was called: what came earlier is void.
 *
 * An exchange that waits for this can end at any time: the client goes, the
 * server stops, app_timeout_ms are over. So whoever calls it agrees with the
 * application's `done`, or the source's `stop`, (by a lock of theirs) that no
 * call is made when that has returned.
 *
 * While the body is paused nothing is read: what the transport holds of it is
 * HTTP_RUN_MAX bytes at most, the rest waits at the client. The time does not
 * count against the client.
 */
void http_more(struct http_exchange *x);

/* Any thread, at any time until `done` has returned: a body that is still
 * coming is not waited for any longer; `fault` soon. What comes in whole before
 * that is served as usual. */
void http_give_up(struct http_exchange *x);

/* Response helpers. Values with CR, LF or NUL have those bytes dropped. */
void http_set(struct http_exchange *x, const char *name, struct str value);
void http_set_u64(struct http_exchange *x, const char *name, uint64_t value);
/* status, Content-Type and a body in memory (arena, or static). The transport
 * adds Date, Content-Length and Connection. */
void http_reply(struct http_exchange *x, int status, const char *content_type,
		struct str body);
struct http_range;
/* A range (http/syntax/conditional.h) of an open file; the descriptor stays the
 * application's. */
void http_reply_file(struct http_exchange *x, int status, int fd,
		     const struct http_range *range);
/* A range of a source, which is copied; what it works on must last until its
 * stop. With HTTP_LENGTH_UNKNOWN it is sent chunked, to HTTP/1.0 until the
 * connection closes. */
void http_reply_source(struct http_exchange *x, int status,
		       const struct http_source *source,
		       const struct http_range *range);
void http_reply_empty(struct http_exchange *x, int status);
/* A number for who is at the other end: an IPv4 address, or the network of 64
 * bits of an IPv6 one, which mostly is one customer's. Below 0, so that it is
 * no account's. Looks at `peer`. */
int64_t http_network(const struct http_exchange *x);
/* The registered reason phrase, "Unknown" otherwise. */
const char *http_reason(int status);

#endif
