/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"

#include <math.h>

#define PIXELS_MAX 2000000.0
#include <stdlib.h>

/* The picture's alpha, moved; nothing of it is left when it is moved by all of
 * a side, which is no error to anybody but vips_embed(). */
static int move(VipsImage *alpha, double x, double y, VipsImage **out)
{
	int across = (int)lrint(x / 100 * alpha->Xsize);
	int down = (int)lrint(y / 100 * alpha->Ysize);
	if (abs(across) >= alpha->Xsize || abs(down) >= alpha->Ysize)
		return vips_black(out, alpha->Xsize, alpha->Ysize, NULL);
	return vips_embed(alpha, out, across, down, alpha->Xsize, alpha->Ysize,
			  NULL);
}

/* The picture's alpha, moved, blurred and less of it, in black. */
static int cast(struct picture *picture, const struct image_op *op,
		VipsImage **out)
{
	VipsImage **t = picture_scratch(picture, 6);
	VipsImage *in = picture->image;
	const struct image_sizes *sizes = &picture->sizes;
	double sigma = image_number(op, IMAGE_SHADOW_BLUR, sizes);
	double strength = image_number(op, IMAGE_SHADOW_STRENGTH, sizes);
	double x = image_number(op, IMAGE_SHADOW_X, sizes);
	double y = image_number(op, IMAGE_SHADOW_Y, sizes);
	if (vips_extract_band(in, &t[0], 3, NULL) != 0 ||
	    move(t[0], x, y, &t[1]) != 0)
		return -1;
	if (sigma < 0.1)
		t[2] = g_object_ref(t[1]);
	else if (blur_floats(t[1], sigma, &t[2]) != 0)
		return -1;
	t[4] = paint_color(in->Xsize, in->Ysize, 0x000000ff);
	if (t[4] == NULL || vips_linear1(t[2], &t[3], strength / 100, 0.5,
					 "uchar", TRUE, NULL) != 0)
		return -1;
	return vips_bandjoin2(t[4], t[3], out, NULL);
}

int op_shadow(struct picture *picture, const struct image_op *op,
	      struct err *err)
{
	VipsImage **t = picture_scratch(picture, 3);
	if (picture->sizes.width * picture->sizes.height > PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE,
			       "too large for a shadow: 2 megapixels at most");
	if (!picture_has_alpha(picture)) /* nothing to be seen below it */
		return 0;
	if (cast(picture, op, &t[0]) != 0 ||
	    vips_copy(t[0], &t[1], "interpretation", VIPS_INTERPRETATION_sRGB,
		      NULL) != 0 ||
	    paint_over(t[1], picture->image, (struct paint_place){0, 0},
		       &t[2]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[2], err);
}
