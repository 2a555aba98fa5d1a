/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text builder with a ceiling, growing inside an arena.
 *
 * What would pass `max` is dropped and `overflow` is set: the caller asks once
 * at the end instead of after every append.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/arena.h"

struct buf {
	struct arena *arena;
	char *p;
	size_t n, cap, max;
	bool overflow;
};

void buf_init(struct buf *buf, struct arena *arena, size_t max);
/* What buf_reserve() does when there is no room yet. */
bool buf_grow(struct buf *buf, size_t n);

/* Makes room for n more bytes; false when that would pass the ceiling. Never
 * needed, but growing leaves what was too small in the arena. */
static inline bool buf_reserve(struct buf *buf, size_t n)
{
	return n <= buf->cap - buf->n || buf_grow(buf, n);
}

/* n bytes at the end, for the caller to fill at once; NULL when that would pass
 * the ceiling. */
static inline char *buf_room(struct buf *buf, size_t n)
{
	if (!buf_reserve(buf, n))
		return NULL;
	buf->n += n;
	return buf->p + buf->n - n;
}

static inline void buf_add(struct buf *buf, struct str s)
{
	char *to = s.n ? buf_room(buf, s.n) : NULL;
	if (to)
		memcpy(to, s.p, s.n);
}

static inline void buf_add_char(struct buf *buf, char c)
{
	char *to = buf_room(buf, 1);
	if (to)
		*to = c;
}

void buf_add_u64(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->p ? buf->p : "", buf->n};
}

#endif
