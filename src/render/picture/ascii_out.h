/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture as letters: an HTML page that shows it in about the same size,
 * which has no script, no link and no text of anybody's.
 */
#ifndef RENDER_PICTURE_ASCII_OUT_H
#define RENDER_PICTURE_ASCII_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <vips/vips.h>

struct ascii_style {
	uint32_t foreground, background; /* 0xRRGGBBAA */
	bool colored;                    /* each letter as what it stands for */
	bool reverse;                    /* dense letters for what is light */
	double percent;                  /* of the picture's size */
};

/* Bytes of 3 bands, or 4 with alpha; read once, from top to bottom. -1: it
 * cannot be read. *p is for g_free(). */
int ascii_write(VipsImage *image, const struct ascii_style *style, void **p,
		size_t *n);

#endif
