/* SPDX-License-Identifier: Apache-2.0 */
#include "render/layers/layers.h"
#include "render/ops/op.h"
#include "render/picture/colour.h"
#include "render/picture/paint.h"
#include "render/several/several.h"

unsigned tiles_count(const struct picture *picture)
{
	unsigned n = 1;
	for (const struct image_op *op = picture->with;
	     op && op->kind == IMAGE_WITH; op = op->next)
		n++;
	/* a text or a canvas is no input, and may come more often */
	return MIN(n, IMAGE_COLLAGE_MAX + 1);
}

/* Nothing yet but what its expressions may speak of. */
static struct picture another(const struct picture *picture,
			      const struct image_sizes *first)
{
	return (struct picture){
		.job = picture->job,
		.sizes.base_width = first->width,
		.sizes.base_height = first->height,
	};
}

int tiles_measure(const struct picture *picture,
		  double aspects[IMAGE_COLLAGE_MAX], struct err *err)
{
	const struct image_op *op = picture->with;
	unsigned n = tiles_count(picture);
	int result = 0;
	aspects[0] = picture->sizes.width / picture->sizes.height;
	for (unsigned i = 1; i < n && result == 0; i++, op = op->next) {
		struct picture other = another(picture, &picture->sizes);
		result = picture->job->measure(
			&other, image_inner_plan(op, IMAGE_WITH_PLAN), err);
		if (result == 0)
			aspects[i] = other.sizes.width / other.sizes.height;
		picture_close(&other);
	}
	return result;
}

/* One of them on its way to its place. */
struct painting {
	const struct tiles *tiles;
	VipsImage *canvas; /* in memory */
	unsigned i;
};

/* That it fills its tile, behind what else the plan says: so that what does
 * nothing else decodes no more than it needs. NULL: the plan is full. */
static const struct image_op *add_resize(struct image_plan *plan,
					 const struct painting *painting)
{
	const struct tiles *tiles = painting->tiles;
	const struct image_tile *at = &tiles->at[painting->i];
	struct image_op *op = image_plan_add(plan, IMAGE_RESIZE);
	return op && image_set_number(op, IMAGE_RESIZE_WIDTH, at->width) &&
			       image_set_number(op, IMAGE_RESIZE_HEIGHT,
						at->height) &&
			       image_set_word(op, IMAGE_RESIZE_FIT,
					      tiles->fit) &&
			       image_set_word(op, IMAGE_RESIZE_FOCUS,
					      tiles->focus) &&
			       image_set_color(op, IMAGE_RESIZE_BACKGROUND,
					       tiles->color)
		       ? op
		       : NULL;
}

/* The operations' values stay those of the plan that they are of. */
static void add_copies(struct image_plan *plan, const struct image_plan *of)
{
	for (const struct image_op *op = of->first; op; op = op->next) {
		struct image_op *copy = arena_alloc(plan->arena, sizeof(*copy));
		*copy = *op;
		copy->next = NULL;
		if (plan->last)
			plan->last->next = copy;
		else
			plan->first = copy;
		plan->last = copy;
	}
}

static int stamp(struct picture *picture, const struct painting *painting,
		 struct err *err)
{
	const struct image_tile *at = &painting->tiles->at[painting->i];
	if (colour_normalise(picture, err) < 0 ||
	    picture_settle(picture, err) < 0)
		return -1;
	layer_stamp(painting->canvas, picture->image, at->left, at->top);
	return 0;
}

static int paint_first(struct picture *picture, const struct painting *painting,
		       struct err *err)
{
	struct arena arena;
	struct image_plan plan;
	arena_init(&arena);
	image_plan_init(&plan, &arena);
	const struct image_op *resize = add_resize(&plan, painting);
	int result =
		resize ? op_resize(picture, resize, err) : picture_failed(err);
	if (result == 0)
		result = stamp(picture, painting, err);
	arena_release(&arena);
	return result;
}

static int paint_other(struct picture *other, const struct image_plan *plan,
		       const struct painting *painting, struct err *err)
{
	struct arena arena;
	struct image_plan whole;
	arena_init(&arena);
	image_plan_init(&whole, &arena);
	add_copies(&whole, plan);
	int result = add_resize(&whole, painting)
			     ? other->job->follow(other, &whole, err)
			     : picture_failed(err);
	if (result == 0)
		result = stamp(other, painting, err);
	arena_release(&arena);
	return result;
}

static int paint_all(struct picture *picture, struct painting *painting,
		     struct err *err)
{
	const struct image_sizes first = picture->sizes;
	const struct image_op *op = picture->with;
	int result = paint_first(picture, painting, err);
	while (++painting->i < painting->tiles->n && result == 0) {
		struct picture other = another(picture, &first);
		result = paint_other(&other,
				     image_inner_plan(op, IMAGE_WITH_PLAN),
				     painting, err);
		picture_close(&other);
		op = op->next;
	}
	return result;
}

int tiles_paint(struct picture *picture, const struct tiles *tiles,
		struct err *err)
{
	/* the canvas, and as much again for what is to become of it */
	double bytes = 8.0 * tiles->width * tiles->height;
	SCOPED_IMAGE color = NULL;
	if (picture_afford(picture, bytes, err) < 0)
		return -1;
	color = paint_color((int)tiles->width, (int)tiles->height,
			    tiles->color);
	struct painting painting = {
		.tiles = tiles,
		.canvas = color ? vips_image_copy_memory(color) : NULL,
	};
	if (painting.canvas == NULL)
		return picture_failed(err);
	if (paint_all(picture, &painting, err) < 0) {
		g_object_unref(painting.canvas);
		return -1;
	}
	g_clear_object(&picture->image);
	picture->image = painting.canvas;
	picture->is_memory = true;
	return 0;
}
