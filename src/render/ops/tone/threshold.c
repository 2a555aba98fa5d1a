/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

static void part(const void *user, const struct paint_row *row)
{
	const double *threshold = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		out[0] = out[1] = out[2] =
			paint_luma(in) > *threshold ? 255 : 0;
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int op_threshold(struct picture *picture, const struct image_op *op,
		 struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double threshold =
		image_number(op, IMAGE_THRESHOLD_PERCENT, &picture->sizes) *
		255 / 100;
	if (paint_rows(picture->image, picture->image->Bands, part, &threshold,
		       &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
