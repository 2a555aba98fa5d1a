/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

/* Of the places that are computed first, 8 bytes for each pixel. */
#define PIXELS_MAX 25000000.0

/* Where a pixel of the result comes from. */
struct place {
	double x, y;
};

struct mapping {
	struct place (*find)(const struct mapping *mapping, double x, double y);
	double width, height;
	double h[8]; /* of a perspective */
	/* of an arc: whether it is bent like a bowl; radians; pixels of the
	 * source; its size; where it begins */
	bool is_bowl;
	double angle, outer, scale, top;
};

static const struct place nowhere = {-1e6, -1e6};

static struct place find_perspective(const struct mapping *mapping, double x,
				     double y)
{
	const double *h = mapping->h;
	double w = h[6] * x + h[7] * y + 1;
	if (w < 1e-9)
		return nowhere;
	return (struct place){(h[0] * x + h[1] * y + h[2]) / w,
			      (h[3] * x + h[4] * y + h[5]) / w};
}

/* Gauss's elimination of eight equations, with pivots. False: none answers. */
static bool solve(double m[8][9], double out[8])
{
	for (int c = 0; c < 8; c++) {
		int pivot = c;
		for (int r = c + 1; r < 8; r++)
			if (fabs(m[r][c]) > fabs(m[pivot][c]))
				pivot = r;
		if (fabs(m[pivot][c]) < 1e-9)
			return false;
		for (int k = 0; k < 9; k++) {
			double v = m[c][k];
			m[c][k] = m[pivot][k];
			m[pivot][k] = v;
		}
		for (int r = 0; r < 8; r++) {
			double f = m[r][c] / m[c][c];
			for (int k = c; r != c && k < 9; k++)
				m[r][k] -= f * m[c][k];
		}
	}
	for (int i = 0; i < 8; i++)
		out[i] = m[i][8] / m[i][i];
	return true;
}

/* The perspective that has the points where the corners are. */
static bool set_perspective(struct mapping *mapping, const double points[8])
{
	double width = mapping->width, height = mapping->height;
	const double corners[] = {0, 0, width, 0, width, height, 0, height};
	double m[8][9] = {{0}};
	for (int i = 0; i < 4; i++) {
		double x = points[2 * i], y = points[2 * i + 1];
		for (int k = 0; k < 2; k++) {
			double to = corners[2 * i + k];
			double *row = m[2 * i + k];
			row[3 * k] = x;
			row[3 * k + 1] = y;
			row[3 * k + 2] = 1;
			row[6] = -x * to;
			row[7] = -y * to;
			row[8] = to;
		}
	}
	mapping->find = find_perspective;
	return solve(m, mapping->h);
}

static struct place find_arc(const struct mapping *mapping, double x, double y)
{
	double from_top = mapping->is_bowl ? mapping->height - y : y;
	double dx = (x - mapping->width / 2) / mapping->scale;
	double dy = mapping->outer - (from_top - mapping->top) / mapping->scale;
	double along = atan2(dx, dy) / mapping->angle + 0.5;
	double down = mapping->outer - hypot(dx, dy);
	return (struct place){along * mapping->width,
			      mapping->is_bowl ? mapping->height - down : down};
}

/* Bent around a circle, its middle line as long as it was, then as large as
 * fits. */
static void set_arc(struct mapping *mapping, double degrees)
{
	double angle = degrees * G_PI / 180, half = angle / 2;
	double middle = mapping->width / angle;
	double outer = middle + mapping->height / 2;
	double inner = MAX(middle - mapping->height / 2, 0);
	double wide = 2 * outer * (half < G_PI / 2 ? sin(half) : 1);
	double low = (half < G_PI / 2 ? inner : outer) * cos(half);
	double high = outer - low;
	mapping->find = find_arc;
	mapping->angle = angle;
	mapping->outer = outer;
	mapping->scale = MIN(mapping->width / wide, mapping->height / high);
	mapping->top = (mapping->height - high * mapping->scale) / 2;
}

static VipsImage *find_places(const struct mapping *mapping)
{
	VipsImage *places = vips_image_new_memory();
	vips_image_init_fields(places, (int)mapping->width,
			       (int)mapping->height, 2, VIPS_FORMAT_FLOAT,
			       VIPS_CODING_NONE, VIPS_INTERPRETATION_MULTIBAND,
			       1, 1);
	if (vips_image_write_prepare(places) != 0) {
		g_object_unref(places);
		return NULL;
	}
	for (int y = 0; y < places->Ysize; y++) {
		float *p = (float *)(void *)VIPS_IMAGE_ADDR(places, 0, y);
		for (int x = 0; x < places->Xsize; x++) {
			struct place place =
				mapping->find(mapping, x + 0.5, y + 0.5);
			*p++ = (float)CLAMP(place.x - 0.5, -1e6, 1e6);
			*p++ = (float)CLAMP(place.y - 0.5, -1e6, 1e6);
		}
	}
	return places;
}

static int map(struct picture *picture, const struct mapping *mapping,
	       VipsImage **out)
{
	VipsImage **t = picture_scratch(picture, 5);
	VipsInterpolate *bicubic = vips_interpolate_new("bicubic");
	t[0] = g_object_ref(picture->image);
	t[4] = find_places(mapping);
	int failed = t[4] == NULL || paint_add_alpha(&t[0]) ||
		     vips_premultiply(t[0], &t[1], NULL) ||
		     vips_mapim(t[1], &t[2], t[4], "interpolate", bicubic,
				"premultiplied", TRUE, NULL) ||
		     vips_unpremultiply(t[2], &t[3], NULL) ||
		     vips_linear1(t[3], out, 1, 0.5, "uchar", TRUE, NULL);
	g_object_unref(bicubic);
	return failed ? -1 : 0;
}

/* False: nothing is to be done, or can be. */
static bool set_mapping(const struct picture *picture,
			const struct image_op *op, struct mapping *mapping)
{
	double points[IMAGE_LIST_MAX];
	if (image_word(op, IMAGE_DISTORT_KIND) == IMAGE_DISTORT_PERSPECTIVE)
		return image_list_values(op, IMAGE_DISTORT_POINTS,
					 &picture->sizes, points) == 8 &&
		       set_perspective(mapping, points);
	double degrees =
		image_number(op, IMAGE_DISTORT_DEGREES, &picture->sizes);
	mapping->is_bowl = degrees < 0;
	set_arc(mapping, fabs(degrees));
	return fabs(degrees) >= 1;
}

int op_distort(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	struct mapping mapping = {
		.width = picture->image->Xsize,
		.height = picture->image->Ysize,
	};
	if (mapping.width * mapping.height > PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE, "too large to be distorted");
	if (!set_mapping(picture, op, &mapping))
		return 0;
	if (map(picture, &mapping, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
