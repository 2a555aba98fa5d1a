/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pool of stowage-render child processes: the only place where the server
 * meets image decoders. Children are sandboxed, fed by descriptors, limited in
 * time and memory, replaced when they die. Worker threads; blocks.
 */
#ifndef IMAGE_RENDERERS_H
#define IMAGE_RENDERERS_H

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
};

/* Reads the header of an image given as an open file (offset 0 to its end), or
 * as bytes when fd is -1; the descriptor's offset is neither used nor moved.
 * ERR_INVALID: no image it can read; ERR_TIMEOUT; ERR_BUSY; ERR_INTERNAL. The
 * caller decides whether that matters. */
int renderers_inspect(struct renderers *renderers, int fd, struct str bytes,
		      struct image_info *out, struct err *err) MUST_CHECK;

#endif
