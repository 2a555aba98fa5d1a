/* SPDX-License-Identifier: Apache-2.0 */
#include "render/quality.h"

#include <stdlib.h>

#define ENTRIES 64
#define MARKERS_MAX 1000
#define DQT 0xdb
#define SOI 0xd8
#define SOS 0xda
/* How far all entries together may be off, of their sum. */
#define PART_OFF 5

/* ITU T.81, table K.1, in zigzag order. */
static const unsigned char luminance[ENTRIES] = {
	16,  11, 12, 14,  12,  10,  16,  14,  13, 14,  18,  17,  16,
	19,  24, 40, 26,  24,  22,  22,  24,  49, 35,  37,  29,  40,
	58,  51, 61, 60,  57,  51,  56,  55,  64, 72,  92,  78,  64,
	68,  87, 69, 55,  56,  80,  109, 81,  87, 95,  98,  103, 104,
	103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
};

static unsigned byte_at(struct str s, size_t i)
{
	return (unsigned char)s.p[i];
}

/* The segment's table 0; false when it has another one first. */
static bool read_table(struct str segment, unsigned table[ENTRIES])
{
	if (segment.n < 1 || (byte_at(segment, 0) & 0x0f) != 0)
		return false;
	size_t size = byte_at(segment, 0) >> 4 ? 2 : 1;
	if (segment.n < 1 + size * ENTRIES)
		return false;
	for (size_t i = 0; i < ENTRIES; i++) {
		size_t at = 1 + i * size;
		table[i] = byte_at(segment, at);
		if (size == 2)
			table[i] = table[i] << 8 | byte_at(segment, at + 1);
	}
	return true;
}

static bool find_table(struct str s, unsigned table[ENTRIES])
{
	if (s.n < 2 || byte_at(s, 1) != SOI)
		return false;
	s = str_skip(s, 2);
	for (int i = 0; i < MARKERS_MAX && s.n >= 4; i++) {
		unsigned marker = byte_at(s, 1);
		size_t size = byte_at(s, 2) << 8 | byte_at(s, 3);
		if (byte_at(s, 0) != 0xff || marker == SOS || size < 2 ||
		    size + 2 > s.n)
			return false;
		if (marker == DQT && read_table(str_sub(s, 4, size + 2), table))
			return true;
		s = str_skip(s, size + 2);
	}
	return false;
}

/* As encoders make a table of a quality. */
static unsigned scaled(unsigned entry, unsigned quality)
{
	unsigned percent = quality < 50 ? 5000 / quality : 200 - 2 * quality;
	unsigned value = (entry * percent + 50) / 100;
	return value < 1 ? 1 : value > 255 ? 255 : value;
}

unsigned jpeg_quality(struct str jpeg)
{
	unsigned table[ENTRIES], sum = 0, least = ~0u, quality = 0;
	if (!find_table(jpeg, table))
		return 0;
	for (size_t i = 0; i < ENTRIES; i++)
		sum += table[i];
	for (unsigned q = 1; q <= 100; q++) {
		unsigned off = 0;
		for (size_t i = 0; i < ENTRIES; i++)
			off += (unsigned)abs((int)table[i] -
					     (int)scaled(luminance[i], q));
		if (off < least) {
			least = off;
			quality = q;
		}
	}
	return least <= sum / PART_OFF ? quality : 0;
}
