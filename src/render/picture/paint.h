/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pixels made and mixed: colours, one picture over another, and pictures that
 * are computed pixel by pixel. What is returned is the caller's.
 */
#ifndef RENDER_PICTURE_PAINT_H
#define RENDER_PICTURE_PAINT_H

#include <stdint.h>
#include "render/decode.h"

/* A colour's channels, from 0xRRGGBBAA. */
struct paint {
	uint8_t rgba[4];
};
struct paint paint_of(uint32_t color);

/* All in one colour, with alpha if that is not opaque; NULL: libvips has
 * complained. */
VipsImage *paint_color(int width, int height, uint32_t color);
/* From four corners, in rows from the left: what lies between is mixed. */
VipsImage *paint_corners(int width, int height, const uint32_t corners[4]);

/* The following give -1 when libvips has complained. */

/* Gives an image alpha that has none, in place. */
int paint_add_alpha(VipsImage **image);
/* Gives one of them alpha when the other one has it. */
int paint_same_bands(VipsImage **a, VipsImage **b);

struct paint_place {
	int x, y; /* of the upper left corner; may be outside */
};
/* `top` on `base`, which keeps its size, and has alpha afterwards if it had
 * before. */
int paint_over(VipsImage *base, VipsImage *top, struct paint_place at,
	       VipsImage **out);

struct paint_row {
	const VipsPel *in;
	VipsPel *out;
	int y, width, height;
	int bands;     /* of `in` */
	int out_bands; /* of `out` */
};
/* Computes one row; `in` is NULL when a picture is made of nothing. */
typedef void paint_row_fn(const void *user, const struct paint_row *row);

/* Another image of the same size, row by row of one that is in memory. */
int paint_rows(VipsImage *in, int bands, paint_row_fn *fn, const void *user,
	       VipsImage **out);

int paint_new(const VipsRect *size, int bands, paint_row_fn *fn,
	      const void *user, VipsImage **out);

/* To be painted on. */
int paint_copy(VipsImage *in, VipsImage **out);

/* Between two pixels with alpha, share of the second one. */
void paint_pixel_mix(const VipsPel a[4], const VipsPel b[4], double share,
		     VipsPel out[4]);
/* One pixel over another, both with alpha. */
void paint_pixel_over(const VipsPel top[4], const VipsPel below[4],
		      VipsPel out[4]);

/* How much there is of something, 0 to 1, so far inside of its edge, when that
 * is blurred; sigma 0: as sharp as pixels are. */
double paint_soft_edge(double inside, double sigma);

/* What each value of red, green and blue becomes; alpha stays. */
struct paint_tables {
	VipsPel of[3][256];
};
int paint_map(VipsImage *in, const struct paint_tables *tables,
	      VipsImage **out);

/* As much of a picture as a mask of the same size, of one band of bytes,
 * leaves: its alpha times that. Both are in memory. */
int paint_through(VipsImage *in, VipsImage *mask, VipsImage **out);

/* Luma of ITU-R BT.709, 0 to 255, as CSS's grayscale() and ImageMagick have it.
 */
static inline double paint_luma(const VipsPel *p)
{
	return 0.2126 * p[0] + 0.7152 * p[1] + 0.0722 * p[2];
}

static inline VipsPel paint_byte(double value)
{
	return value <= 0 ? 0 : value >= 255 ? 255 : (VipsPel)(value + 0.5);
}

#endif
