/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes and places, without pixels: what an operation makes of a picture of
 * known size. The server asks for what a plan comes to, renderers for what they
 * have to cut, so that all agree to the pixel. Pure; any thread.
 *
 * Lengths round half up from the exact quotient (640 x 865 inside 300 x 200 is
 * 148 x 200), and are at least 1. Places in between two pixels are doubles
 * where the picture is scaled, and round down where it is not.
 */
#ifndef IMAGE_GEOMETRY_H
#define IMAGE_GEOMETRY_H

#include "image/plan.h"

#define IMAGE_PIXELS_MAX 100000000 /* a picture, at any step, has fewer */
/* A `scale` by which a side would become longer is left out, as is one by which
 * it would vanish. */
#define IMAGE_SCALED_MAX 5000

struct image_box {
	double x, y, width, height;
};

/*
 * A resize: `kept` of the picture is scaled to width x height, which stands at
 * left, top (>= 0) on the canvas, the result; the rest of that is filled.
 *
 * cover     kept has the shape of the result; with the focus `region` it is the
 *           least that has the region in it, divided by `zoom`
 * stretch, inside, outside: all is kept
 * pad       all is kept, the focus says at which edge it stands
 * extract, pad-extract: kept is as large as its result; from x, y, or around
 *           xc, yc, or by the focus
 *
 * One side, or none: the other follows from what is kept; without sides and
 * without a region nothing changes. No-enlarge and no-shrink leave what is kept
 * as large as it is. A region is of the source: of a picture whose size
 * differs, the same part.
 */
struct image_cut {
	struct image_box kept; /* inside the picture */
	/* Its place is still to be found in the pixels: what draws the eye is
	 * to be in it. Until then it is the centre. */
	bool search;
	unsigned width, height;
	unsigned canvas_width, canvas_height;
	unsigned left, top;
};

/* Of an IMAGE_RESIZE. ERR_INVALID: what x and y name lies outside of the
 * picture; ERR_TOO_LARGE. */
int image_cut(const struct image_op *op, const struct image_sizes *sizes,
	      struct image_cut *out, struct err *err) MUST_CHECK;

/* ERR_TOO_LARGE: over IMAGE_SIDE_MAX, or not below IMAGE_PIXELS_MAX. */
int image_check_size(double width, double height, struct err *err) MUST_CHECK;

/* Pixels of a side that an IMAGE_FORMAT_* can have. */
unsigned image_format_side_max(unsigned format);

/* The plan of an `if` that is to be followed; NULL: none. */
const struct image_plan *image_branch(const struct image_op *op,
				      const struct image_sizes *sizes);

/* Where a picture stands on the larger one that an operation makes of it. */
struct image_room {
	double left, top;
	double width, height; /* of the larger one */
};

/* Of an IMAGE_DROP_SHADOW: with all that its shadow reaches, which lies at x, y
 * from the picture and fades over `edge` pixels. */
#define IMAGE_SHADOW_EDGE(sigma) (2 * floor((sigma) + 0.5))
struct image_room image_shadow_room(const struct image_op *op,
				    const struct image_sizes *sizes);

/* Of an IMAGE_POLAROID, in pixels. */
struct image_card {
	double width, height; /* with its frame */
	double frame;
	double bend;   /* how far rows are moved, at most */
	double drop;   /* of the shadow, to the right and down */
	double margin; /* for the shadow's edges, at both sides and below */
};
struct image_card image_card(double width, double height);

/*
 * sizes->width and height become what they are after the operation: of a trim
 * what they were (the most that they can be). What an overlay shows does not
 * count, nor do operations that begin or end a plan. Errors as of image_cut().
 */
int image_size_after(const struct image_op *op, struct image_sizes *sizes,
		     struct err *err) MUST_CHECK;

/* Of a plan, from its source's size, upright. */
struct image_extent {
	unsigned width, height; /* of the result */
	uint64_t pixels_max;    /* of the largest picture on the way to it */
};

int image_plan_extent(const struct image_plan *plan, unsigned width,
		      unsigned height, struct image_extent *out,
		      struct err *err) MUST_CHECK;

/*
 * Whether a plan of a still picture is only about its shape: resizes with a
 * place that is known beforehand and one colour for filling, flips, quarter
 * turns, one colour below what is transparent, conditions of such, then JPEG,
 * PNG, WebP or the source's own format, with nothing else kept. What the
 * renderer without effects takes.
 */
bool image_plan_is_plain(const struct image_plan *plan);

#endif
