/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chunked coding: the same body and the same end however it is cut.
 */
#include <glib.h>

#include "http/syntax/chunked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	GString *body;
	size_t used;
	bool done, failed;
};

static struct result decode(const char *p, size_t n, size_t step)
{
	struct result r = {.body = g_string_new(NULL)};
	struct http_chunked c;
	http_chunked_init(&c);
	while (r.used < n && !r.done && !r.failed) {
		size_t have = MIN(step, n - r.used);
		g_autofree char *piece = g_memdup2(p + r.used, have);
		struct str data;
		ptrdiff_t got = http_chunked_step(&c, piece, have, &data);
		r.failed = got < 0;
		r.done = http_chunked_done(&c);
		if (r.failed)
			break;
		g_assert(got > 0 && (size_t)got <= have);
		g_assert(data.n == 0 ||
			 (data.p >= piece && data.p + data.n == piece + got));
		g_string_append_len(r.body, data.p, (gssize)data.n);
		r.used += (size_t)got;
	}
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	/* the first byte says how it is cut */
	size_t step = data[0] % 32 + 1, n = size - 1;
	const char *p = (const char *)data + 1;
	struct result whole = decode(p, n, n), cut = decode(p, n, step);
	g_assert(whole.done == cut.done && whole.failed == cut.failed);
	g_assert(g_string_equal(whole.body, cut.body));
	g_assert(whole.failed || whole.used == cut.used);
	g_assert(whole.done || whole.failed || whole.used == n);
	g_assert(whole.body->len <= n);
	g_string_free(whole.body, TRUE);
	g_string_free(cut.body, TRUE);
	return 0;
}
