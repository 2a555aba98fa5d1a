/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* As ImageMagick's, in hue, saturation and lightness. */
struct modulation {
	float turn; /* of the hue, in sixths of the circle */
	float saturation, lightness;
};

/* All from 0 to 1 but the hue, which has sixths of the circle. */
struct hsl {
	float hue, saturation, lightness;
};

static struct hsl hsl_of(const VipsPel *p)
{
	float r = p[0] / 255.0F, g = p[1] / 255.0F, b = p[2] / 255.0F;
	float max = MAX(MAX(r, g), b), min = MIN(MIN(r, g), b);
	float chroma = max - min;
	struct hsl hsl = {.lightness = (max + min) / 2};
	if (chroma <= 0)
		return hsl;
	if (max == r)
		hsl.hue = (g - b) / chroma + (g < b ? 6 : 0);
	else if (max == g)
		hsl.hue = 2 + (b - r) / chroma;
	else
		hsl.hue = 4 + (r - g) / chroma;
	hsl.saturation =
		chroma / (hsl.lightness <= 0.5F ? 2 * hsl.lightness
						: 2 - 2 * hsl.lightness);
	return hsl;
}

/* One of three colours, whose hues are a third of the circle apart. Lightness
 * and saturation may be above 1, as they are multiplied. */
static VipsPel color_of(const struct hsl *hsl, float from)
{
	float chroma = (hsl->lightness <= 0.5F ? 2 * hsl->lightness
					       : 2 - 2 * hsl->lightness) *
		       hsl->saturation;
	float at = hsl->hue + from;
	at -= 6 * floorf(at / 6);
	float share = at < 1 ? at : at < 3 ? 1 : at < 4 ? 4 - at : 0;
	return paint_byte((hsl->lightness + (share - 0.5F) * chroma) * 255.0);
}

static void change(const void *user, const struct paint_row *row)
{
	const struct modulation *modulation = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		struct hsl hsl = hsl_of(in);
		hsl.hue += modulation->turn;
		hsl.saturation *= modulation->saturation;
		hsl.lightness *= modulation->lightness;
		out[0] = color_of(&hsl, 2);
		out[1] = color_of(&hsl, 0);
		out[2] = color_of(&hsl, 4);
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int op_modulate(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct image_sizes *sizes = &picture->sizes;
	const struct modulation modulation = {
		.turn = (float)(image_number(op, IMAGE_MODULATE_HUE, sizes) /
				60),
		.saturation =
			(float)(image_number(op, IMAGE_MODULATE_SATURATION,
					     sizes) /
				100),
		.lightness = (float)(image_number(op, IMAGE_MODULATE_BRIGHTNESS,
						  sizes) /
				     100),
	};
	if (paint_rows(picture->image, picture->image->Bands, change,
		       &modulation, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
