/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's memory: many small allocations, one release.
 *
 * Parsers, handlers and JSON allocate here and never free. Other resources
 * (descriptors, references) hang on with arena_defer() and go, last in first
 * out, when the arena does. Not thread-safe: one thread owns a request at a
 * time.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/str.h"

#include <glib.h>
#include <stdarg.h>

struct arena_block;
struct arena_deferred;

struct arena {
	struct arena_block *blocks;
	struct arena_deferred *deferred;
	char *next;
	size_t left;
};

void arena_init(struct arena *arena);
/* Runs what was deferred, frees everything; the arena may be used again. */
void arena_release(struct arena *arena);

/* Uninitialised / zeroed memory aligned for any type; never NULL (the process
 * ends when memory does, as everywhere with GLib). */
void *arena_alloc(struct arena *arena, size_t size)
	__attribute__((malloc, returns_nonnull));
void *arena_zalloc(struct arena *arena, size_t size)
	__attribute__((malloc, returns_nonnull));

/* A copy of s, with a NUL behind it that is not counted. Absent stays absent.*/
struct str arena_str(struct arena *arena, struct str s);
/* The same as a C string; absent gives "". */
char *arena_cstr(struct arena *arena, struct str s);
struct str arena_printf(struct arena *arena, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* a then b */
struct str arena_join(struct arena *arena, struct str a, struct str b);

/* Calls fn(arg) at release. */
void arena_defer(struct arena *arena, void (*fn)(void *arg), void *arg);
/* Frees it at release: a text that may be long, and nobody knows how long. */
void arena_keep_string(struct arena *arena, GString *string);

#endif
