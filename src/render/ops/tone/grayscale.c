/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

static void gray(const void *user, const struct paint_row *row)
{
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	(void)user;
	for (int x = 0; x < row->width; x++) {
		out[0] = out[1] = out[2] = paint_byte(paint_luma(in));
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int op_grayscale(struct picture *picture, const struct image_op *op,
		 struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	(void)op;
	if (paint_rows(picture->image, picture->image->Bands, gray, NULL,
		       &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
