/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

static void fade(const void *user, const struct paint_row *row)
{
	const double *share = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++, in += row->bands, out += 4) {
		memcpy(out, in, 3);
		out[3] = paint_byte((row->bands == 4 ? in[3] : 255) * *share);
	}
}

int op_opacity(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double share =
		image_number(op, IMAGE_OPACITY_PERCENT, &picture->sizes) / 100;
	if (share >= 1)
		return 0;
	if (paint_rows(picture->image, 4, fade, &share, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
