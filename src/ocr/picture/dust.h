/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many parts a picture falls into, before anybody makes something of each:
 * of all of its pixels, as what is smaller than a pixel of a sketch does not
 * show there. In memory for a row, whatever it has.
 */
#ifndef OCR_PICTURE_DUST_H
#define OCR_PICTURE_DUST_H

#include "pixels/picture.h"

struct dust {
	unsigned small;   /* parts of ink, less than `least` wide and high */
	unsigned large;   /* the others, and what is enclosed by ink */
	uint64_t corners; /* of all outlines; a letter has a hundred */
};

/* More than any page has, of one side of a newspaper too. */
#define DUST_PARTS_MAX 100000u

/* least: pixels. Of a picture that surely has no more than DUST_PARTS_MAX none
 * may be counted, and none further than that. ERR_TOO_LARGE: no memory. */
int dust_count(const struct picture *picture, unsigned least, struct dust *out,
	       struct err *err) MUST_CHECK;

/* Makes small parts white, and some pixels around them. ERR_TOO_LARGE: no
 * memory. */
int dust_clear(const struct picture *picture, unsigned least,
	       struct err *err) MUST_CHECK;

#endif
