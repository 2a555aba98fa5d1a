/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

struct tint {
	struct paint color;
	double share;
};

static void mix(const void *user, const struct paint_row *row)
{
	const struct tint *tint = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		for (int i = 0; i < 3; i++)
			out[i] = paint_byte(in[i] * (1 - tint->share) +
					    tint->color.rgba[i] * tint->share);
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int op_colorize(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct tint tint = {
		.color = paint_of(image_color(op, IMAGE_COLORIZE_COLOR)),
		.share = image_number(op, IMAGE_COLORIZE_INTENSITY,
				      &picture->sizes) /
			 100,
	};
	if (paint_rows(picture->image, picture->image->Bands, mix, &tint,
		       &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
