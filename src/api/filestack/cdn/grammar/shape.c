/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sizes, parts and turns.
 */
#include "api/filestack/cdn/grammar/build.h"

/* The sides that were said, 0 says nothing; how many. */
static unsigned set_sides(struct image_op *op, const struct cdn_value *width,
			  const struct cdn_value *height)
{
	unsigned n = 0;
	if (width->number > 0)
		n += image_set_number(op, IMAGE_RESIZE_WIDTH, width->number);
	if (height->number > 0)
		n += image_set_number(op, IMAGE_RESIZE_HEIGHT, height->number);
	return n;
}

static bool has_side(const struct cdn_value *width,
		     const struct cdn_value *height)
{
	return width->number > 0 || height->number > 0;
}

int cdn_resize(struct cdn_build *build, const struct cdn_args *args,
	       struct err *err)
{
	/* in the order of the table's words */
	static const unsigned fits[] = {IMAGE_FIT_INSIDE, IMAGE_FIT_COVER,
					IMAGE_FIT_STRETCH, IMAGE_FIT_INSIDE};
	enum {
		CROP = 1,
		MAX = 3
	};
	const struct cdn_value *values = args->values;
	int fit = values[CDN_RESIZE_FIT].word;
	(void)err;
	if (!has_side(&values[CDN_RESIZE_WIDTH], &values[CDN_RESIZE_HEIGHT]))
		return 0;
	struct image_op *op = image_plan_add(build->plan, IMAGE_RESIZE);
	set_sides(op, &values[CDN_RESIZE_WIDTH], &values[CDN_RESIZE_HEIGHT]);
	image_set_word(op, IMAGE_RESIZE_FIT, fits[fit]);
	if (fit == MAX)
		image_set_flag(op, IMAGE_RESIZE_NO_ENLARGE, true);
	if (fit == CROP)
		image_set_word(op, IMAGE_RESIZE_FOCUS,
			       values[CDN_RESIZE_ALIGN].place);
	return 0;
}

static struct image_op *extract(struct cdn_build *build,
				const struct cdn_value *width,
				const struct cdn_value *height)
{
	struct image_op *op = image_plan_add(build->plan, IMAGE_RESIZE);
	set_sides(op, width, height);
	image_set_word(op, IMAGE_RESIZE_FIT, IMAGE_FIT_EXTRACT);
	return op;
}

/* As far as a picture can reach. */
static double within(double length)
{
	return length < IMAGE_SIDE_MAX ? length : IMAGE_SIDE_MAX;
}

int cdn_crop(struct cdn_build *build, const struct cdn_args *args,
	     struct err *err)
{
	const struct cdn_value *values = args->values;
	const struct cdn_value *dim = &values[CDN_CROP_DIM];
	struct cdn_value x = values[CDN_CROP_X], y = values[CDN_CROP_Y];
	struct cdn_value width = values[CDN_CROP_WIDTH];
	struct cdn_value height = values[CDN_CROP_HEIGHT];
	if (dim->has) {
		x.number = dim->numbers[0];
		y.number = dim->numbers[1];
		width.number = dim->numbers[2];
		height.number = dim->numbers[3];
		if (width.number < 1 || height.number < 1)
			return err_set(err, ERR_INVALID,
				       "invalid value `%.*s` of `dim` for "
				       "`crop` task",
				       STR_ARG(str_cut(dim->text, 64)));
	}
	if (!dim->has && !has_side(&width, &height) && !x.is_given &&
	    !y.is_given)
		return 0;
	width.number = within(width.number);
	height.number = within(height.number);
	struct image_op *op = extract(build, &width, &height);
	image_set_number(op, IMAGE_RESIZE_X, within(x.number));
	image_set_number(op, IMAGE_RESIZE_Y, within(y.number));
	return 0;
}

/* Every picture that is made is upright: for "exif" it only has to be made. */
int cdn_rotate(struct cdn_build *build, const struct cdn_args *args,
	       struct err *err)
{
	const struct cdn_value *values = args->values;
	double angle = values[CDN_ROTATE_DEG].number;
	(void)err;
	if (values[CDN_ROTATE_DEG].word >= 0 ||
	    values[CDN_ROTATE_EXIF].is_given)
		build->output.does = true;
	if (angle == 0)
		return 0;
	struct image_op *op = image_plan_add(build->plan, IMAGE_TURN);
	image_set_number(op, IMAGE_TURN_ANGLE, angle);
	image_set_color(op, IMAGE_TURN_BACKGROUND,
			values[CDN_ROTATE_BACKGROUND].color);
	return 0;
}

int cdn_flip(struct cdn_build *build, const struct cdn_args *args,
	     struct err *err)
{
	(void)args, (void)err;
	image_set_flag(image_plan_add(build->plan, IMAGE_FLIP),
		       IMAGE_FLIP_VERTICAL, true);
	return 0;
}

int cdn_flop(struct cdn_build *build, const struct cdn_args *args,
	     struct err *err)
{
	(void)args, (void)err;
	image_set_flag(image_plan_add(build->plan, IMAGE_FLIP),
		       IMAGE_FLIP_HORIZONTAL, true);
	return 0;
}

static void cover(struct cdn_build *build, const struct cdn_value *width,
		  const struct cdn_value *height, unsigned focus)
{
	struct image_op *op = image_plan_add(build->plan, IMAGE_RESIZE);
	set_sides(op, width, height);
	image_set_word(op, IMAGE_RESIZE_FOCUS, focus);
}

int cdn_smart_crop(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	enum {
		FACE = 1
	};
	const struct cdn_value *values = args->values;
	const struct cdn_value *width = &values[CDN_SMART_CROP_WIDTH];
	const struct cdn_value *height = &values[CDN_SMART_CROP_HEIGHT];
	bool is_face = values[CDN_SMART_CROP_MODE].word == FACE;
	if (values[CDN_SMART_CROP_COORDS].number != 0)
		return err_set(err, ERR_UNSUPPORTED,
			       "`coords` of `smart_crop` task is not offered "
			       "here");
	if (has_side(width, height))
		cover(build, width, height,
		      is_face ? IMAGE_FOCUS_FACE : IMAGE_FOCUS_ATTENTION);
	if (values[CDN_SMART_CROP_FILL_COLOR].has)
		cdn_put_below(build, values[CDN_SMART_CROP_FILL_COLOR].color);
	return 0;
}

int cdn_crop_faces(struct cdn_build *build, const struct cdn_args *args,
		   struct err *err)
{
	enum {
		CROP = 1
	};
	const struct cdn_value *values = args->values;
	const struct cdn_value *width = &values[CDN_CROP_FACES_WIDTH];
	const struct cdn_value *height = &values[CDN_CROP_FACES_HEIGHT];
	double buffer = values[CDN_CROP_FACES_BUFFER].number / 100;
	(void)err;
	if (!has_side(width, height)) {
		double share = 0.5 * (1 + buffer);
		cdn_cut_square(build, share < 1 ? share : 1, IMAGE_FOCUS_FACE);
	} else if (values[CDN_CROP_FACES_MODE].word == CROP) {
		image_set_word(extract(build, width, height),
			       IMAGE_RESIZE_FOCUS, IMAGE_FOCUS_FACE);
	} else {
		cover(build, width, height, IMAGE_FOCUS_FACE);
	}
	return 0;
}

int cdn_upscale(struct cdn_build *build, const struct cdn_args *args,
		struct err *err)
{
	struct image_expression twice = cdn_times(IMAGE_TERM_WIDTH, 2);
	int noise = args->values[CDN_UPSCALE_NOISE].word;
	(void)err;
	if (noise > 0)
		image_set_number(image_plan_add(build->plan, IMAGE_MEDIAN),
				 IMAGE_MEDIAN_TIMES, noise);
	if (args->values[CDN_UPSCALE_UPSCALE].number != 0)
		image_set_expression(image_plan_add(build->plan, IMAGE_RESIZE),
				     IMAGE_RESIZE_WIDTH, &twice);
	return 0;
}
