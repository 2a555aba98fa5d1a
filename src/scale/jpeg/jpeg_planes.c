/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The planes of a JPEG, as they are stored, a row of MCUs at once: by our own
 * reader of baseline scans, and whatever that does not take by libjpeg.
 */
#include "scale/jpeg/jpeg_read.h"
#include "scale/jpeg/jpeg_scan.h"

#include <stdlib.h>

#define ROWS_MAX 32 /* of a plane in a row of MCUs */

/* A row of MCUs. */
struct strip {
	JSAMPROW rows[PLANES_MAX][ROWS_MAX];
	JSAMPARRAY planes[PLANES_MAX];
	size_t width[PLANES_MAX]; /* samples of a row */
	unsigned height[PLANES_MAX];
	uint8_t *memory;
};

static int strip_init(struct strip *strip, unsigned n, struct err *err)
{
	size_t size = 0;
	for (unsigned i = 0; i < n; i++)
		size += strip->width[i] * strip->height[i];
	uint8_t *p = strip->memory = malloc(size);
	if (p == NULL)
		return err_set(err, ERR_TOO_LARGE,
			       "there is no memory for a row of blocks");
	for (unsigned i = 0; i < n; i++) {
		strip->planes[i] = strip->rows[i];
		for (unsigned y = 0; y < strip->height[i]; y++) {
			strip->rows[i][y] = p;
			p += strip->width[i];
		}
	}
	return 0;
}

/* Which planes have rows that are needed in a strip, by bits. */
static unsigned strip_wanted(const struct strip *strip, unsigned number,
			     const struct planes_source *source)
{
	unsigned wanted = 0;
	for (unsigned i = 0; i < source->n; i++) {
		const struct planes_part *part = &source->part[i];
		unsigned first = number * strip->height[i];
		if (first < part->top + part->height &&
		    first + strip->height[i] > part->top)
			wanted |= 1u << i;
	}
	return wanted;
}

static void push_strip(const struct strip *strip, unsigned number,
		       const struct planes_source *source,
		       struct planes_cutter *cutter)
{
	for (unsigned i = 0; i < source->n; i++) {
		const struct planes_part *part = &source->part[i];
		unsigned first = number * strip->height[i];
		for (unsigned y = 0; y < strip->height[i]; y++)
			if (first + y >= part->top &&
			    first + y < part->top + part->height)
				planes_cut_push(cutter, i,
						strip->rows[i][y] + part->left);
	}
}

/* How many samples are decoded of each of a plane that is stored. */
static struct planes_part part_of(const struct jpeg_decompress_struct *jpeg,
				  const jpeg_component_info *c,
				  unsigned eighths)
{
	unsigned across = (unsigned)c->h_samp_factor * eighths;
	unsigned down = (unsigned)c->v_samp_factor * eighths;
	unsigned most_across = (unsigned)jpeg->max_h_samp_factor * DCTSIZE;
	unsigned most_down = (unsigned)jpeg->max_v_samp_factor * DCTSIZE;
	return (struct planes_part){
		.across = (double)across / most_across,
		.down = (double)down / most_down,
		.width = (jpeg->image_width * across + most_across - 1) /
			 most_across,
		.height =
			(jpeg->image_height * down + most_down - 1) / most_down,
	};
}

/*
 * Our own.
 */

/* Each plane by itself: colour that is stored as large as brightness is to
 * become smaller. */
static unsigned eighths_of(const struct jpeg_decompress_struct *jpeg,
			   const jpeg_component_info *c,
			   const struct shape_cut *cut, unsigned step)
{
	struct planes_part all = part_of(jpeg, c, DCTSIZE);
	return jpeg_eighths(cut->kept.width * all.across * step / cut->width,
			    cut->kept.height * all.down * step / cut->height);
}

static void choose_sizes(struct jpeg_scan *scan,
			 const struct jpeg_decompress_struct *jpeg,
			 const struct shape_cut *cut,
			 struct planes_source *source)
{
	source->n = scan->n;
	for (unsigned i = 0; i < scan->n; i++) {
		const jpeg_component_info *c = &jpeg->comp_info[i];
		unsigned step = i > 0 && !source->full ? 2 : 1;
		scan->plane[i].size = eighths_of(jpeg, c, cut, step);
		source->part[i] = part_of(jpeg, c, scan->plane[i].size);
	}
	jpeg_scan_start(scan, jpeg);
}

static int strip_of_scan(struct strip *strip, struct jpeg_scan *scan,
			 const struct planes_source *source, struct err *err)
{
	for (unsigned i = 0; i < scan->n; i++) {
		const struct jpeg_scan_plane *plane = &scan->plane[i];
		strip->width[i] =
			(size_t)scan->mcus * plane->across * plane->size;
		strip->height[i] = plane->down * plane->size;
	}
	if (strip_init(strip, scan->n, err) < 0)
		return -1;
	for (unsigned i = 0; i < scan->n; i++) {
		struct jpeg_scan_plane *plane = &scan->plane[i];
		const struct planes_part *part = &source->part[i];
		plane->first = part->left / plane->size;
		plane->end = (part->left + part->width - 1) / plane->size + 1;
		plane->rows = strip->rows[i][0];
		plane->stride = strip->width[i];
	}
	return 0;
}

static bool scan_rows(struct jpeg_scan *scan, const struct strip *strip,
		      const struct planes_source *source,
		      struct planes_cutter *cutter)
{
	bool begun = false;
	for (unsigned n = 0; n < scan->mcu_rows; n++) {
		unsigned wanted = strip_wanted(strip, n, source);
		if (begun && wanted == 0)
			break;
		begun = wanted != 0;
		if (!jpeg_scan_row(scan, wanted))
			return false;
		push_strip(strip, n, source, cutter);
	}
	return true;
}

struct wanted {
	const struct shape_cut *cut;
	bool full;
};

static bool scan_planes(struct jpeg_reader *reader, const struct wanted *wanted,
			struct strip *strip, struct planes_cutter *cutter)
{
	const struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	const struct shape_cut *cut = wanted->cut;
	struct jpeg_scan scan;
	struct planes_source source = {.full = wanted->full};
	struct err ignored;
	if (!jpeg_scan_init(&scan, jpeg))
		return false;
	choose_sizes(&scan, jpeg, cut, &source);
	return planes_cut_begin(cutter, cut, &source, &ignored) == 0 &&
	       strip_of_scan(strip, &scan, &source, &ignored) == 0 &&
	       scan_rows(&scan, strip, &source, cutter);
}

/*
 * libjpeg's, which reduces planes of colour less than that of brightness when
 * its larger transform gives them for nothing.
 */

static int strip_of_jpeg(struct strip *strip,
			 const struct jpeg_decompress_struct *jpeg,
			 struct planes_source *source, struct err *err)
{
	source->n = (unsigned)jpeg->num_components;
	for (unsigned i = 0; i < source->n; i++) {
		const jpeg_component_info *c = &jpeg->comp_info[i];
		unsigned size = (unsigned)c->DCT_scaled_size;
		strip->width[i] = (size_t)c->width_in_blocks * size;
		strip->height[i] = (unsigned)c->v_samp_factor * size;
		source->part[i] = part_of(jpeg, c, size);
	}
	return strip_init(strip, source->n, err);
}

static void read_strips(struct jpeg_decompress_struct *jpeg,
			struct strip *strip, const struct planes_source *source,
			struct planes_cutter *cutter)
{
	const JDIMENSION lines = (JDIMENSION)(jpeg->max_v_samp_factor *
					      jpeg->min_DCT_scaled_size);
	bool begun = false;
	for (unsigned n = 0; jpeg->output_scanline < jpeg->output_height; n++) {
		unsigned wanted = strip_wanted(strip, n, source);
		if (begun && wanted == 0)
			break;
		begun = wanted != 0;
		/* what is not needed is not transformed */
		for (unsigned i = 0; i < source->n; i++)
			jpeg->comp_info[i].component_needed = wanted >> i & 1;
		jpeg_read_raw_data(jpeg, strip->planes, lines);
		push_strip(strip, n, source, cutter);
	}
}

/* libjpeg fails by leaving it, so that it owns nothing. */
static int decode_planes(struct jpeg_reader *reader,
			 const struct wanted *wanted, struct strip *strip,
			 struct planes_cutter *cutter, struct err *err)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	const struct shape_cut *cut = wanted->cut;
	struct planes_source source = {.full = wanted->full};
	if (jpeg_trap_set(&reader->trap, err) != 0)
		return -1;
	jpeg->scale_num = jpeg_eighths(cut->kept.width / cut->width,
				       cut->kept.height / cut->height);
	jpeg->scale_denom = 8;
	jpeg->raw_data_out = TRUE;
	jpeg->out_color_space = jpeg->jpeg_color_space;
	jpeg_start_decompress(jpeg);
	if (strip_of_jpeg(strip, jpeg, &source, err) < 0 ||
	    planes_cut_begin(cutter, cut, &source, err) < 0)
		return -1;
	read_strips(jpeg, strip, &source, cutter);
	jpeg_abort_decompress(jpeg);
	return 0;
}

int jpeg_read_planes(struct jpeg_reader *reader, const struct shape_cut *cut,
		     struct planes *out, struct err *err)
{
	struct strip strip = {0};
	struct planes_cutter cutter = {0};
	const struct wanted wanted = {cut, out->full};
	int result = scan_planes(reader, &wanted, &strip, &cutter) ? 0 : -1;
	if (result < 0) {
		free(strip.memory);
		strip.memory = NULL;
		planes_cut_release(&cutter);
		result = decode_planes(reader, &wanted, &strip, &cutter, err);
	}
	if (result == 0)
		planes_cut_end(&cutter, out);
	planes_cut_release(&cutter);
	free(strip.memory);
	return result;
}
