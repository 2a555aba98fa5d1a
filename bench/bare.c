/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that an answer to a small request can cost: one loop that reads
 * until a head ends and sends the same bytes each time. It understands nothing,
 * opens no file and keeps no log. What a server needs beyond it is its own.
 *
 * usage: bare FILE     (prints its port; SIGTERM ends it)
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define BODY_MAX 65536
#define EVENTS 256

static char answer[BODY_MAX + 256];
static size_t answer_n;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void read_answer(const char *path)
{
	static char body[BODY_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, body, sizeof(body));
	if (n < 0)
		die(path);
	close(fd);
	int head =
		snprintf(answer, sizeof(answer),
			 "HTTP/1.1 200 OK\r\nContent-Length: %zd\r\n\r\n", n);
	memcpy(answer + head, body, (size_t)n);
	answer_n = (size_t)head + (size_t)n;
}

static int start_listening(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t length = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&at, length) < 0 ||
	    listen(fd, 1024) < 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &length) < 0)
		die("listen");
	printf("%d\n", ntohs(at.sin_port));
	fflush(stdout);
	return fd;
}

static void watch(int epoll, int fd)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = fd};
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		die("epoll_ctl");
}

static void take_connections(int epoll, int listener)
{
	int fd, yes = 1;
	while ((fd = accept4(listener, NULL, NULL,
			     SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
		watch(epoll, fd);
	}
}

/* False: the client has gone. A head of the benchmark comes in one piece, and
 * its answer fits the socket. */
static bool serve(int fd)
{
	char head[4096];
	ssize_t n;
	while ((n = recv(fd, head, sizeof(head), 0)) > 0) {
		if (memmem(head, (size_t)n, "\r\n\r\n", 4) == NULL)
			return false;
		if (send(fd, answer, answer_n, MSG_NOSIGNAL) !=
		    (ssize_t)answer_n)
			return false;
		if ((size_t)n < sizeof(head))
			return true;
	}
	return n < 0 && errno == EAGAIN;
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fputs("usage: bare FILE\n", stderr);
		return 2;
	}
	read_answer(argv[1]);
	int listener = start_listening();
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	watch(epoll, listener);
	for (;;) {
		struct epoll_event events[EVENTS];
		int n = epoll_wait(epoll, events, EVENTS, -1);
		for (int i = 0; i < n; i++) {
			int fd = events[i].data.fd;
			if (fd == listener)
				take_connections(epoll, listener);
			else if (!serve(fd))
				close(fd);
		}
	}
}
