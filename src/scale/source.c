/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/source.h"

#include <string.h>

/* It may say that the picture is to be turned. */
static int refuse_exif(struct str exif, struct err *err)
{
	return exif.p ? err_set(err, ERR_UNSUPPORTED, "a picture with EXIF")
		      : 0;
}

static int open_png(struct source *source, struct str bytes, struct err *err)
{
	struct png_reader *png = &source->png;
	if (png_reader_open(png, bytes, err) < 0)
		return -1;
	source->shape.width = png->width;
	source->shape.height = png->height;
	source->shape.orientation = 1;
	source->memory = png_reader_memory(png);
	return refuse_exif(png->exif, err);
}

static int next_of_png(void *source, uint8_t *rgba, struct err *err)
{
	return png_reader_row(&((struct source *)source)->png, rgba, err);
}

static int start_png(struct source *source, struct rows *rows, struct err *err)
{
	rows->next = next_of_png;
	return png_reader_start(&source->png, err);
}

static int open_webp(struct source *source, struct str bytes, struct err *err)
{
	struct webp_reader *webp = &source->webp;
	if (webp_read_open(webp, bytes, err) < 0)
		return -1;
	source->shape.width = webp->width;
	source->shape.height = webp->height;
	source->shape.orientation = 1;
	source->memory = webp_read_memory(webp);
	return refuse_exif(webp->exif, err);
}

static int next_of_whole(void *user, uint8_t *rgba, struct err *err)
{
	struct source *source = user;
	(void)err;
	memcpy(rgba, picture_row(&source->whole, source->next++),
	       (size_t)source->whole.width * 4);
	return 0;
}

static int start_webp(struct source *source, struct rows *rows, struct err *err)
{
	rows->next = next_of_whole;
	return webp_read_rgba(&source->webp, &source->whole, err);
}

static void close_png(struct source *source)
{
	png_reader_close(&source->png);
}

static void close_whole(struct source *source)
{
	picture_release(&source->whole);
}

static const struct format {
	unsigned format;
	bool (*is)(struct str bytes);
	int (*open)(struct source *source, struct str bytes, struct err *err);
	int (*start)(struct source *source, struct rows *rows, struct err *err);
	void (*close)(struct source *source);
} formats[] = {
	{IMAGE_FORMAT_PNG, png_is, open_png, start_png, close_png},
	{IMAGE_FORMAT_WEBP, webp_is, open_webp, start_webp, close_whole},
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

int source_rows(struct source *source, struct shape_cut *cut, struct rows *out,
		struct err *err)
{
	*out = (struct rows){
		.width = source->shape.width,
		.height = source->shape.height,
		.source = source,
	};
	(void)cut;
	return format_of(source)->start(source, out, err);
}

void source_close(struct source *source)
{
	const struct format *format = format_of(source);
	if (format)
		format->close(source);
}
