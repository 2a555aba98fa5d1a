/* SPDX-License-Identifier: Apache-2.0 */
#include "render/ops/op.h"
#include "render/picture/blur.h"
#include "render/picture/paint.h"

#include <math.h>

/* Less is no blur. */
#define SIGMA_LEAST 0.1

struct shadow {
	VipsImage *picture, *mask; /* the mask is as large as the result */
	int left, top;             /* the picture's place on it */
	double x, y, sigma;        /* the shadow's place, and its blur */
	double width, height;
	struct paint color; /* with its opacity */
};

/* Of a picture all of which is there. */
static void draw_box(const void *user, const struct paint_row *row)
{
	const struct shadow *shadow = user;
	double y = row->y + 0.5 - shadow->y;
	double down = paint_soft_edge(y, shadow->sigma) *
		      paint_soft_edge(shadow->height - y, shadow->sigma);
	for (int i = 0; i < row->width; i++) {
		double x = i + 0.5 - shadow->x;
		row->out[i] = paint_byte(
			255 * down * paint_soft_edge(x, shadow->sigma) *
			paint_soft_edge(shadow->width - x, shadow->sigma));
	}
}

static int draw_alpha(struct picture *picture, const struct shadow *shadow,
		      const struct image_room *room, VipsImage **out)
{
	VipsImage **t = picture_scratch(picture, 4);
	if (vips_extract_band(shadow->picture, &t[0], 3, NULL) != 0 ||
	    vips_embed(t[0], &t[1], (int)shadow->x, (int)shadow->y,
		       (int)room->width, (int)room->height, NULL) != 0)
		return -1;
	if (shadow->sigma < SIGMA_LEAST)
		t[3] = g_object_ref(t[1]);
	else if (blur_floats(t[1], shadow->sigma, &t[2]) != 0 ||
		 vips_linear1(t[2], &t[3], 1, 0.5, "uchar", TRUE, NULL) != 0)
		return -1;
	*out = vips_image_copy_memory(t[3]);
	return *out ? 0 : -1;
}

static void lay(const void *user, const struct paint_row *row)
{
	const struct shadow *shadow = user;
	VipsImage *picture = shadow->picture;
	const VipsPel *mask = VIPS_IMAGE_ADDR(shadow->mask, 0, row->y);
	int y = row->y - shadow->top;
	bool is_beside = y < 0 || y >= picture->Ysize;
	const VipsPel *in = is_beside ? NULL : VIPS_IMAGE_ADDR(picture, 0, y);
	for (int i = 0; i < row->width; i++) {
		int x = i - shadow->left;
		VipsPel below[4], top[4] = {0};
		memcpy(below, shadow->color.rgba, 4);
		below[3] = (VipsPel)((below[3] * mask[i] + 127) / 255);
		if (in && x >= 0 && x < picture->Xsize) {
			top[3] = 255;
			memcpy(top, in + (ptrdiff_t)x * picture->Bands,
			       (size_t)picture->Bands);
		}
		paint_pixel_over(top, below, row->out + (ptrdiff_t)4 * i);
	}
}

/* Where the picture and its shadow come to stand. */
static struct shadow lay_out(const struct picture *picture,
			     const struct image_op *op,
			     const struct image_room *room)
{
	const struct image_sizes *sizes = &picture->sizes;
	struct shadow shadow = {
		.picture = picture->image,
		.left = (int)room->left,
		.top = (int)room->top,
		.x = room->left +
		     floor(image_number(op, IMAGE_DROP_SHADOW_X, sizes) + 0.5),
		.y = room->top +
		     floor(image_number(op, IMAGE_DROP_SHADOW_Y, sizes) + 0.5),
		.sigma = image_number(op, IMAGE_DROP_SHADOW_BLUR, sizes),
		.width = sizes->width,
		.height = sizes->height,
		.color = paint_of(image_color(op, IMAGE_DROP_SHADOW_COLOR)),
	};
	shadow.color.rgba[3] = paint_byte(
		shadow.color.rgba[3] *
		image_number(op, IMAGE_DROP_SHADOW_OPACITY, sizes) / 100);
	return shadow;
}

int op_drop_shadow(struct picture *picture, const struct image_op *op,
		   struct err *err)
{
	VipsImage **t = picture_scratch(picture, 2);
	const struct image_room room = image_shadow_room(op, &picture->sizes);
	const VipsRect size = {0, 0, (int)room.width, (int)room.height};
	struct shadow shadow = lay_out(picture, op, &room);
	if (image_check_size(room.width, room.height, err) < 0)
		return -1;
	if ((picture_has_alpha(picture)
		     ? draw_alpha(picture, &shadow, &room, &t[0])
		     : paint_new(&size, 1, draw_box, &shadow, &t[0])) != 0)
		return picture_failed(err);
	shadow.mask = t[0];
	if (paint_new(&size, 4, lay, &shadow, &t[1]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[1], err);
}
