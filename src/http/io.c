/* SPDX-License-Identifier: Apache-2.0 */
#include "http/io.h"

#include <sys/socket.h>

#include "base/retry.h"
#include "http/response.h"
#include "http/tls.h"

/* TLS may hold bytes that the socket has given away: a short read says
 * nothing. What waits to write stays readable, and goes on with the next edge
 * of whichever kind. */
static ssize_t read_tls(struct http_conn *conn, char *p, size_t n)
{
	size_t got = 0;
	switch (tls_read(conn->tls, p, n, &got)) {
	case TLS_DONE:
		return (ssize_t)got;
	case TLS_WANT_READ:
		conn->readable = false;
		return 0;
	case TLS_WANT_WRITE:
		return 0;
	case TLS_PLAIN:
	case TLS_OVER:
	default:
		conn->readable = false;
		return -1;
	}
}

ssize_t conn_read(struct http_conn *conn, char *p, size_t n)
{
	if (conn->tls)
		return read_tls(conn, p, n);
	ssize_t got = RETRY_EINTR(recv(conn->fd, p, n, 0));
	if (got > 0) {
		if ((size_t)got < n && !conn->hung_up)
			conn->readable = false;
		return got;
	}
	conn->readable = false;
	return got < 0 && errno == EAGAIN ? 0 : -1;
}

void conn_note(struct http_conn *conn, struct str bytes)
{
	if (conn->tls)
		tls_note(conn->tls, bytes);
	else
		(void)!send(conn->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
}

/* Lengths and chunks tell it, and so does TLS without its last word; what ends
 * with a plain connection ends properly unless that is reset. */
void conn_cut(struct http_conn *conn)
{
	const struct linger reset = {.l_onoff = 1};
	if (response_ends_by_closing(conn->h1.x))
		(void)setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &reset,
				 sizeof(reset));
}

void conn_end(struct http_conn *conn)
{
	if (conn->tls)
		tls_end(conn->tls);
}
