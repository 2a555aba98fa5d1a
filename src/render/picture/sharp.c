/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/sharp.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"

#include <math.h>
#include <stdbool.h>

/* A kernel that is cut off is one by itself; a whole one ends by itself. */
#define RADIUS_WHOLE 3.0 /* times sigma */
#define RADIUS_MAX 100

struct mask {
	const struct sharp *sharp;
	VipsImage *blurred; /* floats, in memory */
};

static int blur(VipsImage *in, const struct sharp *sharp, VipsImage **out)
{
	int radius = (int)ceil(MIN(sharp->radius, RADIUS_MAX));
	if (radius < 1 || sharp->radius >= RADIUS_WHOLE * sharp->sigma)
		return blur_floats(in, sharp->sigma, out);
	return blur_within(in, sharp->sigma, radius, out);
}

static void sharpen(const void *user, const struct paint_row *row)
{
	const struct mask *mask = user;
	const float *soft = (const float *)(const void *)VIPS_IMAGE_ADDR(
		mask->blurred, 0, row->y);
	double threshold = mask->sharp->threshold * 255;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		for (int i = 0; i < 3; i++) {
			double more = in[i] - soft[i];
			bool stays = fabs(2 * more) < threshold;
			out[i] = stays ? in[i]
				       : paint_byte(in[i] +
						    more * mask->sharp->amount);
		}
		if (row->bands == 4)
			out[3] = in[3];
		soft += 3;
		in += row->bands;
		out += row->bands;
	}
}

int sharp_pixels(VipsImage *in, const struct sharp *sharp, VipsImage **out)
{
	SCOPED_IMAGE colours = NULL;
	SCOPED_IMAGE soft = NULL;
	SCOPED_IMAGE memory = NULL;
	if (vips_extract_band(in, &colours, 0, "n", 3, NULL) != 0 ||
	    blur(colours, sharp, &soft) != 0)
		return -1;
	memory = vips_image_copy_memory(soft);
	if (memory == NULL)
		return -1;
	const struct mask mask = {sharp, memory};
	return paint_rows(in, in->Bands, sharpen, &mask, out);
}
