/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvips, with the decoders we trust and no others: a passed file becomes an
 * image of which the header is read, and pixels when somebody asks for them.
 */
#ifndef RENDER_DECODE_H
#define RENDER_DECODE_H

#include "base/err.h"
#include "base/str.h"

#include <vips/vips.h>

/* Starts libvips; before the sandbox closes. */
int decode_init(const char *program, struct err *err) MUST_CHECK;

struct source {
	struct str bytes;
	const char *loader; /* libvips' name of the decoder */
	VipsImage *image;   /* pixels from top to bottom, once */
};

/* fd: a regular file or memfd of `size` bytes. ERR_INVALID: no image that can
 * be read. */
int source_open(struct source *source, int fd, uint64_t size,
		struct err *err) MUST_CHECK;
void source_close(struct source *source);

/* Opens a JPEG anew at 1/2, 1/4 or 1/8 of its size, as it is much faster to
 * decode then; other formats stay as they are. */
int source_shrink(struct source *source, int factor,
		  struct err *err) MUST_CHECK;

bool source_is_jpeg(const struct source *source);
/* A block of the header ("exif-data"), absent when there is none. */
struct str source_blob(const struct source *source, const char *name);

int decode_unreadable(struct err *err);

#endif
