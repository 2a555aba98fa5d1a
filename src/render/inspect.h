/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image's header says, without decoding a pixel.
 */
#ifndef RENDER_INSPECT_H
#define RENDER_INSPECT_H

#include "base/err.h"
#include "image/protocol.h"

/* Starts libvips with the decoders we trust and no others; before the sandbox
 * closes. */
int inspect_init(const char *program, struct err *err) MUST_CHECK;

/* fd: a regular file or memfd of `size` bytes. ERR_INVALID: no image that can
 * be read. */
int inspect_image(int fd, uint64_t size, struct render_info *out,
		  struct err *err) MUST_CHECK;

#endif
