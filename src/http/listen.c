/* SPDX-License-Identifier: Apache-2.0 */
#include "http/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/str.h"

/* "[::1]:80", "host:80", ":80" into host (without brackets) and port. */
static bool split_address(struct str address, struct str *host,
			  struct str *port)
{
	uint64_t number;
	ptrdiff_t colon = str_rfind(address, ':');
	if (colon < 0)
		return false;
	*host = str_sub(address, 0, (size_t)colon);
	*port = str_skip(address, (size_t)colon + 1);
	if (!str_to_u64(*port, 65535, &number))
		return false;
	if (host->n >= 2 && host->p[0] == '[' && host->p[host->n - 1] == ']') {
		*host = str_sub(*host, 1, host->n - 1);
		return true;
	}
	return str_find(*host, ':') < 0;
}

static int resolve(const char *address, struct sockaddr_storage *out,
		   socklen_t *length, struct err *err)
{
	struct str host, port;
	char host_text[256], port_text[8];
	if (!split_address(str_of(address), &host, &port) ||
	    host.n >= sizeof(host_text))
		return err_set(err, ERR_INVALID, "\"%s\" is not HOST:PORT",
			       address);
	snprintf(host_text, sizeof(host_text), "%.*s", STR_ARG(host));
	snprintf(port_text, sizeof(port_text), "%.*s", STR_ARG(port));
	struct addrinfo hints = {.ai_family = AF_UNSPEC,
				 .ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_PASSIVE};
	struct addrinfo *found = NULL;
	int rc = getaddrinfo(host.n ? host_text : NULL, port_text, &hints,
			     &found);
	if (rc != 0)
		return err_set(err, ERR_INVALID, "\"%s\": %s", address,
			       gai_strerror(rc));
	memcpy(out, found->ai_addr, found->ai_addrlen);
	*length = found->ai_addrlen;
	freeaddrinfo(found);
	return 0;
}

static int open_one(const struct sockaddr_storage *address, socklen_t length,
		    const char *text, struct err *err)
{
	int on = 1;
	int fd = socket(address->ss_family,
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set_errno(err, errno, "socket");
	/* TCP_NODELAY is inherited by accepted sockets. */
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)address, length) != 0 ||
	    listen(fd, LISTEN_BACKLOG) != 0) {
		int saved = errno;
		close(fd);
		return err_set(err, ERR_INVALID, "cannot listen on %s: %s",
			       text, strerror(saved));
	}
	return fd;
}

/* SO_REUSEPORT would let a second server share the port in silence: probe
 * with a socket that does not ask to share. */
static int refuse_shared_port(const struct sockaddr_storage *address,
			      socklen_t length, const char *text,
			      struct err *err)
{
	int on = 1;
	int fd = socket(address->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_set_errno(err, errno, "socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	int rc = bind(fd, (const struct sockaddr *)address, length);
	int saved = errno;
	close(fd);
	if (rc != 0)
		return err_set(err, ERR_INVALID, "cannot listen on %s: %s",
			       text, strerror(saved));
	return 0;
}

void listen_text(int fd, char text[LISTEN_TEXT_MAX])
{
	struct sockaddr_storage at = {0};
	socklen_t length = sizeof(at);
	char host[NI_MAXHOST], port[NI_MAXSERV];
	if (getsockname(fd, (struct sockaddr *)&at, &length) != 0 ||
	    getnameinfo((const struct sockaddr *)&at, length, host,
			sizeof(host), port, sizeof(port),
			NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		text[0] = '\0';
		return;
	}
	bool v6 = at.ss_family == AF_INET6;
	snprintf(text, LISTEN_TEXT_MAX, v6 ? "[%.200s]:%s" : "%.200s:%s", host,
		 port);
}

int listen_open(const char *address, unsigned n, int fds[], struct err *err)
{
	struct sockaddr_storage at = {0};
	socklen_t length = 0;
	if (resolve(address, &at, &length, err) != 0 ||
	    refuse_shared_port(&at, length, address, err) != 0)
		return -1;
	for (unsigned i = 0; i < n; i++) {
		fds[i] = open_one(&at, length, address, err);
		if (fds[i] < 0) {
			while (i > 0)
				close(fds[--i]);
			return -1;
		}
		/* With port 0 the first socket decides for all. */
		getsockname(fds[i], (struct sockaddr *)&at, &length);
	}
	return 0;
}
