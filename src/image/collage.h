/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the pictures of a collage lie, from their shapes alone. Pure; any
 * thread.
 *
 * rows: the pictures stay in their order and are cut into rows; in a row all
 * are equally high, and it is as wide as the canvas, unless all rows would then
 * be higher than that, when they shrink together. Of all numbers of rows the
 * one that covers most of the canvas is taken, of all ways to cut them the one
 * whose rows are most alike. What is left is divided between both sides.
 *
 * cells: all have one size in whole pixels, in so many columns that most of the
 * pictures is to be seen; an incomplete last row stands in the middle.
 */
#ifndef IMAGE_COLLAGE_H
#define IMAGE_COLLAGE_H

#include "image/plan.h"

#define IMAGE_COLLAGE_MAX (1 + IMAGE_PLAN_INPUTS_MAX)

struct image_tile {
	int left, top, width, height; /* pixels, inside of the canvas */
};

struct image_collage {
	unsigned width, height; /* of the canvas, pixels */
	unsigned margin;        /* around each; as much of it as leaves room */
	unsigned layout;        /* IMAGE_LAYOUT_* */
	unsigned n;             /* 1 to IMAGE_COLLAGE_MAX */
	double aspects[IMAGE_COLLAGE_MAX]; /* a picture's width by its height */
	struct image_tile tiles[IMAGE_COLLAGE_MAX]; /* out */
};

/* ERR_NOT_FOUND: the canvas has no pixel for each of them. */
int image_collage_lay(struct image_collage *collage,
		      struct err *err) MUST_CHECK;

#endif
