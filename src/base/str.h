/* SPDX-License-Identifier: Apache-2.0 */
/*
 * struct str: a borrowed run of bytes, not NUL-terminated, never owned.
 *
 * Used for everything that points into input. A str with p == NULL is "absent";
 * one with p != NULL and n == 0 is "present and empty".
 */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){("" literal), sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* for printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct str str_of(const char *z)
{
	return (struct str){z, z ? strlen(z) : 0};
}

static inline struct str str_sub(struct str s, size_t from, size_t to)
{
	return (struct str){s.p + from, to - from};
}

static inline struct str str_skip(struct str s, size_t n)
{
	return (struct str){s.p + n, s.n - n};
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && memcmp(s.p, prefix.p, prefix.n) == 0;
}

static inline bool str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0;
}

/* ASCII case only; HTTP header names, hosts, tokens. */
bool str_eq_nocase(struct str a, struct str b);
bool str_starts_nocase(struct str s, struct str prefix);

/* Index of the first/last c, or -1. */
ptrdiff_t str_find(struct str s, char c);
ptrdiff_t str_rfind(struct str s, char c);
bool str_contains(struct str s, struct str part);

/* Without leading and trailing SP and HTAB. */
struct str str_trim(struct str s);
/* Without leading and trailing c. */
struct str str_trim_char(struct str s, char c);

/* Takes what stands before the first sep off *rest and returns it; *rest
 * becomes what follows, STR_NONE when there was no sep. Absent *rest gives
 * STR_NONE. */
struct str str_split(struct str *rest, char sep);

/* At most the first max bytes, without a character that would be cut. */
struct str str_cut(struct str s, size_t max);

/* What follows the last sep; the whole text without one. */
struct str str_after_last(struct str s, char sep);

/* Decimal digits only, no sign, no blanks; false when empty, not a number, or
 * over max. */
bool str_to_u64(struct str s, uint64_t max, uint64_t *out);

/* Valid UTF-8 (RFC 3629) and free of NUL. */
bool str_is_utf8(struct str s);
/* Has a byte below 0x20, or 0x7f. */
bool str_has_control(struct str s);

#endif
