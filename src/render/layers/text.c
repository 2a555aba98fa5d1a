/* SPDX-License-Identifier: Apache-2.0 */
#include "render/layers/layers.h"
#include "render/text/draw.h"

static const enum text_align aligns[] = {
	[IMAGE_ALIGN_CENTER] = TEXT_CENTER,
	[IMAGE_ALIGN_LEFT] = TEXT_LEFT,
	[IMAGE_ALIGN_RIGHT] = TEXT_RIGHT,
};

/* One value for all sides, or as in CSS. */
static void set_padding(const struct image_op *op,
			const struct image_sizes *sizes, double padding[4])
{
	static const unsigned char places[5][4] = {
		[1] = {0, 0, 0, 0},
		[2] = {0, 1, 0, 1},
		[3] = {0, 1, 2, 1},
		[4] = {0, 1, 2, 3},
	};
	double given[IMAGE_LIST_MAX] = {0};
	unsigned n = image_list_values(op, IMAGE_TEXT_PADDING, sizes, given);
	if (n == 0)
		return;
	for (unsigned i = 0; i < 4; i++)
		padding[i] = given[places[MIN(n, 4)][i]];
}

static struct text_style style_of(const struct image_op *op,
				  const struct image_sizes *sizes)
{
	struct text_style style = {
		.family = image_text(op, IMAGE_TEXT_FONT),
		.font = -1,
		.size = image_number(op, IMAGE_TEXT_SIZE, sizes),
		.color = image_color(op, IMAGE_TEXT_COLOR),
		.background = image_color(op, IMAGE_TEXT_BACKGROUND),
		.bold = image_flag(op, IMAGE_TEXT_BOLD),
		.italic = image_flag(op, IMAGE_TEXT_ITALIC),
		.strike = image_flag(op, IMAGE_TEXT_STRIKE),
		.align = aligns[image_word(op, IMAGE_TEXT_ALIGN)],
		.width = image_number_or_zero(op, IMAGE_TEXT_WIDTH, sizes),
		.line_height =
			image_number_or_zero(op, IMAGE_TEXT_LINE_HEIGHT, sizes),
	};
	set_padding(op, sizes, style.padding);
	return style;
}

int layer_text(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	struct text_style style = style_of(op, &picture->sizes);
	if (image_op_input(op).p) {
		const struct picture_input *font = picture_input(picture, op);
		if (font == NULL)
			return err_set(err, ERR_INVALID, "a font is missing");
		style.font = font->fd;
	}
	if (text_draw(image_text(op, IMAGE_TEXT_TEXT), &style, &t[0], err) < 0)
		return -1;
	return picture_begin(picture, t[0], err);
}
