/* SPDX-License-Identifier: Apache-2.0 */
#include "image/geometry.h"

#include <glib.h>
#include <math.h>

/* Quotients of lengths are exact halves or at least 1/131072 off: this makes up
 * for what doubles lose and reaches no other. */
#define SLACK 1e-9
#define OVERSIZE 1e9 /* of a side: far too large, and still an unsigned */

static double half_up(double length)
{
	return floor(length + 0.5 + SLACK);
}

static double side(double length)
{
	return MAX(half_up(length), 1);
}

int image_check_size(double width, double height, struct err *err)
{
	if (width <= IMAGE_SIDE_MAX && height <= IMAGE_SIDE_MAX &&
	    width * height < IMAGE_PIXELS_MAX)
		return 0;
	return err_set(err, ERR_TOO_LARGE,
		       "The image would be %.0f x %.0f pixels large. Fewer "
		       "than %d megapixels and sides of %d are possible.",
		       width, height, IMAGE_PIXELS_MAX / 1000000,
		       IMAGE_SIDE_MAX);
}

unsigned image_format_side_max(unsigned format)
{
	if (format == IMAGE_FORMAT_WEBP)
		return 16383;
	return format == IMAGE_FORMAT_JPG || format == IMAGE_FORMAT_PDF
		       ? 65500
		       : IMAGE_SIDE_MAX;
}

/* What a resize asks for. */
struct wish {
	const struct image_op *op;
	const struct image_sizes *sizes;
	double width, height; /* 0: not given */
	unsigned fit, focus;
	bool has_region;
	struct image_box region;
};

static bool number(const struct wish *wish, unsigned param, double *out)
{
	*out = image_number(wish->op, param, wish->sizes);
	return *out != IMAGE_ABSENT;
}

static double length(const struct wish *wish, unsigned param)
{
	double value;
	return number(wish, param, &value) && value > 0 ? value : 0;
}

/* Of the picture as it is now, and in it; false: there is none. */
static bool find_region(const struct wish *wish, struct image_box *out)
{
	const struct image_sizes *sizes = wish->sizes;
	double at[IMAGE_LIST_MAX];
	if (wish->focus != IMAGE_FOCUS_REGION ||
	    image_list_values(wish->op, IMAGE_RESIZE_REGION, sizes, at) != 4)
		return false;
	double across = sizes->width / sizes->source_width;
	double down = sizes->height / sizes->source_height;
	double right = MIN((at[0] + at[2]) * across, sizes->width);
	double bottom = MIN((at[1] + at[3]) * down, sizes->height);
	*out = (struct image_box){
		.x = at[0] * across,
		.y = at[1] * down,
		.width = right - at[0] * across,
		.height = bottom - at[1] * down,
	};
	return out->width > 0 && out->height > 0;
}

static void read_wish(struct wish *wish, double scale)
{
	double aspect = length(wish, IMAGE_RESIZE_ASPECT);
	wish->fit = image_word(wish->op, IMAGE_RESIZE_FIT);
	wish->focus = image_word(wish->op, IMAGE_RESIZE_FOCUS);
	wish->width = length(wish, IMAGE_RESIZE_WIDTH) * scale;
	wish->height = length(wish, IMAGE_RESIZE_HEIGHT) * scale;
	if (aspect > 0 && wish->height == 0)
		wish->height = wish->width / aspect;
	else if (aspect > 0 && wish->width == 0)
		wish->width = wish->height * aspect;
	wish->has_region = find_region(wish, &wish->region);
	if (wish->width > 0)
		wish->width = side(wish->width);
	if (wish->height > 0)
		wish->height = side(wish->height);
}

/* Where along an edge a focus is: 0 to 1. */
static double across_of(unsigned focus)
{
	switch (focus) {
	case IMAGE_FOCUS_LEFT:
	case IMAGE_FOCUS_TOP_LEFT:
	case IMAGE_FOCUS_BOTTOM_LEFT:
		return 0;
	case IMAGE_FOCUS_RIGHT:
	case IMAGE_FOCUS_TOP_RIGHT:
	case IMAGE_FOCUS_BOTTOM_RIGHT:
		return 1;
	default:
		return 0.5;
	}
}

static double down_of(unsigned focus)
{
	switch (focus) {
	case IMAGE_FOCUS_TOP:
	case IMAGE_FOCUS_TOP_LEFT:
	case IMAGE_FOCUS_TOP_RIGHT:
		return 0;
	case IMAGE_FOCUS_BOTTOM:
	case IMAGE_FOCUS_BOTTOM_LEFT:
	case IMAGE_FOCUS_BOTTOM_RIGHT:
		return 1;
	default:
		return 0.5;
	}
}

/* Its size is there: its place in the picture, by the focus. */
static void place(const struct wish *wish, struct image_cut *cut)
{
	struct image_box *kept = &cut->kept;
	double right = wish->sizes->width - kept->width;
	double below = wish->sizes->height - kept->height;
	if (wish->has_region) {
		const struct image_box *region = &wish->region;
		double x = region->x + (region->width - kept->width) / 2;
		double y = region->y + (region->height - kept->height) / 2;
		kept->x = CLAMP(x, 0, right);
		kept->y = CLAMP(y, 0, below);
		return;
	}
	kept->x = right * across_of(wish->focus);
	kept->y = below * down_of(wish->focus);
	cut->search = (wish->focus == IMAGE_FOCUS_ATTENTION ||
		       wish->focus == IMAGE_FOCUS_FACE) &&
		      (right > 0 || below > 0);
}

static void keep_all(const struct wish *wish, struct image_cut *cut)
{
	cut->kept = (struct image_box){0, 0, wish->sizes->width,
				       wish->sizes->height};
}

/* What is kept becomes width x height, which is the result. */
static void scale_to(struct image_cut *cut, double width, double height)
{
	cut->width = cut->canvas_width = (unsigned)MIN(side(width), OVERSIZE);
	cut->height = cut->canvas_height =
		(unsigned)MIN(side(height), OVERSIZE);
}

static double limit(const struct wish *wish, double factor)
{
	if ((factor > 1 && image_flag(wish->op, IMAGE_RESIZE_NO_ENLARGE)) ||
	    (factor < 1 && image_flag(wish->op, IMAGE_RESIZE_NO_SHRINK)))
		return 1;
	return factor;
}

/* By the sides that are given: both may come from one. */
static void scale_kept(const struct wish *wish, struct image_cut *cut)
{
	const struct image_box *kept = &cut->kept;
	double width = wish->width, height = wish->height;
	if (width == 0 && height == 0)
		width = kept->width, height = kept->height;
	else if (width == 0)
		width = kept->width * height / kept->height;
	else if (height == 0)
		height = kept->height * width / kept->width;
	if (limit(wish, MAX(width / kept->width, height / kept->height)) == 1)
		scale_to(cut, kept->width, kept->height);
	else
		scale_to(cut, width, height);
}

/* The largest box of that shape inside of width x height. */
static void fit_shape(double aspect, double width, double height,
		      struct image_box *out)
{
	out->width = MIN(width, height * aspect);
	out->height = MIN(height, width / aspect);
}

static void cover(const struct wish *wish, struct image_cut *cut)
{
	const struct image_sizes *sizes = wish->sizes;
	const struct image_box *region = &wish->region;
	double aspect = length(wish, IMAGE_RESIZE_ASPECT);
	double zoom = image_number(wish->op, IMAGE_RESIZE_ZOOM, sizes);
	if (wish->width > 0 && wish->height > 0)
		aspect = wish->width / wish->height;
	else if (!wish->has_region)
		aspect = sizes->width / sizes->height;
	else if (aspect == 0)
		aspect = region->width / region->height;
	fit_shape(aspect, sizes->width, sizes->height, &cut->kept);
	if (wish->has_region) {
		double width =
			MAX(region->width, region->height * aspect) / zoom;
		cut->kept.width = MIN(cut->kept.width, width);
		cut->kept.height = MIN(cut->kept.height, width / aspect);
	}
	place(wish, cut);
	scale_kept(wish, cut);
}

static void stretch(const struct wish *wish, struct image_cut *cut)
{
	const struct image_sizes *sizes = wish->sizes;
	keep_all(wish, cut);
	if (wish->width == 0 || wish->height == 0) {
		scale_kept(wish, cut);
		return;
	}
	double across = limit(wish, wish->width / sizes->width);
	double down = limit(wish, wish->height / sizes->height);
	scale_to(cut, sizes->width * across, sizes->height * down);
}

/* The sides' ratio stays: inside or outside of width x height. */
static void scale_all(const struct wish *wish, struct image_cut *cut,
		      bool inside)
{
	const struct image_sizes *sizes = wish->sizes;
	keep_all(wish, cut);
	if (wish->width == 0 || wish->height == 0) {
		scale_kept(wish, cut);
		return;
	}
	double across = wish->width / sizes->width;
	double down = wish->height / sizes->height;
	bool by_width = inside == (across < down);
	double factor = by_width ? across : down;
	if (limit(wish, factor) != factor)
		scale_to(cut, sizes->width, sizes->height);
	else if (by_width)
		scale_to(cut, wish->width,
			 sizes->height * wish->width / sizes->width);
	else
		scale_to(cut, sizes->width * wish->height / sizes->height,
			 wish->height);
}

static void pad(const struct wish *wish, struct image_cut *cut)
{
	scale_all(wish, cut, true);
	if (wish->width == 0 || wish->height == 0)
		return;
	cut->canvas_width = MAX((unsigned)wish->width, cut->width);
	cut->canvas_height = MAX((unsigned)wish->height, cut->height);
	cut->left = (unsigned)((cut->canvas_width - cut->width) *
			       across_of(wish->focus));
	cut->top = (unsigned)((cut->canvas_height - cut->height) *
			      down_of(wish->focus));
}

/* Along one axis: a cut of `wanted` pixels of a side. */
struct axis {
	double size, wanted;
	double at; /* IMAGE_ABSENT: by the focus */
	double share;
	bool padded;
	/* out */
	double from, length;
	unsigned before, canvas;
};

/* False: it lies outside. */
static bool cut_axis(struct axis *axis)
{
	bool given = axis->at != IMAGE_ABSENT;
	double at = given ? axis->at
			  : trunc((axis->size - axis->wanted) * axis->share);
	double from = MAX(at, 0), to = MIN(at + axis->wanted, axis->size);
	axis->from = from;
	axis->length = MAX(to - from, 0);
	axis->canvas = (unsigned)(axis->padded ? axis->wanted : axis->length);
	axis->before = axis->padded ? (unsigned)(from - at) : 0;
	return to > from;
}

/* The corner of a cut along one axis, from where it is asked for. */
static double corner(const struct wish *wish, unsigned from, unsigned centre,
		     double wanted)
{
	double at;
	if (number(wish, from, &at))
		return half_up(at);
	if (number(wish, centre, &at))
		return floor(at - wanted / 2);
	return IMAGE_ABSENT;
}

static bool is_centre_inside(const struct wish *wish)
{
	double x, y;
	return (!number(wish, IMAGE_RESIZE_XC, &x) ||
		x <= wish->sizes->width) &&
	       (!number(wish, IMAGE_RESIZE_YC, &y) || y <= wish->sizes->height);
}

static void axes_of(const struct wish *wish, bool padded, struct axis axes[2])
{
	const struct image_sizes *sizes = wish->sizes;
	bool whole = padded && image_flag(wish->op, IMAGE_RESIZE_NO_SHRINK);
	double width = wish->width > 0 ? wish->width : sizes->width;
	double height = wish->height > 0 ? wish->height : sizes->height;
	if (whole)
		width = MAX(width, sizes->width),
		height = MAX(height, sizes->height);
	axes[0] = (struct axis){
		.size = sizes->width,
		.wanted = width,
		.at = corner(wish, IMAGE_RESIZE_X, IMAGE_RESIZE_XC, width),
		.share = across_of(wish->focus),
		.padded = padded,
	};
	axes[1] = (struct axis){
		.size = sizes->height,
		.wanted = height,
		.at = corner(wish, IMAGE_RESIZE_Y, IMAGE_RESIZE_YC, height),
		.share = down_of(wish->focus),
		.padded = padded,
	};
}

static int extract(const struct wish *wish, bool padded, struct image_cut *cut,
		   struct err *err)
{
	struct axis axes[2];
	axes_of(wish, padded, axes);
	bool by_focus =
		axes[0].at == IMAGE_ABSENT && axes[1].at == IMAGE_ABSENT;
	if (!cut_axis(&axes[0]) || !cut_axis(&axes[1]) ||
	    !is_centre_inside(wish))
		return err_set(err, ERR_INVALID,
			       "The part to be cut out lies outside of the "
			       "image.");
	cut->kept = (struct image_box){axes[0].from, axes[1].from,
				       axes[0].length, axes[1].length};
	if (by_focus)
		place(wish, cut);
	cut->kept.x = floor(cut->kept.x);
	cut->kept.y = floor(cut->kept.y);
	cut->width = (unsigned)axes[0].length;
	cut->height = (unsigned)axes[1].length;
	cut->canvas_width = axes[0].canvas;
	cut->canvas_height = axes[1].canvas;
	cut->left = axes[0].before;
	cut->top = axes[1].before;
	return 0;
}

static int cut_as(const struct wish *wish, struct image_cut *cut,
		  struct err *err)
{
	*cut = (struct image_cut){0};
	switch (wish->fit) {
	case IMAGE_FIT_STRETCH:
		stretch(wish, cut);
		return 0;
	case IMAGE_FIT_INSIDE:
	case IMAGE_FIT_OUTSIDE:
		scale_all(wish, cut, wish->fit == IMAGE_FIT_INSIDE);
		return 0;
	case IMAGE_FIT_PAD:
		pad(wish, cut);
		return 0;
	case IMAGE_FIT_EXTRACT:
	case IMAGE_FIT_PAD_EXTRACT:
		return extract(wish, wish->fit == IMAGE_FIT_PAD_EXTRACT, cut,
			       err);
	default:
		cover(wish, cut);
		return 0;
	}
}

static bool vanishes(double length, double scale)
{
	return length > 0 && length * scale < 1;
}

int image_cut(const struct image_op *op, const struct image_sizes *sizes,
	      struct image_cut *out, struct err *err)
{
	struct wish wish = {.op = op, .sizes = sizes};
	double scale = image_number(op, IMAGE_RESIZE_SCALE, sizes);
	if (vanishes(length(&wish, IMAGE_RESIZE_WIDTH), scale) ||
	    vanishes(length(&wish, IMAGE_RESIZE_HEIGHT), scale))
		scale = 1;
	read_wish(&wish, scale);
	int result = cut_as(&wish, out, err);
	if (result == 0 && scale != 1 &&
	    MAX(out->canvas_width, out->canvas_height) > IMAGE_SCALED_MAX) {
		read_wish(&wish, 1);
		result = cut_as(&wish, out, err);
	}
	if (result < 0)
		return -1;
	return image_check_size(out->canvas_width, out->canvas_height, err);
}
