/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What whole plans come to, and which of them are only about shape.
 */
#include "image/geometry.h"

#include <glib.h>
#include <math.h>

const struct image_plan *image_branch(const struct image_op *op,
				      const struct image_sizes *sizes)
{
	bool holds = image_number(op, IMAGE_IF_TEST, sizes) != 0;
	return image_inner_plan(op, holds ? IMAGE_IF_THEN : IMAGE_IF_ELSE);
}

/* Turned by any angle: the box around it. */
static void turn(const struct image_op *op, struct image_sizes *sizes)
{
	double angle = image_number(op, IMAGE_TURN_ANGLE, sizes);
	double width = sizes->width, height = sizes->height;
	double across = fabs(cos(angle * G_PI / 180));
	double down = fabs(sin(angle * G_PI / 180));
	if (fmod(angle, 180) == 0)
		across = 1, down = 0;
	else if (fmod(angle, 90) == 0)
		across = 0, down = 1;
	sizes->width = MAX(floor(width * across + height * down + 0.5), 1);
	sizes->height = MAX(floor(width * down + height * across + 0.5), 1);
}

struct image_room image_shadow_room(const struct image_op *op,
				    const struct image_sizes *sizes)
{
	double x = floor(image_number(op, IMAGE_DROP_SHADOW_X, sizes) + 0.5);
	double y = floor(image_number(op, IMAGE_DROP_SHADOW_Y, sizes) + 0.5);
	double edge = IMAGE_SHADOW_EDGE(
		image_number(op, IMAGE_DROP_SHADOW_BLUR, sizes));
	struct image_room room = {
		.left = MAX(edge - x, 0),
		.top = MAX(edge - y, 0),
	};
	room.width = room.left + sizes->width + MAX(edge + x, 0);
	room.height = room.top + sizes->height + MAX(edge + y, 0);
	return room;
}

static void cast_shadow(const struct image_op *op, struct image_sizes *sizes)
{
	const struct image_room room = image_shadow_room(op, sizes);
	sizes->width = room.width;
	sizes->height = room.height;
}

/* As ImageMagick's, which frames by a 25th of the longer side. */
struct image_card image_card(double width, double height)
{
	double frame = floor(MAX(MAX(width, height) / 25, 10));
	return (struct image_card){
		.width = width + 2 * frame,
		.height = height + 2 * frame,
		.frame = frame,
		.bend = (width + 2 * frame) / 100,
		.drop = floor(frame / 3),
		.margin = 4,
	};
}

static void lay_on_card(struct image_sizes *sizes)
{
	const struct image_card card = image_card(sizes->width, sizes->height);
	sizes->width =
		card.width + ceil(card.bend) + card.drop + 2 * card.margin;
	sizes->height = card.height + card.drop + card.margin;
}

static int resize(const struct image_op *op, struct image_sizes *sizes,
		  struct err *err)
{
	struct image_cut cut;
	if (image_cut(op, sizes, &cut, err) < 0)
		return -1;
	sizes->width = cut.canvas_width;
	sizes->height = cut.canvas_height;
	return 0;
}

static double given(const struct image_op *op, unsigned param,
		    const struct image_sizes *sizes)
{
	double value = image_number(op, param, sizes);
	return value == IMAGE_ABSENT ? 0 : MAX(floor(value + 0.5), 1);
}

static void collage(const struct image_op *op, struct image_sizes *sizes)
{
	double width = given(op, IMAGE_COLLAGE_WIDTH, sizes);
	double height = given(op, IMAGE_COLLAGE_HEIGHT, sizes);
	sizes->width = width > 0 ? width : sizes->width;
	sizes->height = height > 0 ? height : sizes->height;
}

static void animate(const struct image_op *op, struct image_sizes *sizes)
{
	double width = given(op, IMAGE_ANIMATE_WIDTH, sizes);
	double height = given(op, IMAGE_ANIMATE_HEIGHT, sizes);
	if (width > 0 && height == 0)
		height = floor(sizes->height * width / sizes->width + 0.5);
	else if (height > 0 && width == 0)
		width = floor(sizes->width * height / sizes->height + 0.5);
	else if (width == 0)
		width = sizes->width, height = sizes->height;
	sizes->width = MAX(width, 1);
	sizes->height = MAX(height, 1);
}

static int follow(const struct image_plan *plan, struct image_sizes *sizes,
		  uint64_t *pixels_max, struct err *err)
{
	for (const struct image_op *op = plan->first; op; op = op->next) {
		const struct image_plan *branch =
			op->kind == IMAGE_IF ? image_branch(op, sizes) : NULL;
		int result = branch ? follow(branch, sizes, pixels_max, err)
				    : image_size_after(op, sizes, err);
		if (result < 0)
			return -1;
		uint64_t pixels = (uint64_t)(sizes->width * sizes->height);
		*pixels_max = MAX(*pixels_max, pixels);
	}
	return 0;
}

int image_size_after(const struct image_op *op, struct image_sizes *sizes,
		     struct err *err)
{
	const struct image_plan *branch;
	uint64_t pixels = 0;
	double border;
	switch (op->kind) {
	case IMAGE_RESIZE:
		return resize(op, sizes, err);
	case IMAGE_TURN:
		turn(op, sizes);
		break;
	case IMAGE_BORDER:
		border = floor(image_number(op, IMAGE_BORDER_WIDTH, sizes) +
			       0.5);
		sizes->width += 2 * border;
		sizes->height += 2 * border;
		break;
	case IMAGE_COLLAGE:
		collage(op, sizes);
		break;
	case IMAGE_ANIMATE:
		animate(op, sizes);
		break;
	case IMAGE_DROP_SHADOW:
		cast_shadow(op, sizes);
		break;
	case IMAGE_POLAROID:
		lay_on_card(sizes);
		break;
	case IMAGE_IF:
		branch = image_branch(op, sizes);
		return branch ? follow(branch, sizes, &pixels, err) : 0;
	default:
		return 0;
	}
	return image_check_size(sizes->width, sizes->height, err);
}

int image_plan_extent(const struct image_plan *plan, unsigned width,
		      unsigned height, struct image_extent *out,
		      struct err *err)
{
	struct image_sizes sizes = {width, height, width, height, 0, 0};
	*out = (struct image_extent){
		.pixels_max = (uint64_t)width * height,
	};
	if (image_check_size(width, height, err) < 0 ||
	    follow(plan, &sizes, &out->pixels_max, err) < 0)
		return -1;
	out->width = (unsigned)sizes.width;
	out->height = (unsigned)sizes.height;
	return 0;
}

/* One operation's parameters, each of which is one that shape is about. */

/* Whether something may have to be cut off: not when the one side follows from
 * the other. */
static bool cuts(const struct image_op *op)
{
	unsigned fit = image_word(op, IMAGE_RESIZE_FIT);
	unsigned sides = image_has(op, IMAGE_RESIZE_WIDTH) +
			 image_has(op, IMAGE_RESIZE_HEIGHT) +
			 image_has(op, IMAGE_RESIZE_ASPECT);
	return fit == IMAGE_FIT_EXTRACT || fit == IMAGE_FIT_PAD_EXTRACT ||
	       (fit == IMAGE_FIT_COVER && sides > 1);
}

static bool fills(const struct image_op *op)
{
	unsigned fit = image_word(op, IMAGE_RESIZE_FIT);
	return fit == IMAGE_FIT_PAD || fit == IMAGE_FIT_PAD_EXTRACT;
}

static bool is_plain_resize(const struct image_op *op)
{
	unsigned focus = image_word(op, IMAGE_RESIZE_FOCUS);
	bool searches =
		focus == IMAGE_FOCUS_ATTENTION || focus == IMAGE_FOCUS_FACE;
	bool draws = image_word(op, IMAGE_RESIZE_FILL) != IMAGE_FILL_COLOR;
	return !(searches && cuts(op)) && !(draws && fills(op));
}

static bool is_plain_turn(const struct image_op *op)
{
	const struct image_number *angle = &op->values[IMAGE_TURN_ANGLE].number;
	return !image_has(op, IMAGE_TURN_ANGLE) ||
	       (angle->expression == NULL && fmod(angle->number, 90) == 0);
}

static bool is_plain_encode(const struct image_op *op)
{
	switch (image_word(op, IMAGE_ENCODE_FORMAT)) {
	case IMAGE_FORMAT_SOURCE:
	case IMAGE_FORMAT_JPG:
	case IMAGE_FORMAT_PNG:
	case IMAGE_FORMAT_WEBP:
		break;
	case IMAGE_FORMAT_SMALLEST:
		if (image_flag(op, IMAGE_ENCODE_AVIF) ||
		    image_flag(op, IMAGE_ENCODE_JXL))
			return false;
		break;
	default:
		return false;
	}
	return !image_flag(op, IMAGE_ENCODE_METADATA) &&
	       !image_flag(op, IMAGE_ENCODE_PROFILE) &&
	       !image_flag(op, IMAGE_ENCODE_SOURCE_QUALITY) &&
	       image_word(op, IMAGE_ENCODE_COLORSPACE) ==
		       IMAGE_COLORSPACE_SRGB &&
	       !image_has(op, IMAGE_ENCODE_DENSITY);
}

static bool is_plain_branch(const struct image_op *op, unsigned param)
{
	const struct image_plan *plan = image_inner_plan(op, param);
	return plan == NULL || image_plan_is_plain(plan);
}

/* The first page is all that a still picture has. */
static bool is_plain_image(const struct image_op *op)
{
	const struct image_number *page = &op->values[IMAGE_IMAGE_PAGE].number;
	return op->given == 0 ||
	       (op->given == UINT32_C(1) << IMAGE_IMAGE_PAGE &&
		page->expression == NULL && page->number == 1);
}

static bool is_plain(const struct image_op *op)
{
	switch (op->kind) {
	case IMAGE_IMAGE:
		return is_plain_image(op);
	case IMAGE_RESIZE:
		return is_plain_resize(op);
	case IMAGE_TURN:
		return is_plain_turn(op);
	case IMAGE_FLIP:
		return true;
	case IMAGE_BACKGROUND:
		return image_word(op, IMAGE_BACKGROUND_FILL) ==
		       IMAGE_FILL_COLOR;
	case IMAGE_IF:
		return is_plain_branch(op, IMAGE_IF_THEN) &&
		       is_plain_branch(op, IMAGE_IF_ELSE);
	case IMAGE_ENCODE:
		return is_plain_encode(op);
	default:
		return false;
	}
}

bool image_plan_is_plain(const struct image_plan *plan)
{
	for (const struct image_op *op = plan->first; op; op = op->next)
		if (!is_plain(op))
			return false;
	return true;
}
