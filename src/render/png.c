/* SPDX-License-Identifier: Apache-2.0 */
#include "render/png.h"

#include <stdint.h>
#include <string.h>

#define SIGNATURE "\x89PNG\r\n\x1a\n"
#define SIGNATURE_BYTES 8
#define FRAME_BYTES 12 /* of a chunk: length, type, checksum */
#define TYPE_AT 4
#define DATA_AT 8
#define UNKNOWN "nuLl" /* may be passed over, is private, has no meaning */

bool png_is(const char *bytes, size_t n)
{
	return n >= SIGNATURE_BYTES &&
	       memcmp(bytes, SIGNATURE, SIGNATURE_BYTES) == 0;
}

static size_t number(const char *bytes)
{
	const uint8_t *b = (const uint8_t *)bytes;
	return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 |
	       b[3];
}

static bool is_type(const char *chunk, const char *type)
{
	return memcmp(chunk + TYPE_AT, type, 4) == 0;
}

static bool is_text(const char *chunk)
{
	return is_type(chunk, "tEXt") || is_type(chunk, "zTXt") ||
	       is_type(chunk, "iTXt");
}

/* A flag behind the keyword says so of an iTXt. */
static bool is_compressed(const char *chunk, size_t length)
{
	const char *data = chunk + DATA_AT;
	if (!is_type(chunk, "iTXt"))
		return is_type(chunk, "zTXt");
	const char *end = memchr(data, '\0', length);
	return end && end + 1 < data + length && end[1] != 0;
}

void png_hush(char *bytes, size_t n)
{
	size_t compressed = 0;
	for (size_t at = SIGNATURE_BYTES; at + FRAME_BYTES <= n;) {
		char *chunk = bytes + at;
		size_t length = number(chunk);
		bool fits = length <= n - at - FRAME_BYTES;
		bool hushed = is_text(chunk) && !fits;
		if (is_text(chunk) && fits && is_compressed(chunk, length)) {
			compressed += length;
			hushed = compressed > PNG_COMPRESSED_TEXT_MAX;
		}
		if (hushed)
			memcpy(chunk + TYPE_AT, UNKNOWN, 4);
		if (!fits)
			return;
		at += FRAME_BYTES + length;
	}
}
