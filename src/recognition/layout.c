/* SPDX-License-Identifier: Apache-2.0 */
#include "recognition/layout.h"
#include "image/operations.h"

#include <glib.h>
#include <math.h>

#define POINTS_PER_INCH 72.0

static bool lies_on_its_side(const struct image_info *info)
{
	return info->orientation >= 5;
}

/* By what sides are to be multiplied to fit into the limits. */
static double scale_of(double width, double height)
{
	double most = sqrt(OCR_PIXELS_MAX / (width * height));
	return MIN(most, IMAGE_SIDE_MAX / MAX(width, height));
}

/* Points are told as whole ones: a page may be larger by one. */
static unsigned density_of(const struct image_info *info)
{
	double most = scale_of(info->width + 1.0, info->height + 1.0) *
		      POINTS_PER_INCH;
	return (unsigned)CLAMP(most, 1, LAYOUT_DENSITY);
}

void layout_choose(const struct image_info *info, struct layout *out)
{
	double width = info->width, height = info->height;
	*out = (struct layout){0};
	if (info->is_document) {
		out->density = density_of(info);
		return;
	}
	if (lies_on_its_side(info))
		width = info->height, height = info->width;
	if (width * height <= OCR_PIXELS_MAX)
		return;
	double scale = scale_of(width, height);
	out->width = (unsigned)MAX(width * scale, 1);
	out->height = (unsigned)MAX(height * scale, 1);
}

/* From the upright picture's pixels to those that are stored: how much of its
 * x and y are in x, whether that runs backwards, and the same of y (EXIF 2.3,
 * table 6). */
static const struct turn {
	bool swaps, x_from_right, y_from_below; /* of what is stored */
} turns[9] = {
	[1] = {false, false, false}, [2] = {false, true, false},
	[3] = {false, true, true},   [4] = {false, false, true},
	[5] = {true, false, false},  [6] = {true, false, true},
	[7] = {true, true, true},    [8] = {true, true, false},
};

static void fill_matrix(const struct turn *turn, const double scale[2],
			struct ocr_request *out)
{
	double *x = out->to_source, *y = out->to_source + 3;
	double x_sign = turn->x_from_right ? -1 : 1;
	double y_sign = turn->y_from_below ? -1 : 1;
	x[0] = turn->swaps ? 0 : x_sign * scale[0];
	x[1] = turn->swaps ? x_sign * scale[1] : 0;
	x[2] = turn->x_from_right ? out->source_width : 0;
	y[0] = turn->swaps ? y_sign * scale[0] : 0;
	y[1] = turn->swaps ? 0 : y_sign * scale[1];
	y[2] = turn->y_from_below ? out->source_height : 0;
}

bool layout_request(const struct image_info *info, const struct layout *layout,
		    const struct image_picture *picture,
		    struct ocr_request *out)
{
	unsigned orientation = CLAMP(info->orientation, 1, 8);
	const struct turn *turn = &turns[orientation];
	double width = picture->width, height = picture->height;
	if (layout->width)
		width = turn->swaps ? info->height : info->width,
		height = turn->swaps ? info->width : info->height;
	if ((uint64_t)picture->width * picture->height > OCR_PIXELS_MAX ||
	    MAX(width, height) > OCR_SIDE_MAX)
		return false;
	const double scale[] = {width / picture->width,
				height / picture->height};
	*out = (struct ocr_request){
		.width = picture->width,
		.height = picture->height,
		.source_width = (uint32_t)(turn->swaps ? height : width),
		.source_height = (uint32_t)(turn->swaps ? width : height),
	};
	fill_matrix(turn, scale, out);
	return true;
}
