/* SPDX-License-Identifier: Apache-2.0 */
#include "http/send.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

#include "base/log.h"
#include "base/metrics.h"
#include "http/response.h"

#define TURN_BYTES (8u * 1024 * 1024)
#define SENDFILE_BYTES (2u * 1024 * 1024)

/* What one system call said. */
static enum send_result judge(struct http_conn *conn, ssize_t n)
{
	if (n > 0) {
		conn->window_bytes += (uint64_t)n;
		metric_add(METRIC_BYTES_OUT, n);
		return SEND_DONE;
	}
	if (n < 0 && errno == EINTR)
		return SEND_DONE;
	if (n < 0 && errno == EAGAIN) {
		conn->writable = false;
		return SEND_BLOCKED;
	}
	return SEND_FAILED;
}

static void count(struct http_conn *conn, uint64_t n)
{
	uint64_t head = MIN(n, conn->head_out.n - conn->sent_head);
	conn->sent_head += head;
	conn->sent_body += n - head;
}

/* Head and a body in memory with one system call. */
static enum send_result send_memory(struct http_conn *conn, struct str body)
{
	while (conn->sent_head < conn->head_out.n || conn->sent_body < body.n) {
		struct str head = str_skip(conn->head_out, conn->sent_head);
		struct str rest = str_skip(body, conn->sent_body);
		struct iovec parts[2] = {
			{.iov_base = (void *)(uintptr_t)head.p,
			 .iov_len = head.n},
			{.iov_base = (void *)(uintptr_t)rest.p,
			 .iov_len = rest.n},
		};
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
		ssize_t n = sendmsg(conn->fd, &message, MSG_NOSIGNAL);
		enum send_result result = judge(conn, n);
		if (result != SEND_DONE)
			return result;
		if (n > 0)
			count(conn, (uint64_t)n);
	}
	return SEND_DONE;
}

static enum send_result send_head(struct http_conn *conn, int flags)
{
	while (conn->sent_head < conn->head_out.n) {
		struct str rest = str_skip(conn->head_out, conn->sent_head);
		ssize_t n =
			send(conn->fd, rest.p, rest.n, MSG_NOSIGNAL | flags);
		enum send_result result = judge(conn, n);
		if (result != SEND_DONE)
			return result;
		if (n > 0)
			count(conn, (uint64_t)n);
	}
	return SEND_DONE;
}

static enum send_result send_file(struct http_conn *conn)
{
	const struct http_response *r = &conn->x->response;
	enum send_result result = send_head(conn, MSG_MORE);
	for (uint64_t turn = 0; result == SEND_DONE;) {
		uint64_t left = r->length - conn->sent_body;
		if (left == 0)
			return SEND_DONE;
		if (turn >= TURN_BYTES)
			return SEND_BLOCKED;
		off_t at = (off_t)(r->offset + conn->sent_body);
		ssize_t n = sendfile(conn->fd, r->fd, &at,
				     MIN(left, SENDFILE_BYTES));
		result = judge(conn, n);
		if (result == SEND_FAILED && n == 0)
			log_error("a stored file is shorter than its row says");
		if (n > 0) {
			conn->sent_body += (uint64_t)n;
			turn += (uint64_t)n;
		}
	}
	return result;
}

enum send_result send_response(struct http_conn *conn)
{
	const struct http_response *r = &conn->x->response;
	if (!response_has_body(conn->x))
		return send_memory(conn, STR(""));
	if (r->kind == HTTP_BODY_FILE)
		return send_file(conn);
	return send_memory(conn, r->bytes);
}
