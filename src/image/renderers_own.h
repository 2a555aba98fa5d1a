/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of renderers share.
 */
#ifndef IMAGE_RENDERERS_OWN_H
#define IMAGE_RENDERERS_OWN_H

#include "image/renderers.h"
#include "helpers/pool.h"

#define RENDERERS_HEAD 12

struct renderers {
	struct pool *pool;
	struct pool *scalers; /* NULL: none */
};

/* Bytes of a file, or of the bytes when fd is -1. ERR_INVALID: none. */
int renderers_measure(int fd, struct str bytes, uint64_t *size,
		      struct err *err) MUST_CHECK;

/* The first RENDERERS_HEAD bytes of it, or what there are, in the buffer if
 * they have to be read. */
struct str renderers_head(int fd, struct str bytes,
			  char buffer[RENDERERS_HEAD]);

/* The pool's errors, in words about images. Returns -1. */
int renderers_word(const struct err *why, struct err *err);

#endif
