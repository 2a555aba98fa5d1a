/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/paint.h"

#include <math.h>
#include <stdbool.h>

#define OPAQUE 255

struct paint paint_of(uint32_t color)
{
	return (struct paint){{(uint8_t)(color >> 24), (uint8_t)(color >> 16),
			       (uint8_t)(color >> 8), (uint8_t)color}};
}

static VipsImage *new_memory(int width, int height, int bands)
{
	VipsImage *image = vips_image_new_memory();
	vips_image_init_fields(image, width, height, bands, VIPS_FORMAT_UCHAR,
			       VIPS_CODING_NONE, VIPS_INTERPRETATION_sRGB, 1,
			       1);
	if (vips_image_write_prepare(image) == 0)
		return image;
	g_object_unref(image);
	return NULL;
}

VipsImage *paint_color(int width, int height, uint32_t color)
{
	struct paint paint = paint_of(color);
	VipsImage *out = NULL;
	VipsImage *dot = new_memory(1, 1, paint.rgba[3] == OPAQUE ? 3 : 4);
	if (dot == NULL)
		return NULL;
	memcpy(VIPS_IMAGE_ADDR(dot, 0, 0), paint.rgba, (size_t)dot->Bands);
	if (vips_embed(dot, &out, 0, 0, width, height, "extend",
		       VIPS_EXTEND_COPY, NULL) != 0)
		out = NULL;
	g_object_unref(dot);
	return out;
}

VipsImage *paint_corners(int width, int height, const uint32_t corners[4])
{
	VipsImage *image = new_memory(width, height, 3);
	struct paint c[4];
	if (image == NULL)
		return NULL;
	for (int i = 0; i < 4; i++)
		c[i] = paint_of(corners[i]);
	for (int y = 0; y < height; y++) {
		double v = height > 1 ? (double)y / (height - 1) : 0;
		VipsPel *p = VIPS_IMAGE_ADDR(image, 0, y);
		for (int x = 0; x < width; x++) {
			double u = width > 1 ? (double)x / (width - 1) : 0;
			for (int i = 0; i < 3; i++)
				*p++ = paint_byte((c[0].rgba[i] * (1 - u) +
						   c[1].rgba[i] * u) *
							  (1 - v) +
						  (c[2].rgba[i] * (1 - u) +
						   c[3].rgba[i] * u) *
							  v);
		}
	}
	return image;
}

int paint_add_alpha(VipsImage **image)
{
	VipsImage *out = NULL;
	if (vips_image_hasalpha(*image))
		return 0;
	if (vips_bandjoin_const1(*image, &out, OPAQUE, NULL) != 0)
		return -1;
	g_object_unref(*image);
	*image = out;
	return 0;
}

int paint_same_bands(VipsImage **a, VipsImage **b)
{
	if (vips_image_hasalpha(*a) == vips_image_hasalpha(*b))
		return 0;
	return paint_add_alpha(a) | paint_add_alpha(b);
}

/* libvips computes it in doubles, and always gives alpha. */
static int composite(VipsImage *base, VipsImage *top, struct paint_place at,
		     VipsImage **out)
{
	SCOPED_IMAGE mixed = NULL;
	SCOPED_IMAGE bytes = NULL;
	if (vips_composite2(base, top, &mixed, VIPS_BLEND_MODE_OVER, "x", at.x,
			    "y", at.y, NULL) != 0 ||
	    vips_cast(mixed, &bytes, VIPS_FORMAT_UCHAR, NULL) != 0)
		return -1;
	return vips_extract_band(bytes, out, 0, "n", base->Bands, NULL);
}

int paint_over(VipsImage *base, VipsImage *top, struct paint_place at,
	       VipsImage **out)
{
	SCOPED_IMAGE same = g_object_ref(top);
	if (vips_image_hasalpha(top))
		return composite(base, top, at, out);
	if (vips_image_hasalpha(base) && paint_add_alpha(&same) != 0)
		return -1;
	return vips_insert(base, same, out, at.x, at.y, NULL);
}

static int paint_all(VipsImage *in, VipsImage *image, paint_row_fn *fn,
		     const void *user)
{
	if (image == NULL)
		return -1;
	for (int y = 0; y < image->Ysize; y++) {
		const struct paint_row row = {
			.in = in ? VIPS_IMAGE_ADDR(in, 0, y) : NULL,
			.out = VIPS_IMAGE_ADDR(image, 0, y),
			.y = y,
			.width = image->Xsize,
			.height = image->Ysize,
			.bands = in ? in->Bands : 0,
			.out_bands = image->Bands,
		};
		fn(user, &row);
	}
	return 0;
}

int paint_rows(VipsImage *in, int bands, paint_row_fn *fn, const void *user,
	       VipsImage **out)
{
	*out = new_memory(in->Xsize, in->Ysize, bands);
	return paint_all(in, *out, fn, user);
}

int paint_new(const VipsRect *size, int bands, paint_row_fn *fn,
	      const void *user, VipsImage **out)
{
	*out = new_memory(size->width, size->height, bands);
	return paint_all(NULL, *out, fn, user);
}

/* vips_image_copy_memory() of what is in memory is the same image again. */
int paint_copy(VipsImage *in, VipsImage **out)
{
	*out = vips_image_new_memory();
	return vips_image_write(in, *out);
}

/* With alpha multiplied in while they are mixed. */
void paint_pixel_mix(const VipsPel a[4], const VipsPel b[4], double share,
		     VipsPel out[4])
{
	double from = a[3] * (1 - share), to = b[3] * share, all = from + to;
	for (int i = 0; i < 3; i++)
		out[i] = all > 0 ? paint_byte((a[i] * from + b[i] * to) / all)
				 : 0;
	out[3] = paint_byte(all);
}

void paint_pixel_over(const VipsPel top[4], const VipsPel below[4],
		      VipsPel out[4])
{
	int over = top[3] * OPAQUE, under = below[3] * (OPAQUE - top[3]);
	int all = over + under;
	for (int i = 0; i < 3; i++)
		out[i] = all ? (VipsPel)((top[i] * over + below[i] * under +
					  all / 2) /
					 all)
			     : 0;
	out[3] = (VipsPel)((all + OPAQUE / 2) / OPAQUE);
}

double paint_soft_edge(double inside, double sigma)
{
	if (sigma < 0.1)
		return CLAMP(inside + 0.5, 0, 1);
	if (fabs(inside) > 4 * sigma)
		return inside > 0;
	return (1 + erf(inside / sigma / G_SQRT2)) / 2;
}

static void map_row(const void *user, const struct paint_row *row)
{
	const struct paint_tables *tables = user;
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		for (int i = 0; i < 3; i++)
			out[i] = tables->of[i][in[i]];
		if (row->bands == 4)
			out[3] = in[3];
		in += row->bands;
		out += row->bands;
	}
}

int paint_map(VipsImage *in, const struct paint_tables *tables, VipsImage **out)
{
	return paint_rows(in, in->Bands, map_row, tables, out);
}

static void mask_row(const void *user, const struct paint_row *row)
{
	const VipsImage *mask = user;
	const VipsPel *share = VIPS_IMAGE_ADDR(mask, 0, row->y);
	const VipsPel *in = row->in;
	VipsPel *out = row->out;
	for (int x = 0; x < row->width; x++) {
		int alpha = row->bands == 4 ? in[3] : OPAQUE;
		memcpy(out, in, 3);
		out[3] = (VipsPel)((alpha * share[x] + OPAQUE / 2) / OPAQUE);
		in += row->bands;
		out += 4;
	}
}

int paint_through(VipsImage *in, VipsImage *mask, VipsImage **out)
{
	return paint_rows(in, 4, mask_row, mask, out);
}
