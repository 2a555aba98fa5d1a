/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as grey pixels (image/pgm.h).
 */
#ifndef RENDER_PICTURE_PGM_OUT_H
#define RENDER_PICTURE_PGM_OUT_H

#include <vips/vips.h>

/* Bytes of 3 bands; read once, from top to bottom. -1: it cannot be read, or
 * there is no memory. *p is for g_free(). */
int pgm_write(VipsImage *image, void **p, size_t *n);

#endif
