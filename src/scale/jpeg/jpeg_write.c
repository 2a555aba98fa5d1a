/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/jpeg/jpeg_write.h"
#include "scale/jpeg/jpeg_trap.h"

#include <jerror.h>
#include <stdlib.h>
#include <string.h>

#define RGBA 4
#define STRIP_MAX 16 /* rows of a plane in a row of MCUs */
#define BUFFER_MIN (32 * 1024)

struct writer {
	struct jpeg_trap trap;
	struct jpeg_compress_struct jpeg;
	struct jpeg_destination_mgr destination;
	uint8_t *p;
	size_t size;     /* of p */
	uint8_t *memory; /* for rows */
};

static void need_memory(struct writer *w, size_t n)
{
	w->memory = malloc(n);
	if (w->memory == NULL)
		ERREXIT1(&w->jpeg, JERR_OUT_OF_MEMORY, 0);
}

/*
 * What is written. libjpeg's own for this loses its buffer when an error comes
 * after it has grown.
 */

static void set_buffer(struct writer *w, size_t size, size_t used)
{
	uint8_t *p = realloc(w->p, size);
	if (p == NULL)
		ERREXIT1(&w->jpeg, JERR_OUT_OF_MEMORY, 0);
	w->p = p;
	w->size = size;
	w->destination.next_output_byte = p + used;
	w->destination.free_in_buffer = size - used;
}

static void destination_begin(j_compress_ptr jpeg)
{
	set_buffer(jpeg->client_data, BUFFER_MIN, 0);
}

/* The whole buffer is full, whatever free_in_buffer says. */
static boolean destination_grow(j_compress_ptr jpeg)
{
	struct writer *w = jpeg->client_data;
	set_buffer(w, w->size * 2, w->size);
	return TRUE;
}

static void destination_end(j_compress_ptr jpeg)
{
	(void)jpeg;
}

static void create(struct writer *w)
{
	struct jpeg_compress_struct *jpeg = &w->jpeg;
	jpeg_create_compress(jpeg);
	jpeg->client_data = w;
	w->destination = (struct jpeg_destination_mgr){
		.init_destination = destination_begin,
		.empty_output_buffer = destination_grow,
		.term_destination = destination_end,
	};
	jpeg->dest = &w->destination;
}

static void reduce_colour(struct jpeg_compress_struct *jpeg, int factor)
{
	jpeg->comp_info[0].h_samp_factor = factor;
	jpeg->comp_info[0].v_samp_factor = factor;
}

/* jpeg has its size and the colours of its input. */
static void begin(struct jpeg_compress_struct *jpeg,
		  const struct jpeg_options *options, const struct planes *raw)
{
	bool full = raw ? raw->n == 1 || raw->full
			: options->quality >= JPEG_FULL_QUALITY;
	uint64_t pixels = (uint64_t)jpeg->image_width * jpeg->image_height;
	jpeg_set_defaults(jpeg);
	jpeg_set_quality(jpeg, (int)options->quality, TRUE);
	jpeg->raw_data_in = raw != NULL;
	reduce_colour(jpeg, full ? 1 : 2);
	if (pixels <= JPEG_TABLES_PIXELS) {
		jpeg->optimize_coding = TRUE;
		if (options->progressive)
			jpeg_simple_progression(jpeg);
	}
	jpeg_start_compress(jpeg, TRUE);
}

/*
 * Planes, as they are: libjpeg takes rows of whole blocks, a row of MCUs at
 * once. Behind the picture's edge the last sample goes on.
 */

struct strip {
	JSAMPROW rows[PLANES_MAX][STRIP_MAX];
	JSAMPARRAY planes[PLANES_MAX];
};

static void strip_init(struct strip *strip, struct writer *w)
{
	const struct jpeg_compress_struct *jpeg = &w->jpeg;
	size_t n = 0;
	for (int i = 0; i < jpeg->num_components; i++)
		n += (size_t)jpeg->comp_info[i].width_in_blocks * DCTSIZE;
	need_memory(w, n * STRIP_MAX);
	uint8_t *p = w->memory;
	for (int i = 0; i < jpeg->num_components; i++) {
		strip->planes[i] = strip->rows[i];
		for (unsigned y = 0; y < STRIP_MAX; y++) {
			strip->rows[i][y] = p;
			p += (size_t)jpeg->comp_info[i].width_in_blocks *
			     DCTSIZE;
		}
	}
}

static void fill_row(const struct picture *plane, unsigned y, uint8_t *out,
		     size_t n)
{
	const uint8_t *row =
		picture_row(plane, y < plane->height ? y : plane->height - 1);
	memcpy(out, row, plane->width);
	memset(out + plane->width, row[plane->width - 1], n - plane->width);
}

static void write_strips(struct writer *w, const struct planes *planes)
{
	struct jpeg_compress_struct *jpeg = &w->jpeg;
	const unsigned lines = (unsigned)jpeg->max_v_samp_factor * DCTSIZE;
	struct strip strip;
	strip_init(&strip, w);
	for (unsigned n = 0; jpeg->next_scanline < jpeg->image_height; n++) {
		for (unsigned i = 0; i < planes->n; i++) {
			const jpeg_component_info *c = &jpeg->comp_info[i];
			unsigned height = (unsigned)c->v_samp_factor * DCTSIZE;
			for (unsigned y = 0; y < height; y++)
				fill_row(&planes->plane[i], n * height + y,
					 strip.rows[i][y],
					 (size_t)c->width_in_blocks * DCTSIZE);
		}
		jpeg_write_raw_data(jpeg, strip.planes, lines);
	}
}

static int encode_planes(struct writer *w, const struct planes *planes,
			 const struct jpeg_options *options, struct err *err)
{
	struct jpeg_compress_struct *jpeg = &w->jpeg;
	jpeg->err = jpeg_trap_init(&w->trap);
	if (jpeg_trap_set(&w->trap, err) != 0)
		return -1;
	create(w);
	jpeg->image_width = planes->plane[0].width;
	jpeg->image_height = planes->plane[0].height;
	jpeg->input_components = (int)planes->n;
	jpeg->in_color_space = planes->n == 1 ? JCS_GRAYSCALE : JCS_YCbCr;
	begin(jpeg, options, planes);
	write_strips(w, planes);
	jpeg_finish_compress(jpeg);
	return 0;
}

/*
 * RGBA.
 */

/* value * alpha / 255, to nearest */
static unsigned share(unsigned value, unsigned alpha)
{
	unsigned v = value * alpha + 128;
	return (v + (v >> 8)) >> 8;
}

static void lay_on(const uint8_t *rgba, size_t n, const uint8_t colour[3],
		   uint8_t *out)
{
	for (size_t i = 0; i < n; i++, rgba += RGBA, out += RGBA) {
		const unsigned alpha = rgba[3];
		for (unsigned c = 0; c < 3; c++)
			out[c] = (uint8_t)(share(rgba[c], alpha) +
					   share(colour[c], 255 - alpha));
		out[3] = 255;
	}
}

static void opaque_background(uint32_t rgba, uint8_t out[3])
{
	const unsigned alpha = rgba & 255;
	for (unsigned i = 0; i < 3; i++)
		out[i] = (uint8_t)(share(rgba >> (24 - 8 * i) & 255, alpha) +
				   255 - alpha);
}

static void write_rows(struct writer *w, const struct picture *picture,
		       const struct jpeg_options *options)
{
	struct jpeg_compress_struct *jpeg = &w->jpeg;
	uint8_t colour[3];
	opaque_background(options->background, colour);
	need_memory(w, (size_t)picture->width * RGBA);
	for (unsigned y = 0; y < picture->height; y++) {
		lay_on(picture_row(picture, y), picture->width, colour,
		       w->memory);
		jpeg_write_scanlines(jpeg, &w->memory, 1);
	}
}

static int encode_rgba(struct writer *w, const struct picture *picture,
		       const struct jpeg_options *options, struct err *err)
{
	struct jpeg_compress_struct *jpeg = &w->jpeg;
	jpeg->err = jpeg_trap_init(&w->trap);
	if (jpeg_trap_set(&w->trap, err) != 0)
		return -1;
	create(w);
	jpeg->image_width = picture->width;
	jpeg->image_height = picture->height;
	jpeg->input_components = RGBA;
	jpeg->in_color_space = JCS_EXT_RGBX;
	begin(jpeg, options, NULL);
	write_rows(w, picture, options);
	jpeg_finish_compress(jpeg);
	return 0;
}

/* `result` is that of encoding. */
static int finish(struct writer *w, int result, struct bytes *out)
{
	*out = (struct bytes){w->p, w->size - w->destination.free_in_buffer};
	if (result < 0) {
		free(w->p);
		*out = (struct bytes){0};
	}
	jpeg_destroy_compress(&w->jpeg);
	free(w->memory);
	return result;
}

int jpeg_write_planes(const struct planes *planes,
		      const struct jpeg_options *options, struct bytes *out,
		      struct err *err)
{
	struct writer w = {0};
	return finish(&w, encode_planes(&w, planes, options, err), out);
}

int jpeg_write_rgba(const struct picture *picture,
		    const struct jpeg_options *options, struct bytes *out,
		    struct err *err)
{
	struct writer w = {0};
	return finish(&w, encode_rgba(&w, picture, options, err), out);
}
