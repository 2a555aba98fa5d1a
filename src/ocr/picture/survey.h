/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What can be told of a page's text without reading it, by Leptonica, from a
 * picture of about 150 dots an inch whose ink is dark (light.h).
 */
#ifndef OCR_PICTURE_SURVEY_H
#define OCR_PICTURE_SURVEY_H

#include "pixels/picture.h"

/* How sure it is that lines lie, or stand, and which way up they are. */
enum survey_axis {
	SURVEY_LYING,
	SURVEY_STANDING,
	SURVEY_EITHER,
};

/* A square of the survey's `side`. */
struct survey_window {
	unsigned x, y, letters;
};

#define SURVEY_WINDOWS 3

struct survey {
	/* things of letters' size; 0 also where there are more than any page
	 * has */
	unsigned letters;
	unsigned specks; /* smaller ones */
	bool has_grid;   /* of rules, as tables have */
	bool has_dots;   /* more of them than texts have */
	double height;   /* of most letters, pixels */
	double angle;    /* to turn by so that lines are straight, degrees */
	enum survey_axis axis;
	double up; /* deviations from chance; of lying lines, else 0 */
	unsigned left, top, right, bottom; /* of all letters */
	/* where they are closest together, less close, and less again */
	struct survey_window windows[SURVEY_WINDOWS];
	unsigned side;
};

/* ERR_TOO_LARGE: no memory. */
int survey_page(const struct picture *picture, struct survey *survey,
		struct err *err) MUST_CHECK;

/* What is darker than a level, a bit a pixel: Leptonica's, for pixDestroy().
 * NULL: no memory. */
struct Pix *survey_ink(const struct picture *picture, unsigned level);

/* Makes parts white that are larger than letters may be, in a picture `n` times
 * as large as that which was looked at. ERR_TOO_LARGE: no memory. */
int survey_clear(const struct picture *picture, unsigned n,
		 struct err *err) MUST_CHECK;

#endif
