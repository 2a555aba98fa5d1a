/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <glib.h>
#include <stdio.h>

#define BLOCK_BYTES 4064 /* with malloc's own header, within a page */
#define ALIGNMENT 16

struct arena_block {
	struct arena_block *older;
	_Alignas(ALIGNMENT) char bytes[];
};

struct arena_deferred {
	struct arena_deferred *earlier;
	void (*fn)(void *arg);
	void *arg;
};

void arena_init(struct arena *arena)
{
	*arena = (struct arena){0};
}

void arena_release(struct arena *arena)
{
	for (struct arena_deferred *d = arena->deferred; d; d = d->earlier)
		d->fn(d->arg);
	for (struct arena_block *b = arena->blocks; b;) {
		struct arena_block *older = b->older;
		g_free(b);
		b = older;
	}
	arena_init(arena);
}

static void *block_new(struct arena *arena, size_t bytes)
{
	struct arena_block *b = g_malloc(sizeof(*b) + bytes);
	b->older = arena->blocks;
	arena->blocks = b;
	return b->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	g_assert(size < SIZE_MAX / 2);
	size = size ? (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1)
		    : ALIGNMENT;
	if (size > arena->left) {
		size_t usable = BLOCK_BYTES - sizeof(struct arena_block);
		if (size > usable / 2) /* its own block; keep the open one */
			return block_new(arena, size);
		arena->next = block_new(arena, usable);
		arena->left = usable;
	}
	void *p = arena->next;
	arena->next += size;
	arena->left -= size;
	return p;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	return memset(arena_alloc(arena, size), 0, size);
}

char *arena_cstr(struct arena *arena, struct str s)
{
	char *copy = arena_alloc(arena, s.n + 1);
	if (s.n)
		memcpy(copy, s.p, s.n);
	copy[s.n] = '\0';
	return copy;
}

struct str arena_str(struct arena *arena, struct str s)
{
	if (s.p == NULL)
		return STR_NONE;
	return (struct str){arena_cstr(arena, s), s.n};
}

struct str arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list args, again;
	va_start(args, fmt);
	va_copy(again, args);
	/* mostly it fits into what is left, and that is then what it gets */
	char *left = arena->next;
	int n = vsnprintf(left, arena->left, fmt, args);
	va_end(args);
	g_assert(n >= 0);
	char *text = arena_alloc(arena, (size_t)n + 1);
	if (text != left)
		vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	return (struct str){text, (size_t)n};
}

struct str arena_join(struct arena *arena, struct str a, struct str b)
{
	char *text = arena_alloc(arena, a.n + b.n + 1);
	if (a.n)
		memcpy(text, a.p, a.n);
	if (b.n)
		memcpy(text + a.n, b.p, b.n);
	text[a.n + b.n] = '\0';
	return (struct str){text, a.n + b.n};
}

void arena_defer(struct arena *arena, void (*fn)(void *arg), void *arg)
{
	struct arena_deferred *d = arena_alloc(arena, sizeof(*d));
	*d = (struct arena_deferred){arena->deferred, fn, arg};
	arena->deferred = d;
}

static void free_string(void *string)
{
	g_string_free(string, TRUE);
}

void arena_keep_string(struct arena *arena, GString *string)
{
	arena_defer(arena, free_string, string);
}
