/* SPDX-License-Identifier: Apache-2.0 */
#include "render/several/several.h"

#include <math.h>

static const unsigned fits[IMAGE_FRAME_FIT_COUNT] = {
	[IMAGE_FRAME_FIT_PAD] = IMAGE_FIT_PAD,
	[IMAGE_FRAME_FIT_STRETCH] = IMAGE_FIT_STRETCH,
	[IMAGE_FRAME_FIT_COVER] = IMAGE_FIT_COVER,
};

/* Frames stand below each other. */
static void place(struct tiles *tiles, const struct image_sizes *frame)
{
	tiles->width = (unsigned)frame->width;
	tiles->height = (unsigned)frame->height * tiles->n;
	for (unsigned i = 0; i < tiles->n; i++)
		tiles->at[i] = (struct image_tile){
			.top = (int)(i * (unsigned)frame->height),
			.width = (int)frame->width,
			.height = (int)frame->height,
		};
}

int op_animate(struct picture *picture, const struct image_op *op,
	       struct err *err)
{
	struct image_sizes frame = picture->sizes;
	struct tiles tiles = {
		.n = tiles_count(picture),
		.color = image_color(op, IMAGE_ANIMATE_BACKGROUND),
		.fit = fits[image_word(op, IMAGE_ANIMATE_FIT)],
		.focus = image_word(op, IMAGE_ANIMATE_FOCUS),
	};
	if (image_size_after(op, &frame, err) < 0)
		return -1;
	if (tiles.n > IMAGE_COLLAGE_MAX ||
	    frame.width * frame.height * tiles.n >= IMAGE_PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE, "too large an animation");
	place(&tiles, &frame);
	if (tiles_paint(picture, &tiles, err) < 0)
		return -1;
	picture->sizes.width = frame.width;
	picture->sizes.height = frame.height;
	picture->frames = tiles.n;
	picture->pace.is_set = true;
	picture->pace.delay = (int)lrint(
		image_number(op, IMAGE_ANIMATE_DELAY, &picture->sizes));
	picture->pace.loop = (int)lrint(
		image_number(op, IMAGE_ANIMATE_LOOP, &picture->sizes));
	return 0;
}
