/* SPDX-License-Identifier: Apache-2.0 */
#include "http/send.h"

#include <inttypes.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/log/log.h"
#include "base/metrics.h"
#include "base/retry.h"
#include "http/exchange.h"
#include "http/response.h"
#include "http/tls.h"

#define TURN_BYTES (8u * 1024 * 1024)
#define SENDFILE_BYTES (2u * 1024 * 1024)
#define PULL_COST 1024u /* what the least of pulls counts in a turn */

/* What one system call said. */
static enum send_result judge(struct http_conn *conn, ssize_t n)
{
	if (n > 0) {
		conn->window_bytes += (uint64_t)n;
		metric_add(METRIC_BYTES_OUT, n);
		return SEND_DONE;
	}
	if (n < 0 && errno == EAGAIN) {
		conn->writable = false;
		return SEND_BLOCKED;
	}
	return SEND_FAILED;
}

static void count(struct http_conn *conn, uint64_t n)
{
	struct http1 *h1 = &conn->h1;
	uint64_t head = MIN(n, h1->head_out.n - h1->sent_head);
	h1->sent_head += head;
	h1->sent_body += n - head;
}

/* Head and a body in memory with one system call. */
static enum send_result send_memory(struct http_conn *conn, struct str body)
{
	struct http1 *h1 = &conn->h1;
	while (h1->sent_head < h1->head_out.n || h1->sent_body < body.n) {
		struct str head = str_skip(h1->head_out, h1->sent_head);
		struct str rest = str_skip(body, h1->sent_body);
		struct iovec parts[2] = {
			{.iov_base = (void *)(uintptr_t)head.p,
			 .iov_len = head.n},
			{.iov_base = (void *)(uintptr_t)rest.p,
			 .iov_len = rest.n},
		};
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
		ssize_t n =
			RETRY_EINTR(sendmsg(conn->fd, &message, MSG_NOSIGNAL));
		enum send_result result = judge(conn, n);
		if (result != SEND_DONE)
			return result;
		count(conn, (uint64_t)n);
	}
	return SEND_DONE;
}

static enum send_result send_head(struct http_conn *conn, int flags)
{
	while (conn->h1.sent_head < conn->h1.head_out.n) {
		struct str rest =
			str_skip(conn->h1.head_out, conn->h1.sent_head);
		ssize_t n = RETRY_EINTR(
			send(conn->fd, rest.p, rest.n, MSG_NOSIGNAL | flags));
		enum send_result result = judge(conn, n);
		if (result != SEND_DONE)
			return result;
		count(conn, (uint64_t)n);
	}
	return SEND_DONE;
}

/* Up to n bytes of a file that has them, with one system call. */
static enum send_result write_file(struct http_conn *conn,
				   const struct http_run *run, size_t *sent)
{
	off_t at = (off_t)run->offset;
	ssize_t n = RETRY_EINTR(sendfile(conn->fd, run->fd, &at,
					 MIN(run->length, SENDFILE_BYTES)));
	enum send_result result = judge(conn, n);
	if (result == SEND_FAILED && n == 0)
		log_error("a stored file is shorter than its row says");
	*sent = (size_t)MAX(n, 0);
	return result;
}

static enum send_result send_file(struct http_conn *conn)
{
	const struct http_response *r = &conn->h1.x->response;
	enum send_result result = send_head(conn, MSG_MORE);
	for (uint64_t turn = 0; result == SEND_DONE;) {
		uint64_t left = r->length - conn->h1.sent_body;
		if (left == 0)
			return SEND_DONE;
		if (turn >= TURN_BYTES)
			return SEND_BLOCKED;
		const struct http_run run = {
			.fd = r->fd,
			.offset = r->offset + conn->h1.sent_body,
			.length = left,
		};
		size_t sent;
		result = write_file(conn, &run, &sent);
		conn->h1.sent_body += sent;
		turn += sent;
	}
	return result;
}

static bool read_file(const struct http_run *run, char *to, size_t n)
{
	ssize_t got = RETRY_EINTR(pread(run->fd, to, n, (off_t)run->offset));
	if (got == (ssize_t)n)
		return true;
	if (got >= 0)
		log_error("a stored file is shorter than its row says");
	return false;
}

/* Copies what comes next, head and body, into the loop's output. The same
 * position gives the same bytes again, as TLS wants it. Empty: failed. */
static struct str gather(struct http_conn *conn, uint64_t length)
{
	struct http1 *h1 = &conn->h1;
	const struct http_response *r = &h1->x->response;
	char *out = conn->loop->output;
	struct str head = str_skip(h1->head_out, h1->sent_head);
	size_t n = MIN(head.n, LOOP_OUTPUT_BYTES);
	size_t more = MIN(length - h1->sent_body, LOOP_OUTPUT_BYTES - n);
	memcpy(out, head.p, n);
	if (more == 0)
		return (struct str){out, n};
	if (r->kind == HTTP_BODY_MEMORY) {
		memcpy(out + n, r->bytes.p + h1->sent_body, more);
		return (struct str){out, n + more};
	}
	const struct http_run run = {.fd = r->fd,
				     .offset = r->offset + h1->sent_body};
	return read_file(&run, out + n, more) ? (struct str){out, n + more}
					      : STR_NONE;
}

static enum send_result write_tls(struct http_conn *conn, struct str bytes,
				  size_t *sent)
{
	switch (tls_write(conn->tls, bytes.p, bytes.n, sent)) {
	case TLS_DONE:
		return judge(conn, (ssize_t)*sent);
	case TLS_WANT_READ: /* what sends goes on with any edge */
	case TLS_WANT_WRITE:
		conn->writable = false;
		return SEND_BLOCKED;
	case TLS_PLAIN:
	case TLS_OVER:
	default:
		return SEND_FAILED;
	}
}

static enum send_result send_tls(struct http_conn *conn)
{
	const struct http_response *r = &conn->h1.x->response;
	uint64_t length = 0, turn = 0;
	if (response_has_body(conn->h1.x))
		length = r->kind == HTTP_BODY_FILE ? r->length : r->bytes.n;
	while (conn->h1.sent_head < conn->h1.head_out.n ||
	       conn->h1.sent_body < length) {
		if (turn >= TURN_BYTES)
			return SEND_BLOCKED;
		struct str rest = gather(conn, length);
		if (rest.n == 0)
			return SEND_FAILED;
		turn += rest.n;
		while (rest.n > 0) {
			size_t sent;
			enum send_result result = write_tls(conn, rest, &sent);
			if (result != SEND_DONE)
				return result;
			count(conn, sent);
			rest = str_skip(rest, sent);
		}
	}
	return SEND_DONE;
}

/* A source on its way, in the exchange's arena. */
struct feed {
	const struct http_source *source;
	uint64_t left;       /* bytes of it that are still to be pulled */
	struct str frame;    /* of its chunk, goes before the run */
	struct http_run run; /* pulled and not sent yet */
	bool is_chunked, begun, ended;
	char frame_text[sizeof("\r\nffffffffffffffff\r\n")];
};

static struct feed *feed_of(struct http_conn *conn)
{
	struct http_exchange *x = conn->h1.x;
	const struct http_response *r = &x->response;
	struct feed *feed = conn->h1.feed;
	if (feed)
		return feed;
	feed = arena_zalloc(&x->arena, sizeof(*feed));
	feed->source = r->source;
	feed->left = r->length;
	feed->is_chunked = response_is_chunked(x);
	conn->h1.feed = feed;
	if (r->source->start)
		r->source->start(r->source->user, r->offset, r->length);
	return feed;
}

/* The end of the chunk before, if any, and the size of the next; 0 is the end
 * of all. */
static void frame_chunk(struct feed *feed, uint64_t n)
{
	int length =
		g_snprintf(feed->frame_text, sizeof(feed->frame_text),
			   "%s%" PRIx64 "\r\n", feed->begun ? "\r\n" : "", n);
	feed->frame = (struct str){feed->frame_text, (size_t)length};
	feed->begun = true;
}

static uint64_t run_length(const struct http_run *run)
{
	return run->bytes.n + run->length;
}

static enum send_result take_run(struct feed *feed, const struct http_run *run)
{
	size_t bytes = (size_t)MIN(run->bytes.n, feed->left);
	g_assert(run_length(run) > 0);
	feed->run = *run;
	feed->run.bytes = str_sub(run->bytes, 0, bytes);
	feed->run.length = MIN(run->length, feed->left - bytes);
	if (feed->left != HTTP_LENGTH_UNKNOWN)
		feed->left -= run_length(&feed->run);
	feed->ended = feed->left == 0;
	if (feed->is_chunked)
		frame_chunk(feed, run_length(&feed->run));
	return SEND_DONE;
}

static enum send_result take_end(struct feed *feed)
{
	if (feed->left != HTTP_LENGTH_UNKNOWN)
		return SEND_FAILED; /* too early */
	feed->ended = true;
	if (feed->is_chunked)
		feed->frame =
			feed->begun ? STR("\r\n0\r\n\r\n") : STR("0\r\n\r\n");
	return SEND_DONE;
}

static enum send_result pull(struct http_conn *conn, struct feed *feed)
{
	struct http_run run = {0};
	exchange_forget_more(conn->loop, conn->h1.x);
	switch (feed->source->pull(feed->source->user, &run)) {
	case HTTP_PULLED:
		return take_run(feed, &run);
	case HTTP_PULL_LATER:
		return SEND_LATER;
	case HTTP_PULL_WORK:
		return SEND_WORK;
	case HTTP_PULL_END:
		return take_end(feed);
	case HTTP_PULL_FAILED:
	default:
		return SEND_FAILED;
	}
}

static void count_feed(struct http_conn *conn, struct feed *feed, uint64_t n)
{
	struct http1 *h1 = &conn->h1;
	uint64_t head = MIN(n, h1->head_out.n - h1->sent_head);
	uint64_t frame = MIN(n - head, feed->frame.n);
	uint64_t bytes = MIN(n - head - frame, feed->run.bytes.n);
	uint64_t file = n - head - frame - bytes;
	h1->sent_head += head;
	h1->sent_body += bytes + file;
	feed->frame = str_skip(feed->frame, (size_t)frame);
	feed->run.bytes = str_skip(feed->run.bytes, (size_t)bytes);
	feed->run.offset += file;
	feed->run.length -= file;
}

/* What is in memory of that which comes next, in order; each may be empty. */
enum {
	PART_HEAD,
	PART_FRAME,
	PART_BYTES,
	PARTS,
};

static uint64_t find_parts(const struct http_conn *conn,
			   const struct feed *feed, struct str parts[PARTS])
{
	parts[PART_HEAD] = str_skip(conn->h1.head_out, conn->h1.sent_head);
	parts[PART_FRAME] = feed->frame;
	parts[PART_BYTES] = feed->run.bytes;
	return parts[PART_HEAD].n + parts[PART_FRAME].n + parts[PART_BYTES].n;
}

/* Some of what comes next, with one system call. */
static enum send_result write_feed(struct http_conn *conn, struct feed *feed)
{
	struct str parts[PARTS];
	struct iovec vector[PARTS];
	const struct msghdr message = {.msg_iov = vector, .msg_iovlen = PARTS};
	size_t sent;
	enum send_result result;
	if (find_parts(conn, feed, parts) == 0) {
		result = write_file(conn, &feed->run, &sent);
		count_feed(conn, feed, sent);
		return result;
	}
	for (size_t i = 0; i < PARTS; i++)
		vector[i] = (struct iovec){
			.iov_base = (void *)(uintptr_t)parts[i].p,
			.iov_len = parts[i].n,
		};
	ssize_t n = RETRY_EINTR(
		sendmsg(conn->fd, &message,
			MSG_NOSIGNAL | (feed->run.length ? MSG_MORE : 0)));
	result = judge(conn, n);
	count_feed(conn, feed, (uint64_t)MAX(n, 0));
	return result;
}

/* Copies what comes next into the loop's output, for as few records as may be.
 * The same position gives the same bytes again. Empty: failed. */
static struct str gather_feed(struct http_conn *conn, const struct feed *feed)
{
	char *out = conn->loop->output;
	struct str parts[PARTS];
	size_t n = 0;
	find_parts(conn, feed, parts);
	for (size_t i = 0; i < PARTS; i++) {
		size_t part = MIN(parts[i].n, LOOP_OUTPUT_BYTES - n);
		if (part)
			memcpy(out + n, parts[i].p, part);
		n += part;
	}
	size_t more = (size_t)MIN(feed->run.length, LOOP_OUTPUT_BYTES - n);
	if (more && !read_file(&feed->run, out + n, more))
		return STR_NONE;
	return (struct str){out, n + more};
}

static enum send_result write_feed_tls(struct http_conn *conn,
				       struct feed *feed)
{
	struct str rest = gather_feed(conn, feed);
	if (rest.n == 0)
		return SEND_FAILED;
	while (rest.n > 0) {
		size_t sent;
		enum send_result result = write_tls(conn, rest, &sent);
		if (result != SEND_DONE)
			return result;
		count_feed(conn, feed, sent);
		rest = str_skip(rest, sent);
	}
	return SEND_DONE;
}

/* All that is there, or as much as is its turn. */
static enum send_result send_pulled(struct http_conn *conn, struct feed *feed,
				    uint64_t *turn)
{
	struct str parts[PARTS];
	for (;;) {
		uint64_t before =
			find_parts(conn, feed, parts) + feed->run.length;
		if (before == 0)
			return SEND_DONE;
		if (*turn >= TURN_BYTES)
			return SEND_BLOCKED;
		enum send_result result = conn->tls ? write_feed_tls(conn, feed)
						    : write_feed(conn, feed);
		if (result != SEND_DONE)
			return result;
		*turn += before - find_parts(conn, feed, parts) -
			 feed->run.length;
	}
}

static enum send_result send_source(struct http_conn *conn)
{
	struct feed *feed = feed_of(conn);
	for (uint64_t turn = 0; turn < TURN_BYTES; turn += PULL_COST) {
		enum send_result pulled = SEND_DONE;
		if (feed->frame.n + run_length(&feed->run) == 0 && !feed->ended)
			pulled = pull(conn, feed);
		if (pulled == SEND_FAILED)
			return SEND_FAILED;
		enum send_result result = send_pulled(conn, feed, &turn);
		if (result != SEND_DONE || pulled != SEND_DONE)
			return result != SEND_DONE ? result : pulled;
		if (feed->ended)
			return SEND_DONE;
	}
	return SEND_BLOCKED;
}

enum send_result send_response(struct http_conn *conn)
{
	const struct http_response *r = &conn->h1.x->response;
	if (r->kind == HTTP_BODY_SOURCE && response_has_body(conn->h1.x))
		return send_source(conn);
	if (conn->tls)
		return send_tls(conn);
	if (!response_has_body(conn->h1.x))
		return send_memory(conn, STR(""));
	if (r->kind == HTTP_BODY_FILE)
		return send_file(conn);
	return send_memory(conn, r->bytes);
}
