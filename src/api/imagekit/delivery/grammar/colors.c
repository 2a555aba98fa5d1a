/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Colours as the vendor writes them: an alpha in them is decimal.
 */
#include "api/imagekit/delivery/grammar/values.h"
#include "image/color.h"

bool tr_color(struct str text, uint32_t *out, enum tr_color_form *form)
{
	uint64_t percent;
	if (image_color_name(text, out)) {
		*form = TR_COLOR_NAME;
		return true;
	}
	if (text.n && text.p[0] == '#')
		text = str_skip(text, 1);
	*form = TR_COLOR_HEX;
	if (text.n != 8)
		return image_color_hex(text, out);
	uint32_t color, ignored;
	if (!image_color_byte(str_skip(text, 6), &ignored) ||
	    !image_color_hex(str_sub(text, 0, 6), &color))
		return false;
	*out = color;
	/* an alpha in hex is none: the vendor's are decimal */
	if (str_to_u64(str_skip(text, 6), 99, &percent)) {
		*out = (color & 0xffffff00) |
		       (uint32_t)((percent * 255 + 50) / 100);
		*form = TR_COLOR_ALPHA;
	}
	return true;
}

void tr_set_color(struct image_op *op, unsigned param, struct str text)
{
	uint32_t color;
	enum tr_color_form form;
	if (tr_color(text, &color, &form))
		image_set_color(op, param, color);
}
