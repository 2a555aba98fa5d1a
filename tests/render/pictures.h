/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures and metadata made when a test runs: bytes of EXIF, IPTC and XMP,
 * and JPEGs that carry them. The caller frees.
 */
#ifndef RENDER_PICTURES_H
#define RENDER_PICTURES_H

#include "base/str.h"

#include <glib.h>
#include <vips/vips.h>

/* One entry of a directory: numbers, or text when there is one. */
struct exif_entry {
	unsigned tag, format; /* formats: 2 text, 3 short, 5 rational, ... */
	const char *text;     /* n bytes with n, else up to and with its NUL */
	unsigned n;
	unsigned numbers[6]; /* of rationals: above, below, above, ... */
};

#define EXIF_DIRECTORY_MAX 16

/* "Exif\0\0" and a little-endian TIFF with the three directories; each ends at
 * its first tag 0 with format 0. */
GString *make_exif(const struct exif_entry *image,
		   const struct exif_entry *exif, const struct exif_entry *gps);
/* Make, Model, ..., a position; what the tests' known answers are about. */
GString *make_known_exif(void);

/* Datasets of record 2, wrapped as in a JPEG; ends with a NULL value. */
struct iptc_entry {
	int tag;
	const char *value;
};
GString *make_iptc(const struct iptc_entry *entries);

/* An x:xmpmeta around rdf:Description with these attributes and elements; the
 * usual prefixes are declared. */
GString *make_xmp(const char *attributes, const char *elements);

/* Soft shapes, other ones for each seed; sRGB. */
VipsImage *make_picture(int width, int height, unsigned seed);
/* Ends with a NUL that does not count. */
GString *save_picture(VipsImage *image, const char *format, int quality);

/* Puts segments behind the start of a JPEG; NULL: not that one. */
GString *make_jpeg(const GString *pixels, const GString *exif,
		   const GString *iptc, const GString *xmp);

static inline struct str str_of_gstring(const GString *s)
{
	return s ? (struct str){s->str, s->len} : STR_NONE;
}

#endif
