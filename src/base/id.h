/* SPDX-License-Identifier: Apache-2.0 */
/*
 * File ids: 96 bits, 32 bits of Unix seconds, 20 of microseconds, 44 random
 * ones, so that ids sort by age and cannot be guessed (docs/decisions/0010).
 * One id, three spellings; no mapping table.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/str.h"

#define ID_BYTES 12
#define ID_HEX_LEN 24    /* ImageKit fileId: lower-case hex */
#define ID_HANDLE_LEN 20 /* Filestack handle: base 62 with a 22-bit check */
#define ID_BASE36_LEN 19 /* StashFyle, after "f_": 0-9a-z */
#define UUID_LEN 36

struct id {
	uint8_t b[ID_BYTES]; /* big-endian: memcmp order is age order */
};

struct id id_new(void);
bool id_eq(const struct id *a, const struct id *b);

/* For a GHashTable whose keys are ids. The end of an id is random already. */
static inline unsigned id_hash(const void *key)
{
	const struct id *id = key;
	unsigned hash;
	memcpy(&hash, id->b + ID_BYTES - sizeof(hash), sizeof(hash));
	return hash;
}
int id_equal(const void *a, const void *b);

/* Each writes exactly the length above and a NUL. */
void id_to_hex(const struct id *id, char out[ID_HEX_LEN + 1]);
void id_to_handle(const struct id *id, char out[ID_HANDLE_LEN + 1]);
void id_to_base36(const struct id *id, char out[ID_BASE36_LEN + 1]);

/* False for a wrong length, alphabet, range, or (handle) check bits. Upper-case
 * hex is refused: every id has one spelling per alphabet. */
bool id_from_hex(struct str s, struct id *out);
bool id_from_handle(struct str s, struct id *out);
bool id_from_base36(struct str s, struct id *out);

/* A random (version 4) UUID, RFC 9562. */
void uuid_new(char out[UUID_LEN + 1]);

/* n random characters of [A-Za-z0-9], and a NUL. Cryptographic randomness. */
void random_token(char *out, size_t n);
/* The same, but that the first two say when in a minute that was, in parts of
 * 16 ms, so that tokens of one moment are neighbours in an index
 * (docs/decisions/0059). */
void random_token_at(char *out, size_t n, int64_t ms);
void random_bytes(void *out, size_t n);

#endif
