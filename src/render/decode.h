/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvips, with the decoders we trust and no others: a passed file becomes an
 * image of which the header is read, and pixels when somebody asks for them.
 */
#ifndef RENDER_DECODE_H
#define RENDER_DECODE_H

#include "base/err.h"
#include "base/str.h"
#include "image/protocol.h"

#include <vips/vips.h>

/* Starts libvips; before the sandbox closes. */
int decode_init(const char *program, struct err *err) MUST_CHECK;

struct source {
	struct str bytes;
	const char *loader; /* libvips' name of the decoder */
	VipsImage *image;   /* pixels from top to bottom, once */
};

/* fd: a regular file or memfd of `size` bytes. ERR_INVALID: no image that can
 * be read; ERR_TOO_LARGE: a drawing of too many elements (render/svg.h). */
int source_open(struct source *source, int fd, uint64_t size,
		struct err *err) MUST_CHECK;
void source_close(struct source *source);

/* Of an image that is stored as pixels, those of its first page, by its header;
 * 0: it is none that can be read. */
double source_pixels(int fd, uint64_t size);

/* As source_open(), also of documents (PDF). */
int source_open_picture(struct source *source, int fd, uint64_t size,
			struct err *err) MUST_CHECK;

/* What of it is decoded, and how. What a format does not know means nothing for
 * it; 0: as is usual. */
struct source_view {
	int shrink;     /* a JPEG: to 1/2, 1/4 or 1/8 of its size, which is much
			 * faster */
	int page;       /* the first, from 0 on */
	int pages;      /* below each other; -1: all */
	double scale;   /* of what is drawn: times its size */
	double density; /* dots an inch for what is drawn */
};

int source_reopen(struct source *source, const struct source_view *view,
		  struct err *err) MUST_CHECK;

/* Whether it is read by this decoder: "jpegload". */
bool source_is(const struct source *source, const char *loader);
/* A RENDER_JPG or the like; 0 of a document. */
uint32_t source_format(const struct source *source);
/* Pages or frames; 1 of what has none. (libvips' own count takes 10,000 and
 * more for a mistake, and says 1.) */
int source_pages(const struct source *source);
/* A block of the header ("exif-data"), absent when there is none. */
struct str source_blob(const struct source *source, const char *name);

#define DECODE_MM_PER_INCH 25.4
#define DECODE_DENSITY_DEFAULT 72
/* Dots an inch, whole; 0 when the file has none. */
unsigned source_density(const struct source *source);

int decode_unreadable(struct err *err);

static inline void decode_unref(VipsImage **image)
{
	g_clear_object(image);
}
/* One that is let go where its name ends. */
#define SCOPED_IMAGE __attribute__((cleanup(decode_unref))) VipsImage *

#endif
