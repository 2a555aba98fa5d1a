/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/detail/pixelate.h"
#include "render/ops/op.h"
#include "render/picture/attention.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"

#include <math.h>

#define REGIONS_MAX (IMAGE_LIST_MAX / 4)
#define SIGMA_MAX 100.0
/* What draws the eye: a square of so much of the shorter side. */
#define EYE_SHARE 0.4

struct redaction {
	unsigned effect, shape; /* IMAGE_REDACT_*, IMAGE_SHAPE_* */
	double amount, feather;
	unsigned n;
	struct image_box regions[REGIONS_MAX];
};

/* How far a place is outside, in pixels; negative: inside. */
static double outside(const struct redaction *redaction,
		      const struct image_box *box, double x, double y)
{
	double across = box->width / 2, down = box->height / 2;
	double dx = fabs(x - box->x - across), dy = fabs(y - box->y - down);
	if (redaction->shape == IMAGE_SHAPE_OVAL) {
		double u = dx / across, v = dy / down;
		double slope = 2 * hypot(u / across, v / down);
		return slope > 0 ? (u * u + v * v - 1) / slope : -across;
	}
	dx -= across;
	dy -= down;
	return dx > 0 && dy > 0 ? hypot(dx, dy) : MAX(dx, dy);
}

/* All of what is inside: 1. */
static double share_of(const struct redaction *redaction,
		       const struct image_box *box, double x, double y)
{
	double far = outside(redaction, box, x, y);
	if (redaction->feather < 1)
		return CLAMP(0.5 - far, 0, 1);
	return CLAMP(1 - far / redaction->feather, 0, 1);
}

static void mix(const VipsPel *from, double share, VipsPel *out, int bands)
{
	if (share >= 1)
		memcpy(out, from, (size_t)bands);
	else if (bands == 4 && share > 0)
		paint_pixel_mix(out, from, share, out);
	else
		for (int i = 0; i < bands && share > 0; i++)
			out[i] =
				paint_byte(out[i] + (from[i] - out[i]) * share);
}

/* The part of an image as it becomes, in memory. */
static int apply(const struct redaction *redaction, VipsImage *image,
		 const VipsRect *part, VipsImage **out)
{
	const VipsRect all = {0, 0, part->width, part->height};
	SCOPED_IMAGE cut = NULL;
	SCOPED_IMAGE blurred = NULL;
	if (vips_extract_area(image, &cut, part->left, part->top, part->width,
			      part->height, NULL) != 0)
		return -1;
	if (redaction->effect == IMAGE_REDACT_PIXELATE) {
		if (paint_copy(cut, out) != 0)
			return -1;
		pixelate(*out, &all, MAX((int)lrint(redaction->amount), 2));
		return 0;
	}
	if (blur_pixels(cut, MIN(redaction->amount, SIGMA_MAX), &blurred) != 0)
		return -1;
	return paint_copy(blurred, out);
}

/* The pixels that a region touches. */
static bool find_tile(const struct redaction *redaction,
		      const struct image_box *box, VipsImage *image,
		      VipsRect *out)
{
	double more = redaction->feather;
	double left = MAX(floor(box->x - more), 0);
	double top = MAX(floor(box->y - more), 0);
	double right = MIN(ceil(box->x + box->width + more), image->Xsize);
	double bottom = MIN(ceil(box->y + box->height + more), image->Ysize);
	if (box->width <= 0 || box->height <= 0 || left >= right ||
	    top >= bottom)
		return false;
	*out = (VipsRect){(int)left, (int)top, (int)(right - left),
			  (int)(bottom - top)};
	return true;
}

/* One after the other: where they lie over each other, both. */
static int redact(const struct redaction *redaction,
		  const struct image_box *box, VipsImage *image)
{
	SCOPED_IMAGE done = NULL;
	VipsRect tile;
	if (!find_tile(redaction, box, image, &tile))
		return 0;
	if (apply(redaction, image, &tile, &done) != 0)
		return -1;
	for (int y = 0; y < tile.height; y++) {
		const VipsPel *from = VIPS_IMAGE_ADDR(done, 0, y);
		VipsPel *out = VIPS_IMAGE_ADDR(image, tile.left, tile.top + y);
		for (int x = 0; x < tile.width; x++) {
			mix(from,
			    share_of(redaction, box, tile.left + x + 0.5,
				     tile.top + y + 0.5),
			    out, image->Bands);
			from += image->Bands;
			out += image->Bands;
		}
	}
	return 0;
}

static int find_eye(struct picture *picture, struct redaction *redaction,
		    struct err *err)
{
	const struct image_sizes *sizes = &picture->sizes;
	double side = ceil(MIN(sizes->width, sizes->height) * EYE_SHARE);
	if (picture->frame == 0) {
		picture->found.kept =
			(struct image_box){.width = side, .height = side};
		if (attention_find(picture, picture->image,
				   &picture->found.kept, err) < 0)
			return -1;
	}
	redaction->n = 1;
	redaction->regions[0] = picture->found.kept;
	return 0;
}

/* Each pixel may be in several; together they are no more than a picture may
 * have. */
static int list_regions(const struct picture *picture,
			const struct image_op *op, struct redaction *redaction,
			struct err *err)
{
	double at[IMAGE_LIST_MAX], pixels = 0;
	unsigned n =
		image_list_values(op, IMAGE_REDACT_REGION, &picture->sizes, at);
	for (unsigned i = 0; i + 4 <= n; i += 4) {
		struct image_box *box = &redaction->regions[redaction->n++];
		VipsRect tile;
		*box = (struct image_box){at[i], at[i + 1], at[i + 2],
					  at[i + 3]};
		if (find_tile(redaction, box, picture->image, &tile))
			pixels += (double)tile.width * tile.height;
	}
	if (pixels > IMAGE_PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE,
			       "too many regions that large");
	return 0;
}

int op_redact(struct picture *picture, const struct image_op *op,
	      struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct image_sizes *sizes = &picture->sizes;
	struct redaction redaction = {
		.effect = image_word(op, IMAGE_REDACT_EFFECT),
		.shape = image_word(op, IMAGE_REDACT_SHAPE),
		.amount = image_number(op, IMAGE_REDACT_AMOUNT, sizes),
		.feather = image_number(op, IMAGE_REDACT_FEATHER, sizes),
	};
	if ((image_has(op, IMAGE_REDACT_REGION)
		     ? list_regions(picture, op, &redaction, err)
		     : find_eye(picture, &redaction, err)) < 0)
		return -1;
	if (paint_copy(picture->image, &t[0]) != 0)
		return picture_failed(err);
	for (unsigned i = 0; i < redaction.n; i++)
		if (redact(&redaction, &redaction.regions[i], t[0]) != 0)
			return picture_failed(err);
	return picture_set(picture, t[0], err);
}
