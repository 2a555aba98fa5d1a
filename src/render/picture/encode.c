/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/encode.h"
#include "render/picture/colour.h"
#include "render/picture/encoders.h"

#define CANDIDATES_MAX 5

static bool is_still(const struct picture *picture)
{
	return picture->frames == 1;
}

static unsigned format_for_all(const struct picture *picture)
{
	return picture_has_alpha(picture) ? IMAGE_FORMAT_PNG : IMAGE_FORMAT_JPG;
}

static bool moves(unsigned format)
{
	return format == IMAGE_FORMAT_GIF || format == IMAGE_FORMAT_WEBP;
}

/* Of what still pictures are stored in. */
static unsigned format_of_still(const struct picture *picture)
{
	switch (picture->format) {
	case RENDER_PNG:
		return IMAGE_FORMAT_PNG;
	case RENDER_WEBP:
		return IMAGE_FORMAT_WEBP;
	case RENDER_GIF:
		return IMAGE_FORMAT_GIF;
	case RENDER_AVIF:
		return IMAGE_FORMAT_AVIF;
	case RENDER_JPG:
		return IMAGE_FORMAT_JPG;
	default:
		return format_for_all(picture);
	}
}

/* The source's own format, or what shows the same everywhere. */
static unsigned format_of_source(const struct picture *picture)
{
	unsigned format = format_of_still(picture);
	return is_still(picture) || moves(format) ? format : IMAGE_FORMAT_GIF;
}

/* The source's own format is one of those of which the smallest is wanted,
 * unless it is one that not every client takes and that the plan leaves out. */
static unsigned first_of_smallest(const struct picture *picture,
				  const struct image_op *op)
{
	unsigned format = format_of_source(picture);
	if ((format != IMAGE_FORMAT_WEBP ||
	     image_flag(op, IMAGE_ENCODE_WEBP)) &&
	    (format != IMAGE_FORMAT_AVIF || image_flag(op, IMAGE_ENCODE_AVIF)))
		return format;
	return is_still(picture) ? format_for_all(picture) : IMAGE_FORMAT_GIF;
}

/* Formats to be tried, the smallest of which is taken. */
struct candidates {
	unsigned n;
	unsigned formats[CANDIDATES_MAX];
};

static void add(struct candidates *to, unsigned format)
{
	for (unsigned i = 0; i < to->n; i++)
		if (to->formats[i] == format)
			return;
	to->formats[to->n++] = format;
}

/* AVIF of a large picture takes too long; then the smaller one of what is
 * quick. */
static void add_affordable(struct candidates *to, const struct picture *picture,
			   unsigned format)
{
	double pixels = (double)picture->image->Xsize * picture->image->Ysize;
	if (format != IMAGE_FORMAT_AVIF ||
	    (pixels <= ENCODE_AVIF_PIXELS_MAX && encode_can(format))) {
		add(to, format);
		return;
	}
	add(to, IMAGE_FORMAT_WEBP);
	add(to, format_for_all(picture));
}

static struct candidates choose(const struct picture *picture,
				const struct image_op *op)
{
	unsigned format = image_word(op, IMAGE_ENCODE_FORMAT);
	struct candidates c = {0};
	if (format != IMAGE_FORMAT_SMALLEST) {
		add_affordable(&c, picture,
			       format == IMAGE_FORMAT_SOURCE
				       ? format_of_source(picture)
				       : format);
		return c;
	}
	add_affordable(&c, picture, first_of_smallest(picture, op));
	if (image_flag(op, IMAGE_ENCODE_WEBP))
		add(&c, IMAGE_FORMAT_WEBP);
	if (!is_still(picture))
		return c;
	if (!picture_has_alpha(picture))
		add(&c, IMAGE_FORMAT_JPG);
	/* the vendor, whose word this is, leaves HEIC to what is quick */
	if (image_flag(op, IMAGE_ENCODE_AVIF) && picture->format != RENDER_HEIC)
		add_affordable(&c, picture, IMAGE_FORMAT_AVIF);
	if (image_flag(op, IMAGE_ENCODE_JXL) && encode_can(IMAGE_FORMAT_JXL))
		add(&c, IMAGE_FORMAT_JXL);
	return c;
}

/* The first frame, for formats that have no more. */
static int make_still(struct picture *picture, struct err *err)
{
	VipsImage *first = NULL;
	int height = picture->image->Ysize / (int)picture->frames;
	if (vips_extract_area(picture->image, &first, 0, 0,
			      picture->image->Xsize, height, NULL) != 0)
		return picture_failed(err);
	g_object_unref(picture->image);
	picture->image = first;
	picture->frames = 1;
	return 0;
}

static bool is_opaque(VipsImage *image)
{
	for (int y = 0; y < image->Ysize; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(image, 0, y);
		for (int x = 0; x < image->Xsize; x++, p += image->Bands)
			if (p[image->Bands - 1] != 255)
				return false;
	}
	return true;
}

/* Alpha that says nothing, as of a PDF's page, is none: other formats may be
 * smaller then. */
static int drop_idle_alpha(struct picture *picture, struct err *err)
{
	VipsImage *colours = NULL;
	if (!picture_has_alpha(picture))
		return 0;
	if (picture_settle(picture, err) < 0)
		return -1;
	if (!is_opaque(picture->image))
		return 0;
	if (vips_extract_band(picture->image, &colours, 0, "n",
			      picture->image->Bands - 1, NULL) != 0)
		return picture_failed(err);
	g_object_unref(picture->image);
	picture->image = colours;
	picture->is_memory = false;
	return 0;
}

static void take_smaller(struct encoded *best, struct encoded *other)
{
	if (best->bytes.p == NULL || other->bytes.n < best->bytes.n) {
		encoded_release(best);
		*best = *other;
	} else {
		encoded_release(other);
	}
}

static bool fits(const struct picture *picture, unsigned format)
{
	double side = MAX(picture->sizes.width, picture->sizes.height);
	return side <= image_format_side_max(format);
}

static int encode_smallest(struct picture *picture, const struct image_op *op,
			   const struct candidates *c, struct encoded *out,
			   struct err *err)
{
	bool failed = false;
	for (unsigned i = 0; i < c->n; i++) {
		struct encoded next = {0};
		if (!fits(picture, c->formats[i]) || !encode_can(c->formats[i]))
			continue;
		if (encode_as(picture, op, c->formats[i], &next) == 0)
			take_smaller(out, &next);
		else
			failed = true;
	}
	if (out->bytes.p) { /* of several others will do */
		vips_error_clear();
		return 0;
	}
	if (failed)
		return picture_failed(err);
	if (!encode_can(c->formats[0]))
		return err_set(err, ERR_UNSUPPORTED,
			       "a format that is not built in");
	return err_set(err, ERR_TOO_LARGE, "too large for its format");
}

int encode_picture(struct picture *picture, const struct image_op *op,
		   struct encoded *out, struct err *err)
{
	*out = (struct encoded){0};
	if (colour_normalise(picture, err) < 0 ||
	    drop_idle_alpha(picture, err) < 0)
		return -1;
	const struct candidates c = choose(picture, op);
	if (!is_still(picture) && !(c.n == 1 && moves(c.formats[0])) &&
	    !(c.n == 2 && moves(c.formats[0]) && moves(c.formats[1])) &&
	    make_still(picture, err) < 0)
		return -1;
	if (c.n > 1 && picture_settle(picture, err) < 0)
		return -1;
	if (encode_smallest(picture, op, &c, out, err) == 0) {
		out->width = (unsigned)picture->sizes.width;
		out->height = (unsigned)picture->sizes.height;
		return 0;
	}
	encoded_release(out);
	return -1;
}

void encoded_release(struct encoded *encoded)
{
	g_free((void *)(uintptr_t)encoded->bytes.p);
	encoded->bytes = STR_NONE;
}
