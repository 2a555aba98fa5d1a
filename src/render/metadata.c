/* SPDX-License-Identifier: Apache-2.0 */
#include "render/metadata.h"
#include "render/tags/exif.h"
#include "render/phash.h"
#include "render/quality.h"
#include "render/reduce.h"
#include "render/webp.h"

#include <math.h>

#define STRIP 16 /* rows decoded at a time */
/* A JPEG is decoded smaller as long as each cell of the hash still has as many
 * pixels in a row. */
#define CELL_PIXELS_MIN 4
#define SHRINK_MAX 8
#define OPAQUE 255

_Static_assert(THUMBHASH_MAX == RENDER_THUMBHASH_MAX, "it goes into the reply");

/*
 * Pixels.
 */

struct sampling {
	unsigned width, height;
	unsigned bands; /* bytes of a pixel */
	bool has_alpha;
	uint32_t *sums; /* of a row's grey values: width + 1 */
	bool is_opaque;
	double grey[PHASH_EDGE][PHASH_EDGE];
	struct reduction small;
};

/* Luma (ITU-R BT.601), over white where it can be seen through. */
static uint32_t grey_of(struct sampling *s, const VipsPel *p)
{
	uint32_t grey = p[0];
	if (s->bands >= 3)
		grey = (299u * p[0] + 587u * p[1] + 114u * p[2] + 500) / 1000;
	if (!s->has_alpha)
		return grey;
	uint32_t alpha = p[s->bands - 1];
	if (alpha != OPAQUE)
		s->is_opaque = false;
	return (grey * alpha + 255u * (OPAQUE - alpha) + OPAQUE / 2) / OPAQUE;
}

/* The sum of a row's grey values from its start to x, which may be within a
 * pixel. */
static double sum_to(const struct sampling *s, double x)
{
	unsigned whole = MIN((unsigned)x, s->width - 1);
	uint32_t here = s->sums[whole + 1] - s->sums[whole];
	return s->sums[whole] + (x - whole) * here;
}

/* Adds row y to the cells it lies in, each pixel by its share. */
static void add_row(struct sampling *s, unsigned y, const VipsPel *p)
{
	double wide = (double)s->width / PHASH_EDGE;
	double high = (double)s->height / PHASH_EDGE;
	double means[PHASH_EDGE], before = 0;
	reduce_row(&s->small, y, p);
	for (unsigned x = 0; x < s->width; x++)
		s->sums[x + 1] = s->sums[x] + grey_of(s, p + x * s->bands);
	for (int i = 0; i < PHASH_EDGE; i++) {
		double to = sum_to(s, (i + 1) * wide);
		means[i] = (to - before) / wide;
		before = to;
	}
	for (int j = (int)(y / high); j < PHASH_EDGE; j++) {
		double share = MIN(y + 1, (j + 1) * high) - MAX(y, j * high);
		if (share <= 0)
			break;
		for (int i = 0; i < PHASH_EDGE; i++)
			s->grey[j][i] += means[i] * share / high;
	}
}

static void begin_rows(struct sampling *s, const struct reduce_shape *of)
{
	s->width = of->width;
	s->height = of->height;
	s->bands = of->bands;
	s->has_alpha = of->has_alpha;
	s->is_opaque = true;
	s->sums = g_new0(uint32_t, s->width + 1);
	reduce_begin(&s->small, of);
}

static int sample_rows(struct sampling *s, VipsImage *image)
{
	VipsRegion *region = vips_region_new(image);
	int failed = 0;
	for (unsigned y = 0; !failed && y < s->height; y += STRIP) {
		unsigned rows = MIN(STRIP, s->height - y);
		VipsRect strip = {0, (int)y, (int)s->width, (int)rows};
		failed = vips_region_prepare(region, &strip);
		for (unsigned i = 0; !failed && i < rows; i++)
			add_row(s, y + i,
				VIPS_REGION_ADDR(region, 0, (int)(y + i)));
	}
	g_object_unref(region);
	return failed;
}

/* The image as bytes of grey or sRGB, with or without alpha. */
static VipsImage *to_bytes(VipsImage *image)
{
	VipsImage *colours = NULL, *bytes = NULL;
	VipsInterpretation now = vips_image_guess_interpretation(image);
	VipsInterpretation wanted = now == VIPS_INTERPRETATION_B_W
					    ? VIPS_INTERPRETATION_B_W
					    : VIPS_INTERPRETATION_sRGB;
	if (vips_colourspace(image, &colours, wanted, NULL) != 0)
		return NULL;
	if (vips_cast(colours, &bytes, VIPS_FORMAT_UCHAR, NULL) != 0)
		bytes = NULL;
	g_object_unref(colours);
	return bytes;
}

static int sample_webp(struct sampling *s, struct str bytes, struct err *err)
{
	struct webp webp;
	if (webp_decode(&webp, bytes, err) < 0)
		return -1;
	const struct reduce_shape shape = {
		.width = webp.width,
		.height = webp.height,
		.bands = webp.has_alpha ? 4 : 3,
		.has_alpha = webp.has_alpha,
	};
	begin_rows(s, &shape);
	VipsPel *row = g_malloc((size_t)s->width * s->bands);
	for (unsigned y = 0; y < s->height; y++) {
		webp_row(&webp, y, row);
		add_row(s, y, row);
	}
	g_free(row);
	g_free(s->sums);
	webp_release(&webp);
	return 0;
}

static int sample_image(struct sampling *s, VipsImage *image, struct err *err)
{
	VipsImage *bytes = to_bytes(image);
	if (bytes == NULL)
		return decode_unreadable(err);
	const struct reduce_shape shape = {
		.width = (unsigned)vips_image_get_width(bytes),
		.height = (unsigned)vips_image_get_height(bytes),
		.bands = (unsigned)vips_image_get_bands(bytes),
		.has_alpha = vips_image_hasalpha(bytes),
	};
	begin_rows(s, &shape);
	int failed = sample_rows(s, bytes);
	g_free(s->sums);
	g_object_unref(bytes);
	return failed ? decode_unreadable(err) : 0;
}

static int shrink_factor(VipsImage *image)
{
	int edge =
		MIN(vips_image_get_width(image), vips_image_get_height(image));
	int factor = SHRINK_MAX;
	while (factor > 1 && edge / factor < CELL_PIXELS_MIN * PHASH_EDGE)
		factor /= 2;
	return factor;
}

static int sample(struct sampling *s, struct source *source, struct err *err)
{
	if (webp_is_still(source->bytes))
		return sample_webp(s, source->bytes, err);
	const struct source_view view = {.shrink =
						 shrink_factor(source->image)};
	if (view.shrink > 1 && source_is(source, "jpegload") &&
	    source_reopen(source, &view, err) < 0)
		return -1;
	return sample_image(s, source->image, err);
}

static size_t write_exif(const struct source *source,
			 char text[RENDER_TEXT_MAX])
{
	/* what is left over is for the braces and names of the sections */
	struct tag_budget budget = {RENDER_TEXT_MAX - 256, TAG_ENTRIES_MAX};
	json_t *sections = exif_sections(
		source_blob(source, VIPS_META_EXIF_NAME), &budget);
	size_t n = json_dumpb(sections, text, RENDER_TEXT_MAX, TAG_JSON_FLAGS);
	json_decref(sections);
	return n <= RENDER_TEXT_MAX ? n : 0;
}

int metadata_read(struct source *source, struct render_metadata *out,
		  char text[RENDER_TEXT_MAX], size_t *n, struct err *err)
{
	VipsImage *image = source->image;
	uint64_t pixels = (uint64_t)vips_image_get_width(image) *
			  (uint64_t)vips_image_get_height(image);
	unsigned density = source_density(source);
	if (source->bytes.n > METADATA_BYTES_MAX ||
	    pixels > METADATA_PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE, "too large to decode");
	*out = (struct render_metadata){
		.format = source_format(source),
		.quality = source_is(source, "jpegload")
				   ? jpeg_quality(source->bytes)
				   : 0,
		.density = density ? density : DECODE_DENSITY_DEFAULT,
		.has_color_profile =
			source_blob(source, VIPS_META_ICC_NAME).n > 0,
	};
	*n = write_exif(source, text);
	int orientation = vips_image_get_orientation(image);
	g_autofree struct sampling *s = g_new0(struct sampling, 1);
	if (sample(s, source, err) < 0)
		return -1;
	g_autofree struct thumb *thumb = g_new0(struct thumb, 1);
	reduce_end(&s->small, (unsigned)CLAMP(orientation, 1, 8), thumb);
	out->has_transparency = s->has_alpha && !s->is_opaque;
	out->phash = phash_of(s->grey);
	out->thumbhash_n = (uint32_t)thumbhash_of(thumb, out->thumbhash);
	return 0;
}
