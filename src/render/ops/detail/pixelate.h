/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Squares of one colour, the average of what is in them.
 */
#ifndef RENDER_OPS_DETAIL_PIXELATE_H
#define RENDER_OPS_DETAIL_PIXELATE_H

#include "render/picture/paint.h"

/* In place, from the upper left corner of a part on, cut off at the others. The
 * image is in memory, of 3 or 4 bands. */
void pixelate(VipsImage *image, const VipsRect *part, int size);

#endif
