/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an image's header says, without decoding a pixel.
 */
#ifndef RENDER_INSPECT_H
#define RENDER_INSPECT_H

#include "image/protocol.h"
#include "render/decode.h"

/* ERR_INVALID: a size that no image has. */
int inspect_image(const struct source *source, struct render_info *out,
		  struct err *err) MUST_CHECK;

/* The embedded metadata, EXIF before IPTC before XMP where they agree on a
 * name, as one flat JSON object; the number of bytes, 0 when there is none. */
size_t inspect_embedded(const struct source *source, char out[RENDER_TEXT_MAX]);

#endif
