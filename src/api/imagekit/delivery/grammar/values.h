/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of parameters: numbers, arithmetic, conditions, colours, words. False
 * from a reader: no such value, and *out is as it was.
 */
#ifndef API_IMAGEKIT_DELIVERY_GRAMMAR_VALUES_H
#define API_IMAGEKIT_DELIVERY_GRAMMAR_VALUES_H

#include "base/arena.h"
#include "image/plan.h"

/* values.c */

/* "12", "0.5"; with a leading N or minus below zero. */
bool tr_number(struct str text, double *out);
/* A whole number of 0 to 65535, from one that may have a fraction. */
bool tr_pixels(struct str text, double *out);
/* "2", "2_4", "3-": the first that is named, unless that is page 1. */
bool tr_page(struct str text, double *out);
/* Absent: on, as a bare key says. "true", "false". */
bool tr_flag(struct str text, bool *out);

struct tr_word {
	const char *text;
	unsigned value;
};
/* The row of that text, NULL: none. The table ends with {NULL, 0}. */
const struct tr_word *tr_word(const struct tr_word *table, struct str text);
/* "top_left" and the like, an IMAGE_FOCUS_*. */
bool tr_place(struct str text, unsigned *out);

/* A library's path: @@ is a slash, those around it go. */
struct str tr_path(struct arena *arena, struct str text);
/* Base64, padded or not, also when it came percent-encoded twice. */
bool tr_base64(struct arena *arena, struct str text, struct str *out);

/* colors.c */

enum tr_color_form {
	TR_COLOR_HEX,   /* RRGGBB */
	TR_COLOR_ALPHA, /* RRGGBBAA; AA are percent, in decimal */
	TR_COLOR_NAME,
};
/* 0xRRGGBBAA */
bool tr_color(struct str text, uint32_t *out, enum tr_color_form *form);
/* If it is one. */
void tr_set_color(struct image_op *op, unsigned param, struct str text);

/* arithmetic.c */

enum tr_arithmetic {
	TR_OF_PICTURE,
	TR_OF_LAYER, /* the picture below has variables too */
	TR_CONDITION,
};
/* "12", "iw_div_2_add_10", "h_gt_100_and_ar_lt_4-3". What has no variable is
 * one number. */
bool tr_expression(struct str text, enum tr_arithmetic kind,
		   struct image_expression *out);
/* The number that it is; false when it takes a picture to know. */
bool tr_constant(const struct image_expression *expression, double *out);
struct image_expression tr_expression_of(double number);
/* *out = *out operator right; false when that is too long. */
bool tr_combine(struct image_expression *out,
		const struct image_expression *right, enum image_term_kind op);

#endif
