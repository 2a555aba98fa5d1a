/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of stowage-render child processes: the only place where the server
 * meets image decoders. Children are sandboxed, fed by descriptors, limited in
 * time and memory, replaced when they die. Worker threads; blocks.
 */
#ifndef IMAGE_RENDERERS_H
#define IMAGE_RENDERERS_H

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

struct renderers;

struct renderers_options {
	const char *program; /* path of stowage-render */
	unsigned children;   /* at most; started when first needed */
	unsigned timeout_ms; /* for one request, and for a free child */
};

int renderers_new(struct renderers **out,
		  const struct renderers_options *options,
		  struct err *err) MUST_CHECK;
/* Ends the children. */
void renderers_free(struct renderers *renderers);

struct image_info {
	uint32_t width, height; /* pixels as stored, before any orientation */
	uint32_t orientation;   /* EXIF 1..8, 1 when absent */
	uint32_t pages;
	bool has_alpha;
	struct str embedded; /* a JSON object; absent: none, or not wanted */
};

/*
 * Reads the header of an image given as an open file (offset 0 to its end), or
 * as bytes when fd is -1; the descriptor's offset is neither used nor moved.
 * arena: for the embedded metadata (EXIF, IPTC, XMP), one flat object of at
 * most 64 KiB with text, numbers and arrays of them; NULL: not wanted.
 * ERR_INVALID: no image it can read; ERR_TIMEOUT; ERR_BUSY; ERR_INTERNAL. The
 * caller decides whether that matters.
 */
int renderers_inspect(struct renderers *renderers, int fd, struct str bytes,
		      struct arena *arena, struct image_info *out,
		      struct err *err) MUST_CHECK;

struct image_metadata {
	uint32_t width, height; /* as stored */
	const char *format;     /* "jpg" "png" "webp" "gif" "tiff" "heic"
				   "avif"; static */
	bool has_color_profile;
	bool has_transparency; /* a pixel that is not opaque (first page) */
	uint32_t quality;      /* of a JPEG, an estimate; 0: unknown */
	uint32_t density;      /* dots an inch; 72 when the file has none */
	char phash[17];        /* 16 hex digits, of the first page as stored */
	/* A JSON object of objects: image, thumbnail, exif, gps,
	 * interoperability, makernote. */
	struct str exif;
};

/*
 * Reads all of an image, decoding its first page; input as above, texts in the
 * arena. ERR_TOO_LARGE: over 40 MiB or 100 megapixels; the others as above. The
 * texts are UTF-8, but a child wrote them: parse JSON strictly.
 */
int renderers_metadata(struct renderers *renderers, int fd, struct str bytes,
		       struct arena *arena, struct image_metadata *out,
		       struct err *err) MUST_CHECK;

#endif
