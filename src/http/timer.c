/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long the states of a connection may take.
 */
#include "http/conn.h"

#define LINGER_SILENCE_MS 2000

unsigned conn_timer_ms(const struct http_limits *limits, enum conn_timer timer)
{
	switch (timer) {
	case TIMER_HEAD:
		return limits->head_timeout_ms;
	case TIMER_IDLE:
		return limits->idle_timeout_ms;
	case TIMER_BODY:
		return limits->body_timeout_ms;
	case TIMER_SEND:
		return limits->send_timeout_ms;
	case TIMER_LINGER:
	default:
		return LINGER_SILENCE_MS;
	}
}

int64_t conn_waits_ms(const struct http_conn *conn)
{
	const struct loop *loop = conn->loop;
	return loop->now_ms - conn->deadline_ms +
	       conn_timer_ms(loop->limits, conn->timer);
}
