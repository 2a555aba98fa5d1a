/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BMP (Microsoft's BITMAPINFOHEADER and what grew out of it), which libvips has
 * no reader for: palettes, 16, 24 and 32 bits a pixel, with masks. Compressed
 * ones (RLE, JPEG, PNG inside) are not read.
 */
#ifndef RENDER_BMP_H
#define RENDER_BMP_H

#include "base/err.h"
#include "base/str.h"

#include <vips/vips.h>

#define BMP_LOADER "bmpload"

bool bmp_is(struct str bytes);

/* sRGB, with alpha if there is any; *out is the caller's, and reads the bytes,
 * which stay, when its pixels are asked for. Pixels that the file ends before
 * are black. ERR_INVALID. */
int bmp_open(struct str bytes, VipsImage **out, struct err *err) MUST_CHECK;

#endif
