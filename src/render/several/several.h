/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One picture of several (IMAGE_WITH): the one that the operation is given, and
 * those of the plans before it, in their order. Each is opened, made as large
 * as its place, and let go before the next one, so that besides the result
 * there is one of them at a time.
 */
#ifndef RENDER_SEVERAL_SEVERAL_H
#define RENDER_SEVERAL_SEVERAL_H

#include "image/collage.h"
#include "render/picture/picture.h"

/* ERR_NOT_FOUND: there is no room for so many; ERR_TOO_LARGE; ERR_BUSY; others
 * as picture_follow(). */
int op_collage(struct picture *picture, const struct image_op *op,
	       struct err *err) MUST_CHECK;
int op_animate(struct picture *picture, const struct image_op *op,
	       struct err *err) MUST_CHECK;

/*
 * For the two of them.
 */

struct tiles {
	unsigned n;
	struct image_tile at[IMAGE_COLLAGE_MAX];
	unsigned width, height; /* of all, pixels */
	uint32_t color;         /* of what lies between and below */
	unsigned fit, focus;    /* IMAGE_FIT_*, IMAGE_FOCUS_* */
};

/* The first picture and those that come with it. */
unsigned tiles_count(const struct picture *picture);
/* A width by a height for each, as far as headers and plans say. */
int tiles_measure(const struct picture *picture,
		  double aspects[IMAGE_COLLAGE_MAX],
		  struct err *err) MUST_CHECK;
/* picture->image becomes all of them, each in its place. */
int tiles_paint(struct picture *picture, const struct tiles *tiles,
		struct err *err) MUST_CHECK;

#endif
