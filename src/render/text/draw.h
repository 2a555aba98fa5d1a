/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A box with a text in it, as pixels. The text is data: nothing in it is markup
 * or a command. Fonts are those of text/fonts.h; a character that the wanted
 * one has not is taken from another.
 */
#ifndef RENDER_TEXT_DRAW_H
#define RENDER_TEXT_DRAW_H

#include "base/err.h"
#include "base/str.h"

#include <vips/vips.h>

#define TEXT_CHARACTERS_MAX 2000 /* what is beyond is cut off */
#define TEXT_SIDE_MAX 16383      /* pixels of the box */

enum text_align {
	TEXT_CENTER,
	TEXT_LEFT,
	TEXT_RIGHT,
};

struct text_style {
	struct str family; /* several with commas; absent: the default */
	int font;          /* a file with the font to use, -1: none */
	double size;       /* of the em, pixels */
	uint32_t color, background; /* 0xRRGGBBAA */
	bool bold, italic, strike;
	enum text_align align;
	double width;       /* that lines are broken to; 0: they are not */
	double line_height; /* 0: the font's */
	double padding[4];  /* top, right, bottom, left */
};

/*
 * Red, green, blue and alpha of 8 bits. Bytes that are not UTF-8 become U+FFFD.
 *
 * The box is the lines and a margin, and the padding around them: on each side
 * 0.233 em, above 0.0725 em less than the font has. That is what ImageKit's
 * servers leave: 410 x 58 for "overlay made easy" in Open Sans of 45 pixels.
 *
 * ERR_INVALID: the file is no font. ERR_TOO_LARGE: a side over TEXT_SIDE_MAX or
 * more pixels than there is memory for.
 */
int text_draw(struct str text, const struct text_style *style, VipsImage **out,
	      struct err *err) MUST_CHECK;

#endif
