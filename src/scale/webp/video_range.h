/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two ranges of YCbCr (ITU-R BT.601): JPEG has brightness from 0 to 255 and
 * colour around 128 as far, WebP as video 16 to 235 and 16 to 240.
 */
#ifndef SCALE_WEBP_VIDEO_RANGE_H
#define SCALE_WEBP_VIDEO_RANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* In place, each to nearest. */
void full_range(uint8_t *samples, size_t n, bool chroma);
void video_range(uint8_t *samples, size_t n, bool chroma);

#endif
