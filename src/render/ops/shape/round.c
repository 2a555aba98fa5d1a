/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"

#include <math.h>

/* Up to here an edge is as soft as pixels make it. */
#define FEATHER_LEAST 0.5

/* From the top left clockwise. */
struct corners {
	double radius[4];
};

/* How much of a pixel is inside of a corner's circle, by the distance of its
 * middle. */
static double share_of(const struct corners *corners, double x, double y,
		       const struct paint_row *row)
{
	bool right = x > row->width / 2.0, below = y > row->height / 2.0;
	double r = corners->radius[below ? (right ? 2 : 3) : right];
	double dx = r - (right ? row->width - x : x);
	double dy = r - (below ? row->height - y : y);
	if (dx <= 0 || dy <= 0)
		return 1;
	return CLAMP(r - hypot(dx, dy) + 0.5, 0, 1);
}

static void draw(const void *user, const struct paint_row *row)
{
	for (int x = 0; x < row->width; x++)
		row->out[x] = paint_byte(
			255 * share_of(user, x + 0.5, row->y + 0.5, row));
}

/* What a blur reaches. */
static int reach_of(double sigma)
{
	return (int)ceil(3 * sigma) + 1;
}

/* The part of a mask around a corner that is not all there after a blur, up to
 * the middle of the picture. */
static VipsRect part_of(VipsImage *mask, unsigned corner, double radius,
			double sigma)
{
	int side = (int)ceil(radius) + reach_of(sigma);
	int width = MIN(side, (mask->Xsize + 1) / 2);
	int height = MIN(side, (mask->Ysize + 1) / 2);
	bool right = corner == 1 || corner == 2, below = corner >= 2;
	return (VipsRect){right ? mask->Xsize - width : 0,
			  below ? mask->Ysize - height : 0, width, height};
}

/* Of one corner. Beyond the picture it goes on, so that straight edges stay. */
static int soften(VipsImage *mask, const VipsRect *part, double sigma,
		  VipsImage *out)
{
	SCOPED_IMAGE cut = NULL;
	SCOPED_IMAGE soft = NULL;
	SCOPED_IMAGE bytes = NULL;
	SCOPED_IMAGE memory = NULL;
	VipsRect all = {0, 0, mask->Xsize, mask->Ysize}, around = *part;
	vips_rect_marginadjust(&around, reach_of(sigma));
	vips_rect_intersectrect(&around, &all, &around);
	if (vips_extract_area(mask, &cut, around.left, around.top, around.width,
			      around.height, NULL) != 0 ||
	    blur_floats(cut, sigma, &soft) != 0 ||
	    vips_linear1(soft, &bytes, 1, 0.5, "uchar", TRUE, NULL) != 0)
		return -1;
	memory = vips_image_copy_memory(bytes);
	if (memory == NULL)
		return -1;
	for (int y = 0; y < part->height; y++)
		memcpy(VIPS_IMAGE_ADDR(out, part->left, part->top + y),
		       VIPS_IMAGE_ADDR(memory, part->left - around.left,
				       part->top + y - around.top),
		       (size_t)part->width);
	return 0;
}

/* What the corners leave, as bytes in memory. */
static int make_mask(struct picture *picture, const struct corners *corners,
		     double feather, VipsImage **out)
{
	VipsImage **t = picture_scratch(picture, 1);
	if (paint_rows(picture->image, 1, draw, corners, out) != 0)
		return -1;
	if (feather <= FEATHER_LEAST)
		return 0;
	/* corners may reach each other: read from what is not blurred yet */
	if (paint_copy(*out, &t[0]) != 0)
		return -1;
	for (unsigned i = 0; i < 4; i++) {
		double radius = corners->radius[i];
		VipsRect part = part_of(t[0], i, radius, feather);
		if (radius > 0 && soften(t[0], &part, feather, *out) != 0)
			return -1;
	}
	return 0;
}

int op_round(struct picture *picture, const struct image_op *op,
	     struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	const struct image_sizes *sizes = &picture->sizes;
	double most = MIN(sizes->width, sizes->height) / 2;
	double given[IMAGE_LIST_MAX];
	unsigned n = image_list_values(op, IMAGE_ROUND_RADIUS, sizes, given);
	struct corners corners;
	if (n == 0)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		corners.radius[i] = MIN(given[n < 4 ? 0 : i], most);
	if (make_mask(picture, &corners,
		      image_number(op, IMAGE_ROUND_FEATHER, sizes),
		      &t[0]) != 0 ||
	    paint_through(picture->image, t[0], &t[1]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[1], err);
}
