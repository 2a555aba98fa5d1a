/* SPDX-License-Identifier: Apache-2.0 */
#include "render/picture/source.h"

/* A JPEG is decoded to 1/2, 1/4 or 1/8 if so much is still left for the
 * resampling after it. */
static const struct {
	int shrink;
	double margin;
} shrinks[] = {{8, 1.125}, {4, 1.25}, {2, 1.5}};

/* Most that what is drawn is drawn larger than it says it is. */
#define DRAW_SCALE_MAX 1000.0
#define DRAW_SCALE_MIN 0.001

static bool is_drawn(const struct source *source)
{
	return source_is(source, "svgload") || source_is(source, "pdfload");
}

/* The page to show: the one that was asked for, or that the file says. A file
 * that has no pages is all there is of it. */
static int choose_page(const struct picture *picture, const struct image_op *op,
		       int *page, struct err *err)
{
	VipsImage *image = picture->source.image;
	int pages = source_pages(&picture->source);
	*page = 0;
	if (op && image_has(op, IMAGE_IMAGE_PAGE) && pages > 1) {
		*page = (int)image_number(op, IMAGE_IMAGE_PAGE,
					  &picture->sizes) -
			1;
		if (*page >= pages)
			return err_set(err, ERR_NOT_FOUND, "no such page");
	} else if (vips_image_get_typeof(image, "heif-primary")) {
		(void)vips_image_get_int(image, "heif-primary", page);
	}
	return 0;
}

static bool can_move(unsigned format)
{
	return format == IMAGE_FORMAT_GIF || format == IMAGE_FORMAT_WEBP ||
	       format == IMAGE_FORMAT_SOURCE || format == IMAGE_FORMAT_SMALLEST;
}

/* Whether all frames are to be shown. */
static bool stays_animation(const struct picture *picture,
			    const struct image_op *op)
{
	const struct image_op *last = picture->job->plan->last;
	int n = source_pages(&picture->source);
	bool moves =
		picture->format == RENDER_GIF || picture->format == RENDER_WEBP;
	if (!moves || n < 2 || picture->stands_still ||
	    picture->sizes.base_width > 0 ||
	    (op && image_has(op, IMAGE_IMAGE_PAGE)))
		return false;
	return last->kind != IMAGE_ENCODE ||
	       (can_move(image_word(last, IMAGE_ENCODE_FORMAT)) &&
		!image_flag(last, IMAGE_ENCODE_STILL));
}

/* From the header, before any is decoded. One frame in place of an animation
 * that is too large would be another picture than was asked for, kept by
 * caches, with nothing that says so. */
static int count_frames(struct picture *picture, const struct image_op *op,
			struct err *err)
{
	VipsImage *image = picture->source.image;
	double n = source_pages(&picture->source);
	if (!stays_animation(picture, op))
		return 0;
	if (n > PICTURE_FRAMES_MAX ||
	    n * image->Xsize * image->Ysize >= IMAGE_PIXELS_MAX)
		return err_set(err, ERR_TOO_LARGE, "too large an animation");
	picture->frames = (unsigned)n;
	return 0;
}

static bool lies_on_its_side(int orientation)
{
	return orientation >= 5;
}

/* The sides of the picture, upright. */
static void measure(struct picture *picture, int orientation)
{
	VipsImage *image = picture->source.image;
	double width = image->Xsize;
	double height = image->Ysize / (double)picture->frames;
	bool swapped = lies_on_its_side(orientation);
	picture->sizes.source_width = swapped ? height : width;
	picture->sizes.source_height = swapped ? width : height;
	picture->sizes.width = picture->sizes.source_width;
	picture->sizes.height = picture->sizes.source_height;
}

/* The first that does something to the picture, NULL: none. */
static const struct image_op *first_step(const struct image_plan *plan)
{
	const struct image_op *op = plan->first;
	while (op && (op->kind == IMAGE_IMAGE || op->kind == IMAGE_WITH))
		op = op->next;
	return op;
}

/* Of what becomes a part of a canvas: it may fill all of it. */
static double reduction_of_part(const struct picture *picture,
				const struct image_op *op)
{
	struct image_sizes sizes = picture->sizes;
	struct err ignored;
	if (image_size_after(op, &sizes, &ignored) < 0)
		return 1;
	double across = picture->sizes.width / sizes.width;
	double down = picture->sizes.height / sizes.height;
	return is_drawn(&picture->source) ? MAX(across, down)
					  : MIN(across, down);
}

/* By how much the first operation makes the picture smaller; below 1: larger.
 */
static double find_reduction(const struct picture *picture,
			     const struct image_plan *plan)
{
	const struct image_op *op = first_step(plan);
	struct image_cut cut;
	struct err ignored;
	if (op && (op->kind == IMAGE_COLLAGE || op->kind == IMAGE_ANIMATE))
		return reduction_of_part(picture, op);
	if (op == NULL || op->kind != IMAGE_RESIZE ||
	    image_cut(op, &picture->sizes, &cut, &ignored) < 0)
		return 1;
	return MIN(cut.kept.width / cut.width, cut.kept.height / cut.height);
}

static int choose_shrink(double reduction)
{
	for (size_t i = 0; i < G_N_ELEMENTS(shrinks); i++)
		if (reduction >= shrinks[i].shrink * shrinks[i].margin)
			return shrinks[i].shrink;
	return 1;
}

/* What is to be decoded, when the header has been looked at. */
static void choose_view(const struct picture *picture,
			const struct image_plan *plan, struct source_view *view)
{
	double reduction = find_reduction(picture, plan);
	if (source_is(&picture->source, "jpegload"))
		view->shrink = choose_shrink(reduction);
	else if (is_drawn(&picture->source))
		view->scale =
			CLAMP(1 / reduction, DRAW_SCALE_MIN, DRAW_SCALE_MAX);
	if (picture->frames > 1)
		view->pages = -1;
}

/* After the decoder: pixels that are stored for one that the plan speaks of. A
 * half of 1333 rows is 667, the last of which is half outside. */
static void note_stored(struct picture *picture, int shrink, int orientation)
{
	VipsImage *image = picture->image;
	double width = image->Xsize;
	double height = image->Ysize / (double)picture->frames;
	bool from_right = orientation == 2 || orientation == 3 ||
			  orientation == 6 || orientation == 7;
	bool from_below = orientation == 3 || orientation == 4 ||
			  orientation == 7 || orientation == 8;
	if (shrink > 1) {
		picture->stored.scale_x = picture->stored.scale_y =
			1.0 / shrink;
	} else {
		picture->stored.scale_x = width / picture->sizes.width;
		picture->stored.scale_y = height / picture->sizes.height;
	}
	if (from_right)
		picture->stored.x =
			width - picture->sizes.width * picture->stored.scale_x;
	if (from_below)
		picture->stored.y = height - picture->sizes.height *
						     picture->stored.scale_y;
}

/* Turning needs the pixels in another order than they come. */
static int stand_up(struct picture *picture, struct err *err)
{
	VipsImage *upright = NULL;
	if (picture_settle(picture, err) < 0)
		return -1;
	if (vips_autorot(picture->image, &upright, NULL) != 0)
		return picture_failed(err);
	g_object_unref(picture->image);
	picture->image = upright;
	picture->is_memory = false;
	return picture_settle(picture, err);
}

static int decode(struct picture *picture, const struct source_view *view,
		  struct err *err)
{
	struct source *source = &picture->source;
	int orientation = vips_image_get_orientation(source->image);
	if (source_reopen(source, view, err) < 0)
		return -1;
	if (image_check_size(source->image->Xsize,
			     source->image->Ysize / (double)picture->frames,
			     err) < 0)
		return -1;
	picture->image = g_object_ref(source->image);
	picture->is_raw = true;
	if (orientation > 1 && stand_up(picture, err) < 0)
		return -1;
	note_stored(picture, view->shrink, orientation);
	return 0;
}

/* Bytes that a decoder takes for a pixel, roughly; most give rows as they go.
 */
static double decoder_cost(const struct source *source)
{
	static const struct {
		const char *loader;
		double bytes;
	} rows[] = {
		{"webpload", 4}, {"gifload", 4}, {"heifload", 6},
		{"jxlload", 16}, {"svgload", 4}, {"pdfload", 4},
		{"tiffload", 1},
	};
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		if (source_is(source, rows[i].loader))
			return rows[i].bytes;
	/* a progressive JPEG's coefficients, an interlaced PNG's pixels */
	return vips_image_get_typeof(source->image, "interlaced") ? 6 : 0;
}

/* Two pictures of four bytes a pixel at each step: before it and after it. */
static double steps_cost(const struct picture *picture,
			 const struct image_plan *plan)
{
	struct image_sizes sizes = picture->sizes;
	double most = 0;
	struct err ignored;
	const struct image_op *first = first_step(plan);
	for (const struct image_op *op = first; op; op = op->next) {
		bool streams = op == first && (op->kind == IMAGE_RESIZE ||
					       op->kind == IMAGE_COLLAGE ||
					       op->kind == IMAGE_ANIMATE);
		if (!streams)
			most = MAX(most, sizes.width * sizes.height);
		if (image_size_after(op, &sizes, &ignored) < 0)
			break;
	}
	return 8 * MAX(most, sizes.width * sizes.height) * picture->frames;
}

static int check_memory(const struct picture *picture,
			const struct image_plan *plan, struct err *err)
{
	const struct source *source = &picture->source;
	double pixels = picture->sizes.width * picture->sizes.height;
	return picture_afford(
		picture,
		pixels * decoder_cost(source) + steps_cost(picture, plan), err);
}

/* Up to its size and frames, which its header says. */
static int open_source(struct picture *picture, const struct image_plan *plan,
		       struct source_view *view, struct err *err)
{
	struct source *source = &picture->source;
	const struct image_op *op = plan->first;
	const struct picture_input *input = &picture->job->inputs[0];
	if (op && op->kind == IMAGE_IMAGE)
		input = picture_input(picture, op);
	else
		op = NULL;
	if (input == NULL)
		return err_set(err, ERR_INVALID, "an image is missing");
	if (source_open_picture(source, input->fd, input->size, err) < 0)
		return -1;
	picture->format = source_format(source);
	if (choose_page(picture, op, &view->page, err) < 0)
		return -1;
	if (op && image_has(op, IMAGE_IMAGE_DENSITY))
		view->density =
			image_number(op, IMAGE_IMAGE_DENSITY, &picture->sizes);
	if ((view->page || view->density > 0) &&
	    source_reopen(source, view, err) < 0)
		return -1;
	if (image_check_size(source->image->Xsize, source->image->Ysize, err) <
	    0)
		return -1;
	measure(picture, vips_image_get_orientation(source->image));
	return count_frames(picture, op, err);
}

int source_measure(struct picture *picture, const struct image_plan *plan,
		   struct err *err)
{
	struct source_view view = {0};
	return open_source(picture, plan, &view, err);
}

int source_begin(struct picture *picture, const struct image_plan *plan,
		 struct err *err)
{
	struct source_view view = {0};
	if (open_source(picture, plan, &view, err) < 0 ||
	    check_memory(picture, plan, err) < 0)
		return -1;
	choose_view(picture, plan, &view);
	return decode(picture, &view, err);
}
