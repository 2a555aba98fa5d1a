/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <glib.h>
#include <stdio.h>

#define FIRST_CAPACITY 256

void buf_init(struct buf *buf, struct arena *arena, size_t max)
{
	*buf = (struct buf){.arena = arena, .max = max};
}

bool buf_grow(struct buf *buf, size_t n)
{
	if (n > buf->max - buf->n) {
		buf->overflow = true;
		return false;
	}
	size_t cap = MAX(MAX(buf->cap * 2, buf->n + n), FIRST_CAPACITY);
	cap = MIN(cap, buf->max);
	char *p = arena_alloc(buf->arena, cap);
	if (buf->n)
		memcpy(p, buf->p, buf->n);
	buf->p = p;
	buf->cap = cap;
	return true;
}

void buf_add_u64(struct buf *buf, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	buf_add(buf, (struct str){digits + at, sizeof(digits) - at});
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	size_t room = buf->cap - buf->n;
	int n = vsnprintf(room ? buf->p + buf->n : NULL, room, fmt, args);
	va_end(args);
	if (n >= 0 && buf_reserve(buf, (size_t)n + 1)) {
		if ((size_t)n >= room)
			vsnprintf(buf->p + buf->n, (size_t)n + 1, fmt, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}
