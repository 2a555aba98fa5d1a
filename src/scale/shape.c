/* SPDX-License-Identifier: Apache-2.0 */
#include "scale/shape.h"
#include "pixels/picture.h"

#include <glib.h>
#include <math.h>

bool shape_is_unscaled(const struct shape_cut *cut)
{
	const struct image_box *kept = &cut->kept;
	return cut->width == kept->width && cut->height == kept->height &&
	       kept->x == floor(kept->x) && kept->y == floor(kept->y);
}

bool shape_has_canvas(const struct shape_cut *cut)
{
	bool swapped = orientation_swaps(cut->orientation);
	return cut->canvas_width != (swapped ? cut->height : cut->width) ||
	       cut->canvas_height != (swapped ? cut->width : cut->height);
}

static void add_whole(struct shape *shape, unsigned width, unsigned height)
{
	shape->cuts[shape->n++] = (struct shape_cut){
		.kept = {0, 0, width, height},
		.width = width,
		.height = height,
		.orientation = 1,
		.canvas_width = width,
		.canvas_height = height,
	};
}

/* The cut that what comes next can become a part of. */
static struct shape_cut *open_cut(struct shape *shape, bool unscaled)
{
	struct shape_cut *last = &shape->cuts[shape->n - 1];
	if (!shape_has_canvas(last) && (!unscaled || shape_is_unscaled(last)))
		return last;
	add_whole(shape, last->canvas_width, last->canvas_height);
	return last + 1;
}

static void turn(struct shape *shape, unsigned orientation)
{
	struct shape_cut *cut;
	if (orientation == 1)
		return;
	cut = open_cut(shape, false);
	cut->orientation = orientation_then(cut->orientation, orientation);
	if (orientation_swaps(orientation)) {
		unsigned width = cut->canvas_width;
		cut->canvas_width = cut->canvas_height;
		cut->canvas_height = width;
	}
}

/* A box of a picture that was turned, as one of what it was before. */
static struct image_box turn_back(const struct shape_cut *cut,
				  const struct image_box *box)
{
	unsigned orientation = cut->orientation;
	struct image_box out = *box;
	if (orientation_swaps(orientation))
		out = (struct image_box){box->y, box->x, box->height,
					 box->width};
	if (orientation == 2 || orientation == 3 || orientation == 7 ||
	    orientation == 8)
		out.x = cut->width - out.x - out.width;
	if (orientation == 3 || orientation == 4 || orientation == 6 ||
	    orientation == 7)
		out.y = cut->height - out.y - out.height;
	return out;
}

static int resize(const struct image_op *op, struct shape *shape,
		  struct err *err)
{
	struct image_cut cut;
	if (image_cut(op, &shape->sizes, &cut, err) < 0)
		return -1;
	struct image_box kept = cut.kept;
	if (cut.width == kept.width && cut.height == kept.height) {
		kept.x = floor(kept.x);
		kept.y = floor(kept.y);
	}
	struct shape_cut *out = open_cut(shape, true);
	bool swapped = orientation_swaps(out->orientation);
	kept = turn_back(out, &kept);
	out->kept =
		(struct image_box){out->kept.x + kept.x, out->kept.y + kept.y,
				   kept.width, kept.height};
	out->width = swapped ? cut.height : cut.width;
	out->height = swapped ? cut.width : cut.height;
	out->canvas_width = cut.canvas_width;
	out->canvas_height = cut.canvas_height;
	out->left = cut.left;
	out->top = cut.top;
	out->background = image_color(op, IMAGE_RESIZE_BACKGROUND);
	return 0;
}

static unsigned orientation_of_turn(const struct image_op *op,
				    const struct image_sizes *sizes)
{
	static const uint8_t orientations[] = {1, 6, 3, 8};
	double angle = image_number(op, IMAGE_TURN_ANGLE, sizes);
	return orientations[(unsigned)(fmod(angle, 360) + 360) / 90 % 4];
}

static unsigned orientation_of_flip(const struct image_op *op)
{
	bool across = image_flag(op, IMAGE_FLIP_HORIZONTAL);
	bool down = image_flag(op, IMAGE_FLIP_VERTICAL);
	return orientation_then(across ? 2 : 1, down ? 4 : 1);
}

static int follow(const struct image_plan *plan, struct shape *shape,
		  struct err *err)
{
	for (const struct image_op *op = plan->first; op; op = op->next) {
		const struct image_plan *branch =
			op->kind == IMAGE_IF ? image_branch(op, &shape->sizes)
					     : NULL;
		int result = 0;
		if (branch)
			result = follow(branch, shape, err);
		else if (op->kind == IMAGE_RESIZE)
			result = resize(op, shape, err);
		else if (op->kind == IMAGE_TURN)
			turn(shape, orientation_of_turn(op, &shape->sizes));
		else if (op->kind == IMAGE_FLIP)
			turn(shape, orientation_of_flip(op));
		else if (op->kind == IMAGE_BACKGROUND)
			shape->has_background = true;
		if (result < 0)
			return -1;
		const struct shape_cut *last = &shape->cuts[shape->n - 1];
		shape->sizes.width = last->canvas_width;
		shape->sizes.height = last->canvas_height;
	}
	return 0;
}

int shape_of_plan(const struct image_plan *plan,
		  const struct shape_source *source, struct shape *out,
		  struct err *err)
{
	out->n = 0;
	out->has_background = false;
	if (!image_plan_is_plain(plan))
		return err_set(err, ERR_UNSUPPORTED, "a plan with effects");
	if (image_check_size(source->width, source->height, err) < 0)
		return -1;
	add_whole(out, source->width, source->height);
	turn(out, source->orientation);
	double width = out->cuts[0].canvas_width;
	double height = out->cuts[0].canvas_height;
	out->sizes = (struct image_sizes){width, height, width, height, 0, 0};
	return follow(plan, out, err);
}
