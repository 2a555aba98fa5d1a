/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What differs between connections with TLS and without, but for responses
 * (send.h). Private to src/http; loop thread only.
 */
#ifndef HTTP_IO_H
#define HTTP_IO_H

#include "http/conn.h"

/* > 0: that many bytes; 0: nothing for now; -1: the client's end, or an error.
 * Clears conn->readable when there is no more. */
ssize_t conn_read(struct http_conn *conn, char *p, size_t n);
/* A few static bytes, which a client without room for them may never get. */
void conn_note(struct http_conn *conn, struct str bytes);
/* Says that nothing more will be sent: TLS's word for it, not the socket's. */
void conn_end(struct http_conn *conn);
/* In place of that, before the socket is closed: lets the client see that its
 * response is not whole. */
void conn_cut(struct http_conn *conn);

#endif
