/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending a response as far as the socket takes it. Private to src/http.
 */
#ifndef HTTP_SEND_H
#define HTTP_SEND_H

#include "http/conn.h"

enum send_result {
	SEND_DONE,
	SEND_BLOCKED, /* conn->writable tells: full socket, or others' turn */
	SEND_LATER,   /* the response's source has nothing yet */
	SEND_WORK,    /* it has none without a worker */
	SEND_FAILED,  /* the client is gone, or the body cannot be had */
};

enum send_result send_response(struct http_conn *conn);

#endif
