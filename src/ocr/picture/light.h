/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a picture is lit: what paper and ink are, in each part of it, and which
 * of both is the darker one; and the same picture as if it lay in plain light.
 */
#ifndef OCR_PICTURE_LIGHT_H
#define OCR_PICTURE_LIGHT_H

#include "pixels/picture.h"

#define LIGHT_TILE 32u /* pixels of a side */

/* Of a picture, or of a smaller one of the same. */
struct light {
	unsigned width, height; /* pixels that it was measured in */
	unsigned columns, rows; /* tiles of them */
	/* How bright paper is in each; of a negative, of what is left when the
	 * picture is inverted. */
	uint8_t *paper;
	uint8_t *ground; /* 1: too dark for paper, and nothing on it */
	bool has_ground;
	double contrast;  /* of ink on it: 1 - ink / paper, as it mostly is */
	bool is_negative; /* bright text on dark ground */
	bool is_uneven, is_dim;
	/* What is darker may be a ground; 0: no tile is. */
	unsigned dark_level;
};

/* noise: the deviation of pixels of the picture that is to be made even.
 * ERR_TOO_LARGE: no memory. */
int light_measure(const struct picture *picture, double noise,
		  struct light *light, struct err *err) MUST_CHECK;
void light_release(struct light *light);

/* Whether the picture would be read as well as it is. */
bool light_is_plain(const struct light *light);

/* `out` has the same sides as `in`, and may be the same picture: ink is dark,
 * paper is white wherever it is. */
void light_even(const struct light *light, const struct picture *in,
		const struct picture *out);

/* Where ink ends in what light_even() gives. */
#define LIGHT_THRESHOLD 128

#endif
