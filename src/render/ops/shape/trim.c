/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"

/* What is cut off: pixels that are like the corner. */
struct edge {
	VipsPel corner[4];
	int first, last; /* bands that count */
	double limit;    /* of the difference */
};

/* Of a transparent corner nothing is seen, so that its colour does not count.
 * The threshold is percent of 255. */
static struct edge edge_of(VipsImage *image, double threshold)
{
	const VipsPel *corner = VIPS_IMAGE_ADDR(image, 0, 0);
	struct edge edge = {
		.last = image->Bands - 1,
		.limit = threshold * 255 / 100,
	};
	memcpy(edge.corner, corner, (size_t)image->Bands);
	if (image->Bands == 4 && corner[3] == 0)
		edge.first = 3;
	return edge;
}

static bool is_edge(const struct edge *edge, const VipsPel *p)
{
	for (int i = edge->first; i <= edge->last; i++)
		if (abs(p[i] - edge->corner[i]) > edge->limit)
			return false;
	return true;
}

/* The first pixel of a row, from `from` on to `to`, one way or the other, that
 * stays; `to` if none does. */
static int find_in_row(VipsImage *image, const struct edge *edge, int y,
		       int from, int to)
{
	int step = from < to ? 1 : -1;
	const VipsPel *p = VIPS_IMAGE_ADDR(image, from, y);
	while (from != to && is_edge(edge, p)) {
		p += step * image->Bands;
		from += step;
	}
	return from;
}

/* Rows before `from` are edge. */
static int find_row(VipsImage *image, const struct edge *edge, int from, int to)
{
	int step = from < to ? 1 : -1, width = image->Xsize;
	while (from != to && find_in_row(image, edge, from, 0, width) == width)
		from += step;
	return from;
}

/* Empty when all is edge. Each pixel is looked at once, and most not at all. */
static VipsRect find(VipsImage *image, const struct edge *edge)
{
	int left = image->Xsize, right = -1;
	int top = find_row(image, edge, 0, image->Ysize);
	if (top == image->Ysize)
		return (VipsRect){0};
	int bottom = find_row(image, edge, image->Ysize - 1, top);
	for (int y = top; y <= bottom; y++) {
		left = find_in_row(image, edge, y, 0, left);
		right = find_in_row(image, edge, y, image->Xsize - 1, right);
	}
	return (VipsRect){left, top, right - left + 1, bottom - top + 1};
}

int op_trim(struct picture *picture, const struct image_op *op, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct edge edge =
		edge_of(picture->image, image_number(op, IMAGE_TRIM_THRESHOLD,
						     &picture->sizes));
	VipsRect box = find(picture->image, &edge);
	if (box.width == 0) /* all of it is edge */
		return 0;
	if (vips_extract_area(picture->image, &t[0], box.left, box.top,
			      box.width, box.height, NULL) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
