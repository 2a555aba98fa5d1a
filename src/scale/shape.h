/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a plain plan (image_plan_is_plain()) comes to for a picture of known
 * size: few cuts, each of which is resampled once, in the picture's own
 * orientation, turned and set on a canvas. The first one is of the source as it
 * is stored, each of the others of what the one before it gave. Pure.
 *
 * Operations become one cut as long as that changes no pixel: turns and
 * mirrorings, and cutting out without scaling before anything else.
 */
#ifndef SCALE_SHAPE_H
#define SCALE_SHAPE_H

#include "image/geometry.h"

struct shape_cut {
	struct image_box kept;  /* of what it is a cut of */
	unsigned width, height; /* to which that is scaled, */
	unsigned orientation;   /* and then turned, as by EXIF, */
	/* and then set there, the rest in a colour (0xRRGGBBAA) */
	unsigned canvas_width, canvas_height, left, top;
	uint32_t background;
};

struct shape {
	unsigned n; /* at least 1 */
	struct shape_cut cuts[IMAGE_PLAN_OPS_MAX + 1];
	struct image_sizes sizes; /* at the end of the plan */
	bool has_background;      /* wants a colour below what is transparent */
};

/* A picture as it is stored, and its EXIF orientation. */
struct shape_source {
	unsigned width, height;
	unsigned orientation;
};

/* Errors as of image_cut(), and ERR_UNSUPPORTED: a plan that is not plain. */
int shape_of_plan(const struct image_plan *plan,
		  const struct shape_source *source, struct shape *out,
		  struct err *err) MUST_CHECK;

/* Nothing is scaled: each pixel of the cut is one of those before. */
bool shape_is_unscaled(const struct shape_cut *cut);

/* There is more to its canvas than the cut. */
bool shape_has_canvas(const struct shape_cut *cut);

#endif
