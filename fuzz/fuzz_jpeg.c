/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JPEG: whatever the file and the cut, there is an error of ours or a picture
 * of the size that was asked for, by planes and by rows. The first bytes are
 * the cut.
 */
#include <glib.h>
#include <stdlib.h>

#include "scale/jpeg/jpeg_read.h"
#include "scale/jpeg/jpeg_write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CUT 12           /* bytes */
#define PIXELS (1 << 20) /* larger ones are only opened */

/* A part of a length, from 0 to 1. */
static double part(uint8_t byte, double length)
{
	return byte / 255.0 * length;
}

static struct shape_cut cut_of(const uint8_t *p, unsigned width,
			       unsigned height)
{
	struct shape_cut cut = {
		.kept = {.x = part(p[0], width - 0.5),
			 .y = part(p[1], height - 0.5)},
		.width = p[4] + 1u,
		.height = p[5] + 1u,
		.orientation = p[6] % 8 + 1u,
		.left = p[7] % 4,
		.top = p[8] % 4,
		.background = p[9] * 0x1010101u,
	};
	cut.kept.width = 0.5 + part(p[2], width - cut.kept.x - 0.5);
	cut.kept.height = 0.5 + part(p[3], height - cut.kept.y - 0.5);
	bool swaps = orientation_swaps(cut.orientation);
	cut.canvas_width =
		cut.left + p[10] % 4 + (swaps ? cut.height : cut.width);
	cut.canvas_height =
		cut.top + p[11] % 4 + (swaps ? cut.width : cut.height);
	return cut;
}

static void read_planes(struct str bytes, const uint8_t *p)
{
	struct jpeg_reader reader;
	struct planes planes = {0};
	struct bytes out = {0};
	struct err err;
	if (jpeg_reader_open(&reader, bytes, &err) == 0 && reader.has_planes &&
	    (uint64_t)reader.width * reader.height <= PIXELS) {
		struct shape_cut cut = cut_of(p, reader.width, reader.height);
		if (jpeg_read_planes(&reader, &cut, &planes, &err) == 0) {
			const struct jpeg_options options = {
				.quality = p[0] % 100 + 1u};
			g_assert(planes.plane[0].width == cut.canvas_width &&
				 planes.plane[0].height == cut.canvas_height);
			g_assert(jpeg_write_planes(&planes, &options, &out,
						   &err) == 0);
			g_assert(out.n > 100);
		}
	}
	free(out.p);
	planes_release(&planes);
	jpeg_reader_close(&reader);
}

static void read_rows(struct str bytes, const uint8_t *p)
{
	struct jpeg_reader reader;
	struct jpeg_rows rows = {0};
	struct err err;
	g_autofree uint8_t *row = NULL;
	if (jpeg_reader_open(&reader, bytes, &err) == 0 &&
	    (uint64_t)reader.width * reader.height <= PIXELS) {
		struct shape_cut cut = cut_of(p, reader.width, reader.height);
		if (jpeg_reader_start(&reader, &cut, &rows, &err) < 0)
			rows.height = 0;
		row = g_malloc((size_t)rows.width * 4);
		for (unsigned y = 0; y < rows.height; y++)
			if (jpeg_reader_row(&reader, row, &err) < 0)
				break;
	}
	jpeg_reader_close(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < CUT)
		return 0;
	/* an exact copy, so that reading past its end is seen */
	g_autofree char *copy = g_memdup2(data + CUT, size - CUT);
	struct str bytes = {copy ? copy : "", size - CUT};
	read_planes(bytes, data);
	read_rows(bytes, data);
	return 0;
}
