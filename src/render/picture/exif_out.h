/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXIF out of files that libvips wrote. It puts a block of its own into each
 * WebP, whether to strip or not, and into each JPEG that keeps a profile: more
 * bytes than all of a small picture, and nobody asked for them.
 */
#ifndef RENDER_PICTURE_EXIF_OUT_H
#define RENDER_PICTURE_EXIF_OUT_H

#include <stddef.h>

/* In place; the bytes that are left. Of what is no whole file all are. */
size_t exif_out_of_webp(unsigned char *p, size_t n);
size_t exif_out_of_jpeg(unsigned char *p, size_t n);

#endif
