/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/blur.h"

#include <math.h>
#include <stdbool.h>

/* Beyond so much, a smaller picture is blurred and made larger again. */
#define SIGMA_DIRECT 5.0
/* What is then left to do for the kernel, at least. */
#define SIGMA_SMALL 2.5
/* The kernel reaches so many times sigma, where it is so low. */
#define REACH 3
#define KERNEL_END 0.011

static VipsImage **make_room(VipsImage *scope, int n)
{
	return (VipsImage **)vips_object_local_array(VIPS_OBJECT(scope), n);
}

static int blur_directly(VipsImage *in, double sigma, VipsImage **out)
{
	return vips_gaussblur(in, out, sigma, "min_ampl", KERNEL_END,
			      "precision", VIPS_PRECISION_FLOAT, NULL);
}

static int round_up(int n, int step)
{
	return (n + step - 1) / step * step;
}

/* The middle of an average is that of its pixels. */
static int enlarge(VipsImage *in, int step, VipsImage **out)
{
	VipsInterpolate *bicubic = vips_interpolate_new("bicubic");
	double middle = (step - 1) / 2.0;
	int failed = vips_affine(in, out, step, 0, 0, step, "interpolate",
				 bicubic, "odx", middle, "ody", middle,
				 "extend", VIPS_EXTEND_COPY, NULL);
	g_object_unref(bicubic);
	return failed;
}

/* Averages of step x step pixels are a blur, too: of variance (step^2 - 1) / 12
 * in pixels. What goes on beyond the edges are pixels, and no averages. */
static int blur_small(VipsImage *scope, VipsImage *in, double sigma,
		      VipsImage **out)
{
	VipsImage **t = make_room(scope, 5);
	int step = (int)(sigma / SIGMA_SMALL);
	double rest = sqrt(sigma * sigma - (step * step - 1) / 12.0) / step;
	int edge = round_up((int)(REACH * sigma), step);
	if (vips_embed(in, &t[0], edge, edge,
		       round_up(in->Xsize + 2 * edge, step),
		       round_up(in->Ysize + 2 * edge, step), "extend",
		       VIPS_EXTEND_COPY, NULL) != 0 ||
	    vips_shrink(t[0], &t[1], step, step, NULL) != 0 ||
	    blur_directly(t[1], rest, &t[2]) != 0)
		return -1;
	t[3] = vips_image_copy_memory(t[2]);
	if (t[3] == NULL || enlarge(t[3], step, &t[4]) != 0)
		return -1;
	return vips_extract_area(t[4], out, edge, edge, in->Xsize, in->Ysize,
				 NULL);
}

int blur_floats(VipsImage *in, double sigma, VipsImage **out)
{
	SCOPED_IMAGE scope = vips_image_new();
	VipsImage **t = make_room(scope, 1);
	if (vips_cast(in, &t[0], VIPS_FORMAT_FLOAT, NULL) != 0)
		return -1;
	if (sigma <= SIGMA_DIRECT)
		return blur_directly(t[0], sigma, out);
	return blur_small(scope, t[0], sigma, out);
}

int blur_pixels(VipsImage *in, double sigma, VipsImage **out)
{
	SCOPED_IMAGE scope = vips_image_new();
	VipsImage **t = make_room(scope, 4);
	bool has_alpha = vips_image_hasalpha(in);
	if (!has_alpha)
		t[0] = g_object_ref(in);
	else if (vips_premultiply(in, &t[0], NULL) != 0)
		return -1;
	if (blur_floats(t[0], sigma, &t[1]) != 0)
		return -1;
	if (!has_alpha)
		t[2] = g_object_ref(t[1]);
	else if (vips_unpremultiply(t[1], &t[2], NULL) != 0)
		return -1;
	if (vips_linear1(t[2], out, 1, 0.5, "uchar", TRUE, NULL) != 0)
		return -1;
	return 0;
}
