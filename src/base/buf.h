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
void buf_add(struct buf *buf, struct str s);
/* Makes room for n more bytes; false when that would pass the ceiling. Never
 * needed, but growing leaves what was too small in the arena. */
bool buf_reserve(struct buf *buf, size_t n);
/* n bytes at the end, for the caller to fill at once; NULL when that would pass
 * the ceiling. */
char *buf_room(struct buf *buf, size_t n);
void buf_add_char(struct buf *buf, char c);
void buf_add_u64(struct buf *buf, uint64_t value);
void buf_printf(struct buf *buf, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static inline struct str buf_str(const struct buf *buf)
{
	return (struct str){buf->p ? buf->p : "", buf->n};
}

#endif
