/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIF in the two forms of answers: flat with words for coded values, and in
 * the file's own sections with plain ones.
 */
#ifndef RENDER_TAGS_EXIF_H
#define RENDER_TAGS_EXIF_H

#include "render/tags/tags.h"

/* blob: with or without "Exif\0\0" before it. Broken blobs give what can be
 * read of them. */
void exif_add_flat(struct str blob, const struct tags *out);

/* {image, thumbnail, exif, gps, interoperability, makernote}, each an object;
 * an absent blob gives empty ones. */
json_t *exif_sections(struct str blob, struct tag_budget *budget);

#endif
