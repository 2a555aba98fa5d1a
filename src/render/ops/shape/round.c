/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

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

static void cut(const void *user, const struct paint_row *row)
{
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		double share = share_of(user, x + 0.5, row->y + 0.5, row);
		memcpy(out, in, 3);
		out[3] = paint_byte((row->bands == 4 ? in[3] : 255) * share);
		in += row->bands;
		out += 4;
	}
}

int op_round(struct picture *picture, const struct image_op *op,
	     struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	double most = MIN(picture->sizes.width, picture->sizes.height) / 2;
	double given[IMAGE_LIST_MAX];
	unsigned n = image_list_values(op, IMAGE_ROUND_RADIUS, &picture->sizes,
				       given);
	struct corners corners;
	if (n == 0)
		return 0;
	for (unsigned i = 0; i < 4; i++)
		corners.radius[i] = MIN(given[n < 4 ? 0 : i], most);
	if (paint_rows(picture->image, 4, cut, &corners, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
