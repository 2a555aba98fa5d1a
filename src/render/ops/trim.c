/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"

/* Colours differ by a threshold in percent of 255; a transparent corner is
 * trimmed by what can be seen. */
static int find(struct picture *picture, double threshold, VipsRect *box)
{
	VipsImage **t = picture_scratch(picture, 2);
	VipsImage *in = picture->image;
	const VipsPel *corner = VIPS_IMAGE_ADDR(in, 0, 0);
	double background[3] = {corner[0], corner[1], corner[2]};
	VipsArrayDouble *color;
	if (in->Bands == 4 && corner[3] == 0) {
		/* only alpha counts */
		if (vips_extract_band(in, &t[0], 3, NULL) != 0)
			return -1;
		background[0] = 0;
		color = vips_array_double_new(background, 1);
	} else {
		if (vips_extract_band(in, &t[0], 0, "n", 3, NULL) != 0)
			return -1;
		color = vips_array_double_new(background, 3);
	}
	int failed = vips_find_trim(
		t[0], &box->left, &box->top, &box->width, &box->height,
		"threshold", threshold * 255 / 100, "background", color, NULL);
	vips_area_unref(VIPS_AREA(color));
	return failed;
}

int op_trim(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double threshold =
		image_number(op, IMAGE_TRIM_THRESHOLD, &picture->sizes);
	VipsRect box;
	if (find(picture, threshold, &box) != 0)
		return picture_failed(err);
	if (box.width == 0 || box.height == 0) /* all of it is edge */
		return 0;
	if (vips_extract_area(picture->image, &t[0], box.left, box.top,
			      box.width, box.height, NULL) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
