/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/encoders.h"
#include "render/picture/exif_out.h"

#include <math.h>

#define MM_PER_INCH 25.4
#define WHITE 255.0

/* What takes how long: docs/internals/images.md. */
#define WEBP_EFFORT 4
#define AVIF_EFFORT_SMALL 1
#define AVIF_EFFORT 0
#define AVIF_PIXELS_SMALL 400000.0
#define GIF_EFFORT 3
#define JXL_EFFORT 3
#define PNG_LEVEL 6

/* What looks like a JPEG of a quality is an AVIF of so much of it. */
#define AVIF_QUALITY_SHARE 0.75

struct writing {
	VipsImage *image;
	int quality;
	bool lossless, progressive, has_header;
	bool has_exif; /* whatever libvips makes of it */
};

static const char *const described[] = {
	VIPS_META_EXIF_NAME,
	VIPS_META_XMP_NAME,
	VIPS_META_IPTC_NAME,
};

/* A header has only what was asked for: the pixels' own is left. */
static void *forget(VipsImage *image, const char *field, GValue *value,
		    void *user)
{
	GPtrArray *fields = user;
	(void)image, (void)value;
	g_ptr_array_add(fields, g_strdup(field));
	return NULL;
}

static void clear_header(VipsImage *image)
{
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
	vips_image_map(image, forget, fields);
	for (unsigned i = 0; i < fields->len; i++)
		(void)vips_image_remove(image, fields->pdata[i]);
}

static bool copy_block(const struct picture *picture, VipsImage *to,
		       const char *name)
{
	struct str block = picture->source.image
				   ? source_blob(&picture->source, name)
				   : STR_NONE;
	if (block.n == 0)
		return false;
	vips_image_set_blob_copy(to, name, block.p, block.n);
	return true;
}

/* libvips writes of EXIF's block what it also has as fields of its own. */
static void *copy_field(VipsImage *from, const char *field, GValue *value,
			void *user)
{
	(void)from;
	if (g_str_has_prefix(field, "exif-ifd"))
		vips_image_set(user, field, value);
	return NULL;
}

/* It stands upright now, and what was a small picture of it is not one. */
static void correct_exif(VipsImage *image)
{
	vips_image_set_int(image, VIPS_META_ORIENTATION, 1);
	(void)vips_image_remove(image, "jpeg-thumbnail-data");
}

static void set_pace(const struct picture *picture, VipsImage *to)
{
	g_autofree int *delays = g_new(int, picture->frames);
	for (unsigned i = 0; i < picture->frames; i++)
		delays[i] = picture->pace.delay;
	vips_image_set_array_int(to, "delay", delays, (int)picture->frames);
	vips_image_set_int(to, "loop", picture->pace.loop);
}

static void copy_animation(const struct picture *picture, VipsImage *to)
{
	VipsImage *from = picture->source.image;
	int *delays, n, loop;
	if (picture->frames == 1)
		return;
	vips_image_set_int(to, VIPS_META_PAGE_HEIGHT,
			   to->Ysize / (int)picture->frames);
	if (picture->pace.is_set) {
		set_pace(picture, to);
		return;
	}
	if (from == NULL)
		return;
	if (vips_image_get_typeof(from, "delay") &&
	    vips_image_get_array_int(from, "delay", &delays, &n) == 0)
		vips_image_set_array_int(to, "delay", delays, n);
	if (vips_image_get_typeof(from, "loop") &&
	    vips_image_get_int(from, "loop", &loop) == 0)
		vips_image_set_int(to, "loop", loop);
}

static int prepare(struct picture *picture, const struct image_op *op,
		   struct writing *out)
{
	const struct image_sizes *sizes = &picture->sizes;
	double density = image_number(op, IMAGE_ENCODE_DENSITY, sizes);
	bool has_density = image_has(op, IMAGE_ENCODE_DENSITY);
	bool has_metadata = image_flag(op, IMAGE_ENCODE_METADATA);
	double per_mm = has_density ? density / MM_PER_INCH
			: has_metadata && picture->source.image
				? picture->source.image->Xres
				: 1;
	VipsImage *image = NULL;
	if (vips_copy(picture->image, &image, "xres", per_mm, "yres", per_mm,
		      "interpretation", VIPS_INTERPRETATION_sRGB, NULL) != 0)
		return -1;
	clear_header(image);
	*out = (struct writing){
		.image = image,
		.quality = (int)lrint(
			image_number(op, IMAGE_ENCODE_QUALITY, sizes)),
		.lossless = image_flag(op, IMAGE_ENCODE_LOSSLESS),
		.progressive = image_flag(op, IMAGE_ENCODE_PROGRESSIVE),
		.has_header = has_density,
		.has_exif = has_density || has_metadata,
	};
	copy_animation(picture, image);
	if (has_density)
		vips_image_set_string(image, VIPS_META_RESOLUTION_UNIT, "in");
	if (has_metadata) {
		for (size_t i = 0; i < G_N_ELEMENTS(described); i++)
			out->has_header |=
				copy_block(picture, image, described[i]);
		if (picture->source.image)
			vips_image_map(picture->source.image, copy_field,
				       image);
		correct_exif(image);
	}
	if (picture_keeps_profile(picture))
		out->has_header |=
			copy_block(picture, image, VIPS_META_ICC_NAME);
	return 0;
}

/* What can be seen through becomes white. */
static int save_jpeg(const struct writing *w, void **p, size_t *n)
{
	static const double white[] = {WHITE, WHITE, WHITE};
	VipsArrayDouble *background = vips_array_double_new(white, 3);
	int failed = vips_jpegsave_buffer(
		w->image, p, n, "Q", w->quality, "optimize_coding", TRUE,
		"interlace", w->progressive, "strip", !w->has_header,
		"background", background, NULL);
	vips_area_unref(VIPS_AREA(background));
	if (!failed && !w->has_exif)
		*n = exif_out_of_jpeg(*p, *n);
	return failed;
}

/* True colours: a palette would take five times as long. Never interlaced,
 * which costs a fifth: only a JPEG becomes smaller when it is progressive. */
static int save_png(const struct writing *w, void **p, size_t *n)
{
	return vips_pngsave_buffer(w->image, p, n, "compression", PNG_LEVEL,
				   "filter", VIPS_FOREIGN_PNG_FILTER_ALL,
				   "strip", !w->has_header, NULL);
}

static int save_webp(const struct writing *w, void **p, size_t *n)
{
	int failed = vips_webpsave_buffer(
		w->image, p, n, "Q", w->quality, "effort", WEBP_EFFORT,
		"lossless", w->lossless, "strip", !w->has_header, NULL);
	if (!failed && !w->has_exif)
		*n = exif_out_of_webp(*p, *n);
	return failed;
}

static int save_avif(const struct writing *w, void **p, size_t *n)
{
	double pixels = (double)w->image->Xsize * w->image->Ysize;
	int quality = (int)lrint(MAX(w->quality * AVIF_QUALITY_SHARE, 1));
	return vips_heifsave_buffer(
		w->image, p, n, "compression",
		VIPS_FOREIGN_HEIF_COMPRESSION_AV1, "Q", quality, "lossless",
		w->lossless, "bitdepth", 8, "effort",
		pixels <= AVIF_PIXELS_SMALL ? AVIF_EFFORT_SMALL : AVIF_EFFORT,
		"strip", !w->has_header, NULL);
}

static int save_gif(const struct writing *w, void **p, size_t *n)
{
	return vips_gifsave_buffer(w->image, p, n, "effort", GIF_EFFORT, NULL);
}

static int save_jxl(const struct writing *w, void **p, size_t *n)
{
	return vips_jxlsave_buffer(w->image, p, n, "Q", w->quality, "lossless",
				   w->lossless, "effort", JXL_EFFORT, "strip",
				   !w->has_header, NULL);
}

static const struct encoder {
	enum render_format format;
	const char *name; /* libvips' */
	int (*save)(const struct writing *writing, void **p, size_t *n);
} encoders[IMAGE_FORMAT_COUNT] = {
	[IMAGE_FORMAT_JPG] = {RENDER_JPG, "jpegsave_buffer", save_jpeg},
	[IMAGE_FORMAT_PNG] = {RENDER_PNG, "pngsave_buffer", save_png},
	[IMAGE_FORMAT_WEBP] = {RENDER_WEBP, "webpsave_buffer", save_webp},
	[IMAGE_FORMAT_AVIF] = {RENDER_AVIF, "heifsave_buffer", save_avif},
	[IMAGE_FORMAT_GIF] = {RENDER_GIF, "gifsave_buffer", save_gif},
	[IMAGE_FORMAT_JXL] = {RENDER_JXL, "jxlsave_buffer", save_jxl},
};

bool encode_can(unsigned format)
{
	return vips_type_find("VipsForeignSave", encoders[format].name) != 0;
}

int encode_as(struct picture *picture, const struct image_op *op,
	      unsigned format, struct encoded *out)
{
	struct writing writing;
	void *p = NULL;
	size_t n = 0;
	if (prepare(picture, op, &writing) != 0)
		return -1;
	int failed = encoders[format].save(&writing, &p, &n);
	g_object_unref(writing.image);
	if (failed)
		return -1;
	out->format = encoders[format].format;
	out->bytes = (struct str){p, n};
	return 0;
}
