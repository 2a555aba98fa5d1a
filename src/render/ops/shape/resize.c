/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/attention.h"
#include "render/picture/colour.h"
#include "render/picture/fill.h"
#include "render/picture/scale.h"

#include <math.h>

/* The cut's place in what is stored. */
static struct image_box stored_part(const struct picture *picture,
				    const struct image_box *kept)
{
	double x = picture->stored.scale_x, y = picture->stored.scale_y;
	if (x == 0) /* it is as the plan speaks of it */
		return *kept;
	return (struct image_box){
		.x = kept->x * x + picture->stored.x,
		.y = kept->y * y + picture->stored.y,
		.width = kept->width * x,
		.height = kept->height * y,
	};
}

/* What is left to be done with the pixels goes along. */
static int replace(struct picture *picture, VipsImage *bytes, VipsImage *scaled,
		   struct err *err)
{
	const void *profile;
	size_t n;
	picture->is_raw =
		picture->is_raw && bytes == picture->image &&
		vips_image_get_typeof(bytes, VIPS_META_ICC_NAME) != 0 &&
		vips_image_get_blob(bytes, VIPS_META_ICC_NAME, &profile, &n) ==
			0;
	if (picture->is_raw)
		vips_image_set_blob_copy(scaled, VIPS_META_ICC_NAME, profile,
					 n);
	if (picture_set(picture, scaled, err) < 0)
		return -1;
	picture->is_memory = true;
	memset(&picture->stored, 0, sizeof(picture->stored));
	return colour_normalise(picture, err);
}

static int scale(struct picture *picture, const struct image_cut *cut,
		 struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	const struct image_box *kept = &cut->kept;
	if (colour_to_bytes(picture, &t[0], err) < 0)
		return -1;
	if (cut->search) {
		kept = &picture->found.kept;
		if (picture->frame == 0) {
			picture->found.kept = cut->kept;
			if (attention_find(picture, t[0], &picture->found.kept,
					   err) < 0)
				return -1;
		}
	}
	const struct scale to = {
		.part = stored_part(picture, kept),
		.width = cut->width,
		.height = cut->height,
	};
	if (scale_part(t[0], &to, &t[1], err) < 0)
		return -1;
	return replace(picture, t[0], t[1], err);
}

static int fill(struct picture *picture, const struct image_op *op,
		const struct image_cut *cut, struct err *err)
{
	const struct fill how = {
		.kind = image_word(op, IMAGE_RESIZE_FILL),
		.color = image_color(op, IMAGE_RESIZE_BACKGROUND),
		.sigma = image_has(op, IMAGE_RESIZE_BLUR)
				 ? image_number(op, IMAGE_RESIZE_BLUR,
						&picture->sizes)
				 : FILL_SIGMA_AUTO,
		.brightness = image_number(op, IMAGE_RESIZE_BRIGHTNESS,
					   &picture->sizes),
		.colors = (unsigned)image_number(op, IMAGE_RESIZE_COLORS,
						 &picture->sizes),
		.width = cut->canvas_width,
		.height = cut->canvas_height,
		.left = cut->left,
		.top = cut->top,
	};
	return fill_around(picture, &how, err);
}

int op_resize(struct picture *picture, const struct image_op *op,
	      struct err *err)
{
	struct image_cut cut;
	if (image_cut(op, &picture->sizes, &cut, err) < 0)
		return err->code == ERR_INVALID
			       ? err_recode(err, ERR_NOT_FOUND, NULL)
			       : -1;
	if (cut.search && picture_settle(picture, err) < 0)
		return -1;
	if (scale(picture, &cut, err) < 0)
		return -1;
	if (cut.canvas_width == cut.width && cut.canvas_height == cut.height)
		return 0;
	return fill(picture, op, &cut, err);
}
