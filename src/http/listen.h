/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listening sockets: one a loop, all on the same address.
 */
#ifndef HTTP_LISTEN_H
#define HTTP_LISTEN_H

#include "base/err.h"

#include <sys/socket.h>

#define LISTEN_TEXT_MAX 300
#define LISTEN_BACKLOG 1024 /* connections that may wait to be accepted */

/*
 * Binds n sockets with SO_REUSEPORT to "HOST:PORT" and listens. Port 0 takes a
 * free port, the same for all. On failure no socket is left open.
 */
int listen_open(const char *address, unsigned n, int fds[],
		struct err *err) MUST_CHECK;

/* "host:port" as the socket is bound; "" when that has no text. */
void listen_text(int fd, char text[LISTEN_TEXT_MAX]);

#endif
