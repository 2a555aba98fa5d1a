/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/exif_out.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define RIFF_HEAD 12
#define CHUNK_HEAD 8
#define WEBP_HAS_EXIF 0x08
#define JPEG_HEAD 2
#define MARKER 2
#define JPEG_APP1 0xe1
#define JPEG_SCAN 0xda

static size_t little32(const unsigned char *p)
{
	guint32 value;
	memcpy(&value, p, sizeof(value));
	return GUINT32_FROM_LE(value);
}

/* A chunk of features says nothing when none is left. */
static bool stays_in_webp(unsigned char *chunk)
{
	if (memcmp(chunk, "VP8X", 4) == 0)
		return (chunk[CHUNK_HEAD] &= (unsigned char)~WEBP_HAS_EXIF);
	return memcmp(chunk, "EXIF", 4) != 0;
}

size_t exif_out_of_webp(unsigned char *p, size_t n)
{
	size_t to = RIFF_HEAD, at = RIFF_HEAD;
	while (at < n) {
		if (n - at <= CHUNK_HEAD)
			return n;
		size_t size = CHUNK_HEAD + little32(p + at + 4);
		size += size & 1;
		if (size > n - at)
			return n;
		if (stays_in_webp(p + at)) {
			memmove(p + to, p + at, size);
			to += size;
		}
		at += size;
	}
	const guint32 rest = GUINT32_TO_LE((guint32)(to - CHUNK_HEAD));
	memcpy(p + 4, &rest, sizeof(rest));
	return to;
}

size_t exif_out_of_jpeg(unsigned char *p, size_t n)
{
	static const char name[] = "Exif"; /* with its NUL */
	size_t at = JPEG_HEAD;
	while (n - at > MARKER + 2 + sizeof(name) && p[at] == 0xff &&
	       p[at + 1] != JPEG_SCAN) {
		size_t size = MARKER + ((size_t)p[at + 2] << 8 | p[at + 3]);
		if (size > n - at)
			return n;
		if (p[at + 1] == JPEG_APP1 &&
		    memcmp(p + at + 4, name, sizeof(name)) == 0) {
			memmove(p + at, p + at + size, n - at - size);
			return n - size;
		}
		at += size;
	}
	return n;
}
