/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As ImageMagick's: a frame, its rows moved as if the card was bent, and below
 * it a shadow that is bent the other way.
 */
#include "render/ops/op.h"
#include "render/picture/paint.h"

#include <math.h>

#define SHADOW_SIGMA 2.0
#define SHADOW_OPACITY 0.8

struct polaroid {
	VipsImage *picture;
	struct image_card card;
	struct paint color;
};

/* A pixel of the card before it is bent; nothing outside of it. */
static void pick(const struct polaroid *polaroid, int x, int y, VipsPel out[4])
{
	VipsImage *in = polaroid->picture;
	const struct image_card *card = &polaroid->card;
	int px = x - (int)card->frame, py = y - (int)card->frame;
	if (x < 0 || y < 0 || x >= card->width || y >= card->height) {
		memset(out, 0, 4);
		return;
	}
	memcpy(out, polaroid->color.rgba, 4);
	if (px < 0 || py < 0 || px >= in->Xsize || py >= in->Ysize)
		return;
	const VipsPel *p = VIPS_IMAGE_ADDR(in, px, py);
	if (in->Bands == 4)
		paint_pixel_over(p, polaroid->color.rgba, out);
	else
		memcpy(out, p, 3), out[3] = 255;
}

/* A row of the shadow: how much there is of it from above and below, and where
 * it begins. */
struct shade {
	double down, left;
};

static struct shade shade_of(const struct image_card *card, double y)
{
	double at = y - card->drop;
	return (struct shade){
		.down = SHADOW_OPACITY * 255 *
			paint_soft_edge(at, SHADOW_SIGMA) *
			paint_soft_edge(card->height - at, SHADOW_SIGMA),
		.left = card->margin + card->drop +
			card->bend * sin(G_PI * CLAMP(at / card->height, 0, 1)),
	};
}

static void lay(const void *user, const struct paint_row *row)
{
	const struct polaroid *polaroid = user;
	const struct image_card *card = &polaroid->card;
	double y = row->y + 0.5;
	double bent = sin(G_PI * MIN(y / card->height, 1));
	double left = card->margin + card->bend * (1 - bent);
	double first = floor(left), share = left - first;
	const struct shade shade = shade_of(card, y);
	VipsPel before[4] = {0}, here[4], top[4];
	for (int i = 0; i < row->width; i++) {
		double x = i + 0.5 - shade.left;
		VipsPel below[4] = {0};
		below[3] = paint_byte(
			shade.down * paint_soft_edge(x, SHADOW_SIGMA) *
			paint_soft_edge(card->width - x, SHADOW_SIGMA));
		pick(polaroid, i - (int)first, row->y, here);
		paint_pixel_mix(here, before, share, top);
		memcpy(before, here, 4);
		paint_pixel_over(top, below, row->out + (ptrdiff_t)4 * i);
	}
}

int op_polaroid(struct picture *picture, const struct image_op *op,
		struct err *err)
{
	VipsImage **t = picture_scratch(picture, 1);
	const struct polaroid polaroid = {
		.picture = picture->image,
		.card = image_card(picture->sizes.width, picture->sizes.height),
		.color = paint_of(image_color(op, IMAGE_POLAROID_COLOR)),
	};
	struct image_sizes after = picture->sizes;
	if (image_size_after(op, &after, err) < 0)
		return -1;
	const VipsRect size = {0, 0, (int)after.width, (int)after.height};
	if (paint_new(&size, 4, lay, &polaroid, &t[0]) != 0)
		return picture_failed(err);
	return picture_set(picture, t[0], err);
}
