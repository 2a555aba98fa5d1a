/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What reading and writing PNG have in common (W3C PNG, third edition).
 */
#ifndef SCALE_PNG_PNG_FORMAT_H
#define SCALE_PNG_PNG_FORMAT_H

#include "base/str.h"

#define PNG_SIGNATURE STR("\x89PNG\r\n\x1a\n")
#define PNG_IHDR_BYTES 13
#define PNG_FRAME_BYTES 12 /* of a chunk: length, type, checksum */

/* Colour types, 11.2.1. */
enum png_kind {
	PNG_GRAY = 0,
	PNG_RGB = 2,
	PNG_PALETTE = 3,
	PNG_GRAY_ALPHA = 4,
	PNG_RGBA = 6
};

#endif
