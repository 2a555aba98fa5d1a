/* SPDX-License-Identifier: Apache-2.0 */
#include "jpegs.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>

void jpeg_colour(double x, double y, double rgb[3])
{
	rgb[0] = 20 + 200 * x;
	rgb[1] = 220 - 180 * y;
	rgb[2] = 120 + 60 * x - 60 * y;
}

/* The same for the same place. */
static double noise_at(const struct jpeg_kind *kind, unsigned x, unsigned y)
{
	uint32_t hash = (x * 2654435761u) ^ (y * 2246822519u);
	hash = (hash ^ hash >> 15) * 2654435761u;
	return kind->noise * ((hash >> 16) / 32768.0 - 1);
}

static void fill_line(const struct jpeg_kind *kind, unsigned y, JSAMPLE *line,
		      int channels)
{
	for (unsigned x = 0; x < kind->width; x++) {
		double rgb[3];
		jpeg_colour((x + 0.5) / kind->width, (y + 0.5) / kind->height,
			    rgb);
		for (int c = 0; c < channels; c++)
			line[(size_t)x * (unsigned)channels + (unsigned)c] =
				c == 3 ? 255
				       : (JSAMPLE)lrint(CLAMP(
						 rgb[c] + noise_at(kind, x, y),
						 0, 255));
	}
}

static void write_segment(struct jpeg_compress_struct *jpeg, int marker,
			  const char *mark, size_t n, const GString *content)
{
	g_autoptr(GString) segment = g_string_new_len(mark, (gssize)n);
	if (content == NULL)
		return;
	g_string_append_len(segment, content->str, (gssize)content->len);
	jpeg_write_marker(jpeg, marker, (const JOCTET *)segment->str,
			  (unsigned)segment->len);
}

GString *jpeg_made(const struct jpeg_kind *kind)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	unsigned char *p = NULL;
	unsigned long n = 0;
	bool cmyk = kind->space == JCS_CMYK || kind->space == JCS_YCCK;
	int channels = cmyk ? 4 : 3;
	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_mem_dest(&jpeg, &p, &n);
	jpeg.image_width = kind->width;
	jpeg.image_height = kind->height;
	jpeg.input_components = channels;
	jpeg.in_color_space = cmyk ? JCS_CMYK : JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, kind->quality ? kind->quality : 95, TRUE);
	if (kind->space)
		jpeg_set_colorspace(&jpeg, kind->space);
	if (kind->across) {
		jpeg.comp_info[0].h_samp_factor = kind->across;
		jpeg.comp_info[0].v_samp_factor = kind->down;
	}
	jpeg.restart_interval = kind->restart;
	if (kind->progressive)
		jpeg_simple_progression(&jpeg);
	jpeg_start_compress(&jpeg, TRUE);
	write_segment(&jpeg, JPEG_APP0 + 1, "Exif\0\0", 6, kind->exif);
	write_segment(&jpeg, JPEG_APP0 + 2, "ICC_PROFILE\0\1\1", 14,
		      kind->profile);
	JSAMPROW line = g_malloc((size_t)kind->width * 4);
	while (jpeg.next_scanline < jpeg.image_height) {
		fill_line(kind, jpeg.next_scanline, line, channels);
		jpeg_write_scanlines(&jpeg, &line, 1);
	}
	g_free(line);
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	GString *out = g_string_new_len((char *)p, (gssize)n);
	free(p);
	return out;
}

static void fail_test(j_common_ptr jpeg)
{
	char text[JMSG_LENGTH_MAX];
	jpeg->err->format_message(jpeg, text);
	fail_msg("%s", text);
}

struct picture jpeg_decoded(struct str bytes)
{
	struct jpeg_decompress_struct jpeg;
	struct jpeg_error_mgr errors;
	struct err err;
	jpeg.err = jpeg_std_error(&errors);
	errors.error_exit = fail_test;
	jpeg_create_decompress(&jpeg);
	jpeg_mem_src(&jpeg, (const unsigned char *)bytes.p, bytes.n);
	jpeg_read_header(&jpeg, TRUE);
	jpeg.out_color_space = JCS_EXT_RGBA;
	jpeg_start_decompress(&jpeg);
	struct picture out = {.width = jpeg.output_width,
			      .height = jpeg.output_height,
			      .channels = 4};
	assert_int_equal(picture_init(&out, &err), 0);
	while (jpeg.output_scanline < jpeg.output_height) {
		JSAMPROW row = picture_row(&out, jpeg.output_scanline);
		jpeg_read_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_decompress(&jpeg);
	assert_int_equal(errors.num_warnings, 0);
	jpeg_destroy_decompress(&jpeg);
	return out;
}

static void add_number(GString *s, unsigned value, unsigned n, bool big_endian)
{
	for (unsigned i = 0; i < n; i++)
		g_string_append_c(
			s, (char)(value >> 8 * (big_endian ? n - 1 - i : i)));
}

GString *jpeg_exif(unsigned orientation, bool big_endian)
{
	GString *s = g_string_new(big_endian ? "MM" : "II");
	add_number(s, 42, 2, big_endian);
	add_number(s, 8, 4, big_endian);
	add_number(s, 2, 2, big_endian);
	/* its resolution's unit, as there is always something else */
	add_number(s, 0x128, 2, big_endian);
	add_number(s, 3, 2, big_endian);
	add_number(s, 1, 4, big_endian);
	add_number(s, 2, 2, big_endian);
	add_number(s, 0, 2, big_endian);
	add_number(s, 0x112, 2, big_endian);
	add_number(s, 3, 2, big_endian);
	add_number(s, 1, 4, big_endian);
	add_number(s, orientation, 2, big_endian);
	add_number(s, 0, 2, big_endian);
	add_number(s, 0, 4, big_endian);
	return s;
}
