/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* Rows with one more pixel at each end, as edges go on. */
struct window {
	VipsImage *in;
	VipsPel *rows[3];
	VipsPel *low, *middle, *high; /* of each column of three */
};

static void copy_row(const struct window *window, int y, VipsPel *to)
{
	VipsImage *in = window->in;
	size_t bands = (size_t)in->Bands, n = (size_t)in->Xsize * bands;
	const VipsPel *from =
		VIPS_IMAGE_ADDR(in, 0, CLAMP(y, 0, in->Ysize - 1));
	memcpy(to, from, bands);
	memcpy(to + bands, from, n);
	memcpy(to + bands + n, from + n - bands, bands);
}

/* The three functions are for compilers to make vectors of. */

static void sort_columns(const struct window *window, size_t n)
{
	const VipsPel *restrict a = window->rows[0];
	const VipsPel *restrict b = window->rows[1];
	const VipsPel *restrict c = window->rows[2];
	VipsPel *restrict low = window->low;
	VipsPel *restrict middle = window->middle;
	VipsPel *restrict high = window->high;
	for (size_t i = 0; i < n; i++) {
		VipsPel least = MIN(a[i], b[i]), most = MAX(a[i], b[i]);
		low[i] = MIN(least, c[i]);
		high[i] = MAX(most, c[i]);
		middle[i] = MAX(least, MIN(most, c[i]));
	}
}

static inline VipsPel middle_of(VipsPel a, VipsPel b, VipsPel c)
{
	return MAX(MIN(a, b), MIN(MAX(a, b), c));
}

/* Of nine: the middle one of the highest low, the middle of the middles, and
 * the lowest high. */
static void pick(const struct window *window, VipsPel *restrict out, size_t n,
		 size_t step)
{
	const VipsPel *restrict low = window->low;
	const VipsPel *restrict middle = window->middle;
	const VipsPel *restrict high = window->high;
	for (size_t i = 0; i < n; i++) {
		VipsPel a = MAX(MAX(low[i], low[i + step]), low[i + 2 * step]);
		VipsPel b = middle_of(middle[i], middle[i + step],
				      middle[i + 2 * step]);
		VipsPel c =
			MIN(MIN(high[i], high[i + step]), high[i + 2 * step]);
		out[i] = middle_of(a, b, c);
	}
}

static void filter(const void *user, const struct paint_row *row)
{
	const struct window *window = user;
	size_t bands = (size_t)row->bands;
	size_t n = (size_t)row->width * bands;
	for (int i = 0; i < 3; i++)
		copy_row(window, row->y + i - 1, window->rows[i]);
	sort_columns(window, n + 2 * bands);
	pick(window, row->out, n, bands);
	for (int x = 0; bands == 4 && x < row->width; x++)
		row->out[4 * x + 3] = row->in[4 * x + 3];
}

static int filter_once(struct picture *picture, struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	VipsImage *in = picture->image;
	size_t n = ((size_t)in->Xsize + 2) * (size_t)in->Bands;
	g_autofree VipsPel *room = g_malloc(6 * n);
	const struct window window = {
		.in = in,
		.rows = {room, room + n, room + 2 * n},
		.low = room + 3 * n,
		.middle = room + 4 * n,
		.high = room + 5 * n,
	};
	if (paint_rows(in, in->Bands, filter, &window, &t[0]) != 0)
		return picture_failed(err);
	if (picture_set(picture, t[0], err) < 0)
		return -1;
	/* no more than two pictures at a time */
	g_clear_object(&t[0]);
	return 0;
}

int op_median(struct picture *picture, const struct image_op *op,
	      struct err *err)
{
	long times =
		lrint(image_number(op, IMAGE_MEDIAN_TIMES, &picture->sizes));
	for (long i = 0; i < times; i++)
		if (filter_once(picture, err) < 0)
			return -1;
	return 0;
}
