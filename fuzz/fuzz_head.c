/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The request head: whatever is taken keeps its promises, is taken the same
 * when it trickles in, and parameters of its values stay within the values.
 */
#include <glib.h>

#include "http/syntax/head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct http_head head, again;

static void check_within(struct str s, const char *p, size_t n)
{
	g_assert(s.p == NULL || (s.p >= p && s.p + s.n <= p + n));
}

static void check_head(const char *p, size_t n)
{
	g_assert(n <= HTTP_HEAD_MAX && head.n_headers <= HTTP_HEADERS_MAX);
	g_assert(memcmp(p + n - 4, "\r\n\r\n", 4) == 0);
	g_assert(head.target.n > 0 && head.target.n <= HTTP_TARGET_MAX);
	g_assert(head.path.n > 0 && !memchr(head.path.p, '?', head.path.n));
	g_assert(head.path.p[0] == '/' || str_eq(head.path, STR("*")));
	g_assert(head.path.n == 1 || head.path.p[1] != '/');
	g_assert(str_ends(head.raw_path, head.path));
	g_assert(head.minor == 0 || head.authority.n > 0);
	g_assert(!head.chunked || (head.content_length < 0 && head.minor == 1));
	check_within(head.target, p, n);
	check_within(head.path, p, n);
	check_within(head.query, p, n);
	check_within(head.authority, p, n);
	for (size_t i = 0; i < head.n_headers; i++) {
		struct http_header h = head.headers[i];
		check_within(h.name, p, n);
		check_within(h.value, p, n);
		g_assert(h.name.n > 0 && h.value.p &&
			 !memchr(h.value.p, '\0', h.value.n));
		g_assert(!memchr(h.value.p, '\n', h.value.n));
		check_within(http_media_type(h.value), h.value.p, h.value.n);
		check_within(http_param(h.value, STR("a")), h.value.p,
			     h.value.n);
	}
}

/* Parses ever more of p[0..n), `step` bytes more each time. */
static ptrdiff_t parse_growing(const char *p, size_t n, size_t step,
			       enum http_fault *fault)
{
	size_t scanned = 0;
	ptrdiff_t got = 0;
	for (size_t have = 0; have < n && got == 0;) {
		have = MIN(n, have + step);
		g_autofree char *piece = g_memdup2(p, have);
		got = http_head_parse(&again, (struct str){piece, have},
				      &scanned, fault);
	}
	return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	/* the first byte says how it trickles */
	size_t step = data[0] % 64 + 1, n = size - 1, scanned = 0;
	g_autofree char *p = g_memdup2(data + 1, n);
	enum http_fault fault, late;
	ptrdiff_t got =
		http_head_parse(&head, (struct str){p, n}, &scanned, &fault);
	g_assert((got < 0) == (fault != HTTP_FAULT_NONE));
	if (got > 0)
		check_head(p, (size_t)got);
	if (n > 2048)
		return 0;
	ptrdiff_t slow = parse_growing(p, n, step, &late);
	if (got > 0)
		g_assert(slow == got && again.n_headers == head.n_headers &&
			 again.path.n == head.path.n &&
			 again.content_length == head.content_length &&
			 again.keep_alive == head.keep_alive);
	else if (got == 0)
		g_assert(slow == 0);
	else /* a refusal may come later, acceptance never */
		g_assert(slow <= 0);
	return 0;
}
