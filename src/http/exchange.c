/* SPDX-License-Identifier: Apache-2.0 */
#include "http/exchange.h"

#include "http/conn.h"
#include "http/response.h"

#define STOCK_MAX 128

struct http_exchange *exchange_take(struct loop *loop)
{
	struct http_exchange *x = loop->spare_exchanges;
	if (x == NULL) {
		x = g_new0(struct http_exchange, 1);
	} else {
		loop->spare_exchanges = x->next;
		loop->n_spare--;
		x->next = NULL;
	}
	/* what the last one pointed to is gone with its arena */
	http_head_init(&x->head);
	return x;
}

void exchange_put_unused(struct loop *loop, struct http_exchange *x)
{
	if (loop->n_spare >= STOCK_MAX) {
		g_free(x);
		return;
	}
	x->next = loop->spare_exchanges;
	loop->spare_exchanges = x;
	loop->n_spare++;
}

void exchange_forget_more(struct loop *loop, struct http_exchange *x)
{
	x->conn->has_more = false;
	if (!g_atomic_int_get(&x->more))
		return;
	g_mutex_lock(&loop->done_mutex);
	struct http_exchange **at = &loop->more;
	while (*at != x)
		at = &(*at)->next_more;
	*at = x->next_more;
	g_atomic_int_set(&x->more, 0);
	g_mutex_unlock(&loop->done_mutex);
}

void exchange_put(struct loop *loop, struct http_exchange *x)
{
	arena_release(&x->arena);
	exchange_forget_more(loop, x);
	exchange_put_unused(loop, x);
}

void exchange_drop_stock(struct loop *loop)
{
	while (loop->spare_exchanges) {
		struct http_exchange *x = loop->spare_exchanges;
		loop->spare_exchanges = x->next;
		g_free(x);
	}
	loop->n_spare = 0;
}

static void move_str(struct str *s, const char *from, size_t n, const char *to)
{
	if (s->p >= from && s->p <= from + n)
		s->p = to + (s->p - from);
}

void exchange_start(struct http_exchange *x, const char *p, size_t n)
{
	arena_init(&x->arena);
	struct str copy = arena_str(&x->arena, (struct str){p, n});
	struct http_head *head = &x->head;
	struct str *const parts[] = {&head->method_text, &head->target,
				     &head->authority,   &head->path,
				     &head->raw_path,    &head->query};
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		move_str(parts[i], p, n, copy.p);
	for (size_t i = 0; i < head->n_headers; i++) {
		move_str(&head->headers[i].name, p, n, copy.p);
		move_str(&head->headers[i].value, p, n, copy.p);
	}
	x->body_bytes = 0;
	x->least_rate = 0;
	x->given_up = 0;
	x->user = NULL;
	x->owner = 0;
	x->heavy = false;
	atomic_store_explicit(&x->left_us, 0, memory_order_relaxed);
	x->resumed = x->refused = false;
	x->peer[0] = '\0';
	x->started_us = g_get_monotonic_time();
	response_reset(x);
}
