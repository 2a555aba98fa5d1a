/* SPDX-License-Identifier: Apache-2.0 */
#include "pictures.h"

#include <math.h>

#define ENTRY_SIZE 12

/* TIFF */

static void put(GString *out, unsigned value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		g_string_append_c(out, (char)(value >> (8 * i)));
}

static unsigned length_of(const struct exif_entry *directory)
{
	unsigned n = 0;
	while (directory[n].format)
		n++;
	return n;
}

static void put_value(GString *out, const struct exif_entry *e)
{
	static const unsigned sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8};
	unsigned size = sizes[e->format];
	if (e->text)
		g_string_append_len(out, e->text, e->n);
	for (unsigned i = 0; !e->text && i < e->n; i++) {
		put(out, e->numbers[size == 8 ? 2 * i : i], MIN(size, 4));
		if (size == 8)
			put(out, e->numbers[2 * i + 1], 4);
	}
}

/* The directory, then the values that do not fit into it. */
static void put_directory(GString *tiff, const struct exif_entry *directory)
{
	unsigned n = length_of(directory);
	size_t heap = tiff->len + 2 + n * ENTRY_SIZE + 4;
	g_autoptr(GString) values = g_string_new("");
	put(tiff, n, 2);
	for (unsigned i = 0; i < n; i++) {
		struct exif_entry e = directory[i];
		g_autoptr(GString) value = g_string_new("");
		if (e.text && e.n == 0)
			e.n = (unsigned)strlen(e.text) + 1;
		put_value(value, &e);
		put(tiff, e.tag, 2);
		put(tiff, e.format, 2);
		put(tiff, e.n, 4);
		if (value->len <= 4) {
			while (value->len < 4)
				g_string_append_c(value, '\0');
			g_string_append_len(tiff, value->str, 4);
			continue;
		}
		put(tiff, (unsigned)(heap + values->len), 4);
		g_string_append_len(values, value->str, (gssize)value->len);
	}
	put(tiff, 0, 4);
	g_string_append_len(tiff, values->str, (gssize)values->len);
}

static size_t size_of(const struct exif_entry *directory)
{
	g_autoptr(GString) alone = g_string_new("");
	put_directory(alone, directory);
	return alone->len;
}

GString *make_exif(const struct exif_entry *image,
		   const struct exif_entry *exif, const struct exif_entry *gps)
{
	struct exif_entry first[EXIF_DIRECTORY_MAX + 3] = {{0}};
	unsigned n = length_of(image);
	g_autoptr(GString) tiff = g_string_new_len("II*\0\x08\0\0\0", 8);
	memcpy(first, image, n * sizeof(*image));
	first[n++] = (struct exif_entry){.tag = 0x8769, .format = 4, .n = 1};
	first[n++] = (struct exif_entry){.tag = 0x8825, .format = 4, .n = 1};
	first[n - 2].numbers[0] = (unsigned)(tiff->len + size_of(first));
	first[n - 1].numbers[0] =
		first[n - 2].numbers[0] + (unsigned)size_of(exif);
	put_directory(tiff, first);
	put_directory(tiff, exif);
	put_directory(tiff, gps);
	GString *out = g_string_new_len("Exif\0\0", 6);
	return g_string_append_len(out, tiff->str, (gssize)tiff->len);
}

GString *make_known_exif(void)
{
	static const struct exif_entry image[] = {
		{0x010f, 2, "Acme", 0, {0}},
		{0x0110, 2, "Box 2  ", 0, {0}},
		{0x0112, 3, NULL, 1, {6}},
		{0x011a, 5, NULL, 1, {300, 1}},
		{0x011b, 5, NULL, 1, {300, 1}},
		{0x0128, 3, NULL, 1, {2}},
		{0x0132, 2, "2020:02:22 11:30:05", 0, {0}},
		{0x8298, 2, "\xa9 Zo\xeb", 0, {0}},
		{0},
	};
	static const struct exif_entry exif[] = {
		{0x829a, 5, NULL, 1, {1, 250}},
		{0x829d, 5, NULL, 1, {28, 10}},
		{0x8827, 3, NULL, 1, {400}},
		{0x9000, 7, "0221", 4, {0}},
		{0x9003, 2, "2020:02:21 10:00:00", 0, {0}},
		{0x9004, 2, "0000:00:00 00:00:00", 0, {0}},
		{0x9204, 10, NULL, 1, {(unsigned)-1, 3}},
		{0x9209, 3, NULL, 1, {0x10}},
		{0x920a, 5, NULL, 1, {50, 0}},
		{0x9286, 7, "ASCII\0\0\0hello", 13, {0}},
		{0x927c, 7, "\1\2\3\4\5\6\7\10\11", 9, {0}},
		{0xa001, 3, NULL, 1, {0xffff}},
		{0xa002, 4, NULL, 1, {4000}},
		{0},
	};
	static const struct exif_entry gps[] = {
		{0, 1, NULL, 4, {2, 3, 0, 0}},
		{1, 2, "S", 0, {0}},
		{2, 5, NULL, 3, {33, 1, 30, 1, 0, 1}},
		{3, 2, "E", 0, {0}},
		{4, 5, NULL, 3, {151, 1, 15, 1, 0, 1}},
		{5, 1, NULL, 1, {1}},
		{6, 5, NULL, 1, {25, 2}},
		{7, 5, NULL, 3, {9, 1, 8, 1, 7, 1}},
		{29, 2, "2020:02:21", 0, {0}},
		{0},
	};
	return make_exif(image, exif, gps);
}

GString *make_iptc(const struct iptc_entry *entries)
{
	g_autoptr(GString) sets = g_string_new("");
	for (; entries->value; entries++) {
		size_t n = strlen(entries->value);
		const char head[] = {0x1c, 2, (char)entries->tag,
				     (char)(n >> 8), (char)n};
		g_string_append_len(sets, head, sizeof(head));
		g_string_append(sets, entries->value);
	}
	GString *out = g_string_new_len("Photoshop 3.0\0"
					"8BIM\4\4\0\0\0\0",
					24);
	g_string_append_c(out, (char)(sets->len >> 8));
	g_string_append_c(out, (char)sets->len);
	g_string_append_len(out, sets->str, (gssize)sets->len);
	if (sets->len % 2)
		g_string_append_c(out, '\0');
	return out;
}

GString *make_xmp(const char *attributes, const char *elements)
{
	GString *out = g_string_new(
		"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?>\n"
		"<x:xmpmeta xmlns:x='adobe:ns:meta/'>\n<rdf:RDF "
		"xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\n"
		"<rdf:Description rdf:about='' "
		"xmlns:dc='http://purl.org/dc/elements/1.1/' "
		"xmlns:xmp='http://ns.adobe.com/xap/1.0/' "
		"xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' "
		"xmlns:tiff='http://ns.adobe.com/tiff/1.0/' "
		"xmlns:exif='http://ns.adobe.com/exif/1.0/' "
		"xmlns:core='http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/' ");
	g_string_append_printf(out,
			       "%s>\n%s</rdf:Description>\n</rdf:RDF>\n"
			       "</x:xmpmeta>\n   <?xpacket end='w'?>",
			       attributes, elements);
	return out;
}

/* Pictures */

VipsImage *make_picture(int width, int height, unsigned seed)
{
	enum {
		BLOBS = 12
	};
	g_autoptr(GRand) rand = g_rand_new_with_seed(seed);
	double at[BLOBS][3], colour[BLOBS][3];
	VipsImage *image = NULL;
	g_autofree unsigned char *p =
		g_malloc((size_t)width * (size_t)height * 3);
	for (int b = 0; b < BLOBS; b++)
		for (int i = 0; i < 3; i++) {
			at[b][i] = g_rand_double(rand);
			colour[b][i] = g_rand_double_range(rand, -160, 160);
		}
	for (int i = 0; i < width * height; i++) {
		double x = (i % width + 0.5) / width;
		double y = (double)(i / width) / height,
		       sum[3] = {128, 128, 128};
		for (int b = 0; b < BLOBS; b++) {
			double dx = x - at[b][0], dy = y - at[b][1];
			double size = 0.005 + 0.04 * at[b][2];
			double here = exp(-(dx * dx + dy * dy) / size);
			for (int c = 0; c < 3; c++)
				sum[c] += colour[b][c] * here;
		}
		for (int c = 0; c < 3; c++)
			p[i * 3 + c] = (unsigned char)CLAMP(sum[c], 0, 255);
	}
	VipsImage *view = vips_image_new_from_memory_copy(
		p, (size_t)width * (size_t)height * 3, width, height, 3,
		VIPS_FORMAT_UCHAR);
	if (vips_copy(view, &image, "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0)
		g_error("%s", vips_error_buffer());
	g_object_unref(view);
	return image;
}

GString *save_picture(VipsImage *image, const char *format, int quality)
{
	void *p = NULL;
	size_t n = 0;
	g_autofree char *target =
		quality ? g_strdup_printf("%s[Q=%d,strip]", format, quality)
			: g_strdup(format);
	if (vips_image_write_to_buffer(image, target, &p, &n, NULL) != 0)
		g_error("%s", vips_error_buffer());
	GString *out = g_string_new_len(p, (gssize)n);
	g_free(p);
	return out;
}

static void add_segment(GString *out, unsigned char marker, const char *mark,
			const GString *data)
{
	size_t marked = *mark ? strlen(mark) + 1 : 0;
	if (data == NULL)
		return;
	size_t n = 2 + marked + data->len;
	const char head[] = {(char)0xff, (char)marker, (char)(n >> 8), (char)n};
	g_string_append_len(out, head, sizeof(head));
	g_string_append_len(out, mark, (gssize)marked);
	g_string_append_len(out, data->str, (gssize)data->len);
}

GString *make_jpeg(const GString *pixels, const GString *exif,
		   const GString *iptc, const GString *xmp)
{
	GString *out = g_string_new_len(pixels->str, 2);
	add_segment(out, 0xe1, "", exif);
	add_segment(out, 0xe1, "http://ns.adobe.com/xap/1.0/", xmp);
	add_segment(out, 0xed, "", iptc);
	return g_string_append_len(out, pixels->str + 2,
				   (gssize)pixels->len - 2);
}
