/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

static VipsAngle quarters(double angle)
{
	static const VipsAngle angles[] = {VIPS_ANGLE_D0, VIPS_ANGLE_D90,
					   VIPS_ANGLE_D180, VIPS_ANGLE_D270};
	return angles[((int)(angle / 90) % 4 + 4) % 4];
}

/* Around the middle, into the box that image_size_after() gives. What comes
 * from outside is transparent, and multiplied by that when it is mixed. */
static int turn_freely(struct picture *picture, double angle,
		       const struct image_sizes *after, VipsImage **out)
{
	VipsImage **t = picture_scratch(picture, 5);
	VipsImage *in = picture->image;
	double c = cos(angle * G_PI / 180), s = sin(angle * G_PI / 180);
	double x = (in->Xsize - 1) / 2.0, y = (in->Ysize - 1) / 2.0;
	double to_x = (after->width - 1) / 2, to_y = (after->height - 1) / 2;
	int area[] = {0, 0, (int)after->width, (int)after->height};
	VipsInterpolate *bicubic = vips_interpolate_new("bicubic");
	t[0] = g_object_ref(in);
	VipsArrayInt *oarea = vips_array_int_new(area, 4);
	int failed =
		paint_add_alpha(&t[0]) || vips_premultiply(t[0], &t[1], NULL) ||
		vips_affine(t[1], &t[2], c, -s, s, c, "interpolate", bicubic,
			    "oarea", oarea, "odx", to_x - c * x + s * y, "ody",
			    to_y - s * x - c * y, "premultiplied", TRUE,
			    NULL) ||
		vips_unpremultiply(t[2], &t[3], NULL) ||
		vips_linear1(t[3], out, 1, 0.5, "uchar", TRUE, NULL);
	vips_area_unref(VIPS_AREA(oarea));
	g_object_unref(bicubic);
	return failed ? -1 : 0;
}

int op_turn(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 3);
	double angle = image_number(op, IMAGE_TURN_ANGLE, &picture->sizes);
	uint32_t color = image_color(op, IMAGE_TURN_BACKGROUND);
	struct image_sizes after = picture->sizes;
	if (image_size_after(op, &after, err) < 0)
		return -1;
	if (fmod(angle, 90) == 0) {
		if (vips_rot(picture->image, &t[0], quarters(angle), NULL) != 0)
			return picture_failed(err);
		return picture_set(picture, t[0], err);
	}
	if (turn_freely(picture, angle, &after, &t[0]) != 0)
		return picture_failed(err);
	if ((color & 0xff) == 0)
		return picture_set(picture, t[0], err);
	t[1] = paint_color((int)after.width, (int)after.height, color);
	if (t[1] == NULL ||
	    paint_over(t[1], t[0], (struct paint_place){0, 0}, &t[2]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[2], err);
}
