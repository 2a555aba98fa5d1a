/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/jpeg/jpeg_read.h"
#include "image/geometry.h"
#include "scale/exif.h"
#include "scale/profile.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

/* Of a progressive file, each of which may be a few bytes and is a pass over
 * all coefficients: all that can be of use in a small one, in a large one at
 * least twice those that the usual encoders make. */
#define SCANS_MAX 100
#define SCANS_MIN 24
#define SCANNED_PIXELS_MAX 1000000000 /* in all scans between these two */

/* Of libjpeg, for coefficients; a 36 megapixel picture in several scans takes
 * 108 MB. */
#define MEMORY_MAX (160l * 1024 * 1024)

#define RGBA 4

static struct jpeg_reader *reader_of(j_decompress_ptr jpeg)
{
	return jpeg->client_data;
}

bool jpeg_is(struct str bytes)
{
	return str_starts(bytes, STR("\xff\xd8\xff"));
}

/*
 * The bytes, which are all there. Behind their end the picture ends.
 */

static const JOCTET end_of_image[] = {0xff, JPEG_EOI};

static void source_nothing(j_decompress_ptr jpeg)
{
	(void)jpeg;
}

static boolean source_end(j_decompress_ptr jpeg)
{
	jpeg->err->num_warnings++;
	jpeg->src->next_input_byte = end_of_image;
	jpeg->src->bytes_in_buffer = sizeof(end_of_image);
	return TRUE;
}

static void source_skip(j_decompress_ptr jpeg, long n)
{
	struct jpeg_source_mgr *source = jpeg->src;
	if (n <= 0)
		return;
	if ((size_t)n > source->bytes_in_buffer) {
		source_end(jpeg);
		return;
	}
	source->next_input_byte += n;
	source->bytes_in_buffer -= (size_t)n;
}

static void source_init(struct jpeg_source_mgr *source, struct str bytes)
{
	*source = (struct jpeg_source_mgr){
		.next_input_byte = (const JOCTET *)bytes.p,
		.bytes_in_buffer = bytes.n,
		.init_source = source_nothing,
		.fill_input_buffer = source_end,
		.skip_input_data = source_skip,
		.resync_to_restart = jpeg_resync_to_restart,
		.term_source = source_nothing,
	};
}

/*
 * Markers.
 */

/* The segment that begins here, which is passed over. */
static struct str take_segment(j_decompress_ptr jpeg)
{
	const struct jpeg_source_mgr *source = jpeg->src;
	const JOCTET *p = source->next_input_byte;
	size_t n = source->bytes_in_buffer >= 2 ? (size_t)p[0] << 8 | p[1] : 0;
	struct str segment = STR_NONE;
	if (n >= 2 && n <= source->bytes_in_buffer)
		segment = (struct str){(const char *)p + 2, n - 2};
	/* what is no length is as long as one at least */
	source_skip(jpeg, (long)(n < 2 ? 2 : n));
	return segment;
}

static boolean take_app1(j_decompress_ptr jpeg)
{
	static const struct str mark = {"Exif\0\0", 6};
	struct str segment = take_segment(jpeg);
	struct jpeg_reader *reader = reader_of(jpeg);
	if (segment.p && reader->exif.p == NULL && str_starts(segment, mark))
		reader->exif = segment;
	return TRUE;
}

/* ICC.1:2022, B.4: behind the mark stand a number and how many there are. */
static boolean take_app2(j_decompress_ptr jpeg)
{
	static const struct str mark = {"ICC_PROFILE\0\1\1", 14};
	static const struct str any = {"ICC_PROFILE", 12};
	struct str segment = take_segment(jpeg);
	struct jpeg_reader *reader = reader_of(jpeg);
	if (segment.p == NULL || !str_starts(segment, any))
		return TRUE;
	if (reader->profile.p == NULL && str_starts(segment, mark))
		reader->profile = str_skip(segment, mark.n);
	else
		reader->foreign_profile = true; /* in parts: a long one */
	return TRUE;
}

/*
 * The head.
 */

static void watch_scans(j_common_ptr common)
{
	j_decompress_ptr jpeg = (j_decompress_ptr)(void *)common;
	struct jpeg_reader *reader = reader_of(jpeg);
	uint64_t pixels = (uint64_t)reader->width * reader->height;
	int most = (int)(SCANNED_PIXELS_MAX / pixels);
	most = most < SCANS_MIN ? SCANS_MIN : most;
	most = most > SCANS_MAX ? SCANS_MAX : most;
	if (jpeg->input_scan_number <= most)
		return;
	err_set(reader->trap.err, ERR_INVALID, "JPEG: more than %d scans",
		most);
	longjmp(reader->trap.jump, -1);
}

static void create(struct jpeg_reader *reader, struct str bytes)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	jpeg_create_decompress(jpeg);
	jpeg->client_data = reader;
	jpeg->mem->max_memory_to_use = MEMORY_MAX;
	source_init(&reader->source, bytes);
	jpeg->src = &reader->source;
	reader->progress.progress_monitor = watch_scans;
	jpeg->progress = &reader->progress;
	jpeg_set_marker_processor(jpeg, JPEG_APP0 + 1, take_app1);
	jpeg_set_marker_processor(jpeg, JPEG_APP0 + 2, take_app2);
}

static uint64_t coefficients(const struct jpeg_decompress_struct *jpeg)
{
	uint64_t blocks = 0;
	for (int i = 0; i < jpeg->num_components; i++) {
		const jpeg_component_info *c = &jpeg->comp_info[i];
		blocks += (uint64_t)c->width_in_blocks * c->height_in_blocks;
	}
	return blocks * sizeof(JBLOCK);
}

static int describe(struct jpeg_reader *reader, struct err *err)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	const J_COLOR_SPACE space = jpeg->jpeg_color_space;
	reader->width = jpeg->image_width;
	reader->height = jpeg->image_height;
	reader->orientation = exif_orientation(reader->exif);
	reader->has_planes = space == JCS_GRAYSCALE || space == JCS_YCbCr;
	if (!reader->has_planes && space != JCS_RGB)
		return err_set(err, ERR_UNSUPPORTED,
			       "a JPEG that is neither gray nor red, green "
			       "and blue");
	if (reader->foreign_profile ||
	    (reader->profile.p && !profile_is_srgb(reader->profile)))
		return err_set(err, ERR_UNSUPPORTED,
			       "a JPEG with a colour profile");
	if (jpeg_has_multiple_scans(jpeg))
		reader->memory = coefficients(jpeg);
	if (reader->memory > MEMORY_MAX)
		return err_set(err, ERR_UNSUPPORTED,
			       "a JPEG whose coefficients take %" PRIu64
			       " bytes",
			       reader->memory);
	return image_check_size(reader->width, reader->height, err);
}

int jpeg_reader_open(struct jpeg_reader *reader, struct str bytes,
		     struct err *err)
{
	memset(reader, 0, sizeof(*reader));
	reader->jpeg.err = jpeg_trap_init(&reader->trap);
	if (jpeg_trap_set(&reader->trap, err) != 0)
		return -1;
	create(reader, bytes);
	jpeg_read_header(&reader->jpeg, TRUE);
	return describe(reader, err);
}

void jpeg_reader_close(struct jpeg_reader *reader)
{
	jpeg_destroy_decompress(&reader->jpeg);
	free(reader->row);
	reader->row = NULL;
}

/* By eighths: how many times as large as what is made of it what is decoded
 * must be at least. */
static const struct {
	unsigned eighths;
	double least;
} fractions[] = {{1, 2}, {2, 1.5}, {4, 1.5}};

unsigned jpeg_eighths(double across, double down)
{
	double smaller = fmin(across, down);
	for (size_t i = 0; i < sizeof(fractions) / sizeof(*fractions); i++)
		if (smaller * fractions[i].eighths / 8 >= fractions[i].least)
			return fractions[i].eighths;
	return 8;
}

/*
 * Rows of RGBA.
 */

/* The pixels that a box of the stored picture reaches, of those decoded. */
struct reach {
	unsigned first, n;
};

static struct reach reach_of(double at, double length, double part,
			     unsigned decoded)
{
	double from = fmin(fmax(floor(at * part), 0), decoded - 1);
	double to = fmin(fmax(ceil((at + length) * part), from + 1), decoded);
	return (struct reach){(unsigned)from, (unsigned)(to - from)};
}

/* libjpeg leaves out whole columns of MCUs at most. */
static int crop_columns(struct jpeg_reader *reader, const struct reach *x,
			struct err *err)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	JDIMENSION first = x->first, n = x->n;
	if (n == jpeg->output_width)
		return 0;
	jpeg_crop_scanline(jpeg, &first, &n);
	reader->left = x->first - first;
	reader->wanted = x->n;
	reader->row = malloc((size_t)n * RGBA);
	return reader->row ? 0
			   : err_set(err, ERR_TOO_LARGE,
				     "there is no memory for a row");
}

int jpeg_reader_start(struct jpeg_reader *reader, struct shape_cut *cut,
		      struct jpeg_rows *rows, struct err *err)
{
	struct jpeg_decompress_struct *jpeg = &reader->jpeg;
	struct image_box *kept = &cut->kept;
	if (jpeg_trap_set(&reader->trap, err) != 0)
		return -1;
	jpeg->scale_num = jpeg_eighths(kept->width / cut->width,
				       kept->height / cut->height);
	jpeg->scale_denom = 8;
	jpeg->out_color_space = JCS_EXT_RGBA;
	jpeg_start_decompress(jpeg);
	double part = jpeg->scale_num / (double)jpeg->scale_denom;
	struct reach x =
		reach_of(kept->x, kept->width, part, jpeg->output_width);
	struct reach y =
		reach_of(kept->y, kept->height, part, jpeg->output_height);
	if (crop_columns(reader, &x, err) < 0)
		return -1;
	if (y.first > 0)
		jpeg_skip_scanlines(jpeg, y.first);
	*kept = (struct image_box){kept->x * part - x.first,
				   kept->y * part - y.first, kept->width * part,
				   kept->height * part};
	*rows = (struct jpeg_rows){x.n, y.n};
	return 0;
}

int jpeg_reader_row(struct jpeg_reader *reader, uint8_t *rgba, struct err *err)
{
	JSAMPROW row = reader->row ? reader->row : rgba;
	if (jpeg_trap_set(&reader->trap, err) != 0)
		return -1;
	jpeg_read_scanlines(&reader->jpeg, &row, 1);
	if (reader->row)
		memcpy(rgba, row + (size_t)reader->left * RGBA,
		       (size_t)reader->wanted * RGBA);
	return 0;
}
