/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/blur.h"
#include "render/picture/picture.h"

#include <math.h>

/* From so much on, a smaller picture is blurred and made larger again. */
#define SIGMA_DIRECT 5.0
/* What is then left to do for the kernel, at least. */
#define SIGMA_SMALL 2.5
/* The kernel reaches so many times sigma. */
#define REACH 3
#define RADIUS_MAX 100

/* One axis of a kernel that is the product of two. */
struct kernel {
	int radius;
	float weights[2 * RADIUS_MAX + 1]; /* sum up to one */
};

static void fill_kernel(struct kernel *kernel, double sigma, int radius)
{
	double sum = 0;
	kernel->radius = radius;
	for (int i = -radius; i <= radius; i++)
		sum += exp(-i * i / (2 * sigma * sigma));
	for (int i = -radius; i <= radius; i++)
		kernel->weights[i + radius] =
			(float)(exp(-i * i / (2 * sigma * sigma)) / sum);
}

/* For compilers to make vectors of. */
static void add(float *restrict to, const float *restrict from, float weight,
		size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] += weight * from[i];
}

/* Columns into a line, that into a row: libvips' own takes ten times as long
 * where it may not generate code. */
static int blur_rows(VipsRegion *out, void *seq, void *a, void *b,
		     gboolean *stop)
{
	VipsRegion *in = seq;
	const struct kernel *kernel = b;
	const VipsRect *r = &out->valid;
	const int radius = kernel->radius, taps = 2 * radius + 1;
	const size_t bands = (size_t)out->im->Bands;
	const VipsRect need = {r->left, r->top, r->width + 2 * radius,
			       r->height + 2 * radius};
	const size_t n = (size_t)r->width * bands;
	const size_t wide = (size_t)need.width * bands;
	(void)a, (void)stop;
	if (vips_region_prepare(in, &need) != 0)
		return -1;
	g_autofree float *line = g_new(float, wide);
	for (int y = r->top; y < r->top + r->height; y++) {
		float *row = (float *)(void *)VIPS_REGION_ADDR(out, r->left, y);
		memset(line, 0, wide * sizeof(*line));
		memset(row, 0, n * sizeof(*row));
		for (int k = 0; k < taps; k++)
			add(line,
			    (const float *)(const void *)VIPS_REGION_ADDR(
				    in, need.left, y + k),
			    kernel->weights[k], wide);
		for (int k = 0; k < taps; k++)
			add(row, line + (size_t)k * bands, kernel->weights[k],
			    n);
	}
	return 0;
}

int blur_within(VipsImage *in, double sigma, int radius, VipsImage **out)
{
	VipsImage *image = vips_image_new();
	VipsImage **t = picture_room(image, 2);
	struct kernel *kernel = VIPS_NEW(VIPS_OBJECT(image), struct kernel);
	radius = CLAMP(radius, 0, RADIUS_MAX);
	fill_kernel(kernel, sigma, radius);
	if (vips_cast(in, &t[0], VIPS_FORMAT_FLOAT, NULL) != 0 ||
	    vips_embed(t[0], &t[1], radius, radius, in->Xsize + 2 * radius,
		       in->Ysize + 2 * radius, "extend", VIPS_EXTEND_COPY,
		       NULL) != 0 ||
	    vips_image_pipelinev(image, VIPS_DEMAND_STYLE_FATSTRIP, t[1],
				 NULL) != 0) {
		g_object_unref(image);
		return -1;
	}
	image->Xsize = in->Xsize;
	image->Ysize = in->Ysize;
	if (vips_image_generate(image, vips_start_one, blur_rows, vips_stop_one,
				t[1], kernel) != 0) {
		g_object_unref(image);
		return -1;
	}
	*out = image;
	return 0;
}

static int blur_directly(VipsImage *in, double sigma, VipsImage **out)
{
	return blur_within(in, sigma, (int)ceil(REACH * sigma), out);
}

static int round_up(int n, int step)
{
	return (n + step - 1) / step * step;
}

/* Between pixels of a smaller image, by cubics through them (Catmull and Rom).
 * The middle of an average is that of its pixels: for each place among `step`
 * pixels which four averages are around it, from this one on, and how much they
 * weigh. */
struct enlarging {
	int step;
	struct taps {
		int first;
		float weights[4];
	} taps[];
};

static struct taps taps_at(int place, int step)
{
	double t = (2 * place + 1 - step) / (2.0 * step);
	struct taps taps = {.first = t < 0 ? -2 : -1};
	if (t < 0)
		t += 1;
	taps.weights[0] = (float)(((2 - t) * t - 1) * t / 2);
	taps.weights[1] = (float)(((3 * t - 5) * t * t + 2) / 2);
	taps.weights[2] = (float)(((4 - 3 * t) * t + 1) * t / 2);
	taps.weights[3] = (float)((t - 1) * t * t / 2);
	return taps;
}

/* A row between four of the smaller image, from a column on; beyond its edges
 * it goes on. */
static void mix_rows(VipsImage *small, const struct taps *taps,
		     const VipsRect *part, float *line)
{
	const size_t bands = (size_t)small->Bands;
	const float *rows[4];
	for (int k = 0; k < 4; k++) {
		int y = CLAMP(part->top + taps->first + k, 0, small->Ysize - 1);
		rows[k] = (const float *)(const void *)VIPS_IMAGE_ADDR(small, 0,
								       y);
	}
	for (int x = 0; x < part->width; x++) {
		size_t from =
			(size_t)CLAMP(part->left + x, 0, small->Xsize - 1) *
			bands;
		for (size_t i = from; i < from + bands; i++)
			*line++ = rows[0][i] * taps->weights[0] +
				  rows[1][i] * taps->weights[1] +
				  rows[2][i] * taps->weights[2] +
				  rows[3][i] * taps->weights[3];
	}
}

static void mix_columns(const struct enlarging *how, const float *line,
			const VipsRect *part, size_t bands, float *out)
{
	int place = part->left % how->step;
	/* a line begins two averages before the one that the row begins in */
	const float *from = line + 2 * bands;
	for (int x = 0; x < part->width; x++) {
		const struct taps *taps = &how->taps[place];
		const float *p = from + taps->first * (ptrdiff_t)bands;
		for (size_t i = 0; i < bands; i++, p++)
			*out++ = p[0] * taps->weights[0] +
				 p[bands] * taps->weights[1] +
				 p[2 * bands] * taps->weights[2] +
				 p[3 * bands] * taps->weights[3];
		if (++place == how->step) {
			place = 0;
			from += bands;
		}
	}
}

/* libvips' own takes five times as long where it may not generate code, and
 * multiplies alpha in once more. */
static int enlarge_rows(VipsRegion *out, void *seq, void *a, void *b,
			gboolean *stop)
{
	VipsImage *small = a;
	const struct enlarging *how = b;
	const VipsRect *r = &out->valid;
	const size_t bands = (size_t)small->Bands;
	VipsRect part = {.left = r->left / how->step - 2,
			 .width = (r->width + how->step - 1) / how->step + 5};
	g_autofree float *line = g_new(float, (size_t)part.width *bands);
	(void)seq, (void)stop;
	for (int y = r->top; y < r->top + r->height; y++) {
		part.top = y / how->step;
		mix_rows(small, &how->taps[y % how->step], &part, line);
		mix_columns(how, line, r, bands,
			    (float *)(void *)VIPS_REGION_ADDR(out, r->left, y));
	}
	return 0;
}

/* An image in memory, of floats, so many times as large. */
static int enlarge(VipsImage *in, int step, VipsImage **out)
{
	VipsImage *image = vips_image_new();
	VipsImage **t = picture_room(image, 1);
	struct enlarging *how = (struct enlarging *)(void *)vips_malloc(
		VIPS_OBJECT(image),
		sizeof(*how) + (size_t)step * sizeof(how->taps[0]));
	t[0] = g_object_ref(in);
	how->step = step;
	for (int i = 0; i < step; i++)
		how->taps[i] = taps_at(i, step);
	if (vips_image_pipelinev(image, VIPS_DEMAND_STYLE_THINSTRIP, in,
				 NULL) != 0) {
		g_object_unref(image);
		return -1;
	}
	image->Xsize = in->Xsize * step;
	image->Ysize = in->Ysize * step;
	if (vips_image_generate(image, NULL, enlarge_rows, NULL, in, how) !=
	    0) {
		g_object_unref(image);
		return -1;
	}
	*out = image;
	return 0;
}

/* Averages of step x step pixels are a blur, too: of variance (step^2 - 1) / 12
 * in pixels. What goes on beyond the edges are pixels, and no averages. */
static int blur_small(VipsImage *scope, VipsImage *in, double sigma,
		      VipsImage **out)
{
	VipsImage **t = picture_room(scope, 5);
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
	VipsImage **t = picture_room(scope, 1);
	if (vips_cast(in, &t[0], VIPS_FORMAT_FLOAT, NULL) != 0)
		return -1;
	if (sigma < SIGMA_DIRECT)
		return blur_directly(t[0], sigma, out);
	return blur_small(scope, t[0], sigma, out);
}

int blur_pixels(VipsImage *in, double sigma, VipsImage **out)
{
	SCOPED_IMAGE scope = vips_image_new();
	VipsImage **t = picture_room(scope, 4);
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
