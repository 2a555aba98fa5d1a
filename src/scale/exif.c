/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/exif.h"

#define TAG_ORIENTATION 0x112
#define TYPE_SHORT 3
#define TYPE_LONG 4
#define ENTRY 12 /* bytes: tag, type, count, value */

struct tiff {
	const uint8_t *p;
	size_t n;
	bool big_endian;
};

/* n bytes at an offset, the value 0 when they are not all there. */
static uint32_t number_at(const struct tiff *tiff, size_t at, unsigned n)
{
	uint32_t value = 0;
	if (at > tiff->n || n > tiff->n - at)
		return 0;
	for (unsigned i = 0; i < n; i++)
		value = value << 8 |
			tiff->p[at + (tiff->big_endian ? i : n - 1 - i)];
	return value;
}

static bool open_tiff(struct str exif, struct tiff *tiff)
{
	static const struct str mark = {"Exif\0\0", 6};
	if (exif.p && str_starts(exif, mark))
		exif = str_skip(exif, mark.n);
	if (exif.p == NULL || exif.n < 8)
		return false;
	*tiff = (struct tiff){(const uint8_t *)exif.p, exif.n,
			      exif.p[0] == 'M'};
	return (str_starts(exif, STR("II")) || str_starts(exif, STR("MM"))) &&
	       number_at(tiff, 2, 2) == 42;
}

unsigned exif_orientation(struct str exif)
{
	struct tiff tiff;
	if (!open_tiff(exif, &tiff))
		return 1;
	size_t directory = number_at(&tiff, 4, 4);
	unsigned entries = number_at(&tiff, directory, 2);
	for (unsigned i = 0; i < entries; i++) {
		size_t at = directory + 2 + (size_t)i * ENTRY;
		if (number_at(&tiff, at, 2) != TAG_ORIENTATION)
			continue;
		unsigned type = number_at(&tiff, at + 2, 2);
		unsigned value =
			type == TYPE_SHORT  ? number_at(&tiff, at + 8, 2)
			: type == TYPE_LONG ? number_at(&tiff, at + 8, 4)
					    : 0;
		return value >= 1 && value <= 8 ? value : 1;
	}
	return 1;
}
