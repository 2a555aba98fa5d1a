/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All there is to say about an image; its pixels are decoded for that.
 */
#ifndef RENDER_METADATA_H
#define RENDER_METADATA_H

#include "image/protocol.h"
#include "render/decode.h"

#define METADATA_BYTES_MAX (40u * 1024 * 1024)
#define METADATA_PIXELS_MAX (100u * 1000 * 1000) /* of the first page */

/*
 * Fills everything and the text of EXIF's sections. The source is used up.
 * ERR_INVALID: the pixels cannot be read; ERR_TOO_LARGE, before any is.
 */
int metadata_read(struct source *source, struct render_metadata *out,
		  char text[RENDER_TEXT_MAX], size_t *n,
		  struct err *err) MUST_CHECK;

#endif
