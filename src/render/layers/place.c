/* SPDX-License-Identifier: Apache-2.0 */
#include "render/layers/place.h"

#include <math.h>

/* Where a focus or an anchor is: 0 left or top, 0.5, 1 right or bottom. */
static const struct {
	double across, down;
} places[IMAGE_FOCUS_COUNT] = {
	[IMAGE_FOCUS_CENTER] = {0.5, 0.5},
	[IMAGE_FOCUS_TOP] = {0.5, 0},
	[IMAGE_FOCUS_LEFT] = {0, 0.5},
	[IMAGE_FOCUS_BOTTOM] = {0.5, 1},
	[IMAGE_FOCUS_RIGHT] = {1, 0.5},
	[IMAGE_FOCUS_TOP_LEFT] = {0, 0},
	[IMAGE_FOCUS_TOP_RIGHT] = {1, 0},
	[IMAGE_FOCUS_BOTTOM_LEFT] = {0, 1},
	[IMAGE_FOCUS_BOTTOM_RIGHT] = {1, 1},
	/* a layer is not looked into */
	[IMAGE_FOCUS_ATTENTION] = {0.5, 0.5},
	[IMAGE_FOCUS_FACE] = {0.5, 0.5},
	[IMAGE_FOCUS_REGION] = {0.5, 0.5},
};

/* Across, or down. */
struct axis {
	double edge, middle; /* x and xc, or IMAGE_ABSENT */
	bool from_end;
	double anchor;
	double base, layer; /* lengths */
};

static double on_axis(const struct axis *axis)
{
	double from = axis->anchor * axis->base;
	if (axis->middle != IMAGE_ABSENT)
		return from + axis->middle - axis->layer / 2;
	if (axis->edge == IMAGE_ABSENT)
		return from;
	if (axis->anchor == 0 && (axis->edge < 0 || axis->from_end))
		return axis->base - fabs(axis->edge) - axis->layer;
	return from + axis->edge;
}

static bool has_coordinate(const struct image_op *op)
{
	return image_has(op, IMAGE_OVERLAY_X) ||
	       image_has(op, IMAGE_OVERLAY_Y) ||
	       image_has(op, IMAGE_OVERLAY_XC) ||
	       image_has(op, IMAGE_OVERLAY_YC);
}

static int round_half_up(double value)
{
	return (int)floor(value + 0.5);
}

struct layer_place layer_place_focus(const struct image_op *op,
				     const struct layer_sizes *sizes)
{
	unsigned focus = image_word(op, IMAGE_OVERLAY_FOCUS);
	return (struct layer_place){
		round_half_up((sizes->base_width - sizes->width) *
			      places[focus].across),
		round_half_up((sizes->base_height - sizes->height) *
			      places[focus].down),
	};
}

struct layer_place layer_place(const struct image_op *op,
			       const struct layer_sizes *sizes,
			       const struct image_sizes *of)
{
	if (!has_coordinate(op))
		return layer_place_focus(op, sizes);
	unsigned anchor = image_word(op, IMAGE_OVERLAY_ANCHOR);
	const struct axis across = {
		.edge = image_number(op, IMAGE_OVERLAY_X, of),
		.middle = image_number(op, IMAGE_OVERLAY_XC, of),
		.from_end = image_flag(op, IMAGE_OVERLAY_FROM_RIGHT),
		.anchor = places[anchor].across,
		.base = sizes->base_width,
		.layer = sizes->width,
	};
	const struct axis down = {
		.edge = image_number(op, IMAGE_OVERLAY_Y, of),
		.middle = image_number(op, IMAGE_OVERLAY_YC, of),
		.from_end = image_flag(op, IMAGE_OVERLAY_FROM_BOTTOM),
		.anchor = places[anchor].down,
		.base = sizes->base_height,
		.layer = sizes->height,
	};
	return (struct layer_place){
		round_half_up(on_axis(&across)),
		round_half_up(on_axis(&down)),
	};
}
