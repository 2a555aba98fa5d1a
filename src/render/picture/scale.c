/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/scale.h"
#include "pixels/resample.h"
#include "render/picture/picture.h"

#include <math.h>

#define STRIP 16 /* rows decoded at a time */
#define OPAQUE 255

/* The stored pixels that a part touches. */
struct span {
	int from;
	unsigned n;
};

struct work {
	VipsRegion *region;
	struct resampler *resampler;
	VipsImage *out;
	struct span x, y;
	unsigned bands;    /* of the image */
	unsigned channels; /* of the resampler */
	VipsPel *in_row, *out_row;
	int written;
};

static struct span span_of(double from, double length, int stored)
{
	/* what doubles lose is no pixel */
	const double dust = 1e-6;
	int first = CLAMP((int)floor(from + dust), 0, stored - 1);
	int end = CLAMP((int)ceil(from + length - dust), first + 1, stored);
	return (struct span){first, (unsigned)(end - first)};
}

/* A pixel that is not whole is dropped by libvips when it has a JPEG decoded
 * smaller: the outermost pixel of the result can then have its centre beyond
 * what there is, by less than a third. */
static struct resample_axis axis_of(struct span span, double from,
				    double length, unsigned out)
{
	double half = length / out / 2;
	double last = span.n - length + half;
	return (struct resample_axis){
		.in = span.n,
		.out = out,
		.start = CLAMP(from - span.from, MIN(-half, last), last),
		.extent = length,
	};
}

/* The resampler knows one channel and four. */
static const VipsPel *widen(const struct work *work, const VipsPel *p)
{
	VipsPel *to = work->in_row;
	if (work->bands == work->channels)
		return p;
	for (unsigned i = 0; i < work->x.n; i++, p += 3, to += 4) {
		to[0] = p[0];
		to[1] = p[1];
		to[2] = p[2];
		to[3] = OPAQUE;
	}
	return work->in_row;
}

static void narrow(const struct work *work, VipsPel *p)
{
	VipsPel *to = p;
	if (work->bands == work->channels)
		return;
	for (int i = 0; i < work->out->Xsize; i++, p += 4) {
		*to++ = p[0];
		*to++ = p[1];
		*to++ = p[2];
	}
}

static int pull(struct work *work)
{
	while (work->written < work->out->Ysize &&
	       resampler_pull(work->resampler, work->out_row)) {
		narrow(work, work->out_row);
		if (vips_image_write_line(work->out, work->written++,
					  work->out_row) != 0)
			return -1;
	}
	return 0;
}

static int push_strip(struct work *work, int y, int rows)
{
	VipsRect strip = {work->x.from, y, (int)work->x.n, rows};
	if (vips_region_prepare(work->region, &strip) != 0)
		return -1;
	for (int i = 0; i < rows; i++) {
		const VipsPel *p =
			VIPS_REGION_ADDR(work->region, strip.left, y + i);
		if (pull(work) != 0)
			return -1;
		resampler_push(work->resampler, widen(work, p));
	}
	return 0;
}

static int run(struct work *work)
{
	int end = work->y.from + (int)work->y.n;
	for (int y = work->y.from; y < end; y += STRIP)
		if (push_strip(work, y, MIN(STRIP, end - y)) != 0)
			return -1;
	return pull(work);
}

static int scale_rows(struct work *work, VipsImage *image, struct err *err)
{
	work->region = vips_region_new(image);
	work->in_row = g_malloc((size_t)work->x.n * work->channels);
	work->out_row = g_malloc((size_t)work->out->Xsize * work->channels);
	int failed = run(work);
	g_object_unref(work->region);
	g_free(work->in_row);
	g_free(work->out_row);
	return failed ? picture_failed(err) : 0;
}

/* Nothing to compute: whole pixels, as many as are wanted. */
static bool is_cut(const struct scale *scale, struct span x, struct span y)
{
	return x.n == scale->width && y.n == scale->height &&
	       scale->part.width == scale->width &&
	       scale->part.height == scale->height && scale->part.x == x.from &&
	       scale->part.y == y.from;
}

static int cut(VipsImage *image, struct span x, struct span y, VipsImage **out)
{
	VipsImage *part = NULL;
	if (vips_extract_area(image, &part, x.from, y.from, (int)x.n, (int)y.n,
			      NULL) != 0)
		return -1;
	*out = vips_image_copy_memory(part);
	g_object_unref(part);
	return *out ? 0 : -1;
}

int scale_part(VipsImage *image, const struct scale *scale, VipsImage **out,
	       struct err *err)
{
	const struct image_box *part = &scale->part;
	struct work work = {
		.x = span_of(part->x, part->width, image->Xsize),
		.y = span_of(part->y, part->height, image->Ysize),
		.bands = (unsigned)image->Bands,
		.channels = image->Bands == 1 ? 1 : 4,
	};
	const struct resample_options options = {
		.channels = work.channels,
		.x = axis_of(work.x, part->x, part->width, scale->width),
		.y = axis_of(work.y, part->y, part->height, scale->height),
	};
	if (is_cut(scale, work.x, work.y))
		return cut(image, work.x, work.y, out) == 0
			       ? 0
			       : picture_failed(err);
	work.resampler = resampler_new(&options, err);
	if (work.resampler == NULL)
		return -1;
	work.out = vips_image_new_memory();
	vips_image_init_fields(work.out, (int)scale->width, (int)scale->height,
			       image->Bands, VIPS_FORMAT_UCHAR,
			       VIPS_CODING_NONE, image->Type, 1, 1);
	int result = scale_rows(&work, image, err);
	resampler_free(work.resampler);
	if (result < 0)
		g_object_unref(work.out);
	else
		*out = work.out;
	return result;
}
