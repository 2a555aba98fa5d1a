/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A picture turned or made larger or smaller, and the way back to what it was:
 * matrices map the pixels of the result to those of the picture.
 */
#ifndef OCR_PICTURE_STRAIGHT_H
#define OCR_PICTURE_STRAIGHT_H

#include "ocr/picture/matrix.h"
#include "pixels/picture.h"

/* Each makes *out, for the caller to release. ERR_TOO_LARGE: no memory. */

/* Clockwise, by less than 45 degrees; grows, and what is new is white. */
int straight_turn(const struct picture *in, double degrees, struct picture *out,
		  struct matrix *back, struct err *err) MUST_CHECK;
/* By a number of quarters, clockwise. */
int straight_quarters(const struct picture *in, unsigned quarters,
		      struct picture *out, struct matrix *back,
		      struct err *err) MUST_CHECK;
int straight_scale(const struct picture *in, double factor, struct picture *out,
		   struct matrix *back, struct err *err) MUST_CHECK;

#endif
