/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours as texts, of which grammars make up their own forms: 0xRRGGBBAA.
 * False: no such text, and *out is as it was.
 */
#ifndef IMAGE_COLOR_H
#define IMAGE_COLOR_H

#include "base/str.h"

/* A name of CSS (CSS Color Module Level 4, section 6.1), in any case, or
 * "transparent". */
bool image_color_name(struct str text, uint32_t *out);

/* RRGGBB or RGB: opaque. */
bool image_color_hex(struct str text, uint32_t *out);

/* Two hexadecimal digits. */
bool image_color_byte(struct str text, uint32_t *out);

#endif
