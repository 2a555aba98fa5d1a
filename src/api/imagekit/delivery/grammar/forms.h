/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values with a form of their own. Each has one reader: operations are made of
 * what it reads, and what it does not read leaves an earlier value as it was.
 * False: no such value.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_FORMS_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_FORMS_H

#include "api/imagekit/delivery/grammar/values.h"
#include "image/plan.h"

/* "x,y,width,height" into numbers, each with its own separator. How many, 0
 * when one is none or there are more than max. */
unsigned tr_numbers(struct str text, char separator, double *out, unsigned max);

/* "4-3" over "4_3" and "4:3" to arithmetic: width / height. */
struct tr_aspect {
	struct image_expression width, height;
};
bool tr_aspect(struct str text, enum tr_arithmetic kind, struct tr_aspect *out);

struct tr_focus {
	unsigned focus; /* IMAGE_FOCUS_*; "custom": IMAGE_FOCUS_REGION */
	bool zooms;     /* it is something that zoom works on */
};
bool tr_focus(struct str text, struct tr_focus *out);

/* "true", "false", "1" to "99"; absent: on. *threshold 0: as usual. */
bool tr_trim(struct str text, bool *on, double *threshold);

/* "90", "N90"; "auto", which is what happens to every picture: 0. Of 0 to 360.
 */
bool tr_angle(struct str text, double *out);

/* Percent, or what is below 1. */
bool tr_opacity(struct str text, double *percent);

/* Tenths, or what is below 1; above 0. */
bool tr_level(struct str text, double *percent);

/* "5_FFF000", "5-FFF000", "ih_div_20_FF00FF", "5" */
struct tr_border {
	struct image_expression width;
	uint32_t color;
};
bool tr_border(struct str text, enum tr_arithmetic kind, struct tr_border *out);

/* "5", "max", "1_2_3_4" */
bool tr_radii(struct str text, struct image_list *out);

/* One to four numbers in the order of CSS, or one expression for all sides. */
struct tr_padding {
	double sides[4]; /* top, right, bottom, left */
	struct image_expression all;
	bool is_expression;
};
bool tr_padding(struct str text, enum tr_arithmetic kind,
		struct tr_padding *out);

struct tr_typography {
	bool bold, italic, strike;
};
bool tr_typography(struct str text, struct tr_typography *out);

/* "p-" and the corners, "a-" and degrees. */
struct tr_distortion {
	bool is_arc;
	double degrees, corners[8];
};
bool tr_distortion(struct str text, struct tr_distortion *out);

/* "FF0000", "FF0000_100", "FF0000_100_0000FF": what follows the colour, which
 * need not be anything. */
bool tr_recolor(struct str text, uint32_t *to, struct str *rest);

/* "true", "false", above 0 to 100; absent: on. *amount 0: as usual. */
bool tr_sharpness(struct str text, bool *on, double *amount);

/* "2-2-0.8-0.024", the first of them, "true", "false"; absent: on. */
struct tr_mask {
	bool on;
	unsigned n;
	double numbers[4]; /* radius, sigma, amount, threshold */
};
bool tr_mask(struct str text, struct tr_mask *out);

/* "1" to "100"; absent: 0, as usual. */
bool tr_blur(struct str text, double *sigma);

/* A part of an effect's value, "bl-15_st-40": what follows "bl-"; absent
 * without it. A part that none of the names (up to NULL) begins goes on with
 * the one before it, so that values may hold '_' themselves. */
struct str tr_part(struct str text, const char *const *names, const char *name);

/* The names of an effect's parts. */
extern const char *const tr_colorize_parts[], *const tr_gradient_parts[],
						      *const tr_shadow_parts[];

#endif
