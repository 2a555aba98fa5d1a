/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text encodings of the wire: percent (RFC 3986), form (WHATWG URL
 * "application/x-www-form-urlencoded"), base64 (RFC 4648), hex.
 */
#ifndef BASE_ENCODE_H
#define BASE_ENCODE_H

#include "base/arena.h"
#include "base/err.h"

/* Percent-decodes once; a '%' not followed by two hex digits stays as it is. */
struct str percent_decode(struct arena *arena, struct str s);
/* The same, and '+' becomes a blank. */
struct str form_decode(struct arena *arena, struct str s);
/* Encodes everything but unreserved characters (A-Z a-z 0-9 - . _ ~);
 * with keep_slash also '/' stays. */
struct str percent_encode(struct arena *arena, struct str s, bool keep_slash);

struct str hex_encode(struct arena *arena, const void *p, size_t n);
/* Lower or upper case; false unless s is exactly 2*n hex digits. */
bool hex_decode(struct str s, uint8_t *out, size_t n);

/* One look-up in a query or form body: the value of the first pair called
 * name, form-decoded; STR_NONE when absent. */
struct str form_get(struct arena *arena, struct str form, struct str name);
/* Several of them in one pass. */
struct form_field {
	struct str name, value;
};
void form_get_all(struct arena *arena, struct str form,
		  struct form_field *fields, size_t n);
/* Takes the next pair off *rest; false when there is none. Empty pairs (`&&`,
 * a bare `?`) are passed over; a pair without '=' has an empty value. Both
 * results are form-decoded. */
bool form_next(struct arena *arena, struct str *rest, struct str *name,
	       struct str *value);

#define BASE64_LEN(n) (((n) + 2) / 3 * 4) /* characters for n bytes, padded */
struct str base64_encode(struct arena *arena, const void *p, size_t n);
/* The same into room for BASE64_LEN(n), without a NUL; returns that. */
size_t base64_write(char *out, const void *p, size_t n);

/*
 * A strict streaming base64 decoder. Standard and URL-safe alphabets, blanks
 * and line breaks anywhere, padding optional; refused: any other byte, data
 * after padding, a lone leftover character.
 */
struct base64_decoder {
	uint32_t bits;
	unsigned have; /* sextets in bits, 0..3 */
	unsigned padding;
	bool failed;
};

void base64_decode_init(struct base64_decoder *d);
/* Decodes n bytes into out (room for n / 4 * 3 + 3); returns how many were
 * written, -1 on a bad byte (d->failed stays set). */
ptrdiff_t base64_decode_step(struct base64_decoder *d, const char *in, size_t n,
			     uint8_t *out);
/* True when what was fed so far is complete base64. */
bool base64_decode_end(const struct base64_decoder *d);
/* All at once; STR_NONE when s is not base64. */
struct str base64_decode(struct arena *arena, struct str s);

#endif
