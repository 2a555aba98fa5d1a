/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/picture/straight.h"

#include "pixels/resample.h"

#include <glib.h>
#include <math.h>

#define WHITE 255
#define PART_BITS 8 /* of a pixel, between pixels */
#define PART (1 << PART_BITS)

static int make(struct picture *out, double width, double height,
		struct err *err)
{
	*out = (struct picture){
		.width = (unsigned)CLAMP(width, 1, PICTURE_SIZE_MAX),
		.height = (unsigned)CLAMP(height, 1, PICTURE_SIZE_MAX),
		.channels = 1,
	};
	return picture_init(out, err);
}

/* Between four pixels; x and y in parts, of the middle of the first pixel. */
static uint8_t between(const struct picture *in, int64_t x, int64_t y)
{
	int64_t column = x >> PART_BITS, row = y >> PART_BITS;
	if (column < 0 || row < 0 || column + 1 >= in->width ||
	    row + 1 >= in->height)
		return WHITE;
	const uint8_t *above = picture_row(in, (unsigned)row) + column;
	const uint8_t *below = above + in->stride;
	int right = (int)(x & (PART - 1)), down = (int)(y & (PART - 1));
	int top = above[0] * (PART - right) + above[1] * right;
	int bottom = below[0] * (PART - right) + below[1] * right;
	return (uint8_t)((top * (PART - down) + bottom * down +
			  PART * PART / 2) >>
			 (2 * PART_BITS));
}

int straight_turn(const struct picture *in, double degrees, struct picture *out,
		  struct matrix *back, struct err *err)
{
	double sine = sin(degrees * G_PI / 180);
	double cosine = cos(degrees * G_PI / 180);
	double wide = in->width * cosine + in->height * fabs(sine);
	double high = in->height * cosine + in->width * fabs(sine);
	if (make(out, ceil(wide), ceil(high), err) < 0)
		return -1;
	double x = out->width / 2., y = out->height / 2.;
	*back = (struct matrix){
		{cosine, sine, in->width / 2. - cosine * x - sine * y, -sine,
		 cosine, in->height / 2. + sine * x - cosine * y}};
	int64_t x_step = lround(cosine * PART * PART);
	int64_t y_step = lround(-sine * PART * PART);
	for (unsigned row = 0; row < out->height; row++) {
		double from_x = 0.5, from_y = row + 0.5;
		matrix_apply(back, &from_x, &from_y);
		int64_t at_x = llround((from_x - 0.5) * PART * PART);
		int64_t at_y = llround((from_y - 0.5) * PART * PART);
		uint8_t *to = picture_row(out, row);
		for (unsigned i = 0; i < out->width; i++) {
			to[i] = between(in, at_x >> PART_BITS,
					at_y >> PART_BITS);
			at_x += x_step;
			at_y += y_step;
		}
	}
	return 0;
}

int straight_quarters(const struct picture *in, unsigned quarters,
		      struct picture *out, struct matrix *back, struct err *err)
{
	double width = in->width, height = in->height;
	const struct {
		unsigned orientation; /* of pixels/picture.h */
		struct matrix back;
	} turns[] = {
		{1, MATRIX_IDENTITY},
		{6, {{0, 1, 0, -1, 0, height}}},
		{3, {{-1, 0, width, 0, -1, height}}},
		{8, {{0, -1, width, 1, 0, 0}}},
	};
	bool swaps = quarters % 2;
	if (make(out, swaps ? height : width, swaps ? width : height, err) < 0)
		return -1;
	picture_turn(in, turns[quarters % 4].orientation, out);
	*back = turns[quarters % 4].back;
	return 0;
}

int straight_scale(const struct picture *in, double factor, struct picture *out,
		   struct matrix *back, struct err *err)
{
	if (make(out, round(in->width * factor), round(in->height * factor),
		 err) < 0)
		return -1;
	const struct resample_options options = {
		.channels = 1,
		.x = {in->width, out->width, 0, in->width},
		.y = {in->height, out->height, 0, in->height},
	};
	struct resampler *resampler = resampler_new(&options, err);
	if (resampler == NULL) {
		picture_release(out);
		return -1;
	}
	*back = (struct matrix){{(double)in->width / out->width, 0, 0, 0,
				 (double)in->height / out->height, 0}};
	unsigned done = 0;
	for (unsigned row = 0; row < in->height; row++) {
		resampler_push(resampler, picture_row(in, row));
		while (done < out->height &&
		       resampler_pull(resampler, picture_row(out, done)))
			done++;
	}
	resampler_free(resampler);
	return 0;
}
