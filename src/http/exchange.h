/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchanges come from their loop's small stock and go back to it.
 * Private to src/http; loop thread only.
 */
#ifndef HTTP_EXCHANGE_H
#define HTTP_EXCHANGE_H

#include "http/loop.h"

struct http_exchange *exchange_take(struct loop *loop);
/* Copies the head's bytes p[0..n) into the arena and makes the parsed head
 * point there. */
void exchange_start(struct http_exchange *x, const char *p, size_t n);
/* Releases what was started. */
void exchange_put(struct loop *loop, struct http_exchange *x);
/* Gives back one that was not started. */
void exchange_put_unused(struct loop *loop, struct http_exchange *x);
/* Takes back what http_more() has posted so far, though it waits for its turn.
 */
void exchange_forget_more(struct loop *loop, struct http_exchange *x);
void exchange_drop_stock(struct loop *loop);

#endif
