/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/detail/pixelate.h"
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* Colours count as much as they are seen. */
static void average(VipsImage *in, const VipsRect *square, VipsPel out[4])
{
	uint64_t sums[3] = {0}, alphas = 0;
	for (int y = 0; y < square->height; y++) {
		const VipsPel *p =
			VIPS_IMAGE_ADDR(in, square->left, square->top + y);
		for (int x = 0; x < square->width; x++, p += in->Bands) {
			unsigned alpha = in->Bands == 4 ? p[3] : 255;
			for (int i = 0; i < 3; i++)
				sums[i] += p[i] * alpha;
			alphas += alpha;
		}
	}
	for (int i = 0; i < 3; i++)
		out[i] =
			alphas ? (VipsPel)((sums[i] + alphas / 2) / alphas) : 0;
	out[3] = paint_byte((double)alphas / square->width / square->height);
}

static void fill(VipsImage *out, const VipsRect *square, const VipsPel color[4])
{
	for (int y = 0; y < square->height; y++) {
		VipsPel *p =
			VIPS_IMAGE_ADDR(out, square->left, square->top + y);
		for (int x = 0; x < square->width; x++, p += out->Bands)
			memcpy(p, color, (size_t)out->Bands);
	}
}

void pixelate(VipsImage *image, const VipsRect *part, int size)
{
	int right = part->left + part->width, bottom = part->top + part->height;
	for (int y = part->top; y < bottom; y += size)
		for (int x = part->left; x < right; x += size) {
			const VipsRect square = {x, y, MIN(size, right - x),
						 MIN(size, bottom - y)};
			VipsPel color[4];
			average(image, &square, color);
			fill(image, &square, color);
		}
}

int op_pixelate(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	VipsImage *in = picture->image;
	const VipsRect all = {0, 0, in->Xsize, in->Ysize};
	int size = (int)lrint(
		image_number(op, IMAGE_PIXELATE_SIZE, &picture->sizes));
	if (paint_copy(in, &t[0]) != 0)
		return picture_failed(err);
	pixelate(t[0], &all, size);
	return picture_set(picture, t[0], err);
}
