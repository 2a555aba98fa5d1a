/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The benchmark's client: one thread, keep-alive connections, one request
 * template sent a fixed number of times. "%N%" in the head is replaced by a
 * ten-digit running number, "%W%" by one of 25 widths from 500 on. Large bodies
 * go out with sendfile and response bodies are dropped in the kernel, so that
 * the client costs little.
 *
 * usage: load HOST:PORT CONNECTIONS REQUESTS HEAD_FILE [BODY_FILE]
 *        load HOST:PORT idle CONNECTIONS     (holds them until stdin closes)
 *
 * Prints one JSON object. Bounded: ends after REQUESTS or 120 seconds; SIGTERM
 * ends it before, with what was answered by then.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define HEAD_MAX 4096
#define ANSWER_HEAD_MAX 16384
#define SMALL_BODY (64 * 1024)
#define LIMIT_SECONDS 120
#define FIRST_WIDTH 500
#define WIDTHS 25
/* Few connections begin one after the other, so that a server of several
 * processes gives one to each. */
#define FEW 8
#define APART_US 2000

struct conn {
	int fd;
	bool busy;
	char out[HEAD_MAX + SMALL_BODY];
	size_t out_n, out_at;
	off_t body_at;
	char in[ANSWER_HEAD_MAX];
	size_t in_n;
	int64_t left; /* of the answer's body; -1: head not complete */
	double started;
};

static struct sockaddr_in server;
static char head[HEAD_MAX];
static size_t head_n;
static int body_fd = -1;
static off_t body_n;
static char *small_body;
static int epoll;
static long requests, sent, answered, failed;
static double *latencies;
static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static size_t read_file(const char *path, char *into, size_t max)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, into, max);
	if (n < 0)
		die(path);
	close(fd);
	return (size_t)n;
}

static int dial(void)
{
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 ||
	    connect(fd, (struct sockaddr *)&server, sizeof(server)) != 0)
		die("connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void parse_server(const char *text)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	if (!colon || (size_t)(colon - text) >= sizeof(host)) {
		fprintf(stderr, "load: %s is not HOST:PORT\n", text);
		exit(2);
	}
	memcpy(host, text, (size_t)(colon - text));
	host[colon - text] = '\0';
	server.sin_family = AF_INET;
	server.sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	if (inet_pton(AF_INET, host, &server.sin_addr) != 1)
		die(host);
}

/* The number in the place of the mark, if there is one. */
static void fill_in(struct conn *c, const char *mark, const char *format,
		    long number)
{
	char text[24];
	char *at = memmem(c->out, c->out_n, mark, 3);
	if (at == NULL)
		return;
	size_t n = (size_t)snprintf(text, sizeof(text), format, number);
	size_t tail = c->out_n - (size_t)(at - c->out) - 3;
	memmove(at + n, at + 3, tail);
	memcpy(at, text, n);
	c->out_n += n - 3;
}

static void start_request(struct conn *c)
{
	memcpy(c->out, head, head_n);
	c->out_n = head_n;
	fill_in(c, "%N%", "%010ld", sent);
	fill_in(c, "%W%", "%ld", FIRST_WIDTH + sent % WIDTHS);
	if (small_body) {
		memcpy(c->out + c->out_n, small_body, (size_t)body_n);
		c->out_n += (size_t)body_n;
	}
	c->out_at = 0;
	c->body_at = 0;
	c->in_n = 0;
	c->left = -1;
	c->busy = true;
	c->started = now();
	sent++;
}

/* False: the socket is full, or its end will be read. */
static bool push(struct conn *c)
{
	while (c->out_at < c->out_n) {
		ssize_t n = send(c->fd, c->out + c->out_at,
				 c->out_n - c->out_at, MSG_NOSIGNAL);
		if (n < 0)
			return false;
		c->out_at += (size_t)n;
	}
	while (body_fd >= 0 && !small_body && c->body_at < body_n) {
		ssize_t n = sendfile(c->fd, body_fd, &c->body_at,
				     (size_t)(body_n - c->body_at));
		if (n < 0)
			return false;
	}
	return true;
}

static void take_head(struct conn *c)
{
	char *end = memmem(c->in, c->in_n, "\r\n\r\n", 4);
	if (!end) {
		if (c->in_n == sizeof(c->in))
			die("answer head too large");
		return;
	}
	*end = '\0';
	char *length = strcasestr(c->in, "\r\nContent-Length:");
	c->left = length ? strtoll(length + 17, NULL, 10) : 0;
	if (c->in_n < 12 || c->in[9] != '2')
		failed++;
	c->left -= (int64_t)(c->in_n - (size_t)(end + 4 - c->in));
}

static void watch(struct conn *c)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET,
				.data.ptr = c};
	c->fd = dial();
	epoll_ctl(epoll, EPOLL_CTL_ADD, c->fd, &e);
}

/* True: an answer is complete, or will never be. */
static bool pull(struct conn *c)
{
	for (;;) {
		ssize_t n;
		if (c->left < 0)
			n = recv(c->fd, c->in + c->in_n,
				 sizeof(c->in) - c->in_n, 0);
		else
			n = recv(c->fd, NULL, (size_t)c->left, MSG_TRUNC);
		if (n < 0 && errno == EAGAIN)
			return false;
		if (n <= 0) {
			failed++;
			close(c->fd);
			watch(c);
			return true;
		}
		if (c->left >= 0) {
			c->left -= n;
		} else {
			c->in_n += (size_t)n;
			take_head(c);
		}
		if (c->left == 0)
			return true;
	}
}

static void finish_request(struct conn *c)
{
	latencies[answered++] = now() - c->started;
	c->busy = false;
}

/* The answer to a new request comes with an event of its own. */
static void run(struct conn *c)
{
	if (c->busy) {
		push(c);
		if (!pull(c))
			return;
		finish_request(c);
	}
	if (sent < requests) {
		start_request(c);
		push(c);
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void drive(int n)
{
	double start = now();
	struct conn *conns = calloc((size_t)n, sizeof(*conns));
	latencies = calloc((size_t)requests, sizeof(*latencies));
	signal(SIGTERM, stop);
	signal(SIGPIPE, SIG_IGN);
	epoll = epoll_create1(0);
	for (int i = 0; i < n; i++) {
		watch(&conns[i]);
		if (n <= FEW) {
			run(&conns[i]);
			usleep(APART_US);
		}
	}
	while (answered < requests && !stopped &&
	       now() - start < LIMIT_SECONDS) {
		struct epoll_event events[256];
		int k = epoll_wait(epoll, events, 256, 1000);
		for (int i = 0; i < k; i++)
			run(events[i].data.ptr);
	}
	double seconds = now() - start;
	qsort(latencies, (size_t)answered, sizeof(*latencies), by_value);
	printf("{\"requests\": %ld, \"failed\": %ld, \"seconds\": %.6f, "
	       "\"p50_ms\": %.3f, \"p99_ms\": %.3f, \"max_ms\": %.3f}\n",
	       answered, failed, seconds,
	       answered ? latencies[answered / 2] * 1e3 : 0,
	       answered ? latencies[answered * 99 / 100] * 1e3 : 0,
	       answered ? latencies[answered - 1] * 1e3 : 0);
}

static void hold_idle(int n)
{
	struct rlimit limit;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	for (int i = 0; i < n; i++) {
		char answer[ANSWER_HEAD_MAX];
		int fd = dial();
		fcntl(fd, F_SETFL, 0);
		/* Each has been used: an idle connection is one between
		 * requests. */
		if (send(fd, head, head_n, 0) != (ssize_t)head_n ||
		    recv(fd, answer, sizeof(answer), 0) <= 0)
			die("idle");
	}
	printf("{\"open\": %d}\n", n);
	fflush(stdout);
	while (getchar() != EOF)
		;
}

int main(int argc, char **argv)
{
	if (argc < 5) {
		fprintf(stderr, "usage: load HOST:PORT CONNECTIONS REQUESTS "
				"HEAD_FILE [BODY_FILE]\n"
				"       load HOST:PORT idle CONNECTIONS "
				"HEAD_FILE\n");
		return 2;
	}
	parse_server(argv[1]);
	head_n = read_file(argv[4], head, sizeof(head) - 16);
	if (strcmp(argv[2], "idle") == 0) {
		hold_idle((int)strtol(argv[3], NULL, 10));
		return 0;
	}
	requests = strtol(argv[3], NULL, 10);
	if (argc > 5) {
		struct stat st;
		body_fd = open(argv[5], O_RDONLY);
		if (body_fd < 0 || fstat(body_fd, &st) != 0)
			die(argv[5]);
		body_n = st.st_size;
		if (body_n <= SMALL_BODY) {
			small_body = malloc(SMALL_BODY);
			read_file(argv[5], small_body, SMALL_BODY);
		}
	}
	drive((int)strtol(argv[2], NULL, 10));
	return 0;
}
