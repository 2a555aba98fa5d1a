/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* What is darker or lighter than all but so many of the values is clipped when
 * a picture is stretched to what there is. */
#define CLIPPED 0.005

struct line {
	double gain, offset;
};

/* The value that this share of all values are below. */
static int percentile(const uint64_t counts[256], double share)
{
	uint64_t all = 0, seen = 0;
	int i = 0;
	for (int k = 0; k < 256; k++)
		all += counts[k];
	while (i < 255 && (double)(seen + counts[i]) <= share * (double)all)
		seen += counts[i++];
	return i;
}

/* The same for all colours, so that grey stays grey. */
static struct line stretch(VipsImage *in)
{
	uint64_t counts[256] = {0};
	for (int y = 0; y < in->Ysize; y++) {
		const VipsPel *p = VIPS_IMAGE_ADDR(in, 0, y);
		for (int x = 0; x < in->Xsize; x++, p += in->Bands)
			for (int i = 0; i < 3; i++)
				counts[p[i]]++;
	}
	int low = percentile(counts, CLIPPED);
	int high = percentile(counts, 1 - CLIPPED);
	if (high <= low)
		return (struct line){1, 0};
	double gain = 255.0 / (high - low);
	return (struct line){gain, -low * gain};
}

/* From flat, -100, over as it is, 0, to black and white, 100. */
static struct line around_middle(double amount)
{
	double gain = tan((MIN(amount, 99) / 100 + 1) * G_PI / 4);
	return (struct line){gain, 127.5 - 127.5 * gain};
}

int op_contrast(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	VipsImage *in = picture->image;
	struct paint_tables tables;
	struct line line;
	if (image_has(op, IMAGE_CONTRAST_AMOUNT)) {
		line = around_middle(image_number(op, IMAGE_CONTRAST_AMOUNT,
						  &picture->sizes));
	} else {
		if (picture->frame == 0) {
			line = stretch(in);
			picture->found.gain = line.gain;
			picture->found.offset = line.offset;
		}
		line = (struct line){picture->found.gain,
				     picture->found.offset};
	}
	for (int v = 0; v < 256; v++)
		tables.of[0][v] = tables.of[1][v] = tables.of[2][v] =
			paint_byte(v * line.gain + line.offset);
	if (paint_map(in, &tables, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
