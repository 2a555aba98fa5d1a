/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/encoders.h"
#include "render/picture/ascii_out.h"
#include "render/picture/exif_out.h"
#include "render/picture/pdf_out.h"
#include "render/picture/pgm_out.h"
#include "render/quality.h"

#include <math.h>

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
	const struct picture *picture;
	const struct image_op *op;
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

static int quality_of(const struct picture *picture, const struct image_op *op)
{
	unsigned quality = 0;
	if (image_flag(op, IMAGE_ENCODE_SOURCE_QUALITY) &&
	    picture->format == RENDER_JPG)
		quality = jpeg_quality(picture->source.bytes);
	return quality ? (int)quality
		       : (int)lrint(image_number(op, IMAGE_ENCODE_QUALITY,
						 &picture->sizes));
}

static int prepare(struct picture *picture, const struct image_op *op,
		   struct writing *out)
{
	const struct image_sizes *sizes = &picture->sizes;
	double density = image_number(op, IMAGE_ENCODE_DENSITY, sizes);
	bool has_density = image_has(op, IMAGE_ENCODE_DENSITY);
	bool has_metadata = image_flag(op, IMAGE_ENCODE_METADATA);
	double per_mm = has_density ? density / DECODE_MM_PER_INCH
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
		.picture = picture,
		.op = op,
		.quality = quality_of(picture, op),
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

static bool wants_cmyk(const struct writing *w)
{
	unsigned wanted = image_word(w->op, IMAGE_ENCODE_COLORSPACE);
	VipsImage *source = w->picture->source.image;
	return wanted == IMAGE_COLORSPACE_CMYK ||
	       (wanted == IMAGE_COLORSPACE_SOURCE && source &&
		source->Type == VIPS_INTERPRETATION_CMYK);
}

static int put_on_white(VipsImage *image, VipsImage **out)
{
	static const double white[] = {WHITE, WHITE, WHITE};
	VipsArrayDouble *background = vips_array_double_new(white, 3);
	int failed = vips_flatten(image, out, "background", background, NULL);
	vips_area_unref(VIPS_AREA(background));
	return failed;
}

/* For JPEG: what can be seen through becomes white. *out is the caller's. */
static int flatten(const struct writing *w, VipsImage **out)
{
	SCOPED_IMAGE flat = NULL;
	if (!vips_image_hasalpha(w->image))
		flat = g_object_ref(w->image);
	else if (put_on_white(w->image, &flat) != 0)
		return -1;
	if (wants_cmyk(w))
		return vips_colourspace(flat, out, VIPS_INTERPRETATION_CMYK,
					NULL);
	*out = g_steal_pointer(&flat);
	return 0;
}

static int save_jpeg(const struct writing *w, void **p, size_t *n)
{
	SCOPED_IMAGE flat = NULL;
	if (flatten(w, &flat) != 0)
		return -1;
	int failed = vips_jpegsave_buffer(
		flat, p, n, "Q", w->quality, "optimize_coding", TRUE,
		"interlace", w->progressive, "strip", !w->has_header, NULL);
	if (!failed && !w->has_exif)
		*n = exif_out_of_jpeg(*p, *n);
	return failed;
}

/* A JPEG, or without loss the lines of a PNG. */
static int save_pixels(const struct writing *w, struct pdf_image *image)
{
	SCOPED_IMAGE flat = NULL;
	void *p = NULL;
	size_t n = 0;
	int failed = -1;
	if (flatten(w, &flat) != 0)
		return -1;
	image->is_cmyk = flat->Type == VIPS_INTERPRETATION_CMYK;
	image->is_png = w->lossless && !image->is_cmyk;
	if (image->is_png)
		failed = vips_pngsave_buffer(
			flat, &p, &n, "compression", PNG_LEVEL, "filter",
			VIPS_FOREIGN_PNG_FILTER_ALL, "strip", TRUE, NULL);
	else
		failed = vips_jpegsave_buffer(
			flat, &p, &n, "Q", w->lossless ? 100 : w->quality,
			"optimize_coding", TRUE, "strip", TRUE, NULL);
	image->file = (struct str){p, n};
	return failed;
}

static int save_pdf(const struct writing *w, void **p, size_t *n)
{
	const struct picture *picture = w->picture;
	double density =
		image_number(w->op, IMAGE_ENCODE_DENSITY, &picture->sizes);
	if (density == IMAGE_ABSENT)
		density = picture->source.image
				  ? source_density(&picture->source)
				  : 0;
	if (density == 0)
		density = PDF_POINTS_PER_INCH;
	struct pdf_image image = {
		.width = (unsigned)w->image->Xsize,
		.height = (unsigned)w->image->Ysize,
		.density = density,
		.paper = image_word(w->op, IMAGE_ENCODE_PAPER),
		.orientation = image_word(w->op, IMAGE_ENCODE_ORIENTATION),
	};
	int failed = save_pixels(w, &image);
	if (!failed)
		failed = pdf_write(&image, p, n);
	g_free((void *)(uintptr_t)image.file.p);
	return failed;
}

static int save_ascii(const struct writing *w, void **p, size_t *n)
{
	const struct ascii_style style = {
		.foreground = image_color(w->op, IMAGE_ENCODE_FOREGROUND),
		.background = image_color(w->op, IMAGE_ENCODE_BACKGROUND),
		.colored = image_flag(w->op, IMAGE_ENCODE_COLORED),
		.reverse = image_flag(w->op, IMAGE_ENCODE_REVERSE),
		.percent = image_number(w->op, IMAGE_ENCODE_SIZE,
					&w->picture->sizes),
	};
	return ascii_write(w->image, &style, p, n);
}

static int save_pgm(const struct writing *w, void **p, size_t *n)
{
	SCOPED_IMAGE flat = NULL;
	return flatten(w, &flat) != 0 ? -1 : pgm_write(flat, p, n);
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

/* What libvips and its libraries take for each pixel of a frame, in ways that
 * end the process when there is no memory. GIF: two frames of four bytes, two
 * of numbers of colours, maps of noise and edges, codes of two bytes. JPEG XL:
 * planes of floats, as measured. */
#define GIF_BYTES 18
#define JXL_BYTES 96
#define JXL_LOSSLESS_BYTES 124

static bool has_memory(const struct writing *w, size_t bytes)
{
	size_t pixels = (size_t)w->image->Xsize *
			(size_t)vips_image_get_page_height(w->image);
	g_autofree void *room = g_try_malloc(pixels * bytes);
	return room != NULL;
}

static int save_gif(const struct writing *w, void **p, size_t *n)
{
	if (!has_memory(w, GIF_BYTES))
		return -1;
	return vips_gifsave_buffer(w->image, p, n, "effort", GIF_EFFORT, NULL);
}

static int save_jxl(const struct writing *w, void **p, size_t *n)
{
	if (!has_memory(w, w->lossless ? JXL_LOSSLESS_BYTES : JXL_BYTES))
		return -1;
	return vips_jxlsave_buffer(w->image, p, n, "Q", w->quality, "lossless",
				   w->lossless, "effort", JXL_EFFORT, "strip",
				   !w->has_header, NULL);
}

static const struct encoder {
	enum render_format format;
	const char *name; /* libvips'; NULL: it needs none */
	int (*save)(const struct writing *writing, void **p, size_t *n);
} encoders[IMAGE_FORMAT_COUNT] = {
	[IMAGE_FORMAT_JPG] = {RENDER_JPG, "jpegsave_buffer", save_jpeg},
	[IMAGE_FORMAT_PNG] = {RENDER_PNG, "pngsave_buffer", save_png},
	[IMAGE_FORMAT_WEBP] = {RENDER_WEBP, "webpsave_buffer", save_webp},
	[IMAGE_FORMAT_AVIF] = {RENDER_AVIF, "heifsave_buffer", save_avif},
	[IMAGE_FORMAT_GIF] = {RENDER_GIF, "gifsave_buffer", save_gif},
	[IMAGE_FORMAT_JXL] = {RENDER_JXL, "jxlsave_buffer", save_jxl},
	[IMAGE_FORMAT_PDF] = {RENDER_PDF, "jpegsave_buffer", save_pdf},
	[IMAGE_FORMAT_ASCII] = {RENDER_HTML, NULL, save_ascii},
	[IMAGE_FORMAT_PGM] = {RENDER_PGM, NULL, save_pgm},
};

bool encode_can(unsigned format)
{
	const char *name = encoders[format].name;
	return name == NULL || vips_type_find("VipsForeignSave", name) != 0;
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
