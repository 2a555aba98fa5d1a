/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/source.h"
#include "scale/exif.h"

/*
 * JPEG.
 */

static int open_jpeg(struct source *source, struct str bytes, struct err *err)
{
	struct jpeg_reader *jpeg = &source->jpeg;
	if (jpeg_reader_open(jpeg, bytes, err) < 0)
		return -1;
	source->shape = (struct shape_source){jpeg->width, jpeg->height,
					      jpeg->orientation};
	source->has_planes = jpeg->has_planes;
	source->memory = jpeg->memory;
	return 0;
}

static int next_of_jpeg(void *source, uint8_t *rgba, struct err *err)
{
	return jpeg_reader_row(source, rgba, err);
}

static int cut_jpeg(struct source *source, const struct shape_cut *cut,
		    struct picture *out, struct err *err)
{
	struct shape_cut smaller = *cut;
	struct jpeg_rows size;
	if (jpeg_reader_start(&source->jpeg, &smaller, &size, err) < 0)
		return -1;
	const struct rows rows = {size.width, size.height, &source->jpeg,
				  next_of_jpeg};
	return cut_rows(&rows, &smaller, out, err);
}

static int cut_jpeg_planes(struct source *source, const struct shape_cut *cut,
			   struct planes *out, struct err *err)
{
	return jpeg_read_planes(&source->jpeg, cut, out, err);
}

static void close_jpeg(struct source *source)
{
	jpeg_reader_close(&source->jpeg);
}

/*
 * PNG.
 */

static int open_png(struct source *source, struct str bytes, struct err *err)
{
	struct png_reader *png = &source->png;
	if (png_reader_open(png, bytes, err) < 0)
		return -1;
	source->shape = (struct shape_source){png->width, png->height,
					      exif_orientation(png->exif)};
	source->has_alpha = png->has_alpha;
	source->memory = png_reader_memory(png);
	return 0;
}

static int next_of_png(void *source, uint8_t *rgba, struct err *err)
{
	return png_reader_row(source, rgba, err);
}

static int cut_png(struct source *source, const struct shape_cut *cut,
		   struct picture *out, struct err *err)
{
	const struct rows rows = {source->shape.width, source->shape.height,
				  &source->png, next_of_png};
	if (png_reader_start(&source->png, err) < 0)
		return -1;
	return cut_rows(&rows, cut, out, err);
}

static void close_png(struct source *source)
{
	png_reader_close(&source->png);
}

/*
 * WebP, which comes in one piece.
 */

static int open_webp(struct source *source, struct str bytes, struct err *err)
{
	struct webp_reader *webp = &source->webp;
	if (webp_read_open(webp, bytes, err) < 0)
		return -1;
	source->shape = (struct shape_source){webp->width, webp->height,
					      exif_orientation(webp->exif)};
	source->has_planes = webp->lossy && !webp->has_alpha;
	source->has_alpha = webp->has_alpha;
	source->memory = webp_read_memory(webp);
	return 0;
}

static int cut_webp(struct source *source, const struct shape_cut *cut,
		    struct picture *out, struct err *err)
{
	struct picture whole;
	if (webp_read_rgba(&source->webp, &whole, err) < 0)
		return -1;
	int result = cut_picture(&whole, cut, out, err);
	picture_release(&whole);
	return result;
}

static int cut_webp_planes(struct source *source, const struct shape_cut *cut,
			   struct planes *out, struct err *err)
{
	struct planes whole;
	if (webp_read_planes(&source->webp, &whole, err) < 0)
		return -1;
	int result = planes_cut(&whole, cut, out, err);
	planes_release(&whole);
	return result;
}

static const struct format {
	unsigned format;
	bool (*is)(struct str bytes);
	int (*open)(struct source *source, struct str bytes, struct err *err);
	int (*cut)(struct source *source, const struct shape_cut *cut,
		   struct picture *out, struct err *err);
	int (*cut_planes)(struct source *source, const struct shape_cut *cut,
			  struct planes *out, struct err *err);
	void (*close)(struct source *source);
} formats[] = {
	{IMAGE_FORMAT_JPG, jpeg_is, open_jpeg, cut_jpeg, cut_jpeg_planes,
	 close_jpeg},
	{IMAGE_FORMAT_PNG, png_is, open_png, cut_png, NULL, close_png},
	{IMAGE_FORMAT_WEBP, webp_is, open_webp, cut_webp, cut_webp_planes,
	 NULL},
};
#define FORMATS (sizeof(formats) / sizeof(*formats))

static const struct format *format_of(const struct source *source)
{
	for (size_t i = 0; i < FORMATS; i++)
		if (formats[i].format == source->format)
			return &formats[i];
	return NULL;
}

int source_open(struct source *source, struct str bytes, struct err *err)
{
	*source = (struct source){0};
	for (size_t i = 0; i < FORMATS; i++) {
		if (!formats[i].is(bytes))
			continue;
		source->format = formats[i].format;
		return formats[i].open(source, bytes, err);
	}
	return err_set(err, ERR_UNSUPPORTED,
		       "a picture that is no JPEG, PNG or WebP");
}

void source_close(struct source *source)
{
	const struct format *format = format_of(source);
	if (format && format->close)
		format->close(source);
	source->format = IMAGE_FORMAT_SOURCE; /* none */
}

int source_cut(struct source *source, const struct shape_cut *cut,
	       struct picture *out, struct err *err)
{
	return format_of(source)->cut(source, cut, out, err);
}

int source_cut_planes(struct source *source, const struct shape_cut *cut,
		      struct planes *out, struct err *err)
{
	return format_of(source)->cut_planes(source, cut, out, err);
}
